/** What became of a look at a web order: the copy in D1, what waits for a person, the log. */
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { minorDigits, readExact, toMinor } from '../domain/money.ts';
import type { PushOutcome, RelayState } from '../domain/orders/relay.ts';
import type { Sale } from '../platforms/bigcommerce/sales.ts';
import type { Connection } from '../store/connections.ts';
import { closeFailuresOf, parkFailure } from '../store/failures.ts';
import { saveOrderLink, type OrderLink } from '../store/order-links.ts';
import type { PushWorker } from './push-worker.ts';

const SOURCE = 'work:push';

export interface Look {
  readonly outcome: PushOutcome;
  /** Null: BigCommerce did not show the order. */
  readonly sale: Sale | null;
}

export function statusOf(state: RelayState): OrderLink['status'] | null {
  if (state.failure !== null) return state.askedAtMs === null ? 'failed' : null;
  return state.phase === 'new' ? null : state.phase;
}

/** The copy for lists and the tie-out; nothing is kept of orders that are none of the register's. */
export async function keepCopy(
  { ports, connection, orderId }: PushWorker,
  { sale }: Look,
  state: RelayState,
): Promise<void> {
  const status = statusOf(state);
  if (status === null || sale === null) return;
  const { plan } = state;
  await saveOrderLink(ports.db, {
    connectionId: connection.id,
    platform: 'bigcommerce',
    orderId,
    merchantId: state.merchantId,
    otherId: state.registerOrderId,
    status,
    reason: state.attention ?? state.parking?.message ?? state.failure?.message ?? null,
    fix: state.parking?.fix ?? null,
    currency: plan?.currency ?? sale.currency,
    totalMinor: plan?.totalMinor ?? unplannedTotal(connection, sale, state.merchantId),
    taxMinor: plan?.taxMinor ?? 0,
    breakdown: plan?.breakdown ?? null,
    payments: (plan?.payments ?? []).map(({ method, amountMinor }) => ({ method, amountMinor })),
    soldAtMs: sale.createdAtMs,
    updatedAtMs: ports.now(),
  });
}

/** What an order that waits comes to, in its register's currency; 0 in any other, which only its own rate would tell. */
function unplannedTotal(
  { merchants }: Pick<Connection, 'merchants'>,
  { currency, total }: Sale,
  merchantId: string | null,
): number {
  const register = merchants.find((each) => each.merchantId === merchantId) ?? merchants[0];
  const exact = readExact(total.incTax);
  return exact.ok && register?.currency === currency
    ? toMinor(exact.value, minorDigits(currency))
    : 0;
}

/** Opens what waits for a person in the list of failures, and closes what no longer does. `from`: whose order it is. */
export async function tellPeople(
  worker: PushWorker,
  { outcome }: Pick<Look, 'outcome'>,
  state: RelayState,
  from: Platform,
): Promise<void> {
  const { ports, connection, orderId, eventId } = worker;
  const subject = from === 'clover' ? `clover:${orderId}` : orderId;
  const failure = waitsFor(outcome, state);
  const { phase, failure: before } = worker.state;
  if (failure === null) {
    const waited = phase === 'parked' || phase === 'attention' || before !== null;
    if (waited && state.failure === null) {
      await closeFailuresOf(ports.db, connection.id, SOURCE, subject);
    }
    return;
  }
  await parkFailure(ports.db, {
    connectionId: connection.id,
    code: failure.code,
    message: failure.message,
    source: SOURCE,
    subject,
    platform: from,
    orderId,
    eventId,
    atMs: ports.now(),
    replay: {
      queue: 'work',
      body: {
        v: 1,
        kind: 'push',
        connectionId: connection.id,
        eventId,
        orderId,
        ...(from === 'clover' ? { from } : {}),
        again: true,
      },
    },
  });
}

/** What a person has to see; null: nothing, or it is tried again by itself. */
function waitsFor(outcome: PushOutcome, state: RelayState): Failure | null {
  if (outcome.end === 'parked') {
    const { message, fix } = outcome.parking;
    return { code: 'mapping_missing', message: `${message} ${fix}` };
  }
  if (outcome.end === 'attention') return { code: 'manual_step', message: outcome.reason };
  if (outcome.end !== 'failed' || state.askedAtMs !== null) return null;
  return outcome.failure;
}

/** One record per look that changed something or failed. */
export function logEnd(
  worker: PushWorker,
  { outcome }: Pick<Look, 'outcome'>,
  state: RelayState,
  to: Platform,
): void {
  const { ports, connection, orderId, eventId } = worker;
  if (outcome.end === 'idle') return;
  const failure = outcome.end === 'failed' ? outcome.failure : waitsFor(outcome, state);
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId: connection.id,
    eventId,
    orderId,
    platform: to,
    operation: `push.${outcome.end}`,
    outcome: outcome.end === 'failed' ? 'failed' : 'ok',
    ...(failure === null ? {} : { code: failure.code }),
    message: failure?.message ?? state.story.at(-1)?.what ?? `Order ${orderId} is as it should be.`,
    detail: {
      phase: state.phase,
      attempt: state.attempt,
      otherId: state.registerOrderId ?? state.inStore?.orderId ?? null,
    },
  });
}
