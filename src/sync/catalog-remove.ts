/**
 * Hides or deletes what a plan says to remove (C7). Both can be repeated: what is gone already is done. A product goes as a
 * whole when all of its variants go, else variant by variant.
 */
import type { RemovePayload } from '../domain/catalog/plan.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CLOVER_BULK_ITEMS_MAX } from '../limits.ts';
import { getCatalogProduct } from '../platforms/bigcommerce/catalog-full.ts';
import {
  deleteProduct,
  deleteVariant,
  updateProduct,
  updateVariants,
} from '../platforms/bigcommerce/catalog-writes.ts';
import { deleteItem, updateItems } from '../platforms/clover/catalog.ts';
import { chunksOf } from '../store/bulk.ts';
import { deleteBases } from '../store/catalog.ts';
import type { Connection } from '../store/connections.ts';
import type { OperationMark, PlanOperation } from '../store/plans.ts';
import { breakLinks } from './link-save.ts';
import { openCatalogRead, type CatalogPorts, type CatalogRead } from './catalog-read.ts';

export interface RemoveOperation {
  readonly operation: PlanOperation;
  readonly payload: RemovePayload;
}

/** Failures by the operation's number. */
type Failures = Map<number, Failure>;

/** How each operation went. Failures: those that may pass; then all of it is done again. */
export async function applyRemovals(
  ports: CatalogPorts,
  connection: Connection,
  eventId: string,
  operations: readonly RemoveOperation[],
): Promise<Result<OperationMark[], Failure>> {
  const opened = await openCatalogRead(ports, connection, eventId);
  if (!opened.ok) return opened;
  const failures: Failures = new Map();
  const web = operations.filter(({ payload }) => payload.side === 'bigcommerce');
  for (const [productId, own] of Map.groupBy(web, ({ payload }) => payload.productId)) {
    const done = await removeProduct(opened.value, productId, own, failures);
    if (!done.ok) return done;
  }
  const registers = operations.filter(({ payload }) => payload.side === 'clover');
  const done = await removeItems(opened.value, registers, failures);
  if (!done.ok) return done;
  const removed = operations.filter(({ operation }) => !failures.has(operation.seq));
  const deleted = removed.filter(({ payload }) => payload.how === 'delete');
  await breakLinks(
    ports,
    connection.id,
    deleted.map(({ payload }) => payload.linkId),
    { eventId, by: 'a plan that deletes it' },
  );
  // What is hidden differs from what was agreed on: nothing is shown again before a person plans.
  const linkIds = removed.map(({ payload }) => payload.linkId);
  await deleteBases(ports.db, connection.id, linkIds);
  return ok(
    operations.map(({ operation: { seq, reason } }): OperationMark => {
      const failure = failures.get(seq);
      return failure === undefined
        ? { seq, outcome: 'applied', reason }
        : { seq, outcome: 'failed', reason: failure.message };
    }),
  );
}

async function removeProduct(
  { sessions }: CatalogRead,
  productId: number,
  own: readonly RemoveOperation[],
  failures: Failures,
): Promise<Result<void, Failure>> {
  const session = sessions.bigcommerce();
  const shown = await getCatalogProduct(session, productId);
  if (!shown.ok) return shown.failure.code === 'not_found' ? ok(undefined) : shown;
  for (const how of ['hide', 'delete'] as const) {
    const some = own.filter(({ payload }) => payload.how === how);
    if (some.length === 0) continue;
    const ids = new Set(some.map(({ payload }) => payload.variantId));
    const isWhole = shown.value.variants.every(({ variantId }) => ids.has(variantId));
    const there = some.filter(({ payload }) =>
      shown.value.variants.some(({ variantId }) => variantId === payload.variantId),
    );
    if (isWhole) {
      const done = await (how === 'hide'
        ? updateProduct(session, productId, { isVisible: false })
        : deleteProduct(session, productId));
      const noted = note(done, some, failures);
      if (!noted.ok) return noted;
      continue;
    }
    for (const each of there) {
      const { variantId } = each.payload;
      const done = await (how === 'hide'
        ? updateVariants(session, [{ variantId, isPurchasingDisabled: true }])
        : deleteVariant(session, { productId, variantId }));
      const noted = note(done, [each], failures);
      if (!noted.ok) return noted;
    }
  }
  return ok(undefined);
}

async function removeItems(
  { sessions }: CatalogRead,
  operations: readonly RemoveOperation[],
  failures: Failures,
): Promise<Result<void, Failure>> {
  const rows = operations.flatMap((each) => each.payload.items.map((row) => ({ each, row })));
  for (const [merchantId, own] of Map.groupBy(rows, ({ row }) => row.merchantId)) {
    const session = sessions.clover(merchantId);
    const hidden = own.filter(({ each }) => each.payload.how === 'hide');
    for (const chunk of chunksOf(hidden, CLOVER_BULK_ITEMS_MAX)) {
      const changes = chunk.map(({ row: { itemId } }) => ({ itemId, isHidden: true }));
      const done = await updateItems(session, changes);
      const noted = note(
        done,
        chunk.map(({ each }) => each),
        failures,
      );
      if (!noted.ok) return noted;
    }
    for (const { each, row } of own.filter((one) => one.each.payload.how === 'delete')) {
      const noted = note(await deleteItem(session, row.itemId), [each], failures);
      if (!noted.ok) return noted;
    }
  }
  return ok(undefined);
}

/** What is gone already is removed; what may pass is tried again; anything else is the operations' own failure. */
function note(
  done: Result<unknown, Failure>,
  operations: readonly RemoveOperation[],
  failures: Failures,
): Result<void, Failure> {
  if (done.ok || done.failure.code === 'not_found') return ok(undefined);
  if (isRetryable(done.failure)) return fail(done.failure);
  for (const { operation } of operations) failures.set(operation.seq, done.failure);
  return ok(undefined);
}
