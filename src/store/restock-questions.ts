/** Questions about goods that came back, in the list of failures (O6): one row per order and SKU, closed by itself. */
import { sql } from 'drizzle-orm';
import type { LedgerView } from '../domain/stock/api.ts';
import type { RestockQuestion } from '../domain/stock/restock.ts';
import type { Database } from '../ports.ts';
import { sha256Hex } from './digest.ts';
import { failures } from './schema.ts';

const SOURCE = 'ledger:restock';

/** Keeps what these ledgers ask, and what became of it. A repeat writes nothing; a row that a person dismissed stays so. */
export async function saveQuestions(
  db: Database,
  views: readonly LedgerView[],
  nowMs: number,
): Promise<void> {
  for (const view of views) {
    for (const question of view.questions ?? []) await saveQuestion(db, view, question, nowMs);
  }
}

async function saveQuestion(
  db: Database,
  { connectionId, linkId, sku }: LedgerView,
  { orderId, place, openUnits, units, restockedUnits, sinceMs }: RestockQuestion,
  nowMs: number,
): Promise<void> {
  const digest = await sha256Hex(JSON.stringify([connectionId, SOURCE, linkId, orderId]));
  const isOpen = openUnits > 0;
  const what = `${isOpen ? openUnits : units} of ${sku} came back with a refund of order ${orderId}`;
  const message = isOpen
    ? `${what}, and no level has risen for it: are they on the shelf again?`
    : `${what}; ${restockedUnits === 0 ? 'nothing more was counted for it' : `${restockedUnits} count again`}.`;
  const row = {
    id: digest.slice(0, 32),
    connectionId,
    code: 'restock_asked',
    source: SOURCE,
    message,
    sku,
    orderId,
    platform: place.startsWith('clover') ? ('clover' as const) : ('bigcommerce' as const),
    status: isOpen ? ('open' as const) : ('dismissed' as const),
    count: 1,
    firstAtMs: sinceMs,
    lastAtMs: nowMs,
    replay: null,
  };
  const { status } = row;
  await db
    .insert(failures)
    .values(row)
    .onConflictDoUpdate({
      target: failures.id,
      set: { message, status, lastAtMs: nowMs },
      setWhere: sql`${failures.status} = 'open' and ${failures.message} <> ${message}`,
    });
}
