/**
 * A clock for a relay and two platforms in one process: it stands still while anything is being worked on and jumps to the
 * next moment that somebody waits for. Minutes of rate limits pass in the time that the work itself takes.
 */

export interface WorldClock {
  now(): number;
  /** Something happened: the clock stands still a little longer. */
  touch(): void;
  after(ms: number, task: () => void): () => void;
  sleep(ms: number): Promise<void>;
  /** Lets time pass until `isDone`, asked each `everyMs` of it. Throws after `maxMs`. */
  runUntil(isDone: () => Promise<boolean>, everyMs: number, maxMs: number): Promise<void>;
}

interface Timer {
  readonly atMs: number;
  readonly task: () => void;
  isOff: boolean;
}

/** Turns of the event loop without a sign of life after which nothing is being worked on: streams of bodies take some. */
const IDLE_TURNS = 6;

export function createWorldClock(startMs: number): WorldClock {
  let nowMs = startMs;
  let signs = 0;
  /** Ascending by time. */
  const timers: Timer[] = [];

  const add = (ms: number, task: () => void): Timer => {
    signs += 1;
    const timer = { atMs: nowMs + Math.max(0, ms), task, isOff: false };
    let at = timers.length;
    while (at > 0 && (timers[at - 1]?.atMs ?? 0) > timer.atMs) at -= 1;
    timers.splice(at, 0, timer);
    return timer;
  };

  const settle = async (): Promise<void> => {
    for (let idle = 0; idle < IDLE_TURNS;) {
      const before = signs;
      await new Promise((resolve) => setImmediate(resolve));
      idle = signs === before ? idle + 1 : 0;
    }
  };

  return {
    now: () => nowMs,
    touch: () => {
      signs += 1;
    },
    after: (ms, task) => {
      const timer = add(ms, task);
      return () => {
        timer.isOff = true;
      };
    },
    sleep: (ms) => new Promise((resolve) => void add(ms, resolve)),
    async runUntil(isDone, everyMs, maxMs) {
      const endMs = nowMs + maxMs;
      let askAtMs = nowMs;
      for (;;) {
        await settle();
        if (nowMs >= askAtMs) {
          if (await isDone()) return;
          askAtMs = nowMs + everyMs;
        }
        if (nowMs >= endMs) throw new Error(`Not done after ${maxMs / 1_000} s of the clock.`);
        const next = timers[0];
        nowMs = Math.max(nowMs, Math.min(next?.atMs ?? askAtMs, askAtMs));
        while (timers[0] !== undefined && timers[0].atMs <= nowMs) {
          const timer = timers.shift();
          if (timer?.isOff === false) timer.task();
        }
      }
    },
  };
}
