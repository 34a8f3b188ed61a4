/** The simulation's time: a heap of things to do, oldest first; equal moments in the order in which they were planned. */
export interface SimClock {
  nowMs: number;
  /** Things done so far. */
  steps: number;
  at(atMs: number, task: () => void): void;
  after(delayMs: number, task: () => void): void;
  /** Does the next thing; false when nothing is left, or nothing before `untilMs`. */
  step(untilMs: number): boolean;
}

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

export function createSimClock(startMs: number): SimClock {
  const heap: Planned[] = [];
  let order = 0;
  const isBefore = (one: Planned, other: Planned): boolean =>
    one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  const clock: SimClock = {
    nowMs: startMs,
    steps: 0,
    at(atMs, task) {
      order += 1;
      heap.push({ atMs: Math.max(atMs, clock.nowMs), order, task });
      raise(heap, isBefore);
    },
    after: (delayMs, task) => clock.at(clock.nowMs + delayMs, task),
    step(untilMs) {
      const first = heap[0];
      if (first === undefined || first.atMs > untilMs) return false;
      sink(heap, isBefore);
      clock.nowMs = first.atMs;
      clock.steps += 1;
      first.task();
      return true;
    },
  };
  return clock;
}

type Before = (one: Planned, other: Planned) => boolean;

/** The last one moves up to its place. */
function raise(heap: Planned[], isBefore: Before): void {
  let index = heap.length - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const [above, below] = [heap[parent], heap[index]];
    if (above === undefined || below === undefined || !isBefore(below, above)) return;
    heap[parent] = below;
    heap[index] = above;
    index = parent;
  }
}

/** The first one leaves; the last one takes its place and moves down. */
function sink(heap: Planned[], isBefore: Before): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let index = 0; ;) {
    let least = index;
    for (const child of [2 * index + 1, 2 * index + 2]) {
      const [one, other] = [heap[child], heap[least]];
      if (one !== undefined && other !== undefined && isBefore(one, other)) least = child;
    }
    if (least === index) return;
    const [above, below] = [heap[index], heap[least]];
    if (above === undefined || below === undefined) return;
    heap[index] = below;
    heap[least] = above;
    index = least;
  }
}
