/**
 * Categories and taxes of both platforms in one form, so that they can be compared: names instead of ids. A book knows
 * the names of every account (the store's hash, or a merchant's id) and finds the ids again.
 */
import type { MerchantId } from '../ids.ts';
import { plainText, type Field, type FieldValue } from './fields.ts';
import type { MirrorRow } from './mirror.ts';
import { compareText, quote } from './text.ts';

/** clover.md 4.5; BigCommerce's own limit is checked by BigCommerce. */
const CATEGORY_CHARS_MAX = 127;
/** The documented limit of a category's name (category-trees_catalog.v3.yml). */
const WEB_CATEGORY_CHARS_MAX = 50;
/** Both platforms' lists inside a row are cut there, or too long to be meant. */
const NESTED_MAX = 100;

export interface NamedThing {
  readonly id: string;
  readonly name: string;
}

export interface WebCategory extends NamedThing {
  /** '0': at the top. */
  readonly parentId: string;
}

/** Names of one account's things, both ways. */
interface Names {
  readonly nameOf: ReadonlyMap<string, string>;
  readonly idOf: Map<string, string>;
}

export interface CategoryBook {
  readonly web: Names;
  readonly registers: ReadonlyMap<MerchantId, Names>;
  /** A category that the other side lacks is made there. */
  readonly canCreate: boolean;
}

/** The rates of a tax class: the merchant's default ones, or these by name. */
export type TaxRates = 'default' | readonly string[];

export interface TaxMapping {
  /** 0: the store's default class. */
  readonly taxClassId: number;
  readonly taxRates: TaxRates;
}

export interface TaxBook {
  readonly mappings: readonly TaxMapping[];
  readonly registers: ReadonlyMap<MerchantId, Names>;
}

/** null: the field is not kept in step. */
export interface Books {
  readonly categories: CategoryBook | null;
  readonly tax: TaxBook | null;
}

export const NO_BOOKS: Books = { categories: null, tax: null };

/** Letter case and spaces do not tell categories apart. */
function keyOf(name: string): string {
  return plainText(name, CATEGORY_CHARS_MAX).toLowerCase();
}

/**
 * `renamed`: what a BigCommerce category (by its id) is called at Clover. Categories of the same name are called by their
 * path, `Women > Shirts`; of several that are called the same at one account, the first one counts.
 */
export function categoryBook(
  web: readonly WebCategory[],
  registers: ReadonlyMap<MerchantId, readonly NamedThing[]>,
  renamed: Readonly<Record<string, string>>,
  canCreate: boolean,
): CategoryBook {
  const called = calledOf(web, renamed);
  const shown = new Map<string, string>();
  for (const each of [...called, ...[...registers.values()].flat()]) {
    const text = plainText(each.name, CATEGORY_CHARS_MAX);
    if (!shown.has(keyOf(text))) shown.set(keyOf(text), text);
  }
  const named = (things: readonly NamedThing[]): Names => {
    const nameOf = new Map<string, string>();
    const idOf = new Map<string, string>();
    for (const { id, name } of things) {
      nameOf.set(id, shown.get(keyOf(name)) ?? name);
      if (!idOf.has(keyOf(name))) idOf.set(keyOf(name), id);
    }
    return { nameOf, idOf };
  };
  return {
    web: named(called),
    registers: new Map([...registers].map(([merchantId, own]) => [merchantId, named(own)])),
    canCreate,
  };
}

function calledOf(
  web: readonly WebCategory[],
  renamed: Readonly<Record<string, string>>,
): NamedThing[] {
  const byId = new Map(web.map((each) => [each.id, each]));
  const counts = Map.groupBy(web, ({ name }) => keyOf(name));
  return web.map(({ id, name, parentId }) => {
    const own = renamed[id];
    if (own !== undefined) return { id, name: own };
    if ((counts.get(keyOf(name))?.length ?? 0) < 2) return { id, name };
    const path = [name];
    for (
      let at = byId.get(parentId);
      at !== undefined && path.length < 10;
      at = byId.get(at.parentId)
    )
      path.unshift(at.name);
    return { id, name: path.join(' > ') };
  });
}

/** Names as one value; null: none of them. */
function valueOf(names: readonly string[]): FieldValue {
  const sorted = [...new Set(names)].toSorted(compareText);
  return sorted.length === 0 ? null : JSON.stringify(sorted);
}

/** The names of a value; what is no list of names has none. */
export function namesIn(value: FieldValue): readonly string[] {
  if (typeof value !== 'string' || !value.startsWith('[')) return [];
  const list: unknown = JSON.parse(value);
  return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
}

const DEFAULT_RATES = 'default rates';

function ratesValue(rates: TaxRates): FieldValue {
  return rates === 'default' ? DEFAULT_RATES : (valueOf(rates) ?? '[]');
}

/** The row with its categories and taxes as values; what a book does not know is no value. */
export function withBooks<Row extends MirrorRow>(row: Row, books: Books): Row {
  if (books.categories === null && books.tax === null) return row;
  const categories = categoriesOf(row, books.categories);
  const taxClass = taxOf(row, books.tax);
  return {
    ...row,
    values: {
      ...row.values,
      ...(categories === undefined ? {} : { categories }),
      ...(taxClass === undefined ? {} : { taxClass }),
    },
  };
}

/** The row as mirrors keep it. */
export function withoutBooks<Row extends MirrorRow>(row: Row): Row {
  const { categories: _categories, taxClass: _taxClass, ...values } = row.values;
  return { ...row, values };
}

function categoriesOf(row: MirrorRow, book: CategoryBook | null): FieldValue | undefined {
  if (book === null || row.categoryIds === undefined || row.categoryIds.length >= NESTED_MAX)
    return undefined;
  const names = row.platform === 'clover' ? book.registers.get(row.merchantId) : book.web;
  const found = row.categoryIds.flatMap((id) => names?.nameOf.get(id) ?? []);
  return found.length === row.categoryIds.length ? valueOf(found) : undefined;
}

function taxOf(row: MirrorRow, book: TaxBook | null): FieldValue | undefined {
  if (book === null) return undefined;
  if (row.platform === 'bigcommerce') {
    const mapping = book.mappings.find(({ taxClassId }) => taxClassId === row.taxClassId);
    return mapping === undefined ? undefined : ratesValue(mapping.taxRates);
  }
  if (row.defaultTaxRates === true) return DEFAULT_RATES;
  if (row.defaultTaxRates === undefined || row.taxRateIds === undefined) return undefined;
  const names = book.registers.get(row.merchantId);
  const found = row.taxRateIds.flatMap((id) => names?.nameOf.get(id) ?? []);
  return found.length === row.taxRateIds.length ? ratesValue(found) : undefined;
}

/** Why a row cannot take a value of these fields, in words; undefined when it can. Nothing is guessed. */
export function whyNot(
  row: MirrorRow,
  field: Field,
  value: FieldValue,
  { categories, tax }: Books,
): string | undefined {
  if (field === 'categories' && categories !== null) return noCategory(row, value, categories);
  if (field !== 'taxClass' || tax === null) return undefined;
  if (row.platform === 'bigcommerce') {
    const classes = tax.mappings.filter(({ taxRates }) => ratesValue(taxRates) === value);
    if (classes.length === 1) return undefined;
    const many = classes.map(({ taxClassId }) => taxClassId).join(', ');
    return classes.length === 0
      ? `rates that are no tax class in catalog.taxClasses: ${String(value)}`
      : `rates of several tax classes (${many}): which of them is meant is not clear`;
  }
  const known = tax.registers.get(row.merchantId)?.idOf;
  const missing = namesIn(value).filter((name) => known?.has(keyOf(name)) !== true);
  return missing.length === 0 ? undefined : `no tax rate ${missing.map(quote).join(', ')}`;
}

function noCategory(row: MirrorRow, value: FieldValue, book: CategoryBook): string | undefined {
  const names = row.platform === 'clover' ? book.registers.get(row.merchantId) : book.web;
  const missing = namesIn(value).filter((name) => names?.idOf.has(keyOf(name)) !== true);
  if (missing.length === 0) return undefined;
  if (!book.canCreate) {
    return `no category ${missing.map(quote).join(', ')} (make it there, or set catalog.categories.create)`;
  }
  const long = missing.find(
    (name) => row.platform === 'bigcommerce' && name.length > WEB_CATEGORY_CHARS_MAX,
  );
  return long === undefined
    ? undefined
    : `a category of ${long.length} characters, more than ${WEB_CATEGORY_CHARS_MAX}`;
}

/** Why a web product's tax class says nothing to the register; undefined when it does. */
export function unmappedTax(row: MirrorRow, { tax }: Books): string | undefined {
  if (tax === null || row.platform !== 'bigcommerce' || row.taxClassId === undefined)
    return undefined;
  const isMapped = tax.mappings.some(({ taxClassId }) => taxClassId === row.taxClassId);
  return isMapped
    ? undefined
    : `tax class ${row.taxClassId} has no rates in catalog.taxClasses: map it and plan again`;
}

/** Ids of a value's names at one account; names that it lacks are `missing`. */
export function idsIn(
  names: Names | undefined,
  value: FieldValue,
): { readonly ids: readonly string[]; readonly missing: readonly string[] } {
  const wanted = namesIn(value);
  const found = wanted.map((name) => ({ name, id: names?.idOf.get(keyOf(name)) }));
  return {
    ids: found.flatMap(({ id }) => id ?? []),
    missing: found.flatMap(({ name, id }) => (id === undefined ? [name] : [])),
  };
}

/** Enters what was just made. */
export function learn(names: Names | undefined, name: string, id: string): void {
  names?.idOf.set(keyOf(name), id);
}

/** Names of tax rates are compared as they stand, but for case and spaces. */
export function rateNames(rates: readonly NamedThing[]): Names {
  return {
    nameOf: new Map(rates.map(({ id, name }) => [id, name])),
    idOf: new Map(rates.toReversed().map(({ id, name }) => [keyOf(name), id])),
  };
}

/** The tax class of a value; only asked where `whyNot` found one. */
export function taxClassIn(tax: TaxBook | null, value: FieldValue): number | undefined {
  return tax?.mappings.find(({ taxRates }) => ratesValue(taxRates) === value)?.taxClassId;
}

export function isDefaultRates(value: FieldValue): boolean {
  return value === DEFAULT_RATES;
}
