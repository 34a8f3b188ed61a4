/** One worker's hold on an order's object: every call to a platform is made under it, and none after it ran out. */
import type { Failure } from '../domain/failure.ts';
import type { ConnectionId, EventId } from '../domain/ids.ts';
import { progress, PUSH_LEASE_MS, type Progress, type RelayState } from '../domain/orders/relay.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CALL_TIMEOUT_MS, CLOCK_SKEW_MS } from '../limits.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { OrderRelayApi, Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';

export interface PushWorker {
  readonly ports: Ports;
  readonly connection: Connection;
  readonly orderId: string;
  readonly eventId: EventId;
  /** The order's state when it was claimed. */
  readonly state: RelayState;
  /** The same with all progress since, as the object has it. */
  current(): RelayState;
  /** Stores progress; a failure when the claim was lost, and the worker must stop. */
  keep(made: Progress): Promise<Result<void, Failure>>;
  /** Holds the claim for longer when it has become old. */
  hold(): Promise<Result<void, Failure>>;
  bigcommerce(): ReturnType<typeof openBigCommerce>;
  clover(merchantId: string): ReturnType<typeof openClover>;
}

const CLAIM_LOST: Failure = {
  code: 'busy',
  message: 'Another worker has taken this order over.',
};

/** Opens a worker over a claim that was just made. */
export function openWorker(
  given: Pick<PushWorker, 'ports' | 'connection' | 'orderId' | 'eventId' | 'state'> & {
    readonly relay: OrderRelayApi;
    readonly claimId: string;
  },
): PushWorker {
  const { relay, claimId, ...about } = given;
  const { ports, connection, orderId, eventId } = about;
  let heldAtMs = ports.now();
  let current = about.state;
  const keep = async (made: Progress): Promise<Result<void, Failure>> => {
    const askedAtMs = ports.now();
    if (!(await relay.progressPush(claimId, made))) return fail(CLAIM_LOST);
    heldAtMs = askedAtMs;
    current = progress(current, claimId, made, askedAtMs) ?? current;
    return ok(undefined);
  };
  const context = () => ({
    connectionId: connection.id satisfies ConnectionId,
    eventId,
    orderId,
    priority: 'interactive' as const,
    // Its answer, or its time-out, is in before anybody may take the order over.
    notAfterMs: heldAtMs + PUSH_LEASE_MS - CALL_TIMEOUT_MS - CLOCK_SKEW_MS,
  });
  return {
    ...about,
    current: () => current,
    keep,
    hold: async () => (ports.now() - heldAtMs > PUSH_LEASE_MS / 3 ? keep({}) : ok(undefined)),
    bigcommerce: () => openBigCommerce(ports, connection.id, context()),
    clover: (merchantId) => openClover(ports, merchantId, context()),
  };
}
