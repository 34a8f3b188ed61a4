import type { SandboxRuntime } from '../runtime.ts';
import type { RateLimits } from './limits.ts';
import type { CloverSwitches } from './switches.ts';
import type { CloverState, Merchant } from './types.ts';

/** One event on its way to the app's callback. */
export interface HookEvent {
  merchantId: string;
  /** Event key such as 'O' or 'IS'. */
  key: string;
  objectId: string;
  type: 'CREATE' | 'UPDATE' | 'DELETE';
  ts: number;
  /** Keys beyond the documented three, rich events only. */
  extra?: Record<string, unknown>;
}

/** Everything a file of the sandbox works on. */
export interface Platform {
  runtime: SandboxRuntime;
  appId: string;
  appSecret: string;
  authCode: string;
  webhookUrl: string;
  siteUrl: string;
  state: CloverState;
  switches: CloverSwitches;
  limits: RateLimits;
  /** Events that wait for the end of their batching window. */
  outbox: HookEvent[];
}

/** The sandbox's present in whole milliseconds. */
export const nowMs = (platform: Platform): number => Math.floor(platform.runtime.now());

const ID_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A Clover id: thirteen base-32 characters (clover.md 0). */
export function newId(platform: Platform): string {
  let id = '';
  while (id.length < 13) id += ID_ALPHABET[Math.floor(platform.runtime.random() * 32)];
  return id;
}

/** A UUID from the seeded stream: device ids, access tokens and verification codes have this form. */
export function newUuid(platform: Platform): string {
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', () =>
    Math.floor(platform.runtime.random() * 16).toString(16),
  );
}

/** The merchant a test or the control page names; unknown ones are a mistake of the caller. */
export function merchantOf(platform: Platform, merchantId: string): Merchant {
  const merchant = platform.state.merchants[merchantId];
  if (merchant === undefined) throw new Error(`The sandbox has no merchant ${merchantId}`);
  return merchant;
}
