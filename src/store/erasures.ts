/** Requests to erase a person, and the rows of ours that may speak of one. */
import { and, asc, desc, eq, gt, or, sql } from 'drizzle-orm';
import { eraseDeep, type Marks, type Subject } from '../domain/customers/erase.ts';
import type { Database } from '../ports.ts';
import { alertMessages } from './alert-schema.ts';
import { isOneOf } from './bulk.ts';
import { erasures, type ErasureReport } from './customer-tables.ts';
import { packBody, type PackedLog, unpackBlock } from './log-blocks.ts';
import { failures, logBlocks, orderLinks, registerObjects } from './schema.ts';

/** Rows read per statement. */
const PAGE_ROWS = 500;

export type ErasureSubject = Subject & { readonly orderIds?: readonly string[] };
export type { ErasureReport };

export interface Erasure {
  readonly id: string;
  readonly connectionId: string;
  readonly status: 'running' | 'done' | 'failed';
  /** null once it is done: nobody is remembered for having asked. */
  readonly subject: ErasureSubject | null;
  readonly report: ErasureReport;
  readonly askedBy: string;
  readonly askedAtMs: number;
  readonly doneAtMs: number | null;
}

const isErasure = (connectionId: string, id: string) =>
  and(eq(erasures.connectionId, connectionId), eq(erasures.id, id));

export async function addErasure(db: Database, erasure: Erasure): Promise<void> {
  await db.insert(erasures).values(erasure);
}

export async function findErasure(
  db: Database,
  connectionId: string,
  id: string,
): Promise<Erasure | undefined> {
  const [row] = await db.select().from(erasures).where(isErasure(connectionId, id));
  return row;
}

/** The latest first. */
export async function listErasures(
  db: Database,
  connectionId: string,
  limit: number,
): Promise<Erasure[]> {
  return db
    .select()
    .from(erasures)
    .where(eq(erasures.connectionId, connectionId))
    .orderBy(desc(erasures.id))
    .limit(limit);
}

export async function updateErasure(
  db: Database,
  connectionId: string,
  id: string,
  change: Partial<Pick<Erasure, 'status' | 'subject' | 'report' | 'doneAtMs'>>,
): Promise<void> {
  await db.update(erasures).set(change).where(isErasure(connectionId, id));
}

/** Forgets which customers of registers belong to these contacts or ids; answers how many rows went. */
export async function forgetRegisterCustomers(
  db: Database,
  connectionId: string,
  labelKeys: readonly string[],
  registerIds: readonly string[],
): Promise<number> {
  const gone = await db
    .delete(registerObjects)
    .where(
      and(
        eq(registerObjects.connectionId, connectionId),
        eq(registerObjects.kind, 'customer'),
        or(
          isOneOf(registerObjects.labelKey, labelKeys),
          isOneOf(registerObjects.objectId, registerIds),
        ),
      ),
    )
    .returning({ labelKey: registerObjects.labelKey });
  return gone.length;
}

/** Takes the marks out of what waits for a person, its stored messages too. Answers how many rows changed. */
export async function eraseFailures(
  db: Database,
  connectionId: string,
  marksFor: (orderId: string | null) => Marks,
): Promise<number> {
  let changed = 0;
  for (let after = ''; ;) {
    const rows = await db
      .select()
      .from(failures)
      .where(and(eq(failures.connectionId, connectionId), gt(failures.id, after)))
      .orderBy(asc(failures.id))
      .limit(PAGE_ROWS);
    for (const { id, message, replay, orderId } of rows) {
      const before = { message, replay };
      const clean = eraseDeep(before, marksFor(orderId));
      if (clean === before) continue;
      changed += 1;
      await db
        .update(failures)
        .set(clean)
        .where(and(eq(failures.connectionId, connectionId), eq(failures.id, id)));
    }
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PAGE_ROWS) return changed;
  }
}

/** Takes the marks out of messages that told of failures. Answers how many rows changed. */
export async function eraseAlerts(
  db: Database,
  connectionId: string,
  marks: Marks,
): Promise<number> {
  const own = eq(alertMessages.connectionId, connectionId);
  const rows = await db.select().from(alertMessages).where(own);
  let changed = 0;
  for (const { id, channel, subject, groups, error } of rows) {
    const before = { subject, groups, error };
    const clean = eraseDeep(before, marks);
    if (clean === before) continue;
    changed += 1;
    await db
      .update(alertMessages)
      .set(clean)
      .where(and(own, eq(alertMessages.id, id), eq(alertMessages.channel, channel)));
  }
  return changed;
}

/** As `eraseFailures`, in the copies of these orders. */
export async function eraseOrderLinks(
  db: Database,
  connectionId: string,
  orderIds: readonly string[],
  marks: Marks,
): Promise<number> {
  const rows = await db
    .select()
    .from(orderLinks)
    .where(and(eq(orderLinks.connectionId, connectionId), isOneOf(orderLinks.orderId, orderIds)));
  let changed = 0;
  for (const { platform, orderId, reason, fix } of rows) {
    const before = { reason, fix };
    const clean = eraseDeep(before, marks);
    if (clean === before) continue;
    changed += 1;
    await db
      .update(orderLinks)
      .set(clean)
      .where(
        and(
          eq(orderLinks.connectionId, connectionId),
          eq(orderLinks.platform, platform),
          eq(orderLinks.orderId, orderId),
        ),
      );
  }
  return changed;
}

/**
 * Takes the marks out of one run of log blocks behind `cursor`; ids and what a block is found by stay. Answers how many
 * records changed, and the cursor behind which the rest lies; null: that was all.
 */
export async function eraseLogBlocks(
  db: Database,
  connectionId: string,
  cursor: string,
  blocksMax: number,
  marksFor: (orderId: string | null) => Marks,
): Promise<{ readonly changed: number; readonly nextCursor: string | null }> {
  const blocks = await db
    .select({ id: logBlocks.id, body: logBlocks.body })
    .from(logBlocks)
    .where(and(eq(logBlocks.connectionId, connectionId), sql`${logBlocks.id} > ${cursor}`))
    .orderBy(asc(logBlocks.id))
    .limit(blocksMax);
  let changed = 0;
  for (const { id, body } of blocks) {
    const records = await unpackBlock(body);
    const clean = records.map((record): PackedLog =>
      eraseDeep(record, marksFor(record.orderId ?? null)),
    );
    const moved = clean.filter((record, index) => record !== records[index]).length;
    if (moved === 0) continue;
    changed += moved;
    await db
      .update(logBlocks)
      .set({ body: await packBody(clean) })
      .where(and(eq(logBlocks.connectionId, connectionId), eq(logBlocks.id, id)));
  }
  const isLast = blocks.length < blocksMax;
  return { changed, nextCursor: isLast ? null : (blocks.at(-1)?.id ?? null) };
}
