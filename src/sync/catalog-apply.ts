/**
 * Carries out the field operations of a plan. The rows are read again just before: one that changed since the plan is
 * left alone, one that shows the value already was written before a crash. So a repeat of a piece writes nothing twice.
 */
import { NO_BOOKS, withBooks, withoutBooks } from '../domain/catalog/books.ts';
import type { Field, FieldValue } from '../domain/catalog/fields.ts';
import type { MirrorRow } from '../domain/catalog/mirror.ts';
import type { FieldWrite } from '../domain/catalog/ownership.ts';
import type { FieldsPayload } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import type { LinkId, MerchantId, Platform } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  deleteBases,
  findMirrors,
  giveUpMirrors,
  saveBases,
  saveWritten,
  type Base,
} from '../store/catalog.ts';
import type { Connection } from '../store/connections.ts';
import { findLinksByVariant } from '../store/links.ts';
import type { OperationMark, PlanOperation } from '../store/plans.ts';
import { readBooks } from './catalog-books.ts';
import {
  openCatalogRead,
  readItems,
  readProducts,
  type CatalogPorts,
  type CatalogRead,
} from './catalog-read.ts';
import { registerRowId } from './catalog-mirror.ts';
import { writeRows, type RowChange, type RowOutcomes } from './catalog-write.ts';

export interface FieldOperation {
  readonly operation: PlanOperation;
  readonly payload: FieldsPayload;
}

/**
 * How each operation went. `isOwn`: the relay made the change set by itself, so what a platform refuses for good is given
 * up until something changes or a person plans. Failures: those of the platforms that may pass; then all of it
 * is done again.
 */
export async function applyFields(
  ports: CatalogPorts,
  connection: Connection,
  eventId: string,
  operations: readonly FieldOperation[],
  isOwn: boolean,
): Promise<Result<OperationMark[], Failure>> {
  const opened = await openCatalogRead(ports, connection, eventId);
  if (!opened.ok) return opened;
  const read = opened.value;
  const refs = operations.flatMap(({ payload: { productId, writes } }) =>
    writes.map(({ platform, rowId }) => ({ platform, rowId, productId })),
  );
  const books = needsBooks(operations) ? await readBooks(read) : ok(NO_BOOKS);
  if (!books.ok) return books;
  const rows = await readFreshRows(read, refs);
  if (!rows.ok) return rows;
  const fresh = new Map([...rows.value].map(([id, row]) => [id, withBooks(row, books.value)]));
  const checked = operations.map((each) => ({ ...each, ...check(each.payload, fresh) }));
  const written = await writeRows(read, changesOf(checked, fresh), books.value);
  if (!written.ok) return written;
  await keepWritten(read, written.value);
  const marks = checked.map((each) => markOf(each, written.value));
  const done = checked.filter((_each, index) => marks[index]?.outcome === 'applied');
  await keepAgreed(read, done, eventId);
  const refused = checked.filter(
    ({ refusal }, index) => refusal === null && marks[index]?.outcome === 'failed',
  );
  if (isOwn) await giveUp(read, refused);
  return ok(marks);
}

function needsBooks(operations: readonly FieldOperation[]): boolean {
  return operations.some(({ payload }) =>
    payload.writes.some(({ field }) => field === 'categories' || field === 'taxClass'),
  );
}

async function giveUp(
  { ports, connection }: CatalogRead,
  refused: readonly FieldOperation[],
): Promise<void> {
  const variantIds = refused.map(({ payload }) => payload.variantId);
  const links = await findLinksByVariant(ports.db, connection.id, variantIds);
  const itemIds = links.flatMap(({ items }) =>
    items.map(({ merchantId, itemId }) => registerRowId(merchantId, itemId)),
  );
  await giveUpMirrors(ports.db, connection.id, 'bigcommerce', variantIds.map(String));
  await giveUpMirrors(ports.db, connection.id, 'clover', itemIds);
}

/** A row that is about to be written; `productId` null at a register. */
export interface RowRef {
  readonly platform: Platform;
  readonly rowId: string;
  readonly productId: number | null;
}

/** These rows as they are now, by row id; those that are gone are absent. Failures: those of the platforms. */
export async function readFreshRows(
  read: CatalogRead,
  refs: readonly RowRef[],
): Promise<Result<ReadonlyMap<string, MirrorRow>, Failure>> {
  const productIds = new Set<number>();
  const items = new Map<MerchantId, Set<string>>();
  const rowIds = { bigcommerce: new Set<string>(), clover: new Set<string>() };
  for (const { platform, rowId, productId } of refs) {
    rowIds[platform].add(rowId);
    if (platform === 'bigcommerce' && productId !== null) productIds.add(productId);
  }
  for (const rowId of rowIds.clover) {
    const [merchantId, itemId] = rowId.split(':') as [MerchantId, string];
    items.set(merchantId, (items.get(merchantId) ?? new Set()).add(itemId));
  }
  const products = await readProducts(read, [...productIds]);
  if (!products.ok) return products;
  for (const [merchantId, itemIds] of items) {
    const found = await readItems(read, merchantId, [...itemIds]);
    if (!found.ok) return found;
  }
  const { db } = read.ports;
  const web = await findMirrors(db, read.connection.id, 'bigcommerce', [...rowIds.bigcommerce]);
  const registers = await findMirrors(db, read.connection.id, 'clover', [...rowIds.clover]);
  return ok(new Map([...web, ...registers]));
}

interface Checked {
  /** Why nothing of this operation is written; null: it can be. */
  readonly refusal: string | null;
  /** What is not there yet. */
  readonly todo: readonly FieldWrite[];
}

/** Nobody's edit since the plan is overwritten: the next plan sees it. */
function check({ writes }: FieldsPayload, fresh: ReadonlyMap<string, MirrorRow>): Checked {
  const todo: FieldWrite[] = [];
  for (const write of writes) {
    const row = fresh.get(write.rowId);
    if (row === undefined) {
      return { refusal: `${sideOf(write)} no longer has it. Make a new plan.`, todo: [] };
    }
    const value = row.values[write.field] ?? null;
    if (isSame(value, write.after)) continue;
    if (!isSame(value, write.before)) {
      const refusal = `${sideOf(write)} changed ${write.field} since the plan was made: it is left as it is.`;
      return { refusal, todo: [] };
    }
    todo.push(write);
  }
  return { refusal: null, todo };
}

function isSame(a: FieldValue, b: FieldValue): boolean {
  return (a === '' ? null : a) === (b === '' ? null : b);
}

function sideOf({ platform }: FieldWrite): string {
  return platform === 'clover' ? 'Clover' : 'BigCommerce';
}

/** One change per row, whichever operations its fields come from. */
function changesOf(
  checked: readonly Checked[],
  fresh: ReadonlyMap<string, MirrorRow>,
): RowChange[] {
  const changes = new Map<string, { row: MirrorRow; fields: Map<Field, FieldValue> }>();
  for (const { rowId, field, after } of checked.flatMap(({ todo }) => todo)) {
    const row = fresh.get(rowId);
    if (row === undefined) continue;
    const change = changes.get(rowId) ?? { row, fields: new Map<Field, FieldValue>() };
    change.fields.set(field, after);
    changes.set(rowId, change);
  }
  return [...changes.values()];
}

async function keepWritten(read: CatalogRead, outcomes: RowOutcomes): Promise<void> {
  const rows = [...outcomes.values()].flatMap((outcome) =>
    outcome.ok ? [withoutBooks(outcome.value)] : [],
  );
  await saveWritten(read.ports.db, read.connection.id, rows, read.ports.now());
}

function markOf(
  { operation, refusal, todo }: FieldOperation & Checked,
  outcomes: RowOutcomes,
): OperationMark {
  const { seq, reason } = operation;
  if (refusal !== null) return { seq, outcome: 'failed', reason: refusal };
  for (const { rowId } of todo) {
    const outcome = outcomes.get(rowId);
    if (outcome?.ok === false) return { seq, outcome: 'failed', reason: outcome.failure.message };
  }
  return { seq, outcome: 'applied', reason };
}

/** Remembers what both sides hold now, and logs the values that were overwritten (C1). */
async function keepAgreed(
  { ports, connection }: CatalogRead,
  done: readonly FieldOperation[],
  eventId: string,
): Promise<void> {
  const variantIds = done.map(({ payload }) => payload.variantId);
  const links = await findLinksByVariant(ports.db, connection.id, variantIds);
  const byVariant = new Map(links.map((link) => [link.variantId, link]));
  const bases = new Map<string, Base>();
  for (const { operation, payload } of done) {
    const link = byVariant.get(payload.variantId);
    if (link === undefined) continue;
    const agreed = { ...bases.get(link.linkId)?.agreed, ...payload.agreed };
    bases.set(link.linkId, { linkId: link.linkId, agreed });
    for (const lost of payload.lost) {
      ports.log.add({
        kind: 'decision',
        atMs: ports.now(),
        connectionId: connection.id,
        eventId,
        platform: lost.platform,
        sku: operation.sku,
        operation: 'catalog.overwrite',
        outcome: 'ok',
        message: `${lost.field} was overwritten: ${JSON.stringify(lost.value)} stood there, ${lost.owner} decides.`,
        detail: lost,
      });
    }
  }
  const forgotten = done.filter(({ payload }) => payload.forgets === true);
  const forgets = new Set(
    forgotten.flatMap(({ payload }) => byVariant.get(payload.variantId)?.linkId ?? []),
  );
  const kept = [...bases.values()].filter(({ linkId }) => !forgets.has(linkId as LinkId));
  await saveBases(ports.db, connection.id, kept, ports.now());
  await deleteBases(ports.db, connection.id, [...forgets]);
}
