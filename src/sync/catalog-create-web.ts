/**
 * Creates the products that the web store lacks, hidden, and hands the operations back as links to be made. BigCommerce
 * holds each SKU once: what a piece is about to make is looked up by SKU first, so whatever happens in between nothing is
 * made twice (C7).
 */
import { poolsWithWeb } from '../domain/catalog/create-web-plan.ts';
import { decimalAmount, NAME_CHARS_MAX, plainText, type Values } from '../domain/catalog/fields.ts';
import type { CreateWebPayload, OperationPayload } from '../domain/catalog/plan.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { BIGCOMMERCE_SKUS_PER_FILTER } from '../limits.ts';
import { findProductOfSku, getProductPage } from '../platforms/bigcommerce/catalog.ts';
import { getCatalogProduct, type CatalogProduct } from '../platforms/bigcommerce/catalog-full.ts';
import { createOptionValue } from '../platforms/bigcommerce/catalog-parts.ts';
import {
  assignToChannel,
  createProduct,
  createVariant,
  type NewProduct,
  type NewVariant,
  type VariantFields,
} from '../platforms/bigcommerce/catalog-writes.ts';
import { chunksOf } from '../store/bulk.ts';
import type { Link } from '../store/links.ts';
import { saveBases } from '../store/catalog.ts';
import { markTried, type Plan, type PlanOperation } from '../store/plans.ts';
import type { Created } from './catalog-create.ts';
import type { CatalogPorts, CatalogRead } from './catalog-read.ts';

export interface CreateWebOperation {
  readonly operation: PlanOperation;
  readonly payload: CreateWebPayload;
}

/** Where a variant of the piece is, or why it is not, by the operation's number. */
type Outcomes = Map<number, Result<{ productId: number; variantId: number }, Failure>>;

/** Failures: those of the platform that may pass; then the piece is done again, and finds what it made. */
export async function createWebProducts(
  ports: CatalogPorts,
  read: CatalogRead,
  plan: Plan,
  operations: readonly CreateWebOperation[],
): Promise<Result<Created[], Failure>> {
  const isRepeat = operations.some(({ payload }) => payload.tried === true);
  const seqs = operations.map(({ operation }) => operation.seq);
  if (!isRepeat) await markTried(ports.db, plan.connectionId, plan.id, seqs);
  const outcomes: Outcomes = new Map();
  const known = await knownProducts(read, operations);
  if (!known.ok) return known;
  const groups = Map.groupBy(operations, ({ payload }) =>
    payload.variant.options.length === 0 ? `sku ${payload.variant.sku}` : `lead ${payload.lead}`,
  );
  const made: number[] = [];
  for (const own of groups.values()) {
    const lead = own[0]?.payload;
    if (lead === undefined) continue;
    const productId = lead.productId ?? known.value.get(lead.lead) ?? null;
    const done =
      productId === null
        ? await createOne(read, own, outcomes)
        : await completeOne(read, productId, own, isRepeat, outcomes);
    if (!done.ok) return done;
    if (done.value !== null && lead.productId === null) made.push(done.value);
  }
  const assigned = await assign(read, made);
  if (!assigned.ok) return assigned;
  return ok(
    operations.map(({ operation, payload }): Created => {
      const outcome = outcomes.get(operation.seq) ?? fail(NOT_ANSWERED);
      if (!outcome.ok) return { operation, failure: outcome.failure };
      const link = linkOf(payload, outcome.value);
      const reason = assigned.value === null ? operation.reason : assigned.value;
      return { operation: { ...operation, reason, payload: link }, failure: null };
    }),
  );
}

const NOT_ANSWERED: Failure = {
  code: 'malformed_answer',
  message: 'BigCommerce made the product and does not show this variant of it: make a new plan.',
};

/** Products that have these SKUs by now, by the SKU of their first variant in the plan. */
async function knownProducts(
  { sessions }: CatalogRead,
  operations: readonly CreateWebOperation[],
): Promise<Result<Map<string, number>, Failure>> {
  const known = new Map<string, number>();
  const session = sessions.bigcommerce();
  const open = operations.filter(({ payload }) => payload.productId === null);
  const isListed = ({ payload }: CreateWebOperation): boolean =>
    payload.variant.options.length === 0 && !payload.variant.sku.includes(',');
  const listed = open.filter(isListed).map(({ payload }) => payload.variant.sku);
  for (const skus of chunksOf(listed, BIGCOMMERCE_SKUS_PER_FILTER)) {
    const page = await getProductPage(session, 0, { skus });
    if (!page.ok) return page;
    for (const { sku, productId } of page.value.products) known.set(sku, productId);
  }
  const rest = open.filter((each) => !isListed(each));
  for (const sku of new Set(rest.map(({ payload }) => payload.lead))) {
    const found = await findProductOfSku(session, sku);
    if (!found.ok) return found;
    if (found.value !== null) known.set(sku, found.value);
  }
  return ok(known);
}

/** Makes one product with the variants of the piece; its id, or null when BigCommerce refused it for good. */
async function createOne(
  read: CatalogRead,
  own: readonly CreateWebOperation[],
  outcomes: Outcomes,
): Promise<Result<number | null, Failure>> {
  const wanted = newProduct(read, own);
  let answer = await createProduct(read.sessions.bigcommerce(), wanted);
  const { duplicateNames } = read.connection.settings.catalog.newProducts;
  if (!answer.ok && answer.failure.code === 'conflict' && duplicateNames === 'sku') {
    const name = suffixed(wanted.name, own[0]?.payload.lead ?? '');
    answer = await createProduct(read.sessions.bigcommerce(), { ...wanted, name });
  }
  if (!answer.ok) {
    if (isRetryable(answer.failure) || answer.failure.outcomeUnknown === true) return answer;
    const failure = explained(answer.failure, wanted.name);
    for (const { operation } of own) outcomes.set(operation.seq, fail(failure));
    return ok(null);
  }
  // What was answered is looked at again where it does not show all of it.
  let product = answer.value;
  if (product.variants.length < own.length) {
    const shown = await getCatalogProduct(read.sessions.bigcommerce(), product.productId);
    if (!shown.ok) return shown;
    product = shown.value;
  }
  for (const each of own) settle(product, each, outcomes);
  return ok(product.productId);
}

function explained(failure: Failure, name: string): Failure {
  if (failure.code !== 'conflict') return failure;
  const message =
    `BigCommerce refused it: ${failure.message} A product named "${name}" may exist already: rename one of them, ` +
    'or set catalog.newProducts.duplicateNames to "sku", and plan again.';
  return { ...failure, message };
}

/** Cut so that the SKU, which tells it apart, is whole. */
function suffixed(name: string, sku: string): string {
  const end = ` (${sku})`;
  return plainText(name, NAME_CHARS_MAX.bigcommerce - end.length) + end;
}

function newProduct(
  { connection, store }: CatalogRead,
  own: readonly CreateWebOperation[],
): NewProduct {
  const { weight } = connection.settings.catalog.newProducts;
  const [first] = own;
  const { name = '', variant } = first?.payload ?? {};
  const price = decimalAmount(variant?.price ?? 0, store.decimals);
  const common = { name, type: 'physical', weight, price, isVisible: false } as const;
  if (variant === undefined || variant.options.length > 0) {
    const variants = own.map(({ payload }): NewVariant => {
      const { sku, options } = payload.variant;
      return { ...variantFields(payload, store.decimals), sku, options };
    });
    return { ...common, tracking: 'variant', variants };
  }
  return {
    ...common,
    sku: variant.sku,
    tracking: 'product',
    availability: variant.isAvailable ? 'available' : 'disabled',
    ...(variant.cost === null ? {} : { costPrice: decimalAmount(variant.cost, store.decimals) }),
    ...(variant.barcode === null ? {} : { upc: variant.barcode }),
  };
}

/** Each variant has a price of its own: a later change of one moves no other. */
function variantFields({ variant }: CreateWebPayload, decimals: number): VariantFields {
  return {
    price: decimalAmount(variant.price, decimals),
    ...(variant.cost === null ? {} : { costPrice: decimalAmount(variant.cost, decimals) }),
    ...(variant.barcode === null ? {} : { upc: variant.barcode }),
    ...(variant.isAvailable ? {} : { isPurchasingDisabled: true }),
  };
}

/** Adds what a product that exists lacks; its id, or null when it is gone. */
async function completeOne(
  read: CatalogRead,
  productId: number,
  own: readonly CreateWebOperation[],
  isRepeat: boolean,
  outcomes: Outcomes,
): Promise<Result<number | null, Failure>> {
  const session = read.sessions.bigcommerce();
  const shown = await getCatalogProduct(session, productId);
  if (!shown.ok) {
    if (shown.failure.code !== 'not_found') return shown;
    for (const { operation } of own) outcomes.set(operation.seq, fail(GONE));
    return ok(null);
  }
  const options = new Map(
    shown.value.options.map(({ optionId, name, values }) => [
      name,
      { optionId, values: new Map(values.map(({ label, valueId }) => [label, valueId])) },
    ]),
  );
  for (const each of own) {
    if (variantOf(shown.value, each) !== undefined) {
      if (isRepeat) settle(shown.value, each, outcomes);
      else outcomes.set(each.operation.seq, fail(MADE_MEANWHILE));
      continue;
    }
    const added = await addVariant(read, productId, options, each);
    if (!added.ok && isRetryable(added.failure)) return added;
    outcomes.set(each.operation.seq, added);
  }
  return ok(productId);
}

const GONE: Failure = {
  code: 'item_deleted',
  message: 'The product that it would become a variant of is gone: make a new plan.',
};
const MADE_MEANWHILE: Failure = {
  code: 'conflict',
  message: 'BigCommerce has this SKU by now: make a new plan.',
};

type Options = ReadonlyMap<
  string,
  { readonly optionId: number; readonly values: Map<string, number> }
>;

async function addVariant(
  { sessions, store }: CatalogRead,
  productId: number,
  options: Options,
  { payload }: CreateWebOperation,
): Promise<Result<{ productId: number; variantId: number }, Failure>> {
  const session = sessions.bigcommerce();
  const own = payload.variant.options;
  const isSame = own.length === options.size && own.every(({ name }) => options.has(name));
  if (!isSame) {
    const message =
      `Product ${productId} has the options ${[...options.keys()].join(', ') || 'none'}, ` +
      `the register's group ${own.map(({ name }) => name).join(', ')}: make them the same and plan again.`;
    return fail({ code: 'conflict', message });
  }
  const values: { optionId: number; valueId: number }[] = [];
  for (const { name, label } of own) {
    const option = options.get(name);
    if (option === undefined) continue;
    let valueId = option.values.get(label);
    if (valueId === undefined) {
      const value = { label, sortOrder: option.values.size };
      const made = await createOptionValue(
        session,
        { productId, optionId: option.optionId },
        value,
      );
      if (!made.ok) return made;
      valueId = made.value;
      option.values.set(label, valueId);
    }
    values.push({ optionId: option.optionId, valueId });
  }
  const fields = variantFields(payload, store.decimals);
  const made = await createVariant(session, productId, {
    ...fields,
    sku: payload.variant.sku,
    values,
  });
  return made.ok ? ok({ productId, variantId: made.value.variantId }) : made;
}

/** The base variant's SKU mirrors the product's; an answer may leave it out. */
function variantOf(product: CatalogProduct, { payload }: Pick<CreateWebOperation, 'payload'>) {
  const { sku, options } = payload.variant;
  return product.variants.find((each) => each.sku === sku || (options.length === 0 && each.isBase));
}

function settle(
  product: CatalogProduct,
  { operation, payload }: CreateWebOperation,
  outcomes: Outcomes,
): void {
  const variant = variantOf(product, { payload });
  const { productId } = product;
  outcomes.set(
    operation.seq,
    variant === undefined ? fail(NOT_ANSWERED) : ok({ productId, variantId: variant.variantId }),
  );
}

/** Sells the products on the merchant's channels; a sentence when BigCommerce does not take one, else null. */
async function assign(
  { sessions, connection }: CatalogRead,
  productIds: readonly number[],
): Promise<Result<string | null, Failure>> {
  if (productIds.length === 0) return ok(null);
  for (const channelId of connection.settings.catalog.newProducts.channelIds) {
    const assigned = await assignToChannel(sessions.bigcommerce(), channelId, productIds);
    if (assigned.ok) continue;
    if (isRetryable(assigned.failure)) return assigned;
    return ok(
      `It is on no channel ${channelId} (catalog.newProducts.channelIds): ${assigned.failure.message}`,
    );
  }
  return ok(null);
}

function linkOf(
  payload: CreateWebPayload,
  made: { readonly productId: number; readonly variantId: number },
): OperationPayload {
  const { name, rule, items, variant } = payload;
  const tracking = variant.options.length === 0 ? 'product' : 'variant';
  const evidence = { rule: 'created', sku: variant.sku, items };
  const pools = poolsWithWeb(payload.pools, { ...made, tracking });
  return { do: 'link', linkId: null, name, ...made, tracking, items, evidence, rule, pools };
}

/** What was just created is what both sides agree on; a product that nobody published says nothing about visibility. */
export async function agreeOnWebProducts(
  { ports, connection }: CatalogRead,
  links: Iterable<Link>,
  operations: readonly CreateWebOperation[],
): Promise<void> {
  const bySku = new Map(operations.map(({ payload }) => [payload.variant.sku, payload]));
  const bases = [...links].flatMap((link) => {
    const payload = bySku.get(link.sku);
    if (payload === undefined) return [];
    const { price, cost, barcode, isAvailable, options } = payload.variant;
    const agreed: Values = {
      ...(options.length === 0 ? { name: payload.name } : {}),
      price,
      salePrice: null,
      cost,
      barcode,
      availability: isAvailable,
      visibility: null,
    };
    return [{ linkId: link.linkId, agreed }];
  });
  await saveBases(ports.db, connection.id, bases, ports.now());
}
