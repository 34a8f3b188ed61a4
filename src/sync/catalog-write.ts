/** Sends field values to the platforms in as few calls as their batches allow. */
import { decimalAmount, type Field, type FieldValue } from '../domain/catalog/fields.ts';
import { isDefaultRates, type Books } from '../domain/catalog/books.ts';
import type { MirrorRow, RegisterMirror, WebMirror } from '../domain/catalog/mirror.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  BIGCOMMERCE_PRODUCT_BATCH,
  BIGCOMMERCE_VARIANT_BATCH,
  CLOVER_BULK_ITEMS_MAX,
} from '../limits.ts';
import {
  updateProducts,
  updateVariants,
  type ProductFields,
  type VariantBatchChange,
} from '../platforms/bigcommerce/catalog-writes.ts';
import { updateItems, type ItemChange } from '../platforms/clover/catalog.ts';
import { chunksOf } from '../store/bulk.ts';
import { writtenMirror } from './catalog-mirror.ts';
import { linkThings, makeCategories, registerLinks, webLinks } from './catalog-links.ts';
import type { CatalogRead } from './catalog-read.ts';

/** What one row should show. */
export interface RowChange {
  readonly row: MirrorRow;
  readonly fields: ReadonlyMap<Field, FieldValue>;
}

/** What became of each row, by row id: as it is now, or why it is not. */
export type RowOutcomes = Map<string, Result<MirrorRow, Failure>>;

/**
 * Writes rows. One that a platform refuses does not keep the others back: a refused batch is sent again row by row.
 * Failures: one that may pass, so that the whole of it is tried again; what was written is absolute and can be repeated.
 */
export async function writeRows(
  read: CatalogRead,
  changes: readonly RowChange[],
  books: Books,
): Promise<Result<RowOutcomes, Failure>> {
  const outcomes: RowOutcomes = new Map();
  const made = await makeCategories(read, changes, books);
  if (!made.ok) return made;
  for (const [rowId, failure] of made.value) outcomes.set(rowId, { ok: false, failure });
  const open = changes.filter(({ row }) => !outcomes.has(row.id));
  const web = open.filter((change): change is WebRowChange => isWeb(change));
  const parts = [
    await writeProducts(read, web, outcomes, books),
    await writeVariants(read, web, outcomes),
    await writeItems(
      read,
      open.filter((change): change is RegisterRowChange => !isWeb(change)),
      outcomes,
      books,
    ),
  ];
  return parts.find((part) => !part.ok && isRetryable(part.failure)) === undefined
    ? ok(outcomes)
    : (parts.find((part): part is Extract<typeof part, { ok: false }> => !part.ok) ?? ok(outcomes));
}

export type WebRowChange = RowChange & { readonly row: WebMirror };
export type RegisterRowChange = RowChange & { readonly row: RegisterMirror };

function isWeb(change: RowChange): boolean {
  return change.row.platform === 'bigcommerce';
}

/** Sends batches; a batch that is refused for good is sent again one by one, so that one bad row fails alone. */
export async function sendBatches<Change>(
  changes: readonly Change[],
  size: number,
  send: (batch: readonly Change[]) => Promise<Result<void, Failure>>,
  refused: (change: Change, failure: Failure) => void,
): Promise<Result<void, Failure>> {
  for (const batch of chunksOf(changes, size)) {
    const sent = await send(batch);
    if (sent.ok) continue;
    if (isRetryable(sent.failure)) return sent;
    for (const change of batch) {
      const alone = batch.length === 1 ? sent : await send([change]);
      if (alone.ok) continue;
      if (isRetryable(alone.failure)) return alone;
      refused(change, alone.failure);
    }
  }
  return ok(undefined);
}

const ON_PRODUCT: ReadonlySet<Field> = new Set(['name', 'visibility', 'categories', 'taxClass']);

/** Name, visibility and what a simple product's variant inherits stand on the product. */
function isOnProduct({ isBase, hasOwnPrice }: WebMirror, field: Field): boolean {
  if (ON_PRODUCT.has(field)) return true;
  return isBase && !(field === 'price' && hasOwnPrice);
}

async function writeProducts(
  { sessions, store }: CatalogRead,
  changes: readonly WebRowChange[],
  outcomes: RowOutcomes,
  books: Books,
): Promise<Result<void, Failure>> {
  const own = changes.filter(({ row, fields }) =>
    [...fields.keys()].some((field) => isOnProduct(row, field)),
  );
  const send = async (batch: readonly WebRowChange[]): Promise<Result<void, Failure>> => {
    const sent = await updateProducts(
      sessions.bigcommerce(),
      batch.map((change) => productChange(change, store.decimals, books)),
    );
    if (!sent.ok) return sent;
    for (const change of batch) written(outcomes, change, webLinks(change, books));
    return ok(undefined);
  };
  return sendBatches(own, BIGCOMMERCE_PRODUCT_BATCH, send, ({ row }, failure) =>
    outcomes.set(row.id, { ok: false, failure }),
  );
}

async function writeVariants(
  { sessions, store }: CatalogRead,
  changes: readonly WebRowChange[],
  outcomes: RowOutcomes,
): Promise<Result<void, Failure>> {
  const own = changes.filter(
    ({ row, fields }) =>
      outcomes.get(row.id)?.ok !== false &&
      [...fields.keys()].some((field) => !isOnProduct(row, field)),
  );
  const send = async (batch: readonly WebRowChange[]): Promise<Result<void, Failure>> => {
    const sent = await updateVariants(
      sessions.bigcommerce(),
      batch.map((change) => variantChange(change, store.decimals)),
    );
    if (!sent.ok) return sent;
    for (const change of batch) written(outcomes, change);
    return ok(undefined);
  };
  return sendBatches(own, BIGCOMMERCE_VARIANT_BATCH, send, ({ row }, failure) =>
    outcomes.set(row.id, { ok: false, failure }),
  );
}

async function writeItems(
  { sessions }: CatalogRead,
  changes: readonly RegisterRowChange[],
  outcomes: RowOutcomes,
  books: Books,
): Promise<Result<void, Failure>> {
  for (const [merchantId, own] of Map.groupBy(changes, ({ row }) => row.merchantId)) {
    const done = await sendBatches(
      own,
      CLOVER_BULK_ITEMS_MAX,
      (batch) => sendItems(sessions.clover(merchantId), merchantId, batch, outcomes, books),
      ({ row }, failure) => outcomes.set(row.id, { ok: false, failure }),
    );
    if (!done.ok) return done;
  }
  return ok(undefined);
}

/** The answer of a write is current, whatever the copies that reads come from show (clover.md 0). */
async function sendItems(
  session: Parameters<typeof updateItems>[0],
  merchantId: MerchantId,
  batch: readonly RegisterRowChange[],
  outcomes: RowOutcomes,
  books: Books,
): Promise<Result<void, Failure>> {
  const linked = await linkThings(session, batch, books);
  if (!linked.ok) return linked;
  const plain = batch.map(itemChange).filter((change) => Object.keys(change).length > 1);
  const sent = plain.length === 0 ? ok([]) : await updateItems(session, plain);
  if (!sent.ok) return sent;
  const answered = new Map(sent.value.map((item) => [item.itemId, item]));
  for (const change of batch) {
    const item = answered.get(change.row.itemId);
    const links = registerLinks(change, books);
    if (item === undefined) written(outcomes, change, links);
    else outcomes.set(change.row.id, ok({ ...writtenMirror(merchantId, item), ...links }));
  }
  return ok(undefined);
}

function written(
  outcomes: RowOutcomes,
  { row, fields }: RowChange,
  links: Partial<MirrorRow> = {},
): void {
  const before = outcomes.get(row.id);
  const shown = before?.ok === true ? before.value : row;
  outcomes.set(
    row.id,
    ok({
      ...shown,
      ...links,
      values: { ...shown.values, ...Object.fromEntries(fields) },
    } as MirrorRow),
  );
}

function productChange(
  change: WebRowChange,
  decimals: number,
  books: Books,
): ProductFields & { productId: number } {
  const { row, fields } = change;
  const at = valuesOf(fields, (field) => isOnProduct(row, field));
  const available = at.flag('availability');
  const { categoryIds, taxClassId } = webLinks(change, books);
  return defined({
    productId: row.productId,
    categoryIds: categoryIds?.map(Number),
    taxClassId,
    name: at.text('name'),
    upc: at.text('barcode'),
    price: at.amount('price', decimals),
    costPrice: at.amount('cost', decimals),
    isVisible: at.flag('visibility'),
    availability: available === undefined ? undefined : available ? 'available' : 'disabled',
  });
}

function variantChange({ row, fields }: WebRowChange, decimals: number): VariantBatchChange {
  const at = valuesOf(fields, (field) => !isOnProduct(row, field));
  const available = at.flag('availability');
  return defined({
    variantId: row.variantId,
    upc: at.text('barcode'),
    price: at.amount('price', decimals),
    costPrice: at.amount('cost', decimals),
    isPurchasingDisabled: available === undefined ? undefined : !available,
  });
}

function itemChange({ row, fields }: RegisterRowChange): ItemChange {
  const at = valuesOf(fields, () => true);
  const visible = at.flag('visibility');
  const rates = fields.get('taxClass');
  return defined({
    itemId: row.itemId,
    name: at.text('name'),
    barcode: at.text('barcode'),
    price: at.amount('price', 0),
    cost: at.amount('cost', 0),
    isHidden: visible === undefined ? undefined : !visible,
    isAvailable: at.flag('availability'),
    defaultTaxRates: rates === undefined ? undefined : isDefaultRates(rates),
  });
}

/** Reads fields in the form that the clients take; a blank text is '', a blank amount 0. Absent ones stay absent. */
function valuesOf(fields: RowChange['fields'], isOurs: (field: Field) => boolean) {
  const find = (field: Field): FieldValue | undefined =>
    isOurs(field) ? fields.get(field) : undefined;
  return {
    text(field: Field): string | undefined {
      const value = find(field);
      return value === undefined ? undefined : String(value ?? '');
    },
    amount(field: Field, decimals: number): number | undefined {
      const value = find(field);
      return value === undefined ? undefined : decimalAmount(Number(value ?? 0), decimals);
    },
    flag(field: Field): boolean | undefined {
      const value = find(field);
      return value === undefined ? undefined : value === true;
    },
  };
}

type Defined<Row> = {
  [Key in keyof Row]: Exclude<Row[Key], undefined>;
};

/** Without the keys that hold nothing. */
function defined<Row extends object>(row: Row): Defined<Row> {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined),
  ) as Defined<Row>;
}
