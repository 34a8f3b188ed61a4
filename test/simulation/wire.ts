/** Calls to a platform as the network makes them: latency both ways, and every way in which one can go wrong. */
import type { Failure } from '../../src/domain/failure.ts';
import { fail, type Result } from '../../src/domain/result.ts';
import { CALL_TIMEOUT_MS } from '../../src/limits.ts';
import { failureOfStatus } from '../../src/platforms/http-failures.ts';
import type { SimClock } from './clock.ts';
import type { Tally } from './tally.ts';
import type { Troubles } from './scenario.ts';

export interface Wire {
  /**
   * Makes one call. `act` runs when the request arrives at the platform; `done` when the answer is back, or given up.
   * `isWrite`: without an answer nobody knows whether it was carried out.
   */
  call<Value>(input: {
    readonly platform: 'bigcommerce' | 'clover';
    readonly isWrite: boolean;
    readonly act: () => Result<Value, Failure>;
    readonly done: (result: Result<Value, Failure>, startedAtMs: number) => void;
  }): void;
}

export function createWire(
  clock: SimClock,
  random: () => number,
  troubles: () => Troubles,
  tally: Tally,
): Wire {
  return {
    call({ platform, isWrite, act, done }) {
      const startedAtMs = clock.nowMs;
      const outMs = 5 + random() * 60;
      const backMs = 5 + random() * 60;
      const answer = (result: Parameters<typeof done>[0], atMs: number): void =>
        clock.at(atMs, () => done(result, startedAtMs));
      const refuse = (status: number): Failure =>
        failureOfStatus({
          platform,
          method: isWrite ? 'POST' : 'GET',
          status,
          body: undefined,
          rate: status === 429 ? { status, retryAfterMs: 500 } : { status },
        });
      const timeout: Failure = {
        code: 'timeout',
        message: `${platform} did not answer.`,
        ...(isWrite ? { outcomeUnknown: true } : {}),
      };
      tally.count(`call ${platform} ${isWrite ? 'write' : 'read'}`);
      const trouble = pick(troubles(), random());
      if (trouble !== null) tally.count(`call ${trouble}`);
      switch (trouble) {
        case 'refused429':
          return answer(fail(refuse(429)), startedAtMs + outMs + backMs);
        case 'failedBefore':
          return answer(fail(refuse(500)), startedAtMs + outMs + backMs);
        case 'failedAfter':
          return clock.after(outMs, () => {
            act();
            answer(fail(refuse(500)), clock.nowMs + backMs);
          });
        case 'hangBefore':
          return answer(fail(timeout), startedAtMs + CALL_TIMEOUT_MS);
        case 'hangAfter':
          // Carried out at any moment until the caller gives up.
          return clock.after(outMs + random() * (CALL_TIMEOUT_MS - 200), () => {
            act();
            answer(fail(timeout), startedAtMs + CALL_TIMEOUT_MS);
          });
        case 'slow':
        case null:
          return clock.after(outMs + (trouble === null ? 0 : random() * 4_000), () => {
            const result = act();
            answer(result, clock.nowMs + backMs + (trouble === null ? 0 : random() * 4_000));
          });
      }
    },
  };
}

const CALL_TROUBLES = [
  'refused429',
  'failedBefore',
  'failedAfter',
  'hangBefore',
  'hangAfter',
  'slow',
] as const;

function pick(troubles: Troubles, dice: number): (typeof CALL_TROUBLES)[number] | null {
  let sum = 0;
  for (const trouble of CALL_TROUBLES) {
    sum += troubles[trouble];
    if (dice < sum) return trouble;
  }
  return null;
}
