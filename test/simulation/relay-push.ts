/** Web orders to a register, step by step as sync/push.ts and sync/push-order.ts do them (O3, S8). */
import type { EventId } from '../../src/domain/ids.ts';
import type { Failure } from '../../src/domain/failure.ts';
import {
  afterStep,
  emptyOrder,
  nextStep,
  type SeenOrder,
} from '../../src/domain/orders/converge.ts';
import type { PushPlan } from '../../src/domain/orders/push-plan.ts';
import {
  ask,
  claim,
  finish,
  NEW_RELAY,
  nextAlarmAtMs,
  poke,
  progress,
  type Progress,
  type PushOutcome,
  type RelayState,
} from '../../src/domain/orders/relay.ts';
import { fail, ok, type Result } from '../../src/domain/result.ts';
import type { ReadWebOrder, SimRegister } from './platforms.ts';
import { planOf, PUSHED_STATUS_IDS } from './push-plan.ts';
import { registerApi, type RegisterApi } from './register-api.ts';
import type { Worker } from './relay-core.ts';
import { RelayOrders, type Told } from './relay-orders.ts';

const UNDONE: ReadonlySet<number> = new Set([5, 6]);
const VERIFICATIONS_MAX = 3;

/** One call to a platform; the flow goes on with its answer, unless the worker dies. */
interface Asked {
  readonly platform: 'bigcommerce' | 'clover';
  readonly isWrite: boolean;
  readonly act: () => Result<unknown, Failure>;
}
type Flow<Value> = Generator<Asked, Value, Result<unknown, Failure>>;

/** Makes the call and answers with what came of it. */
function* made<Value>(
  platform: Asked['platform'],
  isWrite: boolean,
  act: () => Result<Value, Failure>,
): Flow<Result<Value, Failure>> {
  return (yield { platform, isWrite, act }) as Result<Value, Failure>;
}

/** A worker's hold on an order. */
interface Push {
  readonly orderId: string;
  readonly state: RelayState;
  readonly keep: (made: Progress) => Result<void, Failure>;
  readonly api: RegisterApi;
  readonly register: SimRegister;
  readonly event: EventId;
}

const LOST: Failure = { code: 'busy', message: 'Another worker has taken this order over.' };

export abstract class RelayPushes extends RelayOrders {
  readonly pushes = new Map<string, RelayState>();
  readonly #alarms = new Map<string, number>();
  #claims = 0;

  /** The register that receives web orders; undefined: none are pushed. */
  get receiver(): SimRegister | undefined {
    return this.deps.scenario.pushing.isOn ? this.deps.platforms.registers[0] : undefined;
  }

  readonly askPush = (orderId: string, order: ReadWebOrder, told: Told): void => {
    if (this.receiver === undefined) return;
    const mayPush = !order.isDeleted && PUSHED_STATUS_IDS.includes(order.statusId);
    const { modifiedAtMs } = order;
    const wanted = { atMs: told.receivedAtMs, eventId: told.event, mayPush, modifiedAtMs };
    const before = this.pushes.get(orderId) ?? NEW_RELAY;
    this.#store(orderId, ask(before, wanted, this.deps.clock.nowMs));
  };

  /** As the object of the order: store, poke, set the alarm. */
  readonly #store = (orderId: string, next: RelayState): void => {
    const { state, isDue } = poke(next, this.deps.clock.nowMs);
    this.pushes.set(orderId, state);
    if (isDue && !this.meets('messageLost'))
      this.enqueue((worker) => this.performPush(worker, orderId));
    const alarmAtMs = nextAlarmAtMs(state);
    if (alarmAtMs === null || this.#alarms.get(orderId) === alarmAtMs) return;
    this.#alarms.set(orderId, alarmAtMs);
    this.deps.clock.at(alarmAtMs, () => {
      if (this.#alarms.get(orderId) !== alarmAtMs) return;
      this.#alarms.delete(orderId);
      this.#store(orderId, this.pushes.get(orderId) ?? NEW_RELAY);
    });
  };

  readonly performPush = (worker: Worker, orderId: string): void => {
    const register = this.receiver;
    if (register === undefined) return;
    this.#claims += 1;
    const claimId = `claim-${this.#claims}`;
    const before = this.pushes.get(orderId) ?? NEW_RELAY;
    const claimed = claim(before, claimId, this.deps.clock.nowMs);
    this.#store(orderId, claimed.state);
    if (claimed.reply.claim === 'none') return;
    const keep = (change: Progress): Result<void, Failure> => {
      const held = this.pushes.get(orderId) ?? NEW_RELAY;
      const next = progress(held, claimId, change, this.deps.clock.nowMs);
      if (next !== null) this.#store(orderId, next);
      return next === null ? fail(LOST) : ok(undefined);
    };
    const api = registerApi(this.deps.platforms.register, register.merchant);
    const { state } = claimed.reply;
    const event = this.newEvent('push');
    this.#run(worker, this.#look({ orderId, state, keep, api, register, event }), (outcome) => {
      const held = this.pushes.get(orderId) ?? NEW_RELAY;
      const done = finish(held, claimId, outcome, this.deps.clock.nowMs, this.deps.random());
      this.deps.tally.count(`push ${outcome.end}`);
      this.deps.tally.tell(() => `  push of ${orderId}: ${JSON.stringify(outcome).slice(0, 120)}`);
      this.#store(orderId, done);
    });
  };

  readonly #run = <Value>(worker: Worker, flow: Flow<Value>, end: (value: Value) => void): void => {
    const advance = (answer: Result<unknown, Failure>): void =>
      worker.go(() => {
        const next = flow.next(answer);
        if (next.done === true) return end(next.value);
        this.deps.wire.call({ ...next.value, done: advance });
      });
    advance(ok(undefined));
  };

  *#look(push: Push): Flow<PushOutcome> {
    const { orderId, state, keep, register } = push;
    const startedAtMs = this.deps.clock.nowMs;
    const read = yield* made('bigcommerce', false, () =>
      ok(this.deps.platforms.readWebOrder(Number(orderId))),
    );
    if (!read.ok) return { end: 'failed', failure: read.failure };
    const order = read.value;
    if (order === null) return { end: 'idle', story: null };
    const kept = keep({ seen: { modifiedAtMs: order.modifiedAtMs, atMs: startedAtMs } });
    if (!kept.ok) return { end: 'failed', failure: kept.failure };
    const isUndone = order.isDeleted || UNDONE.has(order.statusId);
    if (isUndone) return state.registerOrderId === null ? IDLE : yield* this.#remove(push);
    if (!PUSHED_STATUS_IDS.includes(order.statusId)) return IDLE;
    const plan = planOf(orderId, order, this.books, register.place);
    return yield* this.#push(push, plan);
  }

  *#remove({ api, state }: Push): Flow<PushOutcome> {
    const gone = yield* made('clover', true, () => api.remove(state.registerOrderId ?? ''));
    if (gone.ok || gone.failure.code === 'not_found') return { end: 'removed', story: 'Removed.' };
    if (gone.failure.code !== 'rejected') return { end: 'failed', failure: gone.failure };
    return { end: 'attention', reason: 'A paid order cannot be deleted.' };
  }

  *#push(push: Push, plan: PushPlan): Flow<PushOutcome> {
    const { state, api } = push;
    if (state.registerOrderId === null || state.phase === 'new') this.#tell(push, plan, null);
    const opened = yield* this.#open(push, plan);
    if (!opened.ok) return { end: 'failed', failure: opened.failure };
    let seen = opened.value;
    for (let round = 1; round <= VERIFICATIONS_MAX; round += 1) {
      for (let step = nextStep(plan, seen); step.step !== 'done'; step = nextStep(plan, seen)) {
        if (step.step === 'stuck') return { end: 'attention', reason: step.reason };
        const held = push.keep({});
        if (!held.ok) return { end: 'failed', failure: held.failure };
        const ids = yield* made('clover', true, () => api.perform(seen.orderId, step));
        if (!ids.ok) return { end: 'failed', failure: ids.failure };
        seen = afterStep(seen, step, ids.value);
      }
      const read = yield* made('clover', false, () => api.read(seen.orderId));
      if (!read.ok) return { end: 'failed', failure: read.failure };
      this.#tell(push, plan, read.value);
      if (nextStep(plan, read.value).step === 'done') return { end: 'pushed', story: null };
      seen = read.value;
    }
    return { end: 'failed', failure: { code: 'conflict', message: 'It keeps changing.' } };
  }

  /** The register's order as it is; made when there is none, looked for first where an answer may be lost. */
  *#open({ api, keep, state }: Push, plan: PushPlan): Flow<Result<SeenOrder, Failure>> {
    let orderId = state.registerOrderId;
    if (orderId === null) {
      const left = yield* made('clover', false, () => ok(api.find(plan)));
      if (!left.ok) return left;
      orderId = left.value[0] ?? null;
    }
    if (orderId !== null) {
      const kept = keep({ plan, registerOrderId: orderId });
      if (!kept.ok) return kept;
      return yield* made('clover', false, () => api.read(orderId));
    }
    const intent = keep({ plan, createSentAtMs: this.deps.clock.nowMs });
    if (!intent.ok) return intent;
    const created = yield* made('clover', true, () => api.create(plan));
    if (!created.ok) return created;
    const kept = keep({ registerOrderId: created.value });
    return kept.ok ? ok(emptyOrder(created.value, plan)) : kept;
  }

  /** The ledger of each item in the order: before it is made (`seen` null) and once its lines are known. */
  readonly #tell = ({ register, event }: Push, plan: PushPlan, seen: SeenOrder | null): void => {
    const { place } = register;
    this.deps.tally.tell(
      () => `  told of ${plan.reference}: ${seen === null ? 'to come' : 'made'}`,
    );
    for (const book of this.books) {
      const itemId = book.sku.itemIds[place];
      const units = plan.lines.filter((line) => line.itemId === itemId).length;
      if (units === 0) continue;
      const lines = (seen?.lines ?? []).filter((line) => line.itemId === itemId);
      const order = {
        place,
        pushKey: plan.reference,
        units,
        isMade: seen !== null,
        lines: lines.map(({ lineItemId }) => ({
          saleKey: `${place}:${seen?.orderId ?? ''}:${lineItemId}`,
          quantity: 1,
        })),
        addedAtMs: latest(lines.map(({ createdMs }) => createdMs)),
        soldAtMs: latest((seen?.payments ?? []).map(({ createdMs }) => createdMs)),
      };
      this.learn(this.follow(book, book.desk.pushed(order, event, this.policyFor(book.sku))));
    }
  };
}

const IDLE = { end: 'idle', story: null } as const;

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}
