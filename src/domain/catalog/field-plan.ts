/** What makes the fields of linked SKUs equal, as operations of a plan, with the caps on prices (C1, C3, C7). */
import type { LinkId } from '../ids.ts';
import type { Field, FieldValue, Values } from './fields.ts';
import { unmappedTax, whyNot, withBooks, type Books } from './books.ts';
import { MASS_GUARD_MIN_SKUS } from './guard.ts';
import {
  registerFields,
  webFields,
  type MerchantFacts,
  type MirrorRow,
  type RegisterMirror,
  type StoreFacts,
  type WebMirror,
} from './mirror.ts';
import {
  mergeLink,
  type FieldWrite,
  type LostValue,
  type Merge,
  type MergePolicy,
} from './ownership.ts';
import type { Operation } from './plan.ts';
import { convertsTax, forRegister, type Transforms } from './transforms.ts';

/** A link with the rows that it joins, as the mirrors hold them. */
export interface FieldLink {
  /** null: the same plan makes the link. */
  readonly linkId: LinkId | null;
  readonly sku: string;
  readonly web: WebMirror;
  /** The leading merchant first. */
  readonly registers: readonly RegisterMirror[];
  /** null: both sides never agreed on anything. */
  readonly base: Values | null;
}

export interface FieldRules extends MergePolicy {
  readonly store: StoreFacts;
  readonly merchants: readonly MerchantFacts[];
  /** Categories and taxes by name. */
  readonly books: Books;
  /** How the register says what the web says. */
  readonly transforms: Transforms;
  readonly guards: {
    /** Share of the linked catalog, 0 to 1, whose prices may move in one change set. */
    readonly catalogShare: number;
    /** Share of itself by which one price may move. */
    readonly priceMoveShare: number;
  };
}

/** The fields of one row before or after, as shown to a person. Amounts in minor units. */
export interface PlaceFields {
  readonly platform: 'bigcommerce' | 'clover';
  /** Variant id, or `{merchantId}:{itemId}`. */
  readonly row: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

function merchantOf({ merchants }: FieldRules, row: RegisterMirror): MerchantFacts | undefined {
  return merchants.find(({ merchantId }) => merchantId === row.merchantId);
}

export function mergeFieldLink(link: FieldLink, rules: FieldRules): Merge {
  const { books, transforms } = rules;
  const rows = new Map<string, MirrorRow>(
    [link.web, ...link.registers].map((row) => [row.id, row]),
  );
  const merge = mergeLink({
    web: webFields(withBooks(link.web, books)),
    registers: link.registers.map((register) =>
      registerFields(
        withBooks(register, books),
        rules.store,
        merchantOf(rules, register),
        convertsTax(transforms, rules.owners),
      ),
    ),
    base: link.base,
    policy: rules,
    formAt: ({ id }, field, value) => {
      const row = rows.get(id);
      if (row?.platform !== 'clover') return undefined;
      const registerIncludesTax = merchantOf(rules, row)?.vat ?? null;
      const sides = { webIncludesTax: rules.store.pricesIncludeTax, registerIncludesTax };
      return forRegister(field, value, transforms, rules.owners, { sku: link.sku, ...sides });
    },
    whyNot: ({ id }, field, value) => {
      const row = rows.get(id);
      return row === undefined ? undefined : whyNot(row, field, value, books);
    },
  });
  const why = rules.owners.taxClass === 'off' ? undefined : unmappedTax(link.web, books);
  if (why === undefined) return merge;
  const problem = { platform: 'bigcommerce', rowId: link.web.id, field: 'taxClass', why } as const;
  return { ...merge, problems: [...merge.problems, problem] };
}

/** How many links have a price to write: what the cap on a change set counts. */
export function movesPrice({ writes }: Merge): boolean {
  return writes.some(({ field }) => field === 'price');
}

/** True when `moved` price moves among `total` linked SKUs are more than the set share, and more than a handful (C3). */
export function exceedsPriceCap(moved: number, total: number, rules: FieldRules): boolean {
  return moved >= MASS_GUARD_MIN_SKUS && moved > rules.guards.catalogShare * total;
}

/**
 * The operations of one link: one for everything that may be written, and one of its own for a price that a cap holds
 * back, which waits for a person. None when both sides are settled.
 */
export function planFieldLink(
  link: FieldLink,
  merge: Merge,
  rules: FieldRules,
  heldByCap: { readonly moved: number; readonly total: number } | null,
): Operation[] {
  const held = heldReason(merge, rules, heldByCap);
  const problems = problemsOf(link, merge);
  if (held === undefined) return [...operationsOf(link, merge, merge.writes, null), ...problems];
  const rest = merge.writes.filter(({ field }) => field !== 'price');
  const prices = merge.writes.filter(({ field }) => field === 'price');
  return [
    ...operationsOf(link, merge, rest, null),
    ...operationsOf(link, merge, prices, held),
    ...problems,
  ];
}

/** What cannot be made equal, and why: nothing is done about it, and nothing is guessed. */
function problemsOf({ sku }: FieldLink, { problems }: Merge): Operation[] {
  if (problems.length === 0) return [];
  const reason = problems
    .map(({ platform, field, why }) => `${sideOf(platform)}, ${field}: ${why}.`)
    .join(' ');
  const left = { kind: 'skip', sku, outcome: 'skipped', reason } as const;
  return [{ ...left, before: null, after: null, payload: null }];
}

function heldReason(
  merge: Merge,
  rules: FieldRules,
  heldByCap: { readonly moved: number; readonly total: number } | null,
): string | undefined {
  const prices = merge.writes.filter(({ field }) => field === 'price');
  if (prices.length === 0) return undefined;
  if (heldByCap !== null) {
    return (
      `Held back: the prices of ${heldByCap.moved} of ${heldByCap.total} SKUs would move, more than ` +
      `${Math.round(rules.guards.catalogShare * 100)} % (catalog.guards.catalogShare). Approve it, or change the setting and plan again.`
    );
  }
  const far = prices.find((write) => moveShare(write) > rules.guards.priceMoveShare);
  if (far === undefined) return undefined;
  return (
    `Held back: this price would move by ${Math.round(moveShare(far) * 100)} %, more than ` +
    `${Math.round(rules.guards.priceMoveShare * 100)} % (catalog.guards.priceMoveShare). Approve it, or mend the price.`
  );
}

/** A row that had no price yet moves by nothing. */
function moveShare({ before, after }: FieldWrite): number {
  if (typeof before !== 'number' || before <= 0 || typeof after !== 'number') return 0;
  return Math.abs(after - before) / before;
}

function operationsOf(
  link: FieldLink,
  merge: Merge,
  writes: readonly FieldWrite[],
  held: string | null,
): Operation[] {
  if (writes.length === 0) return [];
  const fields = new Set<Field>(writes.map(({ field }) => field));
  // A sale price is agreed on together with the price that it stands for.
  if (fields.has('price')) fields.add('salePrice');
  const isOwn = ([field]: [string, unknown]): boolean => fields.has(field as Field);
  const agreed = Object.fromEntries(Object.entries(merge.agreed).filter(isOwn));
  const lost = merge.lost.filter(({ field }) => fields.has(field));
  const sentences = [...lost.map(sayLost), ...(held === null ? [] : [held])];
  return [
    {
      kind: 'update',
      sku: link.sku,
      outcome: held === null ? 'planned' : 'open',
      reason: sentences.length === 0 ? null : sentences.join(' '),
      before: { places: placesOf(writes, ({ before }) => before) },
      after: { places: placesOf(writes, ({ after }) => after) },
      payload: {
        do: 'fields',
        linkId: link.linkId,
        productId: link.web.productId,
        variantId: link.web.variantId,
        writes,
        agreed,
        lost,
      },
    },
  ];
}

function sayLost({ platform, field, value, owner }: LostValue): string {
  const side = platform === 'clover' ? 'Clover' : 'BigCommerce';
  const why =
    owner === 'newest' ? 'the other side was changed later' : `${sideOf(owner)} owns ${field}`;
  return `${side} changed ${field} to ${value === null ? 'nothing' : String(value)}; ${why}.`;
}

function sideOf(owner: string): string {
  return owner === 'clover' ? 'Clover' : 'BigCommerce';
}

function placesOf(
  writes: readonly FieldWrite[],
  valueOf: (write: FieldWrite) => FieldValue,
): PlaceFields[] {
  const rows = Map.groupBy(writes, ({ rowId }) => rowId);
  return [...rows].map(([row, own]) => ({
    platform: own[0]?.platform ?? 'bigcommerce',
    row,
    fields: Object.fromEntries(own.map((write) => [write.field, valueOf(write)])),
  }));
}
