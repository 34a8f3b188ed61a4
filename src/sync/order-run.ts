/**
 * Going on with one order, whichever way it travels: claim it, look, tell people, say how it ended. Dying anywhere leaves a
 * claim that runs out and a state that says where to go on.
 */
import type { Failure } from '../domain/failure.ts';
import type { EventId, Platform } from '../domain/ids.ts';
import { finish, type PushOutcome, type RelayState } from '../domain/orders/relay.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { QUEUE_HAND_OVER_MS } from '../limits.ts';
import type { Work } from '../queue/messages.ts';
import { logEnd, tellPeople } from './push-end.ts';
import { openWorker, type PushWorker } from './push-worker.ts';
import type { Scope } from './scope.ts';

/** What the two ways differ in. */
export interface OrderWay<Look extends { readonly outcome: PushOutcome }> {
  /** Whose order it is. */
  readonly from: Platform;
  /** Reads the order, decides and carries out. */
  look(scope: Scope, worker: PushWorker): Promise<Look>;
  /** Keeps the copy in D1; `state`: as it will be once the look is told. */
  keepCopy(worker: PushWorker, look: Look, state: RelayState): Promise<void>;
}

/** Goes on with one order. A repeat finds it held by another worker, or nothing due. */
export async function runOrder<Look extends { readonly outcome: PushOutcome }>(
  scope: Scope,
  message: Work<'push'>,
  way: OrderWay<Look>,
): Promise<Result<void, Failure>> {
  const { ports } = scope;
  const { orderId } = message;
  const eventId = message.eventId as EventId;
  const connection = await scope.connection(message.connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const relay = ports.objects.orderRelay(connection.id, way.from, orderId);
  if (message.again === true) {
    await relay.ask({ atMs: ports.now(), eventId, mayPush: true, modifiedAtMs: null });
  }
  const claimId = ports.newId();
  const claimed = await relay.claimPush(claimId);
  if (claimed.claim === 'none') return ok(undefined);
  const worker = openWorker({
    ports,
    connection,
    orderId,
    eventId: (claimed.state.eventId || eventId) as EventId,
    state: claimed.state,
    relay,
    claimId,
  });
  const look = await way.look(scope, worker);
  // Told before it is finished: who dies in between has everything looked at and told again.
  const expected = finish(worker.current(), claimId, look.outcome, ports.now(), 0);
  await way.keepCopy(worker, look, expected);
  await tellPeople(worker, look, expected, way.from);
  const state = await relay.finishPush(claimId, look.outcome);
  logEnd(worker, look, state, way.from === 'clover' ? 'bigcommerce' : 'clover');
  if (state.askedAtMs !== null) {
    const waitMs = Math.max(0, (state.dueAtMs ?? 0) - ports.now()) + QUEUE_HAND_OVER_MS;
    await scope.linger(connection.id, `push:${orderId}`, waitMs);
  }
  return ok(undefined);
}
