import { describe, expect, it } from 'vitest';
import { newAudit, type AuditFacts } from '../../src/domain/catalog/audit.ts';
import type { RegisterMirror, WebMirror } from '../../src/domain/catalog/mirror.ts';
import { M1 as M, registerMirror as item, webMirror as web } from '../support/catalog.ts';
import { csvLines } from '../../src/domain/csv.ts';

const FACTS: AuditFacts = {
  store: { currency: 'USD', decimals: 2, pricesIncludeTax: false },
  merchants: [
    {
      merchantId: M,
      name: 'Shop',
      currency: 'USD',
      vat: false,
      trackStock: true,
      updateStock: true,
      planCode: 'REGISTER',
      hasAccess: true,
    },
  ],
  missingScopes: [],
  poolLocations: [1],
  planLevel: 'Standard',
  refusals: [],
};

function codes(
  rows: readonly (WebMirror | RegisterMirror)[],
  facts: AuditFacts = FACTS,
): Record<string, number> {
  const audit = newAudit(facts);
  for (const row of rows) audit.row(row, false);
  return Object.fromEntries(audit.findings().map(({ code, count }) => [code, count]));
}

describe('the audit', () => {
  it('[C6] says nothing about two catalogs that agree', () => {
    const audit = newAudit(FACTS);
    const pair = [web(1, 'A'), item('a', 'A')] as const;
    for (const row of pair) audit.row(row, true);
    audit.link({ web: pair[0], registers: [pair[1]] });
    expect(audit.findings()).toEqual([]);
  });

  it('[C6] finds duplicate, blank and look-alike SKUs, and what one side lacks', () => {
    const rows = [
      web(1, '00123'),
      web(2, ''),
      web(3, 'ONLY-WEB'),
      item('a', '123'),
      item('b', 'TWIN'),
      item('c', 'TWIN'),
    ];
    expect(codes(rows)).toEqual({
      duplicate_sku: 1,
      blank_sku: 1,
      look_alike_sku: 1,
      only_web: 1,
      only_register: 1,
    });
  });

  it('[C6] finds what is wrong with tracking, structure and a SKU of product and variant', () => {
    const variant = web(2, 'V', { isBase: false, tracking: 'product', productSku: 'V' });
    const found = codes([web(1, 'A', { tracking: 'none' }), variant]);
    expect(found).toMatchObject({ tracking_off: 1, counted_per_product: 1, sku_of_product_too: 1 });
    const audit = newAudit(FACTS);
    audit.link({ web: variant, registers: [item('a', 'V')] });
    audit.link({ web: web(3, 'B'), registers: [item('b', 'B', { isGrouped: true })] });
    expect(audit.findings()).toMatchObject([{ code: 'structure_mismatch', count: 2 }]);
  });

  it.each([
    ['name_with_emoji', { name: 'Tea 🍵' }],
    ['name_with_html', { name: 'Tea <b>hot</b>' }],
    ['name_with_odd_spaces', { name: 'Tea\u0007 hot' }],
    ['name_too_long', { name: 'x'.repeat(128) }],
    ['price_zero', { name: 'Tea', price: 0 }],
    ['price_negative', { name: 'Tea', price: -1 }],
  ])('[C6] finds bad data: %s', (code, values) => {
    expect(codes([web(1, 'A', { values })])).toMatchObject({ [code]: 1 });
  });

  it('[C6] finds prices that differ, and none where they cannot be compared', () => {
    const audit = newAudit(FACTS);
    const cheap = { values: { name: 'b', price: 900 } };
    audit.link({ web: web(1, 'A'), registers: [item('a', 'A', cheap)] });
    const sold = { name: 'B', price: 1_000, salePrice: 900 };
    audit.link({ web: web(2, 'B', { values: sold }), registers: [item('b', 'B', cheap)] });
    const weighed = item('c', 'C', { ...cheap, priceType: 'PER_UNIT' });
    audit.link({ web: web(3, 'C'), registers: [weighed] });
    expect(audit.findings()).toMatchObject([{ code: 'price_difference', count: 1 }]);
  });

  it('[C6] finds settings of the platforms that stand in the way, the worst first', () => {
    const [merchant] = FACTS.merchants;
    if (merchant === undefined) throw new Error('no merchant');
    const other = { ...merchant, trackStock: false, vat: true, currency: 'EUR' };
    const audit = newAudit({ ...FACTS, merchants: [other], missingScopes: ['read orders'] });
    audit.row(web(1, 'A'), false);
    const found = audit.findings();
    expect(found.map(({ code }) => code).toSorted()).toEqual([
      'currency_mismatch',
      'only_web',
      'scope_missing',
      'tax_inclusive_mismatch',
      'track_stock_off',
    ]);
    expect(found.at(-1)?.severity).toBe('info');
    expect(found.every(({ title, fix }) => title !== '' && fix !== '')).toBe(true);
  });

  it('[C6] finds limits of plans and locations, missing permissions, and counts that differ', () => {
    const [merchant] = FACTS.merchants;
    if (merchant === undefined || FACTS.store === null) throw new Error('no merchant');
    const locations = [1, 2, 3, 4].map((locationId) => ({
      locationId,
      label: `Place ${locationId}`,
      enabled: locationId !== 3,
    }));
    const facts: AuditFacts = {
      ...FACTS,
      store: { ...FACTS.store, locations },
      merchants: [{ ...merchant, planCode: 'ESSENTIALS', hasAccess: false }],
      poolLocations: [1, 2, 3, 9],
      refusals: [{ platform: 'clover', message: 'orders' }],
    };
    const audit = newAudit(facts);
    audit.row(web(1, 'A', { isBase: false, productSku: '', tracking: 'variant' }), true);
    audit.count({ platform: 'clover', place: 'clover:M', sku: 'A', detail: '3, should be 4' });
    const found = Object.fromEntries(audit.findings().map(({ code, count }) => [code, count]));
    expect(found).toEqual({
      access_ended: 1,
      permission_missing: 1,
      // Location 3 is off, 9 does not exist.
      location_off: 2,
      default_location_only: 3,
      count_difference: 1,
      plan_without_groups: 1,
      location_cap: 1,
    });
    // Without options on the web nobody needs item groups; a larger plan allows more; what was not read is not judged.
    const simple = newAudit({ ...facts, planLevel: 'Enterprise', store: FACTS.store });
    simple.row(web(1, 'A'), true);
    const codesOf = simple.findings().map(({ code }) => code);
    expect(codesOf).not.toContain('plan_without_groups');
    expect(codesOf).not.toContain('location_cap');
    expect(codesOf).not.toContain('location_off');
  });

  it('[C6] finds SKUs of one side that look alike, too', () => {
    expect(codes([item('a', 'AB 1'), item('b', 'ab1'), item('c', 'AB 1')])).toMatchObject({
      look_alike_sku: 1,
      duplicate_sku: 1,
    });
  });

  it('[C6] names the first rows of a finding and counts all of them', () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => web(index + 1, ''));
    const audit = newAudit(FACTS);
    for (const row of rows) audit.row(row, false);
    const [finding] = audit.findings();
    expect(finding).toMatchObject({ code: 'blank_sku', count: 1_000 });
    expect(finding?.rows).toHaveLength(200);
  });
});

it('[C6] a cell of the CSV is text, whatever a spreadsheet would make of it', () => {
  expect(csvLines([['=1+1', 'a"b', 'c,d']])).toBe(`'=1+1,"a""b","c,d"\r\n`);
});
