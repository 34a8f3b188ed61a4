/** Counts of everything that happened, and the story of one seed when it is asked for. */
export interface Tally {
  readonly counts: Map<string, number>;
  count(what: string, times?: number): void;
  /** One line of the story; `line` is only built when somebody listens. */
  tell(line: () => string): void;
}

export function createTally(listen: ((line: string) => void) | null = null): Tally {
  const counts = new Map<string, number>();
  return {
    counts,
    count: (what, times = 1) => void counts.set(what, (counts.get(what) ?? 0) + times),
    tell: (line) => {
      if (listen !== null) listen(line());
    },
  };
}

/** Adds one seed's counts to those of the run. */
export function addCounts(into: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [what, times] of from) into.set(what, (into.get(what) ?? 0) + times);
}
