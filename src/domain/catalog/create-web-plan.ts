/**
 * Products that the web store lacks, as operations of a link plan: created there hidden, then linked like any other (C7).
 * One operation per Clover item; the items of one item group become the variants of one product.
 */
import { bigcommercePlace, cloverPlace, type MerchantId, type PlaceKey } from '../ids.ts';
import { onHandOf, type BaselineRule, type SeenLevel } from './baseline.ts';
import { BARCODE_CHARS_MAX, NAME_CHARS_MAX, plainText, type FieldValue } from './fields.ts';
import {
  incomparable,
  type MerchantFacts,
  type RegisterMirror,
  type StoreFacts,
} from './mirror.ts';
import type { CreateWebPayload, NewWebVariant, Operation, PlannedPool } from './plan.ts';
import type { Pool } from './pools.ts';
import type { Matching, RegisterItem, Unlinked } from './rows.ts';
import { compareText, normaliseSku, quote } from './text.ts';

/** bigcommerce.md 4.1. */
export const WEB_VARIANTS_MAX = 600;
const OPTION_VALUES_MAX = 250;

/** The item group that an item is a variant of, as its merchant has it. */
export interface GroupFacts {
  readonly merchantId: MerchantId;
  readonly itemGroupId: string;
  readonly name: string;
  /** Names of its attributes, in their order. */
  readonly attributes: readonly string[];
  /** What makes the item this variant, in the order of the group's attributes. */
  readonly options: readonly { readonly name: string; readonly label: string }[];
  /** The product whose variants its other items are linked to; null when there is none. */
  readonly productId: number | null;
}

/** Items of one SKU that no variant sells. */
export interface MissingItem {
  readonly sku: string;
  /** One per merchant, the leading merchant first. */
  readonly items: readonly RegisterItem[];
  /** Of the leading merchant's item; null: a simple item. */
  readonly group: GroupFacts | null;
}

/** Items that BigCommerce does not have and that nothing stands in the way of. */
export function splitMissingItems(matching: Matching): {
  readonly rest: Matching;
  /** By SKU. */
  readonly missing: ReadonlyMap<string, readonly RegisterItem[]>;
} {
  const isMissing = (row: Unlinked): boolean =>
    row.reason === 'no_counterpart' && row.sellables.length === 0 && row.items.length === 1;
  const items = matching.unlinked.filter(isMissing).flatMap((row) => row.items);
  return {
    rest: { ...matching, unlinked: matching.unlinked.filter((row) => !isMissing(row)) },
    missing: Map.groupBy(items, ({ sku }) => sku),
  };
}

/** Items that become one product together: those of one group, or a single one. Ordered, so that plans are the same. */
export function productsOf(missing: readonly MissingItem[]): MissingItem[][] {
  const keyed = Map.groupBy(missing, ({ sku, group }) =>
    group === null ? `sku ${sku}` : `group ${group.merchantId} ${group.itemGroupId}`,
  );
  return [...keyed]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([, own]) => own.toSorted((a, b) => compareText(a.sku, b.sku)));
}

export interface CreateWebRules {
  readonly pools: readonly Pool[];
  readonly baseline: BaselineRule;
  readonly store: StoreFacts;
  readonly merchants: readonly MerchantFacts[];
  /** SKUs of the plan that differ from another one in case or spaces only, as `normaliseSku` writes them. */
  readonly twins: ReadonlySet<string>;
  mirrorOf(item: RegisterItem): RegisterMirror | undefined;
  levelAt(place: PlaceKey, itemId: string): SeenLevel | undefined;
}

/** The operations that create one product, one per item: those that cannot be made say why, and the others go on. */
export function planWebProduct(own: readonly MissingItem[], rules: CreateWebRules): Operation[] {
  const whole = own.length > WEB_VARIANTS_MAX ? tooManyVariants(own.length) : undefined;
  const seen = new Set<string>();
  const drafts = own.map((missing) => {
    const drafted = whole ?? draftVariant(missing, rules);
    if (typeof drafted === 'string') return { missing, drafted };
    const key = JSON.stringify(drafted.variant.options);
    if (missing.group !== null && seen.has(key))
      return {
        missing,
        drafted: 'Another item of its group has the same options: mend one of them.',
      };
    seen.add(key);
    return { missing, drafted };
  });
  const full = fullOption(
    drafts.flatMap(({ drafted }) => (typeof drafted === 'string' ? [] : [drafted.variant])),
  );
  const lead = drafts.find(({ drafted }) => typeof drafted !== 'string')?.missing.sku ?? '';
  return drafts.map(({ missing, drafted }) => {
    const obstacle = typeof drafted === 'string' ? drafted : full;
    return obstacle === undefined && typeof drafted !== 'string'
      ? operationOf(missing, drafted, lead, rules)
      : leave(missing, obstacle ?? '');
  });
}

function tooManyVariants(count: number): string {
  return (
    `Its item group has ${count} items, BigCommerce holds ${WEB_VARIANTS_MAX} variants of one product: ` +
    'divide the group and plan again.'
  );
}

function fullOption(variants: readonly NewWebVariant[]): string | undefined {
  const labels = Map.groupBy(
    variants.flatMap(({ options }) => options),
    ({ name }) => name,
  );
  for (const [name, own] of labels) {
    const count = new Set(own.map(({ label }) => label)).size;
    if (count > OPTION_VALUES_MAX)
      return `Option ${quote(name)} has ${count} values, BigCommerce holds ${OPTION_VALUES_MAX}: divide the group.`;
  }
  return undefined;
}

interface Drafted {
  readonly name: string;
  readonly variant: NewWebVariant;
  readonly notes: readonly string[];
}

/** What is made of one item, or why nothing can be. */
function draftVariant({ sku, items, group }: MissingItem, rules: CreateWebRules): Drafted | string {
  const [lead] = items;
  const row = lead === undefined ? undefined : rules.mirrorOf(lead);
  if (row === undefined) return 'It was not read completely: plan again.';
  const price = priceOf(row, rules);
  if (typeof price === 'string') return price;
  const wrong = badSku(sku, rules) ?? badOptions(row, group);
  if (wrong !== undefined) return wrong;
  const named = group?.name ?? String(row.values.name ?? '');
  if (HTML.test(named))
    return `Its name ${quote(named)} contains HTML: rename it at Clover and plan again.`;
  const name = plainText(named, NAME_CHARS_MAX.bigcommerce);
  if (name === '') return 'It has no name: give it one at Clover and plan again.';
  const { cost, barcode } = row.values;
  const code = typeof barcode === 'string' ? barcode.trim() : '';
  const isLong = code.length > BARCODE_CHARS_MAX.bigcommerce;
  return {
    name,
    variant: {
      sku,
      price,
      cost: typeof cost === 'number' && cost > 0 ? cost : null,
      barcode: code === '' || isLong ? null : code,
      isAvailable: row.values.availability !== false,
      options: group?.options ?? [],
    },
    notes: [
      ...(name === named
        ? []
        : [`Its name becomes ${quote(name)}, as far as BigCommerce can hold it.`]),
      ...(isLong
        ? [
            `Its barcode has ${code.length} characters and is left out: BigCommerce holds ${BARCODE_CHARS_MAX.bigcommerce}.`,
          ]
        : []),
    ],
  };
}

/** A storefront writes names into its pages. */
const HTML = /<[a-z!/][^>]*>/iu;

function priceOf(row: RegisterMirror, { store, merchants }: CreateWebRules): number | string {
  const merchant = merchants.find(({ merchantId }) => merchantId === row.merchantId);
  const foreign = incomparable('price', row, store, merchant);
  if (foreign !== undefined) return `It is not created: ${foreign}.`;
  const { price } = row.values;
  if (typeof price !== 'number' || !Number.isSafeInteger(price) || price <= 0) {
    return `Its price is ${String(price ?? 'blank')}: the web would sell it for nothing. Give it a price and plan again.`;
  }
  return price;
}

function badSku(sku: string, { twins }: CreateWebRules): string | undefined {
  // BigCommerce's own limit of 255 cannot be reached from Clover's 100.
  if (plainText(sku, sku.length) !== sku) {
    return `Its SKU ${quote(sku)} has control characters or spaces too many: mend it at Clover and plan again.`;
  }
  return twins.has(normaliseSku(sku))
    ? `Another item has the same SKU but for its case or spaces: BigCommerce takes ${quote(sku)} for the same.`
    : undefined;
}

function badOptions(row: RegisterMirror, group: GroupFacts | null): string | undefined {
  if (!row.isGrouped) return undefined;
  if (group === null || group.options.length === 0) {
    return 'It is in an item group and has no options there: link its options at Clover and plan again.';
  }
  const own = group.options.map(({ name }) => name);
  const names = group.attributes;
  const isWhole = own.length === names.length && own.every((name) => names.includes(name));
  if (isWhole && new Set(own).size === own.length) return undefined;
  return (
    `Its options are ${own.join(', ')}, those of its group ${names.join(', ')}: ` +
    'every item of a group needs one option of each attribute.'
  );
}

function operationOf(
  { sku, items, group }: MissingItem,
  { name, variant, notes }: Drafted,
  lead: string,
  rules: CreateWebRules,
): Operation {
  const pools = rules.pools.flatMap((pool) => plannedPool(pool, items, rules));
  const onHand = onHandOf(pools, rules.baseline);
  const payload: CreateWebPayload = {
    do: 'create-web',
    name,
    lead,
    productId: group?.productId ?? null,
    rule: rules.baseline,
    variant,
    items: items.map(({ merchantId, itemId }) => ({ merchantId, itemId })),
    pools,
  };
  const where =
    group === null
      ? 'As a hidden product.'
      : group.productId === null
        ? `As a variant of the hidden product ${quote(name)}.`
        : `As a new variant of product ${group.productId}.`;
  const fields: Record<string, FieldValue> = {
    name:
      group === null
        ? name
        : `${name} (${group.options.map((o) => `${o.name}: ${o.label}`).join(', ')})`,
    sku,
    price: variant.price,
    cost: variant.cost,
    barcode: variant.barcode,
    visibility: false,
  };
  return {
    kind: 'create',
    sku,
    outcome: 'planned',
    reason: [where, ...notes].join(' '),
    before: null,
    after: { onHand, places: [{ platform: 'bigcommerce', row: sku, fields }] },
    payload,
  };
}

/** The registers of one pool that have the SKU; the web's side is known once it is made. */
function plannedPool(
  { locationId, merchantIds, sharing }: Pool,
  items: readonly RegisterItem[],
  { levelAt }: CreateWebRules,
): PlannedPool[] {
  const places = items
    .filter(({ merchantId }) => merchantIds.includes(merchantId))
    .map(({ merchantId, itemId }) => {
      const place = cloverPlace(merchantId);
      const seen = levelAt(place, itemId) ?? unread(place);
      return { address: { platform: 'clover', merchantId, itemId } as const, seen };
    });
  if (places.length === 0) return [];
  return [{ locationId, places, ...(sharing === undefined ? {} : { sharing }) }];
}

function unread(place: PlaceKey): SeenLevel {
  return { place, level: null, readStartedAtMs: 0, platformModifiedMs: null };
}

/** The pools with the variant that was made: it was never counted, so the register's count starts the ledger. */
export function poolsWithWeb(
  pools: readonly PlannedPool[],
  variant: {
    readonly productId: number;
    readonly variantId: number;
    readonly tracking: 'product' | 'variant';
  },
): PlannedPool[] {
  return pools.map((pool) => ({
    ...pool,
    places: [
      {
        address: { platform: 'bigcommerce', locationId: pool.locationId, ...variant },
        seen: unread(bigcommercePlace(pool.locationId)),
      },
      ...pool.places,
    ],
  }));
}

function leave({ sku, items }: MissingItem, reason: string): Operation {
  return {
    kind: 'unmatched',
    sku,
    outcome: 'skipped',
    reason,
    before: {
      clover: items.map(({ merchantId, itemId, name }) => ({ merchantId, itemId, sku, name })),
    },
    after: null,
    payload: null,
  };
}
