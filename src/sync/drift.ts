/** The two-sided report: where a place shows another level than it should, why, and what happens next (R4). */
import { DRIFT_CLASSES, driftOf, type Drift, type DriftClass } from '../domain/stock/drift.ts';
import { DRIFT_COUNTED_MAX, DRIFT_QUERY_ROWS } from '../limits.ts';
import type { Database, Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { listDriftCandidates, type DriftCandidate, type DriftCursor } from '../store/drift.ts';

export interface DriftRow extends Drift {
  readonly sku: string;
  readonly linkId: string;
  readonly place: string;
  readonly platform: 'bigcommerce' | 'clover';
  readonly believed: number | null;
  readonly target: number;
  /** Since when it has been so, as far as we know. */
  readonly sinceMs: number | null;
}

export interface DriftReport {
  readonly rows: readonly DriftRow[];
  readonly nextCursor: DriftCursor | null;
}

/** A page of the report; it may be shorter than asked for while `nextCursor` is not null. */
export async function driftPage(
  db: Database,
  connection: Connection,
  cursor: DriftCursor | null,
  limit: number,
): Promise<DriftReport> {
  const found = await listDriftCandidates(db, connection.id, cursor, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page.flatMap((candidate) => rowOf(connection, candidate) ?? []),
    nextCursor:
      found.length > limit && last !== undefined
        ? { linkId: last.linkId, place: last.copy.place }
        : null,
  };
}

/** How many places drift, by class; `isWhole`: false when there are more than were counted. */
export async function driftTotals(
  ports: Pick<Ports, 'db'>,
  connection: Connection,
): Promise<{ totals: Record<DriftClass, number>; isWhole: boolean }> {
  const counts = new Map<DriftClass, number>();
  let cursor: DriftCursor | null = null;
  for (let looked = 0; looked < DRIFT_COUNTED_MAX; looked += DRIFT_QUERY_ROWS) {
    const page: DriftReport = await driftPage(ports.db, connection, cursor, DRIFT_QUERY_ROWS);
    for (const row of page.rows) counts.set(row.class, (counts.get(row.class) ?? 0) + 1);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  const totals = Object.fromEntries(DRIFT_CLASSES.map((kind) => [kind, counts.get(kind) ?? 0]));
  return { totals: totals as Record<DriftClass, number>, isWhole: cursor === null };
}

export interface DriftSummary {
  /** SKUs that drift at one place or more. */
  readonly skus: number;
  /** The places that have drifted longest. */
  readonly oldest: readonly DriftRow[];
  /** false: there are more than were looked at. */
  readonly isWhole: boolean;
}

/** How much drifts, and what has drifted longest; `left`: classes that are left out. */
export async function driftSummary(
  db: Database,
  connection: Connection,
  oldestMax: number,
  left: readonly DriftClass[] = [],
): Promise<DriftSummary> {
  const skus = new Set<string>();
  let oldest: DriftRow[] = [];
  let cursor: DriftCursor | null = null;
  for (let looked = 0; looked < DRIFT_COUNTED_MAX; looked += DRIFT_QUERY_ROWS) {
    const page: DriftReport = await driftPage(db, connection, cursor, DRIFT_QUERY_ROWS);
    const rows = page.rows.filter((row) => !left.includes(row.class));
    for (const { linkId } of rows) skus.add(linkId);
    oldest = [...oldest, ...rows]
      .toSorted((one, other) => (one.sinceMs ?? Infinity) - (other.sinceMs ?? Infinity))
      .slice(0, oldestMax);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return { skus: skus.size, oldest, isWhole: cursor === null };
}

function rowOf(connection: Connection, candidate: DriftCandidate): DriftRow | null {
  const { copy } = candidate;
  const { platform, place, target, level } = copy;
  const finding = openFinding(candidate);
  const drift = driftOf({
    believed: level,
    target,
    pending: copy.pending,
    awaited: copy.awaited ?? 0,
    unexplained: copy.unexplained ?? 0,
    skipped: copy.skipped ?? null,
    isLinkBroken: candidate.isLinkBroken,
    isParked: candidate.parked > 0 && !copy.pending,
    isWritten: isWritten(connection, platform),
    finding,
  });
  if (drift === null) return null;
  const { linkId, sku, outstandingSinceMs } = candidate;
  const sinceMs = finding === null ? (outstandingSinceMs ?? copy.observedAtMs) : finding.foundAtMs;
  return { ...drift, sku, linkId, place, platform, believed: level, target, sinceMs };
}

/** A finding tells until the ledger has looked again; one that the mass guard held, until a sweep finds it gone. */
function openFinding({ finding, copy }: DriftCandidate): DriftCandidate['finding'] {
  if (finding === null || finding.level === copy.level) return null;
  const isOlder = finding.seenAtMs <= (copy.observedAtMs ?? 0);
  return isOlder && !finding.held ? null : finding;
}

function isWritten({ settings }: Connection, platform: DriftRow['platform']): boolean {
  const { enabled, direction } = settings.stock;
  return enabled && (direction === 'two-way' || direction === `to-${platform}`);
}
