/**
 * Carries out the operations of a clean-up. A row is read again just before: what somebody changed since the plan is left
 * alone, and what is there already is not written again, so a piece that comes twice does nothing twice.
 */
import { countPool } from '../domain/catalog/baseline.ts';
import type { MirrorRow } from '../domain/catalog/mirror.ts';
import type { CleanupPayload, FirstCount } from '../domain/catalog/plan.ts';
import type { Failure } from '../domain/failure.ts';
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  BIGCOMMERCE_PRODUCT_BATCH,
  BIGCOMMERCE_VARIANT_BATCH,
  CLOVER_BULK_ITEMS_MAX,
} from '../limits.ts';
import {
  updateProducts,
  updateVariant,
  updateVariants,
} from '../platforms/bigcommerce/catalog-writes.ts';
import { adjustAbsolute, type Adjustment } from '../platforms/bigcommerce/inventory.ts';
import { updateItems } from '../platforms/clover/catalog.ts';
import { readStock } from '../platforms/clover/inventory.ts';
import { saveWritten } from '../store/catalog.ts';
import type { Connection } from '../store/connections.ts';
import { markTried, type OperationMark, type Plan, type PlanOperation } from '../store/plans.ts';
import { readFreshRows } from './catalog-apply.ts';
import { writtenMirror } from './catalog-mirror.ts';
import { openCatalogRead, type CatalogPorts, type CatalogRead } from './catalog-read.ts';
import { sendBatches } from './catalog-write.ts';

export interface CleanupOperation {
  readonly operation: PlanOperation;
  readonly payload: CleanupPayload;
}

/** One write that is still to be done, with its row as it is now. */
interface Change extends CleanupOperation {
  readonly row: MirrorRow;
}

/** What became of the writes: rows as they are now, refusals, and what else a person should know, by `seq`. */
interface Done {
  readonly rows: Map<string, MirrorRow>;
  readonly refused: Map<number, Failure>;
  readonly notes: Map<number, string>;
}

/** How each operation went. Failures: those of the platforms that may pass; then all of it is done again. */
export async function applyCleanup(
  ports: CatalogPorts,
  connection: Connection,
  plan: Plan,
  operations: readonly CleanupOperation[],
): Promise<Result<OperationMark[], Failure>> {
  const opened = await openCatalogRead(ports, connection, plan.id);
  if (!opened.ok) return opened;
  const read = opened.value;
  const fresh = await readFreshRows(
    read,
    operations.map(({ payload }) => payload),
  );
  if (!fresh.ok) return fresh;
  const marks = new Map<number, OperationMark>();
  const todo: Change[] = [];
  for (const each of operations) {
    const row = fresh.value.get(each.payload.rowId);
    const settled = settledMark(each, row);
    if (settled !== undefined) marks.set(each.operation.seq, settled);
    else if (row !== undefined) todo.push({ ...each, row });
  }
  const seqs = todo.map(({ operation }) => operation.seq);
  if (seqs.length > 0) await markTried(ports.db, connection.id, plan.id, seqs);
  const done: Done = { rows: new Map(), refused: new Map(), notes: new Map() };
  const written = await writeAll(read, todo, done);
  await saveWritten(ports.db, connection.id, [...done.rows.values()], ports.now());
  if (!written.ok) return written;
  for (const { operation } of todo) marks.set(operation.seq, markOf(operation, done));
  return ok([...marks.values()]);
}

/** undefined: there is something to write. */
function settledMark(
  { operation, payload }: CleanupOperation,
  row: MirrorRow | undefined,
): OperationMark | undefined {
  const { seq, reason } = operation;
  const side = payload.platform === 'clover' ? 'Clover' : 'BigCommerce';
  if (row === undefined) {
    return { seq, outcome: 'failed', reason: `${side} no longer has it. Make a new plan.` };
  }
  const value = valueOf(row, payload);
  if (isSame(value, payload.after)) {
    // Of a piece that was begun before it is our own write, and can be taken back; else somebody was faster.
    if (payload.tried !== true) return { seq, outcome: 'skipped', reason: 'It is so already.' };
    return { seq, outcome: 'applied', reason: repeated(payload, reason) };
  }
  if (isSame(value, payload.before)) return undefined;
  const message = `${side} changed it since the plan was made: it is left as it is.`;
  return { seq, outcome: 'failed', reason: message };
}

/** The level that follows a switch may be lost with a crash; writing it twice could invent what was sold in between. */
function repeated({ counts = [] }: CleanupPayload, reason: string | null): string | null {
  if (counts.length === 0) return reason;
  return `${reason ?? ''} It was interrupted: look whether BigCommerce shows the count.`.trim();
}

function valueOf(row: MirrorRow, { field }: CleanupPayload): string | null {
  switch (field) {
    case 'sku':
      return row.sku;
    case 'barcode':
      return row.values.barcode === null ? null : String(row.values.barcode ?? '');
    default:
      return row.platform === 'bigcommerce' ? row.tracking : null;
  }
}

function isSame(a: string | null, b: string | null): boolean {
  return (a ?? '') === (b ?? '');
}

function markOf({ seq, reason }: PlanOperation, { refused, notes }: Done): OperationMark {
  const failure = refused.get(seq);
  if (failure !== undefined) return { seq, outcome: 'failed', reason: failure.message };
  const said = [reason, notes.get(seq)].filter((text) => text !== null && text !== undefined);
  return { seq, outcome: 'applied', reason: said.length === 0 ? null : said.join(' ') };
}

// --- Writes --------------------------------------------------------------------------------------------------------

/** Field by field, so that what is refused of one keeps no other back. */
async function writeAll(
  read: CatalogRead,
  todo: readonly Change[],
  done: Done,
): Promise<Result<void, Failure>> {
  for (const field of ['sku', 'barcode', 'tracking'] as const) {
    const own = todo.filter(({ payload }) => payload.field === field);
    const isWeb = ({ row }: Change): boolean => row.platform === 'bigcommerce';
    const parts = [
      () =>
        writeProducts(
          read,
          own.filter((each) => isWeb(each) && isOnProduct(each)),
          done,
        ),
      () =>
        writeVariants(
          read,
          own.filter((each) => isWeb(each) && !isOnProduct(each)),
          done,
        ),
      () =>
        writeItems(
          read,
          own.filter((each) => !isWeb(each)),
          done,
        ),
    ];
    for (const write of parts) {
      const sent = await write();
      if (!sent.ok) return sent;
    }
  }
  return ok(undefined);
}

/** A simple product's variant mirrors it (bigcommerce.md 4.2); tracking is the product's. */
function isOnProduct({ row, payload }: Change): boolean {
  return payload.field === 'tracking' || (row.platform === 'bigcommerce' && row.isBase);
}

async function writeProducts(
  read: CatalogRead,
  changes: readonly Change[],
  done: Done,
): Promise<Result<void, Failure>> {
  const session = read.sessions.bigcommerce();
  const send = async (batch: readonly Change[]): Promise<Result<void, Failure>> => {
    const sent = await updateProducts(
      session,
      batch.map(({ payload: { productId, field, after } }) => ({
        productId: productId ?? 0,
        ...(field === 'sku' ? { sku: after ?? '' } : {}),
        ...(field === 'barcode' ? { upc: after ?? '' } : {}),
        ...(field === 'tracking' ? { tracking: after as 'none' | 'product' | 'variant' } : {}),
      })),
    );
    if (!sent.ok) return sent;
    for (const change of batch) keep(change, done);
    await writeFirstCounts(read, batch, done);
    return ok(undefined);
  };
  return sendBatches(changes, BIGCOMMERCE_PRODUCT_BATCH, send, refusing(done));
}

/** The batch of variants is not documented to take SKUs, so those go one by one. */
async function writeVariants(
  { sessions }: CatalogRead,
  changes: readonly Change[],
  done: Done,
): Promise<Result<void, Failure>> {
  const isSku = changes.some(({ payload }) => payload.field === 'sku');
  const send = async (batch: readonly Change[]): Promise<Result<void, Failure>> => {
    const [first] = batch;
    if (first === undefined) return ok(undefined);
    const id = ({ payload: { productId, rowId } }: Change) => ({
      productId: productId ?? 0,
      variantId: Number(rowId),
    });
    const sent = isSku
      ? await updateVariant(sessions.bigcommerce(), id(first), { sku: first.payload.after ?? '' })
      : await updateVariants(
          sessions.bigcommerce(),
          batch.map((each) => ({
            variantId: id(each).variantId,
            upc: each.payload.after ?? '',
          })),
        );
    if (!sent.ok) return sent;
    for (const change of batch) keep(change, done);
    return ok(undefined);
  };
  return sendBatches(changes, isSku ? 1 : BIGCOMMERCE_VARIANT_BATCH, send, refusing(done));
}

async function writeItems(
  { sessions }: CatalogRead,
  changes: readonly Change[],
  done: Done,
): Promise<Result<void, Failure>> {
  const byMerchant = Map.groupBy(changes, ({ payload }) => merchantOf(payload.rowId));
  for (const [merchantId, own] of byMerchant) {
    const send = async (batch: readonly Change[]): Promise<Result<void, Failure>> => {
      const sent = await updateItems(
        sessions.clover(merchantId),
        batch.map(({ payload: { rowId, field, after } }) => ({
          itemId: rowId.slice(merchantId.length + 1),
          ...(field === 'sku' ? { sku: after ?? '' } : { barcode: after ?? '' }),
        })),
      );
      if (!sent.ok) return sent;
      const answered = new Map(sent.value.map((item) => [`${merchantId}:${item.itemId}`, item]));
      for (const change of batch) {
        keep(change, done);
        // The answer of a write is current, whatever lists show for a while (clover.md 0).
        const item = answered.get(change.row.id);
        if (item !== undefined) done.rows.set(change.row.id, writtenMirror(merchantId, item));
      }
      return ok(undefined);
    };
    const sent = await sendBatches(own, CLOVER_BULK_ITEMS_MAX, send, refusing(done));
    if (!sent.ok) return sent;
  }
  return ok(undefined);
}

function merchantOf(rowId: string): MerchantId {
  return rowId.slice(0, rowId.indexOf(':')) as MerchantId;
}

function refusing({ refused }: Done) {
  return ({ operation }: Change, failure: Failure): void =>
    void refused.set(operation.seq, failure);
}

function keep({ row, payload: { field, after } }: Change, { rows }: Done): void {
  const shown = rows.get(row.id) ?? row;
  if (field === 'barcode') {
    rows.set(row.id, { ...shown, values: { ...shown.values, barcode: after } });
  } else if (shown.platform === 'clover') {
    rows.set(row.id, { ...shown, sku: after ?? '' });
  } else if (field === 'sku') {
    const product = shown.isBase ? { productSku: after ?? '' } : {};
    rows.set(row.id, { ...shown, sku: after ?? '', ...product });
  } else {
    rows.set(row.id, { ...shown, tracking: after as typeof shown.tracking });
  }
}

// --- First counts --------------------------------------------------------------------------------------------------

/** What the registers show now becomes the level. What fails is said on the operation: the switch itself is done. */
async function writeFirstCounts(
  read: CatalogRead,
  batch: readonly Change[],
  { notes }: Done,
): Promise<void> {
  for (const { operation, payload, row } of batch) {
    const { counts = [], productId, after } = payload;
    if (counts.length === 0 || productId === null || row.platform !== 'bigcommerce') continue;
    const written = await writeCounts(
      read,
      counts,
      productId,
      after === 'product' ? 'product' : 'variant',
    );
    if (written.ok) continue;
    notes.set(
      operation.seq,
      `Its count could not be written (${written.failure.message}): set it in BigCommerce, or link it with stock.baseline clover.`,
    );
  }
}

async function writeCounts(
  { sessions }: CatalogRead,
  counts: readonly FirstCount[],
  productId: number,
  tracking: 'product' | 'variant',
): Promise<Result<void, Failure>> {
  const adjustments: Adjustment[] = [];
  for (const { variantId, locationId, items, isShared } of counts) {
    const levels = [];
    for (const { merchantId, itemId } of items) {
      const stock = await readStock(sessions.clover(merchantId), itemId);
      if (!stock.ok) return stock;
      const { quantity: level, modifiedMs: platformModifiedMs } = stock.value;
      levels.push({
        place: cloverPlace(merchantId),
        level,
        readStartedAtMs: 0,
        platformModifiedMs,
      });
    }
    const { onHand: quantity } = countPool(levels, 'clover', isShared);
    adjustments.push({ address: { locationId, productId, variantId, tracking }, quantity });
  }
  const sent = await adjustAbsolute(sessions.bigcommerce(), 'Tracking switched on', adjustments);
  if (sent.ok) return ok(undefined);
  return sent;
}
