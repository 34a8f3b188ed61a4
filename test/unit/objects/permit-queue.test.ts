/** Goal: whoever waits for leave gets it, or a clear "busy", without anybody else having to move. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { BudgetLimits } from '../../../src/domain/budget.ts';
import { createPermitQueue, type PermitQueue } from '../../../src/objects/permit-queue.ts';
import { failureOf, valueOf } from '../../support/platform-ports.ts';
import { createVirtualClock, type VirtualClock } from '../../support/virtual-clock.ts';

const LIMITS: BudgetLimits = {
  perWindow: 100,
  windowMs: 1_000,
  concurrent: 1,
  backgroundShare: 0.8,
  quotaShare: 0.5,
  leaseMs: 15_000,
  pauseCapMs: 60_000,
};

let clock: VirtualClock;
/** Timers that were started and not stopped. */
let timers: Set<symbol>;
let queue: PermitQueue;

function openQueue(change: Partial<BudgetLimits> = {}): PermitQueue {
  let ids = 0;
  const timer = (ms: number, task: () => void) => {
    const id = Symbol('timer');
    timers.add(id);
    clock.schedule(ms, () => {
      if (timers.delete(id)) task();
    });
    return () => {
      timers.delete(id);
    };
  };
  return createPermitQueue(
    { now: clock.now, timer, newId: () => `permit-${(ids += 1)}` },
    { ...LIMITS, ...change },
  );
}

beforeEach(() => {
  clock = createVirtualClock();
  timers = new Set();
  queue = openQueue();
});

describe('permits', () => {
  it('[R5] come at once while there is room, and nothing waits then', async () => {
    expect(valueOf(await queue.take('a', 'interactive'))).toBe('permit-1');
    expect(timers.size).toBe(0);
  });

  it('[R5] pass on when they come back', async () => {
    const first = valueOf(await queue.take('a', 'interactive'));
    const second = queue.take('a', 'interactive');
    expect(queue.release(first, { status: 200 })).toBe(true);
    expect(valueOf(await second)).toBe('permit-2');
    expect(queue.release(first, { status: 200 })).toBe(false);
  });

  it('[R5] come by themselves when the window has room again', async () => {
    queue = openQueue({ concurrent: 10, perWindow: 1 });
    queue.release(valueOf(await queue.take('a', 'interactive')), { status: 200 });
    let got: string | undefined;
    void queue.take('a', 'interactive').then((permit) => (got = valueOf(permit)));
    await clock.advance(999);
    expect(got).toBeUndefined();
    await clock.advance(1);
    expect(got).toBe('permit-2');
  });

  it('[R5] are refused as busy after eight seconds, with the wait that is left of a pause', async () => {
    const first = valueOf(await queue.take('a', 'interactive'));
    queue.release(first, { status: 429, retryAfterMs: 20_000 });
    const second = queue.take('a', 'interactive');
    await clock.advance(8_000);
    expect(failureOf(await second)).toMatchObject({ code: 'busy', retryAfterMs: 12_000 });
  });

  it('[R3] calls from before a restart that are refused together are one refusal', async () => {
    queue.release('from-before-1', { status: 429 });
    await clock.advance(100);
    queue.release('from-before-2', { status: 429 });
    let got: string | undefined;
    void queue.take('a', 'interactive').then((permit) => (got = valueOf(permit)));
    await clock.advance(1_399);
    expect(got).toBeUndefined();
    await clock.advance(1);
    expect(got).toBe('permit-1');
  });

  it('[R5] a timer that fires a moment early loses nobody', async () => {
    let early: () => void = () => expect.unreachable('a timer was started');
    const timer = (_ms: number, task: () => void) => {
      early = task;
      return () => {};
    };
    let ids = 0;
    const ports = { now: clock.now, timer, newId: () => String((ids += 1)) };
    const hasty = createPermitQueue(ports, { ...LIMITS, concurrent: 10, perWindow: 1 });
    hasty.release(valueOf(await hasty.take('a', 'interactive')), { status: 200 });
    const second = hasty.take('b', 'interactive');
    await clock.advance(990);
    early();
    await clock.advance(10);
    early();
    expect((await second).ok).toBe(true);
  });

  it('[R5] keep one timer at most while somebody waits, and none afterwards', async () => {
    const first = valueOf(await queue.take('a', 'interactive'));
    const waiting = Array.from({ length: 5 }, () => queue.take('a', 'interactive'));
    expect(timers.size).toBe(1);
    let permit = first;
    for (const one of waiting) {
      queue.release(permit, { status: 200 });
      permit = valueOf(await one);
    }
    expect(timers.size).toBe(0);
  });

  it('[R4] everybody who waits is told when the account is gone, and no leave is lost on them', async () => {
    const first = valueOf(await queue.take('a', 'interactive'));
    const waiting = [queue.take('a', 'interactive'), queue.take('b', 'background')];
    queue.refuseAll({ code: 'disconnected', message: 'gone' });
    for (const one of waiting) expect(failureOf(await one).code).toBe('disconnected');
    expect(timers.size).toBe(0);
    queue.release(first, { status: null });
    expect((await queue.take('a', 'interactive')).ok).toBe(true);
  });
});
