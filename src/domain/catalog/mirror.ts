/** One row of a platform's catalog as the mirror keeps it, and what of it can be compared with the other side (C8). */
import type { MerchantId } from '../ids.ts';
import type { Field, FieldRow, Values } from './fields.ts';

interface MirrorBase {
  /** Variant id, or `{merchantId}:{itemId}`. */
  readonly id: string;
  /** As the platform writes it; '' when blank. */
  readonly sku: string;
  /** Every field that the platform told. */
  readonly values: Values;
  /** The platform's own time of the last change that was not ours; null when it tells none. */
  readonly modifiedMs: number | null;
  /** Categories by id, of the product for a variant; absent: not read. */
  readonly categoryIds?: readonly string[];
}

/** A BigCommerce variant. */
export interface WebMirror extends MirrorBase {
  readonly platform: 'bigcommerce';
  readonly productId: number;
  readonly variantId: number;
  readonly productName: string;
  readonly productSku: string;
  /** The one variant of a product without options. */
  readonly isBase: boolean;
  /** It has a price of its own and does not take the product's (bigcommerce.md 4.3). */
  readonly hasOwnPrice: boolean;
  /** Its price has more decimals than the currency: `values.price` is rounded. */
  readonly isRounded: boolean;
  readonly tracking: 'none' | 'product' | 'variant';
  readonly type: string;
  /** 0: the store's default class; absent: not read. */
  readonly taxClassId?: number;
}

/** A Clover item of one merchant. */
export interface RegisterMirror extends MirrorBase {
  readonly platform: 'clover';
  readonly merchantId: MerchantId;
  readonly itemId: string;
  /** In an item group, so its name is the server's (clover.md 4.3). */
  readonly isGrouped: boolean;
  /** `FIXED`, `VARIABLE` (asked at the register), `PER_UNIT` (by weight). */
  readonly priceType: string;
  /** Its availability follows its stock (clover.md 4.1). */
  readonly followsStock: boolean;
  /** The merchant's default rates apply, not those of `taxRateIds`; absent: not read. */
  readonly defaultTaxRates?: boolean;
  readonly taxRateIds?: readonly string[];
}

export type MirrorRow = WebMirror | RegisterMirror;

/** What decides whether amounts of both sides can be compared. */
export interface StoreFacts {
  /** ISO 4217. */
  readonly currency: string;
  /** Decimals of the currency. */
  readonly decimals: number;
  readonly pricesIncludeTax: boolean;
  /** Absent: not read (yet), or the store does not let us. */
  readonly locations?: readonly StoreLocation[];
}

export interface StoreLocation {
  readonly locationId: number;
  readonly label: string;
  readonly enabled: boolean;
}

export interface MerchantFacts {
  readonly merchantId: MerchantId;
  readonly currency: string;
  /** Prices include tax (VAT). */
  readonly vat: boolean;
}

/** Why a field of a register cannot be compared with the web's; undefined when it can. */
export function incomparable(
  field: Field,
  register: Pick<RegisterMirror, 'isGrouped' | 'followsStock' | 'priceType'>,
  store: StoreFacts,
  merchant: MerchantFacts | undefined,
  convertsTax = false,
): string | undefined {
  if (field === 'name' && register.isGrouped) return 'Clover names the items of a group itself';
  if (field === 'availability' && register.followsStock)
    return 'its availability follows its stock';
  if (field !== 'price' && field !== 'cost') return undefined;
  if (merchant !== undefined && merchant.currency !== store.currency) {
    return `BigCommerce counts in ${store.currency}, Clover in ${merchant.currency}`;
  }
  if (field === 'cost') return undefined;
  if (register.priceType !== 'FIXED') return `its price is ${register.priceType} and not fixed`;
  if (merchant !== undefined && merchant.vat !== store.pricesIncludeTax && !convertsTax) {
    const [includes, excludes] = merchant.vat
      ? ['Clover', 'BigCommerce']
      : ['BigCommerce', 'Clover'];
    return `${includes} prices include tax, ${excludes} prices do not`;
  }
  return undefined;
}

/** A variant's name is made of its product and options; what else stands on the product is no variant's to change. */
const FIXED_IN_VARIANTS: readonly Field[] = ['name', 'visibility', 'categories', 'taxClass'];

export function webFields(row: WebMirror): FieldRow {
  const { platform, id, values, modifiedMs } = row;
  return { platform, id, values, modifiedMs, fixed: row.isBase ? [] : FIXED_IN_VARIANTS };
}

/** Without the fields that cannot be compared. */
export function registerFields(
  row: RegisterMirror,
  store: StoreFacts,
  merchant: MerchantFacts | undefined,
  convertsTax = false,
): FieldRow {
  const { platform, id, modifiedMs } = row;
  const values = Object.fromEntries(
    Object.entries(row.values).filter(
      ([field]) => incomparable(field as Field, row, store, merchant, convertsTax) === undefined,
    ),
  );
  return { platform, id, values, modifiedMs, fixed: [] };
}
