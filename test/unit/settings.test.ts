import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applySettingsPatch,
  defaultSettings,
  resolveSettings,
  settingsSchema,
} from '../../src/settings.ts';
import * as z from 'zod';

function patched(saved: Record<string, unknown>, patch: unknown) {
  const result = applySettingsPatch(saved, patch);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

function problems(saved: Record<string, unknown>, patch: unknown) {
  const result = applySettingsPatch(saved, patch);
  return result.ok ? [] : result.failure.details;
}

describe('defaults', () => {
  it('keep a merchant safe: nothing is copied, created or pushed before somebody says so', () => {
    expect(defaultSettings.catalog.enabled).toBe(false);
    expect(defaultSettings.catalog.createMissing).toEqual({ bigcommerce: false, clover: false });
    expect(defaultSettings.orders.webToClover.enabled).toBe(false);
    expect(defaultSettings.orders.inStoreSales).toBe('stock-only');
    expect(defaultSettings.customers.enabled).toBe(false);
    expect(defaultSettings.stock).toMatchObject({
      direction: 'two-way',
      baseline: 'lower',
      settleMs: 2_000,
      massGuardShare: 0.2,
      pools: [],
    });
    expect(defaultSettings.schedule.stockMinutes).toBe(15);
  });

  it('has one for every key that the design names', () => {
    expect(Object.keys(defaultSettings)).toEqual([
      'stock',
      'bundles',
      'catalog',
      'orders',
      'customers',
      'schedule',
      'logs',
      'alerts',
    ]);
    expect(Object.keys(defaultSettings.stock)).toEqual([
      'enabled',
      'direction',
      'baseline',
      'settleMs',
      'massGuardShare',
      'pools',
      'buffer',
      'reserveStatusIds',
    ]);
    expect(Object.keys(defaultSettings.catalog.owners)).toEqual([
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
    ]);
  });

  it('explains every single value', () => {
    const bare: string[] = [];
    const walk = (schema: z.core.JSONSchema.BaseSchema, path: string) => {
      const children = Object.entries(schema.properties ?? {});
      if (children.length === 0 && schema.description === undefined) bare.push(path);
      for (const [key, child] of children) {
        if (typeof child === 'object') walk(child, `${path}.${key}`);
      }
    };
    walk(z.toJSONSchema(settingsSchema), 'settings');
    expect(bare).toEqual([]);
  });
});

describe('merge patch', () => {
  it('keeps what it does not name and replaces lists', () => {
    const first = patched({}, { stock: { settleMs: 500, reserveStatusIds: [7, 11] } });
    const second = patched(first.saved, {
      stock: { reserveStatusIds: [9] },
      logs: { retentionDays: 7 },
    });
    expect(second.saved).toEqual({
      stock: { settleMs: 500, reserveStatusIds: [9] },
      logs: { retentionDays: 7 },
    });
    expect(second.settings.stock.settleMs).toBe(500);
    expect(second.settings.stock.direction).toBe('two-way');
  });

  it('brings a default back with null, for a key and for a whole part', () => {
    const saved = { stock: { settleMs: 500, enabled: false } };
    expect(patched(saved, { stock: { settleMs: null } }).settings.stock).toMatchObject({
      settleMs: 2_000,
      enabled: false,
    });
    expect(patched(saved, { stock: null }).settings).toEqual(defaultSettings);
  });

  it('does not change what it was given', () => {
    const saved = { stock: { buffer: { units: 1 } } };
    patched(saved, { stock: { buffer: { units: 2 } } });
    expect(saved).toEqual({ stock: { buffer: { units: 1 } } });
  });

  it('applied twice is the same as once', () => {
    const patch = fc.record(
      {
        stock: fc.record(
          {
            enabled: fc.option(fc.boolean()),
            settleMs: fc.option(fc.integer({ min: 0, max: 600_000 })),
            buffer: fc.option(fc.record({ units: fc.nat(100) })),
          },
          { requiredKeys: [] },
        ),
        logs: fc.option(fc.record({ retentionDays: fc.integer({ min: 1, max: 365 }) })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(patch, patch, (before, change) => {
        const { saved } = patched({}, before);
        const once = patched(saved, change);
        expect(patched(once.saved, change)).toEqual(once);
        expect(resolveSettings(once.saved)).toEqual(once.settings);
      }),
      { numRuns: 50 },
    );
  });
});

describe('refusals', () => {
  it('name unknown keys by their full path, all at once', () => {
    expect(problems({}, { stok: {}, stock: { settleSeconds: 2, enabled: 'yes' } })).toEqual([
      { path: 'stock.enabled', message: expect.stringContaining('boolean') },
      { path: 'stock.settleSeconds', message: 'There is no such setting.' },
      { path: 'stok', message: 'There is no such setting.' },
    ]);
  });

  it('refuse __proto__ like any unknown key and leave prototypes alone', () => {
    const patch: unknown = JSON.parse(
      '{"__proto__": {"polluted": true}, "stock": {"__proto__": 1}}',
    );
    expect(problems({}, patch).map(({ path }) => path)).toEqual(['stock.__proto__', '__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['{"bundles":{"__proto__":"junk"}}', '{"stock":{"buffer":{"bySku":{"__proto__":7}}}}'])(
    '[X7] refuse __proto__ as a SKU, which no schema would read: %s',
    (text) => {
      const patch: unknown = JSON.parse(text);
      expect(problems({}, patch)[0]?.path).toMatch(/__proto__$/);
    },
  );

  it('[X7] bound what patches add up to', () => {
    const skus = (part: number) =>
      Object.fromEntries(
        Array.from({ length: 900 }, (_, index) => [`${part}-${index}-`.padEnd(250, 'x'), 1]),
      );
    let saved: Record<string, unknown> = {};
    const refused = [1, 2, 3].flatMap((part) => {
      const result = applySettingsPatch(saved, { stock: { buffer: { bySku: skus(part) } } });
      if (result.ok) saved = result.value.saved;
      return result.ok ? [] : [`${part}: ${result.failure.message}`];
    });
    expect(refused).toEqual([expect.stringMatching(/^3: .*500000 characters/)]);
    expect(JSON.stringify(saved).length).toBeLessThan(500_000);
  });

  it.each([
    [{ stock: { massGuardShare: 1.5 } }, 'stock.massGuardShare'],
    [{ stock: { settleMs: -1 } }, 'stock.settleMs'],
    [
      { stock: { pools: [{ locationId: 1, merchantIds: ['nope'] }] } },
      'stock.pools.0.merchantIds.0',
    ],
    [{ schedule: { fullSweepHour: 24 } }, 'schedule.fullSweepHour'],
    [{ schedule: { stockMinutes: 0 } }, 'schedule.stockMinutes'],
    [{ bundles: { KIT: [{ sku: 'A', quantity: 0 }] } }, 'bundles.KIT.0.quantity'],
    [{ stock: { direction: 'sideways' } }, 'stock.direction'],
    [{ catalog: { owners: { price: 'me' } } }, 'catalog.owners.price'],
  ])('name the path of a bad value: %j', (patch, path) => {
    expect(problems({}, patch).map((each) => each.path)).toEqual([path]);
  });

  it.each([[null], [[]], ['text'], [7]])('want an object, not %j', (patch) => {
    expect(problems({}, patch)).toEqual([
      { path: '', message: 'The patch must be a JSON object.' },
    ]);
  });

  it('validate the whole result, not only the patch', () => {
    expect(
      problems({ stock: { settleMs: 'old nonsense' } }, { logs: { retentionDays: 3 } }),
    ).toEqual([{ path: 'stock.settleMs', message: expect.stringContaining('number') }]);
  });

  it('[S10] put a location into one pool only, a merchant into several only with devices', () => {
    const one = { locationId: 1, merchantIds: ['MERCHANT00001'] };
    const two = { locationId: 2, merchantIds: ['MERCHANT00001'] };
    expect(problems({}, { stock: { pools: [one, one] } }).map(({ path }) => path)).toEqual([
      'stock.pools.1.locationId',
      'stock.pools.0.merchantIds',
    ]);
    expect(problems({}, { stock: { pools: [{ ...one, deviceIds: ['d1'] }, two] } })).toEqual([
      {
        path: 'stock.pools.1.merchantIds',
        message: expect.stringContaining('needs deviceIds'),
      },
    ]);
    const both = [
      { ...one, deviceIds: ['d1'] },
      { ...two, deviceIds: ['d2'] },
    ];
    expect(problems({}, { stock: { pools: both } })).toEqual([]);
  });
});

it('reading settings that no longer validate throws instead of guessing', () => {
  expect(() => resolveSettings({ stock: { enabled: 'no' } })).toThrow(/stock\.enabled/);
});
