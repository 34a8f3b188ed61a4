/**
 * The audit (C6): what in both catalogs, or in the platforms' settings, stands in the way of keeping them in step, each
 * with its severity, its rows, plain words and the way to mend it. Rows are looked at one after the other, so that only
 * SKUs, names and the first rows of each finding stand in memory.
 */
import type { MerchantFacts, MirrorRow, RegisterMirror, StoreFacts, WebMirror } from './mirror.ts';
import { incomparable } from './mirror.ts';
import { BARCODE_CHARS_MAX, NAME_CHARS_MAX, plainText } from './fields.ts';
import { FINDINGS, type FindingCode, type FindingText } from './findings.ts';
import { SKU_CHARS_MAX } from './cleanup-request.ts';
import { looseSku } from './text.ts';

export interface FindingRow {
  readonly platform: 'bigcommerce' | 'clover';
  /** Variant id, `{merchantId}:{itemId}`, or what else the finding is about. */
  readonly row: string;
  readonly sku: string;
  readonly name: string;
  readonly detail: string;
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
}

export interface AuditedMerchant extends MerchantFacts {
  readonly name: string;
  readonly trackStock: boolean;
  readonly updateStock: boolean;
}

/** A link with the rows that it joins. */
export interface AuditedLink {
  readonly web: WebMirror | undefined;
  readonly registers: readonly RegisterMirror[];
}

export interface Audit {
  row(row: MirrorRow, isLinked: boolean): void;
  link(link: AuditedLink): void;
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
  return {
    row(row, isLinked) {
      if (row.platform === 'bigcommerce') auditWeb(row, add);
      else auditRegister(row, add);
      skus.take(row, isLinked);
    },
    link: (link) => auditLink(link, facts, add),
    findings() {
      skus.report(add);
      return [...found]
        .map(([code, { count, rows }]) => ({ code, ...FINDINGS[code], count, rows }))
        .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    },
  };
}

type Add = (code: FindingCode, row: FindingRow) => void;

const SEVERITIES = ['error', 'warning', 'info'] as const;

function auditSettings({ store, merchants, missingScopes }: AuditFacts, add: Add): void {
  for (const merchant of merchants) {
    const row = (detail: string): FindingRow => ({
      platform: 'clover',
      row: merchant.merchantId,
      sku: '',
      name: merchant.name,
      detail,
    });
    if (!merchant.trackStock) add('track_stock_off', row('trackStock is off'));
    else if (!merchant.updateStock) add('update_stock_off', row('updateStock is off'));
    if (store === null) continue;
    if (merchant.currency !== store.currency) {
      add('currency_mismatch', row(`${merchant.currency}, the store counts in ${store.currency}`));
    }
    if (merchant.vat !== store.pricesIncludeTax) {
      const [one, other] = merchant.vat ? ['with', 'without'] : ['without', 'with'];
      add('tax_inclusive_mismatch', row(`Clover prices are ${one} tax, the store's ${other}`));
    }
  }
  for (const scope of missingScopes) {
    add('scope_missing', { platform: 'bigcommerce', row: scope, sku: '', name: '', detail: scope });
  }
}

function rowOf(row: MirrorRow, detail: string): FindingRow {
  const { platform, id, sku, values } = row;
  return { platform, row: id, sku, name: String(values.name ?? ''), detail };
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

function auditLink({ web, registers }: AuditedLink, facts: AuditFacts, add: Add): void {
  if (web === undefined) return;
  for (const register of registers) {
    const merchant = facts.merchants.find(({ merchantId }) => merchantId === register.merchantId);
    if (register.isGrouped === web.isBase) {
      const detail = web.isBase
        ? 'a variant of an item group, the product has no options'
        : 'a simple item, the product has options';
      add('structure_mismatch', rowOf(register, detail));
    }
    const sale = web.values.salePrice;
    const shown = typeof sale === 'number' ? sale : web.values.price;
    const isComparable =
      facts.store !== null && incomparable('price', register, facts.store, merchant) === undefined;
    if (isComparable && register.values.price !== shown) {
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
