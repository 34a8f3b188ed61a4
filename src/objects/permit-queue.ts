/**
 * Waiting for one's turn, inside an object: the pure budget plus promises and one timer. Held in memory only: after a
 * restart the platform's own headers and refusals teach the budget again.
 */
import {
  advance,
  createBudget,
  giveBack,
  join,
  learn,
  leaveAll,
  type BudgetLimits,
  type RateNews,
  type Urgency,
} from '../domain/budget.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { PERMIT_WAIT_MAX_MS } from '../limits.ts';
import type { Ports } from '../ports.ts';

export interface PermitQueue {
  /** Resolves with the permit's id when it is the caller's turn, or with `busy` after `patienceMs`. */
  take(key: string, urgency: Urgency, patienceMs?: number): Promise<Result<string, Failure>>;
  /** Ends a permit and takes in what its answer said. False when it was not held any more. */
  release(permitId: string, news: RateNews): boolean;
  /** Calls that the budget allows in an hour. */
  perHourMax(): number;
  /** Answers everybody who waits with this failure. */
  refuseAll(failure: Failure): void;
}

export type PermitQueuePorts = Pick<Ports, 'now' | 'newId' | 'timer'>;

type Settle = (result: Result<string, Failure>) => void;

export function createPermitQueue(ports: PermitQueuePorts, limits: BudgetLimits): PermitQueue {
  const budget = createBudget(limits);
  const waiting = new Map<string, Settle>();
  let stopTimer = () => {};

  const settle = (id: string, result: Result<string, Failure>) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  };

  const run = () => {
    const nowMs = ports.now();
    const turn = advance(budget, nowMs);
    for (const id of turn.granted) settle(id, ok(id));
    for (const id of turn.gaveUp) settle(id, fail(busy(budget.pausedUntilMs - nowMs)));
    // Only while somebody waits: an idle object must be able to sleep.
    stopTimer();
    if (turn.nextAtMs !== null) stopTimer = ports.timer(Math.max(1, turn.nextAtMs - nowMs), run);
  };

  return {
    perHourMax: () => Math.floor((budget.limits.perWindow * 3_600_000) / budget.limits.windowMs),
    take(key, urgency, patienceMs = PERMIT_WAIT_MAX_MS) {
      const id = ports.newId();
      const { promise, resolve } = Promise.withResolvers<Result<string, Failure>>();
      waiting.set(id, resolve);
      join(budget, { id, key, urgency, untilMs: ports.now() + patienceMs });
      run();
      return promise;
    },
    release(permitId, news) {
      const nowMs = ports.now();
      const grantedAtMs = giveBack(budget, permitId, nowMs);
      learn(budget, news, nowMs, grantedAtMs);
      run();
      return grantedAtMs !== null;
    },
    refuseAll(failure) {
      for (const id of leaveAll(budget)) settle(id, fail(failure));
      run();
    },
  };
}

/** Shortest wait that is suggested to a caller who was turned away. */
const BUSY_RETRY_MS = 1_000;

function busy(pausedMs: number): Failure {
  return {
    code: 'busy',
    message: 'The rate budget is used up for the moment; the call was not made.',
    retryAfterMs: Math.max(BUSY_RETRY_MS, pausedMs),
  };
}
