/** Queues as Cloudflare runs them, in this process: batches, retries, and workers that die before they acknowledge. */
import type { MessageSender } from '../../src/ports.ts';
import type { WorldClock } from './world-clock.ts';

const BATCH_MAX = 50;
const CONCURRENT_MAX = 20;
const TRIES_MAX = 13;
/** A worker that never answers has its messages handed to another one. */
const LOST_AFTER_MS = 15_000;

interface Stored<Message> {
  readonly id: string;
  readonly body: Message;
  readonly dueAtMs: number;
  readonly attempts: number;
}

/** A batch's worker; once dead, nothing that it waits for comes back. */
export interface Life {
  isDead: boolean;
  readonly died: Promise<void>;
  die(): void;
}

export interface WorldQueue<Message> {
  readonly sender: MessageSender<Message>;
  /** Nothing waits and nothing is under way. */
  isIdle(): boolean;
  readonly dead: Message[];
}

type Consume = (batch: MessageBatch, life: Life) => Promise<void>;

export function openQueue<Message>(
  name: string,
  clock: WorldClock,
  consume: Consume,
): WorldQueue<Message> {
  const stored: Stored<Message>[] = [];
  const dead: Message[] = [];
  let running = 0;
  let ids = 0;

  const add = (body: Message, delayMs: number, attempts: number): void => {
    ids += 1;
    const message = { id: `${name}${ids}`, body, dueAtMs: clock.now() + delayMs, attempts };
    if (attempts > TRIES_MAX) dead.push(body);
    else stored.push(message);
    clock.after(delayMs, pump);
  };

  const pump = (): void => {
    while (running < CONCURRENT_MAX) {
      const batch: Stored<Message>[] = [];
      for (let at = 0; at < stored.length && batch.length < BATCH_MAX;) {
        const message = stored[at];
        if (message === undefined || message.dueAtMs > clock.now()) at += 1;
        else batch.push(...stored.splice(at, 1));
      }
      if (batch.length === 0) return;
      running += 1;
      void run(batch).finally(() => {
        running -= 1;
        pump();
      });
    }
  };

  const run = async (batch: readonly Stored<Message>[]): Promise<void> => {
    const life = newLife();
    const acknowledged = new Set<string>();
    const messages = batch.map(({ id, body, attempts }) => ({
      id,
      body: structuredClone(body),
      attempts,
      timestamp: new Date(clock.now()),
      ack: () => void acknowledged.add(id),
      retry: (options?: QueueRetryOptions) => {
        acknowledged.add(id);
        if (!life.isDead) add(body, (options?.delaySeconds ?? 2) * 1_000, attempts + 1);
      },
    }));
    const whole = { queue: name, messages, ackAll: () => undefined, retryAll: () => undefined };
    await Promise.race([consume(whole as unknown as MessageBatch, life), life.died]);
    if (!life.isDead) return;
    for (const { id, body, attempts } of batch) {
      if (!acknowledged.has(id)) add(body, LOST_AFTER_MS, attempts + 1);
    }
  };

  return {
    dead,
    isIdle: () => running === 0 && stored.length === 0,
    sender: {
      send: async (message, options) => add(message, (options?.delaySeconds ?? 0) * 1_000, 1),
      sendAll: async (messages, options) => {
        for (const message of messages) add(message, (options?.delaySeconds ?? 0) * 1_000, 1);
      },
      backlog: async () => stored.length,
    },
  };
}

function newLife(): Life {
  const { promise, resolve } = Promise.withResolvers<void>();
  const life: Life = {
    isDead: false,
    died: promise,
    die() {
      life.isDead = true;
      resolve();
    },
  };
  return life;
}
