/**
 * Webhooks of clover.md section 2: one callback per app, a static X-Clover-Auth, events of a few milliseconds
 * batched into one POST, no ids, no order, no retry.
 */
import { note } from '../journal.ts';
import type { JournalHook } from '../journal.ts';
import { takeHookFault } from '../faults.ts';
import { newUuid, nowMs } from './platform.ts';
import type { HookEvent, Platform } from './platform.ts';
import type { Merchant, Permission } from './types.ts';

/** Event keys and the Read permission each needs; IS and IA: UNCONFIRMED. */
const TOPICS = {
  A: 'MERCHANT_R',
  C: 'CUSTOMERS_R',
  I: 'INVENTORY_R',
  IA: 'INVENTORY_R',
  IC: 'INVENTORY_R',
  IG: 'INVENTORY_R',
  IM: 'INVENTORY_R',
  IS: 'INVENTORY_R',
  M: 'MERCHANT_R',
  O: 'ORDERS_R',
  P: 'PAYMENTS_R',
} satisfies Record<string, Permission>;

export type Topic = keyof typeof TOPICS;

/** Who caused a change: a person at the register or dashboard, or an app over the API. */
export type Actor = 'merchant' | 'api';

const ECHOES_SWITCHED: readonly Topic[] = ['C', 'I', 'IC', 'IG', 'IM', 'O', 'P'];

function record(platform: Platform, key: string, outcome: JournalHook['outcome'], status: number) {
  note(platform.runtime.journal.hooks, {
    atMs: nowMs(platform),
    platform: 'clover',
    topic: key,
    outcome,
    status,
  });
}

function payload(platform: Platform, events: readonly HookEvent[]): string {
  const merchants: Record<string, Record<string, unknown>[]> = {};
  for (const { merchantId, objectId, type, ts, extra } of events) {
    (merchants[merchantId] ??= []).push({ objectId, type, ts, ...extra });
  }
  return JSON.stringify({ appId: platform.appId, merchants });
}

async function post(platform: Platform, events: readonly HookEvent[], attempt = 0): Promise<void> {
  const request = new Request(platform.webhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Clover-Auth': platform.authCode },
    body: payload(platform, events),
  });
  let status = 0;
  try {
    status = (await platform.runtime.deliver(request)).status;
  } catch {
    // The destination is unreachable; that is status 0 in the journal.
  }
  const delivered = status === 200;
  for (const event of events) {
    record(platform, event.key, delivered ? 'delivered' : 'failed', status);
  }
  if (!delivered && attempt < platform.switches.webhookRetries) {
    platform.runtime.schedule(platform.switches.webhookRetryMs, () =>
      post(platform, events, attempt + 1),
    );
  }
}

function enqueue(platform: Platform, event: HookEvent): void {
  platform.outbox.push(event);
  if (platform.outbox.length > 1) return;
  const delayMs = platform.switches.webhookBatchMs + platform.runtime.faults.hookDelayMs;
  platform.runtime.schedule(delayMs, () => post(platform, platform.outbox.splice(0)));
}

function send(platform: Platform, event: HookEvent): void {
  const { hookTap } = platform.runtime;
  if (hookTap !== undefined) {
    const { merchantId, key, objectId, type, ts } = event;
    const told = { topic: key, data: objectId, type, atMs: ts, afterMs: 0 };
    hookTap({ platform: 'clover', account: merchantId, ...told });
    return;
  }
  const fault = takeHookFault(platform.runtime.faults, 'clover', event.key);
  if (fault?.kind === 'drop') return record(platform, event.key, 'dropped', 0);
  if (fault?.kind === 'delay') {
    const delayMs = fault.delayMs + platform.runtime.faults.hookDelayMs;
    return platform.runtime.schedule(delayMs, () => post(platform, [event]));
  }
  enqueue(platform, event);
  const copies = fault?.kind === 'duplicate' ? fault.times : 0;
  for (let copy = 0; copy < copies; copy += 1) {
    const delayMs = platform.switches.webhookBatchMs + platform.runtime.faults.hookDelayMs;
    platform.runtime.schedule(delayMs, () => post(platform, [event]));
  }
}

/** Announces a change to the app, if it is installed, may read the object, and would hear of it at all. */
export function emit(
  platform: Platform,
  merchant: Merchant,
  key: Topic,
  id: string,
  type: HookEvent['type'],
  options: { by?: Actor; extra?: Record<string, unknown> } = {},
): void {
  if (!merchant.installed && key !== 'A') return;
  if (!merchant.permissions.includes(TOPICS[key])) return;
  const { echoApiChanges, richEvents } = platform.switches;
  if (options.by === 'api' && !echoApiChanges && ECHOES_SWITCHED.includes(key)) return;
  send(platform, {
    merchantId: merchant.id,
    key,
    objectId: `${key}:${id}`,
    type,
    ts: nowMs(platform),
    ...(richEvents && options.extra !== undefined ? { extra: options.extra } : {}),
  });
}

/**
 * "Send Verification Code" of the app settings: POSTs the handshake and gives the code the operator would
 * copy, with the status the callback answered.
 */
export async function sendVerificationCode(
  platform: Platform,
): Promise<{ verificationCode: string; status: number }> {
  const verificationCode = newUuid(platform);
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (platform.switches.handshakeCarriesAuth) headers['X-Clover-Auth'] = platform.authCode;
  const response = await platform.runtime.deliver(
    new Request(platform.webhookUrl, {
      method: 'POST',
      headers,
      body: JSON.stringify({ verificationCode }),
    }),
  );
  return { verificationCode, status: response.status };
}
