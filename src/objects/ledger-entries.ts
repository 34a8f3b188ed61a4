/** The append-only lines of a ledger as rows of its object's own database. */
import type { EventId, PlaceKey } from '../domain/ids.ts';
import type { SkuLedgerApi } from '../domain/stock/api.ts';
import type { Entry, PoolState } from '../domain/stock/state.ts';

export type Entries = Awaited<ReturnType<SkuLedgerApi['entries']>>;

/** Appends lines with the count after each; `before`: the pools as they were before the first of them. */
export function appendEntries(
  sql: SqlStorage,
  before: readonly PoolState[],
  entries: readonly Entry[],
): void {
  const onHand = new Map(before.map((pool) => [pool.locationId, pool.onHand]));
  for (const entry of entries) {
    const after = (onHand.get(entry.locationId) ?? 0) + entry.delta;
    onHand.set(entry.locationId, after);
    sql.exec(
      `INSERT INTO entries (location_id, delta, cause, place, source, event_id, at_ms, note, on_hand_after)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.locationId,
      entry.delta,
      entry.cause,
      entry.place,
      entry.source,
      entry.eventId,
      entry.atMs,
      entry.note,
      after,
    );
  }
}

/** A page, newest first; `cursor` is the sequence of the last line seen, null for the first page. */
export function readEntries(sql: SqlStorage, cursor: number | null, limit: number): Entries {
  const rows = sql
    .exec<EntryRow>(
      'SELECT * FROM entries WHERE seq < ? ORDER BY seq DESC LIMIT ?',
      cursor ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    )
    .toArray();
  const items = rows.slice(0, limit).map(toEntry);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.seq ?? null) : null };
}

type EntryRow = {
  seq: number;
  location_id: number;
  delta: number;
  cause: string;
  place: string | null;
  source: string;
  event_id: string;
  at_ms: number;
  note: string;
  on_hand_after: number;
};

function toEntry(row: EntryRow): Entry & { seq: number; onHandAfter: number } {
  return {
    seq: row.seq,
    locationId: row.location_id,
    delta: row.delta,
    cause: row.cause as Entry['cause'],
    place: row.place as PlaceKey | null,
    source: row.source,
    eventId: row.event_id as EventId,
    atMs: row.at_ms,
    note: row.note,
    onHandAfter: row.on_hand_after,
  };
}
