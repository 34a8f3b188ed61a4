/** What a person does with all failures of one cause at once. */
import type { Ports } from '../ports.ts';
import {
  failureIdsIn,
  failureIdsOf,
  type FailureCause,
  type FailureSpan,
} from '../store/failure-groups.ts';
import { findFailure } from '../store/failures.ts';
import { replayFailure } from './replay.ts';

/** Failures sent again by one press: each is a few calls of D1 and a queue, and a request has a bound of those. */
const REPLAYED_AT_ONCE = 100;

export interface ReplayedCause {
  readonly replayed: number;
  /** Held nothing that this version can send. */
  readonly refused: number;
  /** More of the cause can be sent again by another press. */
  readonly hasMore: boolean;
}

type ReplayPorts = Pick<Ports, 'db' | 'now' | 'queues' | 'objects'>;

/**
 * Sends the stored messages of a cause again, the oldest first. A crash in between leaves the rest open; pressing once
 * more goes on with them.
 */
export async function replayCause(
  ports: ReplayPorts,
  connectionId: string,
  cause: FailureCause,
): Promise<ReplayedCause> {
  const ids = await failureIdsOf(ports.db, connectionId, cause, REPLAYED_AT_ONCE + 1, 'replayable');
  return replayThese(ports, connectionId, ids);
}

/** As `replayCause`, for the failures of a SKU or a span of time, whatever their cause. */
export async function replaySpan(
  ports: ReplayPorts,
  connectionId: string,
  span: FailureSpan,
): Promise<ReplayedCause> {
  const ids = await failureIdsIn(ports.db, connectionId, span, REPLAYED_AT_ONCE + 1);
  return replayThese(ports, connectionId, ids);
}

async function replayThese(
  ports: ReplayPorts,
  connectionId: string,
  ids: readonly string[],
): Promise<ReplayedCause> {
  let replayed = 0;
  let refused = 0;
  for (const id of ids.slice(0, REPLAYED_AT_ONCE)) {
    const parked = await findFailure(ports.db, connectionId, id);
    if (parked === undefined || parked.status !== 'open') continue;
    const sent = await replayFailure(ports, parked);
    if (sent.ok) replayed += 1;
    else refused += 1;
  }
  return { replayed, refused, hasMore: ids.length > REPLAYED_AT_ONCE };
}
