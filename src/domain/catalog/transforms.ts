/** How the register says what the web says: its name, and its price with tax and rounding. Only while the web owns it. */
import type { Field, FieldValue, Owners } from './fields.ts';

export type Rounding = 'none' | '5' | '10' | '100' | '99';

export interface Transforms {
  /** `{name}` and `{sku}` stand for the web's. */
  readonly name: string;
  /** To the nearest 5, 10 or 100 minor units, half up; `99`: to the next price that ends so. */
  readonly rounding: Rounding;
  /** The one tax rate, in percent with up to four decimals, where one side's prices have it inside; null: not converted. */
  readonly taxPercent: number | null;
}

export const NO_TRANSFORMS: Transforms = { name: '{name}', rounding: 'none', taxPercent: null };

/** What decides whether tax is added or taken out. */
export interface TaxSides {
  readonly webIncludesTax: boolean;
  /** null: the merchant is not known. */
  readonly registerIncludesTax: boolean | null;
}

/** The transforms with the owners that decide whether they count. */
export interface RegisterForm {
  readonly transforms: Transforms;
  readonly owners: Owners;
}

/** True where prices with and without tax can be compared, because the rate between them is known. */
export function convertsTax({ taxPercent }: Transforms, owners: Owners): boolean {
  return taxPercent !== null && owners.price === 'bigcommerce';
}

/** The register's form of a value of the web; undefined where it is the same. Amounts in minor units. */
export function forRegister(
  field: Field,
  value: FieldValue,
  transforms: Transforms,
  owners: Owners,
  row: { readonly sku: string } & TaxSides,
): FieldValue | undefined {
  if (owners[field] !== 'bigcommerce') return undefined;
  if (field === 'name' && typeof value === 'string' && transforms.name !== NO_TRANSFORMS.name) {
    return transforms.name.replaceAll(/\{(name|sku)\}/gu, (_whole, what) =>
      what === 'name' ? value : row.sku,
    );
  }
  if (field !== 'price' || typeof value !== 'number' || value <= 0) return undefined;
  const { taxPercent, rounding } = transforms;
  if (taxPercent === null && rounding === 'none') return undefined;
  return rounded(taxed(value, taxPercent, row), rounding);
}

/** Half up, without floats: a percentage has four decimals. */
function taxed(units: number, percent: number | null, sides: TaxSides): number {
  const { webIncludesTax, registerIncludesTax } = sides;
  if (percent === null || registerIncludesTax === null || registerIncludesTax === webIncludesTax)
    return units;
  const whole = 1_000_000n;
  const withTax = whole + BigInt(Math.round(percent * 10_000));
  const [up, down] = registerIncludesTax ? [withTax, whole] : [whole, withTax];
  return Number((2n * BigInt(units) * up + down) / (2n * down));
}

function rounded(units: number, rounding: Rounding): number {
  switch (rounding) {
    case 'none':
      return units;
    case '99':
      return Math.ceil((units + 1) / 100) * 100 - 1;
    default: {
      const step = Number(rounding);
      // A price never becomes nothing.
      return Math.max(step, Math.floor((units + step / 2) / step) * step);
    }
  }
}
