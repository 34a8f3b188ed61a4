/**
 * A clock that stands still until it is advanced: hours of retries in milliseconds, in the right
 * order.
 */
export interface VirtualClock {
  now(): number;
  sleep(ms: number): Promise<void>;
  schedule(delayMs: number, task: () => void | Promise<void>): void;
  /** Runs everything due in the next `ms` milliseconds, oldest first. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  atMs: number;
  order: number;
  run: () => void | Promise<void>;
}

/** How long a task may be busy in real time before it counts as asleep on this clock. */
const PATIENCE_MS = 150;

export function createVirtualClock(startMs = Date.UTC(2026, 3, 1, 12)): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  const timers: Timer[] = [];
  const busy = new Set<Promise<void>>();

  const add = (delayMs: number, run: Timer['run']) => {
    timers.push({ atMs: nowMs + Math.max(0, delayMs), order: (order += 1), run });
    timers.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  };

  const settle = async () => {
    // A turn of the event loop first: what a timer woke may itself start a timer.
    await new Promise((resolve) => setImmediate(resolve));
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([Promise.allSettled(busy), patience]);
  };

  return {
    now: () => nowMs,
    sleep: (ms) => new Promise((resolve) => add(ms, resolve)),
    schedule: add,
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      while (timers[0] !== undefined && timers[0].atMs <= untilMs) {
        const timer = timers.shift();
        if (timer === undefined) break;
        nowMs = timer.atMs;
        const task = Promise.resolve(timer.run());
        busy.add(task);
        void task.finally(() => busy.delete(task));
        await settle();
      }
      nowMs = untilMs;
    },
  };
}
