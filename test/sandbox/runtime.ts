/**
 * What both sandbox platforms stand on: time, chance, faults, the journal and the wire out to the relay.
 * Everything that is not plain state is injected here, so the same platforms run in workerd tests, in the
 * simulation under a virtual clock, and in `npm start`.
 */
import type { Journal } from './journal.ts';
import type { Faults } from './faults.ts';

export type PlatformName = 'bigcommerce' | 'clover';

export interface SandboxRuntime {
  /** The sandbox's present, epoch milliseconds. */
  now(): number;
  /** The next number of the seeded stream, in [0, 1). */
  random(): number;
  /** Waits `ms` milliseconds of the sandbox's time. */
  sleep(ms: number): Promise<void>;
  /** Runs a task `delayMs` milliseconds from now without making the caller wait (webhooks, async inventory). */
  schedule(delayMs: number, task: () => void | Promise<void>): void;
  /** Sends one webhook to its destination, as the platform's delivery service would. */
  deliver(request: Request): Promise<Response>;
  /** Takes webhooks as plain data in place of the wire: the simulation delivers, loses and repeats them itself. */
  readonly hookTap?: (event: TappedHook) => void;
  readonly faults: Faults;
  readonly journal: Journal;
}

/** A webhook before it becomes a request. */
export interface TappedHook {
  readonly platform: PlatformName;
  /** Store hash or merchant id. */
  readonly account: string;
  /** BigCommerce's scope, or Clover's key such as `O`. */
  readonly topic: string;
  /** BigCommerce's `data`; Clover's object id, with its key in front. */
  readonly data: unknown;
  /** CREATE, UPDATE, DELETE; empty at BigCommerce. */
  readonly type: string;
  /** The platform's own time. */
  readonly atMs: number;
  /** The platform itself waits this long before it sends. */
  readonly afterMs: number;
}
