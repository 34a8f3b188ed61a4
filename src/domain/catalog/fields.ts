/** The fields of a catalog row in one form for both platforms, and what each platform can hold of them. */
import type { Platform } from '../ids.ts';

export const FIELDS = [
  'name',
  'description',
  'price',
  'salePrice',
  'cost',
  'barcode',
  'taxClass',
  'categories',
  'visibility',
  'availability',
  'modifiers',
] as const;
export type Field = (typeof FIELDS)[number];

export type Owner = 'bigcommerce' | 'clover' | 'newest' | 'off';
export type Owners = Readonly<Record<Field, Owner>>;

/**
 * Prices and costs in minor units of the store's currency; visibility and availability as true or false; texts as they
 * stand. null: the field is blank there.
 */
export type FieldValue = string | number | boolean | null;

/** A field that is absent is one that the row does not have, or whose values cannot be compared with the other side's. */
export type Values = Readonly<Partial<Record<Field, FieldValue>>>;

/** One BigCommerce variant or one Clover item, as last read. */
export interface FieldRow {
  readonly platform: Platform;
  /** Variant id, or `{merchantId}:{itemId}`. */
  readonly id: string;
  readonly values: Values;
  /** Fields that are shown and cannot be written here: a variant's name, a grouped item's name. */
  readonly fixed: readonly Field[];
  /**
   * The platform's own time of the last change that was not ours; null when it tells none. Not moved by every edit
   * (clover.md 9).
   */
  readonly modifiedMs: number | null;
}

/** clover.md 4.1; bigcommerce.md 4.1, 4.2. */
export const NAME_CHARS_MAX: Readonly<Record<Platform, number>> = { bigcommerce: 250, clover: 127 };
export const BARCODE_CHARS_MAX: Readonly<Record<Platform, number>> = {
  bigcommerce: 14,
  clover: 100,
};
/** Above this neither side's price is a price: 100 million in minor units. */
const AMOUNT_MAX = 10_000_000_000;

/** How a platform holds a value, or why it cannot. */
export type Fit =
  | { readonly ok: true; readonly value: FieldValue }
  | { readonly ok: false; readonly why: string };

/** The form in which `platform` can hold `value` of `field`. */
export function fitTo(platform: Platform, field: Field, value: FieldValue): Fit {
  if (value === null) return { ok: true, value };
  switch (field) {
    case 'name': {
      const name = plainText(String(value), NAME_CHARS_MAX[platform]);
      return name === '' ? { ok: false, why: 'a name of spaces only' } : { ok: true, value: name };
    }
    case 'barcode':
      return fitBarcode(platform, String(value));
    case 'price':
    case 'salePrice':
    case 'cost':
      return fitAmount(value);
    default:
      return { ok: true, value };
  }
}

function fitBarcode(platform: Platform, value: string): Fit {
  const code = value.trim();
  const longest = BARCODE_CHARS_MAX[platform];
  return code.length > longest
    ? { ok: false, why: `a barcode of ${code.length} characters, more than ${longest}` }
    : { ok: true, value: code };
}

function fitAmount(value: FieldValue): Fit {
  return typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    value >= 0 &&
    value <= AMOUNT_MAX
    ? { ok: true, value }
    : { ok: false, why: `${String(value)} is no amount` };
}

/** One line without control characters, cut to whole characters. */
export function plainText(text: string, charsMax: number): string {
  const line = text
    .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  if (line.length <= charsMax) return line;
  let cut = '';
  for (const character of line) {
    if (cut.length + character.length > charsMax) break;
    cut += character;
  }
  return cut.trim();
}

/**
 * A price of BigCommerce (a JSON number, up to four decimals) in minor units, half up; null when there is none.
 * `decimals` are those of the store's currency.
 */
export function minorUnits(amount: number | null, decimals: number): number | null {
  if (amount === null || !Number.isFinite(amount)) return null;
  // 10.075 is stored a little below itself: fixing it at six decimals first makes half up mean what it says.
  const [whole = '0', rest = ''] = Math.abs(amount).toFixed(6).split('.');
  const digits = `${whole}${rest}`;
  const kept = Number(digits.slice(0, digits.length - (6 - decimals)));
  const next = Number(digits.at(digits.length - (6 - decimals)) ?? '0');
  const units = kept + (next >= 5 ? 1 : 0);
  return amount < 0 && units !== 0 ? -units : units;
}

export function isBlank(value: FieldValue | undefined): boolean {
  return value === null || value === undefined || value === '';
}

/** Minor units as BigCommerce takes an amount. */
export function decimalAmount(units: number, decimals: number): number {
  return Number((units / 10 ** decimals).toFixed(decimals));
}
