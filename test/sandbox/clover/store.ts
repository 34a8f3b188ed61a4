/**
 * The primary and its read replica in one: every write appends a version, and a reader names the instant it
 * sees. Versions older than any replica may lag are forgotten at the next write of the same row.
 */
import { nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import type { Cell, Table } from './types.ts';

/** The longest lag a replica can show, milliseconds. */
const HISTORY_MS = 120_000;

/** `asOf` of a reader that sees the primary. */
export const PRIMARY = Number.POSITIVE_INFINITY;

/** The instant a GET sees, epoch milliseconds: the replica's, or the primary's for forceRealTime. */
export function readInstant(platform: Platform, forceRealTime: boolean): number {
  const { replicaLagMs } = platform.switches;
  if (forceRealTime || replicaLagMs <= 0) return PRIMARY;
  return nowMs(platform) - Math.min(replicaLagMs, HISTORY_MS);
}

function visible<Row>(cell: Cell<Row> | undefined, asOf: number): Row | null {
  const version = cell?.versions.findLast((candidate) => candidate.atMs <= asOf);
  return version?.row ?? null;
}

/** The row as a reader at `asOf` sees it, null when there is none. */
export function find<Row>(table: Table<Row>, id: string, asOf: number): Row | null {
  return Object.hasOwn(table, id) ? visible(table[id], asOf) : null;
}

/** All rows a reader at `asOf` sees, oldest first. */
export function all<Row>(table: Table<Row>, asOf: number): Row[] {
  return Object.values(table).flatMap((cell) => visible(cell, asOf) ?? []);
}

/** The rows of these ids in their order; ids without a visible row are left out. */
export function pick<Row>(table: Table<Row>, ids: readonly string[], asOf: number): Row[] {
  return ids.flatMap((id) => find(table, id, asOf) ?? []);
}

/** Commits a row on the primary; null removes it for good. */
export function put<Row>(platform: Platform, table: Table<Row>, id: string, row: Row | null): void {
  const atMs = nowMs(platform);
  let cell = table[id];
  if (cell === undefined) {
    cell = { versions: [] };
    table[id] = cell;
  }
  const last = cell.versions.at(-1);
  if (last !== undefined && last.atMs >= atMs) last.row = row;
  else cell.versions.push({ atMs, row });
  const oldest = cell.versions.findLastIndex((version) => version.atMs <= atMs - HISTORY_MS);
  if (oldest > 0) cell.versions.splice(0, oldest);
}
