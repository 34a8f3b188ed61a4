import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newCleanup } from '../../src/domain/catalog/cleanup-plan.ts';
import {
  DEFAULT_PATTERN,
  patternProblem,
  skuByPattern,
  type CleanupRequest,
} from '../../src/domain/catalog/cleanup-request.ts';
import { csvLines, parseCsv } from '../../src/domain/csv.ts';
import type { MirrorRow } from '../../src/domain/catalog/mirror.ts';
import type { FirstCount, Operation } from '../../src/domain/catalog/plan.ts';
import { planUndo } from '../../src/domain/catalog/undo-plan.ts';
import { M1, M2, registerMirror as item, webMirror as web } from '../support/catalog.ts';

const REQUEST: CleanupRequest = {
  rules: [],
  side: 'both',
  pattern: DEFAULT_PATTERN,
  letterCase: 'upper',
  believe: 'bigcommerce',
};

function planned(
  rows: readonly MirrorRow[],
  request: Partial<CleanupRequest>,
  links: readonly (readonly [MirrorRow, MirrorRow])[] = [],
  counts: readonly FirstCount[] = [],
): Operation[] {
  const cleanup = newCleanup({ ...REQUEST, ...request }, () => counts);
  for (const row of rows) cleanup.see(row);
  const linked = (row: MirrorRow) =>
    links.flatMap(([a, b]) => (a === row ? [b] : b === row ? [a] : []));
  return rows.flatMap((row) => cleanup.plan(row, linked(row)));
}

/** Outcome and new value by row id. */
const outcomes = (operations: readonly Operation[]) =>
  Object.fromEntries(
    operations.map(({ outcome, payload }, index) =>
      payload?.do === 'cleanup'
        ? [payload.rowId, `${outcome} ${payload.after}`]
        : [`left ${index}`, outcome],
    ),
  );

const blankWeb = (id: number, name: string) =>
  web(id, '', { values: { name, price: 1, barcode: null } });

describe('the pattern', () => {
  it('[C6] is refused where it cannot make one SKU per row, with the reason', () => {
    expect(['A-{n}', '{id}', '{name}-{n:5}', '{productId}/{id}'].map(patternProblem)).toEqual(
      Array.from({ length: 4 }, () => null),
    );
    for (const bad of ['A', '{name}', '{N}', '{n:0}', '{n', ' {n}', '{n}}']) {
      expect(patternProblem(bad), bad).not.toBeNull();
    }
  });

  it('[C6] names rows by what they are', () => {
    const shirt = web(7, '', { productId: 3, values: { name: 'Écharpe bleue (Size: M)' } });
    expect(skuByPattern('{name}-{productId}-{id}-{n:3}', shirt, 12)).toBe(
      'ECHARPE-BLEUE-M-3-7-012',
    );
  });
});

describe('a clean-up', () => {
  it('[C6] trims, re-cases and generates in one operation per row, and gives no SKU twice', () => {
    const rows = [
      web(1, ' ab-1 '),
      blankWeb(2, 'Mug'),
      web(3, 'SKU-00001'),
      blankWeb(4, 'Cup'),
      item('a', 'ab-1'),
      item('b', 'x\t'),
      item('c', 'X'),
    ];
    const rules = ['trim_skus', 'recase_skus', 'generate_skus'] as const;
    const operations = planned(rows, { rules });
    expect(outcomes(operations)).toEqual({
      '1': 'planned AB-1',
      '2': 'planned SKU-00002',
      '4': 'planned SKU-00003',
      [`${M1}:a`]: 'planned AB-1',
      // Two items of one merchant would have the same SKU.
      'left 4': 'skipped',
    });
    expect(operations[0]).toMatchObject({
      kind: 'sku',
      before: { places: [{ platform: 'bigcommerce', row: '1', fields: { sku: ' ab-1 ' } }] },
      after: { places: [{ fields: { sku: 'AB-1' } }] },
    });
    expect(planned(rows, { rules, side: 'clover' }).map(({ sku }) => sku)).toEqual(['ab-1', 'x\t']);
  });

  it('[C6] writes look-alikes as the believed side does; zeros are asked about, what is unclear is left', () => {
    const rows = [
      web(1, 'Mug-1'),
      web(2, '00123'),
      web(3, 'AB'),
      web(4, 'A B'),
      web(5, 'solo'),
      item('a', 'MUG-1'),
      item('b', '123'),
      item('c', 'a b'),
      item('d', 'solo'),
      item('e', 'MUG 1', { merchantId: M2, id: `${M2}:e` }),
      item('f', 'twin', {}),
      item('g', ' twin', {}),
      web(6, 'TWIN'),
    ];
    const found = planned(rows, { rules: ['align_skus'] });
    expect(outcomes(found)).toEqual({
      [`${M1}:a`]: 'planned Mug-1',
      [`${M1}:b`]: 'open 00123',
      'left 2': 'skipped',
      'left 3': 'skipped',
      'left 4': 'skipped',
    });
    const [first, second] = [web(1, 'AB'), item('a', 'A B')];
    // A link says which of the look-alikes it is.
    const linked = planned([first, web(2, '0AB'), second], { rules: ['align_skus'] }, [
      [first, second],
    ]);
    expect(outcomes(linked)).toEqual({ [`${M1}:a`]: 'planned AB' });
  });

  it('[C6] gives a linked row without a SKU the one of its counterpart', () => {
    const pair = [blankWeb(1, 'Mug'), item('a', 'POS-9')] as const;
    const operations = planned(pair, { rules: ['generate_skus'] }, [pair]);
    expect(outcomes(operations)).toEqual({ '1': 'planned POS-9' });
  });

  it('[C6] copies a barcode to the side that has none, where it fits and is the only one', () => {
    const code = (barcode: string | null) => ({ values: { name: 'x', price: 1, barcode } });
    const rows = [
      web(1, 'A', code('4006381333931')),
      web(2, 'B', code(null)),
      web(3, 'C', code(null)),
      web(4, 'D', code('1')),
      item('a', 'A', code(null)),
      item('b', 'B', code('123456789012345')),
      item('c', 'C', code('5')),
      item('c2', 'C', { ...code('6'), merchantId: M2, id: `${M2}:c2` }),
      item('d', 'D', code('2')),
    ];
    expect(outcomes(planned(rows, { rules: ['copy_barcodes'] }))).toEqual({
      [`${M1}:a`]: 'planned 4006381333931',
      'left 0': 'skipped',
      'left 1': 'skipped',
    });
  });

  it('[C6] turns tracking on once per product, and asks where nobody counts it', () => {
    const rows = [
      web(1, 'A', { tracking: 'none' }),
      web(2, 'B', { tracking: 'none', productId: 9, isBase: false }),
      web(3, 'C', { tracking: 'none', productId: 9, isBase: false }),
      web(4, 'D', { tracking: 'none', type: 'digital' }),
      web(5, 'E'),
    ];
    const rules = ['turn_tracking_on'] as const;
    const operations = planned(rows, { rules });
    expect(outcomes(operations)).toEqual({ '1': 'open product', '2': 'open variant' });
    const item1 = { merchantId: M1, itemId: 'a' };
    const count = {
      sku: 'A',
      variantId: 1,
      locationId: 1,
      level: 4,
      items: [item1],
      isShared: false,
    };
    const [counted] = planned(rows.slice(0, 1), { rules }, [], [count]);
    expect(counted).toMatchObject({ outcome: 'planned', payload: { counts: [count] } });
    expect(counted?.reason).toContain('A: 4');
    // Taking it back is the same write the other way round, without the count.
    const undone = planUndo({ sku: 'A', before: 1, after: 2, payload: counted?.payload ?? null });
    expect(undone).toMatchObject({
      kind: 'tracking',
      payload: { before: 'product', after: 'none' },
    });
    expect(undone?.payload).not.toHaveProperty('counts');
  });

  it('[C6] whatever the rows are: no two rows of an account end with one SKU that had two, and a second clean-up finds nothing', () => {
    const sku = fc.constantFrom(
      '',
      ' ',
      'a',
      'A',
      ' a',
      'b ',
      '0a',
      '00A',
      'SKU-00001',
      'sku-00002',
    );
    const rowsOf = fc.array(fc.tuple(sku, fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(
        rowsOf,
        fc.subarray(['generate_skus', 'trim_skus', 'recase_skus', 'align_skus'] as const, {
          minLength: 1,
        }),
        (drawn, rules) => {
          const rows = drawn.map(([text, isWeb], at) =>
            isWeb ? web(at, text, { productSku: '' }) : item(String(at), text),
          );
          const after = (list: readonly MirrorRow[]): MirrorRow[] => {
            const news = new Map(
              planned(list, { rules }).flatMap(({ payload, outcome }) =>
                payload?.do === 'cleanup' && outcome === 'planned'
                  ? [[payload.rowId, payload.after ?? '']]
                  : [],
              ),
            );
            return list.map((row) => ({ ...row, sku: news.get(row.id) ?? row.sku }));
          };
          const once = after(rows);
          const heldBy = (list: readonly MirrorRow[]) =>
            Map.groupBy(
              list.filter((row) => row.sku.trim() !== ''),
              (row) => `${row.platform}:${row.sku.toLowerCase()}`,
            );
          const before = heldBy(rows);
          for (const [key, own] of heldBy(once)) {
            if (own.length > 1) expect(before.get(key)?.length ?? 0, key).toBeGreaterThan(1);
          }
          const twice = after(once);
          expect(twice.map((row) => row.sku)).toEqual(once.map((row) => row.sku));
        },
      ),
    );
  });
});

describe('a file of decisions', () => {
  it('[C5] is read as it was written, whatever stands in its cells, with the number of each line', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', '=', "'", '-', 'é'),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
        (rows) => {
          const kept = rows.filter((cells) => cells.some((text) => text.trim() !== ''));
          // An apostrophe before a formula is what the writer adds; one that stood there is taken for it.
          fc.pre(!kept.flat().some((text) => /^'[=+\-@\t\r]/u.test(text)));
          expect(parseCsv(csvLines(rows)).map(({ cells }) => cells)).toEqual(kept);
        },
      ),
    );
    expect(parseCsv('\uFEFFa,b\n"x\ny",1\n\nlast,')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['x\ny', '1'] },
      { line: 5, cells: ['last', ''] },
    ]);
  });
});
