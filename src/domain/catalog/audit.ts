/**
 * The audit (C6): what in both catalogs, or in the platforms' settings, stands in the way of keeping them in step, each
 * with its severity, its rows, plain words and the way to mend it. Rows are looked at one after the other, so that only
 * SKUs, names and the first rows of each finding stand in memory.
 */
import type { Platform } from '../ids.ts';
import type { MerchantFacts, MirrorRow, RegisterMirror, StoreFacts, WebMirror } from './mirror.ts';
import { incomparable } from './mirror.ts';
import { BARCODE_CHARS_MAX, NAME_CHARS_MAX, plainText } from './fields.ts';
import { FINDINGS, type FindingCode, type FindingText } from './findings.ts';
import { SKU_CHARS_MAX } from './cleanup-request.ts';
import { looseSku } from './text.ts';
import { convertsTax, forRegister, type RegisterForm } from './transforms.ts';

export interface FindingRow {
  readonly platform: 'bigcommerce' | 'clover';
  /** Variant id, `{merchantId}:{itemId}`, or what else the finding is about. */
  readonly row: string;
  readonly sku: string;
  readonly name: string;
  readonly detail: string;
  /** The product that the row belongs to, where BigCommerce has a page of it. */
  readonly productId?: number;
}

export interface Finding extends FindingText {
  readonly code: FindingCode;
  /** All of them; `rows` has the first ones. */
  readonly count: number;
  readonly rows: readonly FindingRow[];
}

export interface AuditFacts {
  /** null: the store was never asked what its amounts mean, so prices are not compared. */
  readonly store: StoreFacts | null;
  readonly merchants: readonly AuditedMerchant[];
  /** What the store did not grant, in words. */
  readonly missingScopes: readonly string[];
  /** Locations of the pools in use. */
  readonly poolLocations: readonly number[];
  /** `Standard`, `Plus`, `Pro`, `Enterprise`, …; '' when the store told none. */
  readonly planLevel: string;
  /** How the register says what the web says: left out, as it stands. */
  readonly form?: RegisterForm;
  /** Open failures of missing permissions. */
  readonly refusals: readonly { readonly platform: Platform; readonly message: string }[];
}

export interface AuditedMerchant extends MerchantFacts {
  readonly name: string;
  readonly trackStock: boolean;
  readonly updateStock: boolean;
  /** Its service plan; '' when Clover told none. */
  readonly planCode: string;
  /** false: Clover does not take our token any more. */
  readonly hasAccess: boolean;
}

/** A level that is not as it should be, in words. */
export interface AuditedCount {
  readonly platform: Platform;
  readonly place: string;
  readonly sku: string;
  readonly detail: string;
}

/** A link with the rows that it joins. */
export interface AuditedLink {
  /** A side of it was deleted; its rows may be in the mirrors still. */
  readonly isBroken?: boolean;
  readonly web: WebMirror | undefined;
  readonly registers: readonly RegisterMirror[];
}

export interface Audit {
  row(row: MirrorRow, isLinked: boolean): void;
  link(link: AuditedLink): void;
  count(count: AuditedCount): void;
  /** Most severe first. */
  findings(): Finding[];
}

/** Rows named per finding; the count says how many there are. */
const ROWS_MAX = 200;

export function newAudit(facts: AuditFacts): Audit {
  const found = new Map<FindingCode, { count: number; rows: FindingRow[] }>();
  const add: Add = (code, row) => {
    const known = found.get(code) ?? { count: 0, rows: [] };
    known.count += 1;
    if (known.rows.length < ROWS_MAX) known.rows.push(row);
    found.set(code, known);
  };
  auditSettings(facts, add);
  const skus = newSkus();
  let hasOptions = false;
  return {
    row(row, isLinked) {
      hasOptions ||= row.platform === 'bigcommerce' && !row.isBase;
      if (row.platform === 'bigcommerce') auditWeb(row, add);
      else auditRegister(row, add);
      skus.take(row, isLinked);
    },
    link: (link) => auditLink(link, facts, add),
    count: ({ platform, place, sku, detail }) =>
      add('count_difference', { platform, row: place, sku, name: '', detail }),
    findings() {
      if (hasOptions) auditPlans(facts, add);
      skus.report(add);
      return [...found]
        .map(([code, { count, rows }]) => ({ code, ...FINDINGS[code], count, rows }))
        .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    },
  };
}

type Add = (code: FindingCode, row: FindingRow) => void;

const SEVERITIES = ['error', 'warning', 'info'] as const;

function auditSettings(facts: AuditFacts, add: Add): void {
  for (const merchant of facts.merchants) auditMerchant(merchant, facts, add);
  for (const scope of facts.missingScopes) add('scope_missing', settingRow(scope, scope));
  for (const { platform, message } of facts.refusals) {
    add('permission_missing', { platform, row: '', sku: '', name: '', detail: message });
  }
  auditLocations(facts, add);
}

function settingRow(row: string, detail: string, name = ''): FindingRow {
  return { platform: 'bigcommerce', row, sku: '', name, detail };
}

function merchantRow(merchant: AuditedMerchant, detail: string): FindingRow {
  const { merchantId: row, name } = merchant;
  return { platform: 'clover', row, sku: '', name, detail };
}

function isConverted({ form }: AuditFacts): boolean {
  return form !== undefined && convertsTax(form.transforms, form.owners);
}

function auditMerchant(merchant: AuditedMerchant, facts: AuditFacts, add: Add): void {
  const { store } = facts;
  const row = (detail: string): FindingRow => merchantRow(merchant, detail);
  if (!merchant.hasAccess) add('access_ended', row('Clover refuses the token'));
  if (!merchant.trackStock) add('track_stock_off', row('trackStock is off'));
  else if (!merchant.updateStock) add('update_stock_off', row('updateStock is off'));
  if (store === null) return;
  if (merchant.currency !== store.currency) {
    add('currency_mismatch', row(`${merchant.currency}, the store counts in ${store.currency}`));
  }
  if (merchant.vat !== store.pricesIncludeTax && !isConverted(facts)) {
    const [one, other] = merchant.vat ? ['with', 'without'] : ['without', 'with'];
    add('tax_inclusive_mismatch', row(`Clover prices are ${one} tax, the store's ${other}`));
  }
}

/** The default shipping origin, which every store has (bigcommerce.md 5). */
const DEFAULT_LOCATION_ID = 1;
/** Locations that a plan allows (bigcommerce.md 5). */
const LOCATIONS_MAX: Readonly<Record<string, number>> = {
  standard: 4,
  plus: 5,
  pro: 8,
  enterprise: 100,
};

function auditLocations({ store, poolLocations, planLevel }: AuditFacts, add: Add): void {
  const known = store?.locations;
  for (const locationId of poolLocations) {
    const location = known?.find((each) => each.locationId === locationId);
    const row = (detail: string) => settingRow(String(locationId), detail, location?.label ?? '');
    if (known !== undefined && location?.enabled !== true) {
      add('location_off', row(location === undefined ? 'there is no such location' : 'it is off'));
    }
    if (locationId !== DEFAULT_LOCATION_ID) {
      add('default_location_only', row('it is not the default location'));
    }
  }
  const most = LOCATIONS_MAX[planLevel.toLowerCase()];
  if (known === undefined || most === undefined || known.length < most) return;
  add(
    'location_cap',
    settingRow(planLevel, `${known.length} of ${most} locations of plan ${planLevel}`),
  );
}

/** Plans with simple inventory have no item groups (clover.md 1); their codes are not documented, so by their names. */
function auditPlans({ merchants }: AuditFacts, add: Add): void {
  for (const merchant of merchants) {
    if (/essential|register.?lite|payments/iu.test(merchant.planCode)) {
      add('plan_without_groups', merchantRow(merchant, `plan ${merchant.planCode}`));
    }
  }
}

function rowOf(row: MirrorRow, detail: string): FindingRow {
  const { platform, id, sku, values } = row;
  const product = platform === 'bigcommerce' ? { productId: row.productId } : {};
  return { platform, row: id, sku, name: String(values.name ?? ''), detail, ...product };
}

function auditWeb(row: WebMirror, add: Add): void {
  if (row.sku.trim() === '') add('blank_sku', rowOf(row, 'no SKU'));
  if (row.sku.length > SKU_CHARS_MAX) {
    add('sku_too_long', rowOf(row, `${row.sku.length} characters, Clover holds ${SKU_CHARS_MAX}`));
  }
  if (row.type !== 'digital' && row.tracking === 'none') {
    add('tracking_off', rowOf(row, 'inventory is not tracked'));
  }
  if (!row.isBase && row.tracking === 'product') {
    add('counted_per_product', rowOf(row, `product ${row.productId} is counted as a whole`));
  }
  if (!row.isBase && row.sku !== '' && row.sku === row.productSku) {
    add('sku_of_product_too', rowOf(row, `product ${row.productId} has the SKU too`));
  }
  auditName(row, 'clover', add);
  auditAmounts(row, add);
}

function auditRegister(row: RegisterMirror, add: Add): void {
  if (row.sku.trim() === '') add('blank_sku', rowOf(row, 'no SKU'));
  if (row.priceType !== 'FIXED') add('price_not_fixed', rowOf(row, row.priceType));
  const barcode = String(row.values.barcode ?? '');
  if (barcode.length > BARCODE_CHARS_MAX.bigcommerce) {
    const longest = BARCODE_CHARS_MAX.bigcommerce;
    add(
      'barcode_too_long',
      rowOf(row, `${barcode.length} characters, BigCommerce holds ${longest}`),
    );
  }
  auditName(row, 'bigcommerce', add);
  if (row.priceType === 'FIXED') auditAmounts(row, add);
}

function auditName(row: MirrorRow, other: 'bigcommerce' | 'clover', add: Add): void {
  const name = String(row.values.name ?? '');
  const longest = NAME_CHARS_MAX[other];
  if (name.length > longest) {
    add('name_too_long', rowOf(row, `${name.length} characters, the other side holds ${longest}`));
  }
  if (/<[a-z/][^>]*>|&[a-z]+;|&#\d+;/iu.test(name)) add('name_with_html', rowOf(row, 'HTML'));
  if (name !== plainText(name, name.length)) {
    add('name_with_odd_spaces', rowOf(row, 'control characters, or spaces at its ends or in rows'));
  }
  if (/\p{Extended_Pictographic}/u.test(name.replaceAll(/[©®™]/gu, ''))) {
    add('name_with_emoji', rowOf(row, 'emoji: a receipt printer may not have it'));
  }
}

function auditAmounts(row: MirrorRow, add: Add): void {
  const { price } = row.values;
  if (typeof price !== 'number') return;
  if (price === 0) add('price_zero', rowOf(row, 'the price is 0'));
  if (price < 0) add('price_negative', rowOf(row, `the price is ${price}`));
  if (row.platform === 'bigcommerce' && row.isRounded) {
    add('price_rounded', rowOf(row, `more decimals than the currency has: counts as ${price}`));
  }
}

/** The row that is still on sale although its counterpart was deleted; undefined: there is none. */
export function leftOf({ isBroken = false, web, registers }: AuditedLink): MirrorRow | undefined {
  const [register] = registers;
  if (web !== undefined && register !== undefined && !isBroken) return undefined;
  const left = register ?? web;
  const isOff = left?.values.visibility === false || left?.values.availability === false;
  return isOff ? undefined : left;
}

function auditLink(
  { isBroken = false, web, registers }: AuditedLink,
  facts: AuditFacts,
  add: Add,
): void {
  const left = leftOf({ isBroken, web, registers });
  if (left !== undefined) add('deleted_on_one_side', rowOf(left, 'its counterpart is gone'));
  if (web === undefined || isBroken) return;
  for (const register of registers) {
    const merchant = facts.merchants.find(({ merchantId }) => merchantId === register.merchantId);
    if (register.isGrouped === web.isBase) {
      const detail = web.isBase
        ? 'a variant of an item group, the product has no options'
        : 'a simple item, the product has options';
      add('structure_mismatch', rowOf(register, detail));
    }
    const sale = web.values.salePrice;
    const own = typeof sale === 'number' ? sale : web.values.price;
    const { store, form } = facts;
    if (store === null || own === undefined) continue;
    if (incomparable('price', register, store, merchant, isConverted(facts)) !== undefined)
      continue;
    const sides = {
      sku: web.sku,
      webIncludesTax: store.pricesIncludeTax,
      registerIncludesTax: merchant?.vat ?? null,
    };
    const formed =
      form === undefined
        ? undefined
        : forRegister('price', own, form.transforms, form.owners, sides);
    const shown = formed ?? own;
    if (register.values.price !== shown) {
      const detail = `${String(register.values.price)} at Clover, ${String(shown)} on the web (minor units)`;
      add('price_difference', rowOf(register, detail));
    }
  }
}

interface SkuSeen {
  sku: string;
  isLinked: boolean;
  first: FindingRow;
}

/** SKUs and names seen so far: duplicates, look-alikes and rows without a counterpart come out of them. */
function newSkus() {
  const web = new Map<string, SkuSeen>();
  const registers = new Map<string, SkuSeen>();
  const names = new Map<string, FindingRow>();
  const seenLooks = new Map<string, string>();
  const twins: [FindingCode, FindingRow][] = [];
  const alike = (skus: Map<string, SkuSeen>): Map<string, SkuSeen> =>
    new Map([...skus.values()].map((seen) => [looseSku(seen.sku), seen]));
  return {
    take(row: MirrorRow, isLinked: boolean): void {
      const merchant = row.platform === 'clover' ? row.merchantId : '';
      const name = `${merchant}:${String(row.values.name ?? '').toLowerCase()}`;
      if (row.platform === 'clover' && !row.isGrouped) {
        if (names.has(name))
          twins.push(['duplicate_name', rowOf(row, 'another item has its name')]);
        else names.set(name, rowOf(row, ''));
      }
      if (row.sku.trim() === '') return;
      const skus = row.platform === 'bigcommerce' ? web : registers;
      const key = `${merchant}:${row.sku}`;
      const known = skus.get(key);
      if (known === undefined) skus.set(key, { sku: row.sku, isLinked, first: rowOf(row, '') });
      else twins.push(['duplicate_sku', rowOf(row, `${known.first.row} has the same SKU`)]);
      const looks = `${row.platform}:${merchant}:${looseSku(row.sku)}`;
      const before = seenLooks.get(looks);
      if (before === undefined) seenLooks.set(looks, row.sku);
      else if (before !== row.sku && known === undefined) {
        twins.push(['look_alike_sku', rowOf(row, `"${before}" looks like it on the same side`)]);
      }
    },
    report(add: Add): void {
      for (const [code, row] of twins) add(code, row);
      const [webAlike, registerAlike] = [alike(web), alike(registers)];
      const sides = [
        [web, registerAlike, 'only_web'],
        [registers, webAlike, 'only_register'],
      ] as const;
      for (const [own, others, orphan] of sides) {
        for (const { sku, isLinked, first } of own.values()) {
          if (isLinked) continue;
          const other = others.get(looseSku(sku));
          if (other === undefined)
            add(orphan, { ...first, detail: 'the other side has no such SKU' });
          else if (other.sku !== sku && own === web) {
            add('look_alike_sku', { ...first, detail: `"${sku}" here, "${other.sku}" there` });
          }
        }
      }
    },
  };
}
