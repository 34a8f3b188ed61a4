/** Items that a register lacks, as operations of a link plan: created there first, then linked like any other (C7). */
import { SKU_CHARS_MAX } from './cleanup-request.ts';
import { bigcommercePlace, type MerchantId, type PlaceKey } from '../ids.ts';
import { onHandOf, type BaselineRule, type SeenLevel } from './baseline.ts';
import { fitTo, type Field, type FieldValue, type Owners, type Values } from './fields.ts';
import { incomparable, type MerchantFacts, type StoreFacts, type WebMirror } from './mirror.ts';
import type { CreatePayload, NewRegisterItem, Operation, PlannedPool } from './plan.ts';
import type { Pool } from './pools.ts';
import type { Matching, Sellable, Unlinked } from './rows.ts';
import { convertsTax, forRegister, type TaxSides, type Transforms } from './transforms.ts';

/** Variants that no register sells and that nothing stands in the way of. */
export function splitMissing(matching: Matching): {
  readonly rest: Matching;
  readonly missing: readonly Sellable[];
} {
  const isMissing = (row: Unlinked): boolean =>
    row.reason === 'no_counterpart' && row.items.length === 0 && row.sellables.length === 1;
  return {
    rest: { ...matching, unlinked: matching.unlinked.filter((row) => !isMissing(row)) },
    // Variants of one product one after the other: they share an item group.
    missing: matching.unlinked
      .filter(isMissing)
      .flatMap(({ sellables }) => sellables)
      .toSorted((a, b) => a.productId - b.productId || a.variantId - b.variantId),
  };
}

export interface CreateRules {
  readonly pools: readonly Pool[];
  readonly baseline: BaselineRule;
  readonly store: StoreFacts;
  readonly merchants: readonly MerchantFacts[];
  readonly owners: Owners;
  /** How the register says what the web says. */
  readonly transforms: Transforms;
  /** A sale price is the register's price while it is on. */
  readonly followsSales: boolean;
  levelAt(place: PlaceKey, variantId: number): SeenLevel | undefined;
}

/** The operation that creates this variant's items, one per merchant of the pools, or the reason why none can be. */
export function planCreate(
  sellable: Sellable,
  web: WebMirror,
  rules: CreateRules,
  isFirst: boolean,
): Operation {
  const { sku, productId, variantId, tracking } = sellable;
  const fields = newItem(sellable, web, rules);
  if (typeof fields === 'string') return leave(sellable, fields);
  const merchantIds = [...new Set(rules.pools.flatMap((pool) => pool.merchantIds))];
  const foreign = merchantIds
    .map((id) => priceObstacle(id, rules))
    .find((why) => why !== undefined);
  if (foreign !== undefined) return leave(sellable, `It is not created: ${foreign}.`);
  const pools = rules.pools.map((pool) => plannedPool(pool, sellable, rules));
  const onHand = onHandOf(pools, rules.baseline);
  const payload: CreatePayload = {
    do: 'create',
    name: sellable.name,
    productId,
    variantId,
    tracking: tracking === 'none' ? 'variant' : tracking,
    rule: rules.baseline,
    item: fields,
    group: web.isBase
      ? null
      : { name: web.productName, options: sellable.optionValues ?? [], isFirst },
    pools: rules.pools.map(({ locationId, merchantIds: own }, index) => ({
      locationId,
      merchantIds: own,
      web: pools[index]?.places[0] ?? null,
    })),
  };
  return {
    kind: 'create',
    sku,
    outcome: 'planned',
    reason: web.isBase ? null : `As a variant of item group "${web.productName}".`,
    before: null,
    after: {
      onHand,
      places: merchantIds.map((row) => ({ platform: 'clover', row, fields: shown(fields) })),
    },
    payload,
  };
}

function shown({ name, sku, price, cost, barcode }: NewRegisterItem): Record<string, FieldValue> {
  return { name, sku, price, cost, barcode };
}

function plannedPool(
  { locationId }: Pool,
  { productId, variantId, tracking }: Sellable,
  rules: CreateRules,
): PlannedPool {
  const place = bigcommercePlace(locationId);
  const seen = rules.levelAt(place, variantId) ?? {
    place,
    level: null,
    readStartedAtMs: 0,
    platformModifiedMs: null,
  };
  const counted = tracking === 'none' ? 'variant' : tracking;
  const address = {
    platform: 'bigcommerce',
    locationId,
    productId,
    variantId,
    tracking: counted,
  } as const;
  return { locationId, places: [{ address, seen }] };
}

function priceObstacle(merchantId: MerchantId, rules: CreateRules): string | undefined {
  const merchant = rules.merchants.find((each) => each.merchantId === merchantId);
  return incomparable(
    'price',
    ITEM_LIKE,
    rules.store,
    merchant,
    convertsTax(rules.transforms, rules.owners),
  );
}

/** Any fixed price: only currency and tax matter here. */
const ITEM_LIKE = { isGrouped: false, followsStock: false, priceType: 'FIXED' } as const;

/** As the leading merchant has it: where another one differs, the next compare brings it to its own form. */
function taxSides({ pools, merchants, store }: CreateRules): TaxSides {
  const lead = pools[0]?.merchantIds[0];
  const merchant = merchants.find(({ merchantId }) => merchantId === lead);
  return {
    webIncludesTax: store.pricesIncludeTax,
    registerIncludesTax: merchant?.vat ?? null,
  };
}

/** What the register's item says, or why it cannot be made. */
function newItem(
  sellable: Sellable,
  { values }: WebMirror,
  rules: CreateRules,
): NewRegisterItem | string {
  const { sku, name } = sellable;
  if (sku.length > SKU_CHARS_MAX) {
    return `Its SKU has ${sku.length} characters, Clover holds ${SKU_CHARS_MAX}: shorten it and plan again.`;
  }
  const { followsSales, owners, transforms } = rules;
  const sides = { sku, ...taxSides(rules) };
  const fit = (field: Field, value: FieldValue | undefined) =>
    fitTo(
      'clover',
      field,
      forRegister(field, value ?? null, transforms, owners, sides) ?? value ?? null,
    );
  const named = fit('name', name);
  const sale = followsSales ? values.salePrice : null;
  const priced = fit('price', sale ?? values.price);
  if (!named.ok) return `Clover cannot hold ${named.why}.`;
  if (!priced.ok || typeof priced.value !== 'number')
    return 'It has no price that Clover can hold.';
  const cost = fit('cost', values.cost);
  const barcode = fit('barcode', values.barcode);
  return {
    name: String(named.value),
    sku,
    price: priced.value,
    cost: cost.ok && typeof cost.value === 'number' ? cost.value : null,
    barcode: barcode.ok && typeof barcode.value === 'string' ? barcode.value : null,
    isHidden: values.visibility === false,
    isAvailable: values.availability !== false,
  };
}

/** The fields that both sides agree on once the item is made. */
export function agreedOf(web: WebMirror, followsSales: boolean): Values {
  const { values } = web;
  const sale = followsSales ? (values.salePrice ?? null) : null;
  return { ...values, price: sale ?? values.price ?? null, salePrice: sale };
}

function leave(sellable: Sellable, reason: string): Operation {
  const { productId, variantId, sku, name } = sellable;
  return {
    kind: 'unmatched',
    sku,
    outcome: 'skipped',
    reason,
    before: { bigcommerce: [{ productId, variantId, sku, name }] },
    after: null,
    payload: null,
  };
}
