/**
 * How long it took a change of stock to reach the other places (R8): from the moment it happened over its webhook's
 * arrival and the ledger's decision to the write that showed it. All in milliseconds.
 */

/** When what caused an entry became known, epoch milliseconds; `happenedAtMs` is by the platform's own clock. */
export interface CauseTimes {
  /** null: the platform does not tell. */
  readonly happenedAtMs: number | null;
  /** null: no event told us (a sweep, a person, a read of ours). */
  readonly receivedAtMs: number | null;
}

/** One entry that a write has just carried to a place. */
export interface Written extends CauseTimes {
  readonly decidedAtMs: number;
  readonly writtenAtMs: number;
  /** Units: below 0 the other places showed too much until the write. */
  readonly delta: number;
}

export const STAGES = ['received', 'decided', 'written', 'lag', 'exposure'] as const;
/**
 * `received`: event to arrival. `decided`: arrival to entry. `written`: entry to confirmed write. `lag`: event (or
 * arrival, where no platform tells) to write. `exposure`: the lag of falls only, while another place offered units that
 * were gone.
 */
export type Stage = (typeof STAGES)[number];

/** Upper bounds, milliseconds; the last bucket has none. */
export const BUCKETS_MS = [
  50, 100, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000, 300_000,
  900_000, 3_600_000, 14_400_000, 86_400_000,
] as const;

/** Counts per stage and bucket (`BUCKETS_MS`); stages and buckets without one are left out. */
export type TimingCounts = { readonly [stage in Stage]?: Readonly<Record<string, number>> };

/** One stage as people read it. `p50` and `p99` are upper bounds of their buckets; null: longer than all of them. */
export interface Histogram {
  readonly count: number;
  readonly buckets: readonly { readonly upToMs: number | null; readonly count: number }[];
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** How long each stage took; a stage that is not known, or that clocks of two machines make negative, is left out. */
export function stagesOf(written: Written): Partial<Record<Stage, number>> {
  const { happenedAtMs, receivedAtMs, decidedAtMs, writtenAtMs, delta } = written;
  const beganAtMs = happenedAtMs ?? receivedAtMs;
  const lag = beganAtMs === null ? null : Math.max(0, writtenAtMs - beganAtMs);
  const known: [Stage, number | null][] = [
    ['received', span(happenedAtMs, receivedAtMs)],
    ['decided', span(receivedAtMs, decidedAtMs)],
    ['written', span(decidedAtMs, writtenAtMs)],
    ['lag', lag],
    ['exposure', delta < 0 ? lag : null],
  ];
  return Object.fromEntries(known.filter(([, ms]) => ms !== null));
}

function span(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null || toMs < fromMs ? null : toMs - fromMs;
}

/** Counts of these writes; null when there is nothing to count. */
export function countTimings(all: readonly Written[]): TimingCounts | null {
  const counts: Partial<Record<Stage, Record<string, number>>> = {};
  for (const written of all) {
    for (const [stage, ms] of Object.entries(stagesOf(written)) as [Stage, number][]) {
      const bucket = String(bucketOf(ms));
      const ofStage = (counts[stage] ??= {});
      ofStage[bucket] = (ofStage[bucket] ?? 0) + 1;
    }
  }
  return Object.keys(counts).length === 0 ? null : counts;
}

function bucketOf(ms: number): number {
  const at = BUCKETS_MS.findIndex((upToMs) => ms <= upToMs);
  return at === -1 ? BUCKETS_MS.length : at;
}

/** Sums counts; the order does not matter. */
export function addTimings(all: readonly (TimingCounts | null)[]): TimingCounts {
  const sums: Partial<Record<Stage, Record<string, number>>> = {};
  for (const counts of all) {
    for (const stage of STAGES) {
      for (const [bucket, count] of Object.entries(counts?.[stage] ?? {})) {
        const ofStage = (sums[stage] ??= {});
        ofStage[bucket] = (ofStage[bucket] ?? 0) + count;
      }
    }
  }
  return sums;
}

/** A stage's counts with its middle and its worst hundredth. */
export function histogramOf(counts: TimingCounts, stage: Stage): Histogram {
  const ofStage = counts[stage] ?? {};
  const buckets = [...BUCKETS_MS, null].map((upToMs, at) => ({
    upToMs,
    count: ofStage[String(at)] ?? 0,
  }));
  const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  const quantile = (share: number): number | null => {
    let seen = 0;
    for (const bucket of buckets) {
      seen += bucket.count;
      if (seen >= share * count) return bucket.upToMs;
    }
    return null;
  };
  const isEmpty = count === 0;
  return {
    count,
    buckets: buckets.filter((bucket) => bucket.count > 0),
    p50Ms: isEmpty ? null : quantile(0.5),
    p99Ms: isEmpty ? null : quantile(0.99),
  };
}
