/**
 * The shipped Worker with its storage watched from outside: D1's and the objects' own accounts of rows written, summed
 * by table. The code that is measured is the code that ships; nothing in it knows of this.
 */
import * as v from 'valibot';
import relay, {
  CloverApp as RelayCloverApp,
  OrderRelay as RelayOrderRelay,
  PlatformAccount as RelayPlatformAccount,
  SkuLedger as RelaySkuLedger,
} from '../../../src/worker.ts';
import { ACKED_PRODUCT_ID, COUNTERS_PATH, writtenTable, type Counters } from './counters.ts';

/** One isolate runs handlers and objects under `wrangler dev`, so one account serves them all. */
const objects: Record<string, number> = {};
const d1: Record<string, number> = {};
const ledgerCalls: Record<string, number> = {};

let knownRunId: string | undefined;
/** Made at the first request: there is no chance before it. */
function runId(): string {
  return (knownRunId ??= crypto.randomUUID());
}

function count(account: Record<string, number>, table: string, rows: number): void {
  // The local runtime keeps notes of its own beside the objects' tables.
  if (rows > 0 && !table.startsWith('__miniflare')) account[table] = (account[table] ?? 0) + rows;
}

let isStorageWatched = false;

/** Objects share their storage's prototypes: watching the first one watches them all. */
function watchStorage(storage: DurableObjectStorage): void {
  if (isStorageWatched) return;
  isStorageWatched = true;
  const sqlPrototype: SqlStorage = Object.getPrototypeOf(storage.sql);
  const { exec } = sqlPrototype;
  sqlPrototype.exec = function watched(this: SqlStorage, query: string, ...bindings) {
    const cursor = exec.call(this, query, ...bindings);
    // A statement without an answer has run to its end by now.
    count(objects, writtenTable(query), cursor.rowsWritten);
    return cursor;
  } as SqlStorage['exec'];
  const storagePrototype: DurableObjectStorage = Object.getPrototypeOf(storage);
  const { setAlarm, deleteAlarm } = storagePrototype;
  storagePrototype.setAlarm = function watched(this: DurableObjectStorage, ...args) {
    count(objects, 'alarm', 1);
    return setAlarm.apply(this, args);
  };
  storagePrototype.deleteAlarm = function watched(this: DurableObjectStorage, ...args) {
    count(objects, 'alarm', 1);
    return deleteAlarm.apply(this, args);
  };
}

/** The part of workerd's D1 client that every statement and batch goes through. */
interface D1Session {
  _sendOrThrow(
    endpoint: string,
    query: string | readonly string[],
    ...rest: readonly unknown[]
  ): Promise<Answered | Answered[]>;
}
interface Answered {
  readonly meta: { readonly rows_written?: number };
}

let isDatabaseWatched = false;

/** @throws when workerd's D1 client has changed its shape: no count is better than a wrong one. */
function watchDatabase(db: D1Database): void {
  if (isDatabaseWatched) return;
  isDatabaseWatched = true;
  const statement = db.prepare('SELECT 1') as unknown as { dbSession: D1Session };
  const prototype = sendingPrototype(statement.dbSession);
  const send = prototype._sendOrThrow;
  prototype._sendOrThrow = async function watched(this: D1Session, endpoint, query, ...rest) {
    const answer = await send.call(this, endpoint, query, ...rest);
    const statements = typeof query === 'string' ? [query] : query;
    for (const [index, { meta }] of [answer].flat().entries()) {
      count(d1, writtenTable(statements[index] ?? ''), meta.rows_written ?? 0);
    }
    return answer;
  };
}

function sendingPrototype(session: D1Session): D1Session {
  for (let at: unknown = session; at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at as object, '_sendOrThrow')) return at as D1Session;
  }
  throw new Error('The D1 client has no _sendOrThrow any more: rows cannot be counted.');
}

function watchCalls(prototype: object): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method: unknown = Reflect.get(prototype, name);
    if (name === 'constructor' || typeof method !== 'function') continue;
    Reflect.set(prototype, name, function watched(this: unknown, ...args: unknown[]) {
      count(ledgerCalls, name, 1);
      return Reflect.apply(method, this, args);
    });
  }
}
watchCalls(RelaySkuLedger.prototype);

export class SkuLedger extends RelaySkuLedger {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx.storage);
    watchDatabase(env.DB);
    super(ctx, env);
  }
}

export class OrderRelay extends RelayOrderRelay {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx.storage);
    super(ctx, env);
  }
}

export class PlatformAccount extends RelayPlatformAccount {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx.storage);
    super(ctx, env);
  }
}

export class CloverApp extends RelayCloverApp {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx.storage);
    super(ctx, env);
  }
}

const ackedMessage = v.object({ data: v.object({ product_id: v.literal(ACKED_PRODUCT_ID) }) });

// oxlint-disable-next-line import/no-default-export -- how a Worker names its handlers
export default {
  fetch(request, env, context) {
    watchDatabase(env.DB);
    if (new URL(request.url).pathname === COUNTERS_PATH) {
      return Response.json({ runId: runId(), objects, d1, ledgerCalls } satisfies Counters);
    }
    return relay.fetch(request, env, context);
  },

  async queue(batch, env) {
    watchDatabase(env.DB);
    if (batch.messages.every(({ body }) => v.is(ackedMessage, body))) batch.ackAll();
    else await relay.queue(batch, env);
  },

  scheduled(controller, env) {
    watchDatabase(env.DB);
    return relay.scheduled(controller, env);
  },
} satisfies ExportedHandler<Env>;
