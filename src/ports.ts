/**
 * What the composition root (`wiring.ts`) hands to everything else: clock, chance, the wire, storage, queues and
 * objects, as types only. Functions take the part that they use (`Pick<Ports, 'now' | 'db'>`).
 */
import type { DrizzleD1Database } from 'drizzle-orm/d1';
import type { Config } from './config.ts';
import type { Subject } from './domain/customers/erase.ts';
import type { Platform } from './domain/ids.ts';
import type { Ask, Progress, PushClaim, PushOutcome, RelayState } from './domain/orders/relay.ts';
import type { SkuLedgerApi } from './domain/stock/api.ts';
import type { LogSink } from './log.ts';
import type { CloverAppApi, PlatformAccountApi } from './platforms/account-port.ts';
import type { IntakeMessage, WorkMessage } from './queue/messages.ts';

/** Queries are built from the tables of `store/schema.ts`; the relational queries of drizzle are not used. */
export type Database = DrizzleD1Database;

export interface MessageSender<Message> {
  /** Resolves once the message is on disk. */
  send(message: Message, options?: { delaySeconds?: number }): Promise<void>;
  /** Any number of messages; cut into calls of at most 100. */
  sendAll(messages: readonly Message[], options?: { delaySeconds?: number }): Promise<void>;
  /** Messages waiting, as far as the platform tells. */
  backlog(): Promise<number>;
}

export type Fetch = (request: Request) => Promise<Response>;

/** One object per order: shares reads of an order among its many webhooks, and takes web orders to a register. */
export interface OrderRelayApi {
  /** As `SkuLedgerApi.wake`: says whether this event still needs a read of the order, and from when. */
  wake(
    receivedAtMs: number,
    eventId: string,
  ): Promise<{ read: false } | { read: true; startAtMs: number }>;
  /** The read that began at `startedAtMs` was processed: events that arrived before it are covered. */
  done(startedAtMs: number): Promise<void>;
  /** Somebody says that the order should be looked at; repeats and older news change nothing. */
  ask(ask: Ask): Promise<void>;
  /** One worker at a time may go on with the order; `claimId` is its own. */
  claimPush(claimId: string): Promise<PushClaim>;
  /** Stores what the worker did or is about to do. False: its claim is lost, and it must stop here. */
  progressPush(claimId: string, progress: Progress): Promise<boolean>;
  /** How the worker ended; answers the state after it. */
  finishPush(claimId: string, outcome: PushOutcome): Promise<RelayState>;
  /** null: nobody ever asked for this order. */
  viewPush(): Promise<RelayState | null>;
  /** Takes a person out of what is kept of the order; `busy`: a worker holds it, ask again. */
  erasePerson(subject: Subject): Promise<'erased' | 'nothing' | 'busy'>;
}

export interface Email {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export interface Ports {
  readonly config: Config;
  /** Epoch milliseconds. */
  now(): number;
  /** Uniform in [0, 1), for jitter. */
  random(): number;
  /** 26 lower-case characters, 128 random bits, sortable by time of making (ULID). */
  newId(): string;
  /** `bytes` random bytes, for secrets. */
  randomBytes(bytes: number): Uint8Array<ArrayBuffer>;
  sleep(ms: number): Promise<void>;
  fetch: Fetch;
  /** Hands an e-mail over, or throws; null where the Worker has no binding for it. */
  readonly email: ((email: Email) => Promise<void>) | null;
  /** Runs `task` after `ms` milliseconds, unless the function that it hands back is called before. */
  timer(ms: number, task: () => void): () => void;
  /** False: this caller asked too often of late; counted per place of Cloudflare's, about right, never a bill (cloudflare.md 8). */
  mayAsk(caller: string): Promise<boolean>;
  readonly log: LogSink;
  /** One line to the Worker's own log, for what cannot travel through the `logs` queue. */
  printError(line: string): void;
  readonly db: Database;
  readonly queues: {
    readonly intake: MessageSender<IntakeMessage>;
    readonly work: MessageSender<WorkMessage>;
  };
  readonly objects: {
    skuLedger(connectionId: string, linkId: string): SkuLedgerApi;
    orderRelay(connectionId: string, platform: Platform, orderId: string): OrderRelayApi;
    platformAccount(platform: Platform, account: string): PlatformAccountApi;
    cloverApp(): CloverAppApi;
  };
}
