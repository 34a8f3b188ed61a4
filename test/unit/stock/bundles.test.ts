/**
 * Goal: a bundle sold anywhere consumes its components once, whatever is repeated, lost, late or out of order, and its
 * own levels move nothing. Method: three desks over memory, with the steps between them played by hand and by chance.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventId,
  linkId,
  type EffectId,
  type MerchantId,
  type PlaceKey,
} from '../../../src/domain/ids.ts';
import type { Sale } from '../../../src/domain/stock/api.ts';
import type { BundleJob, ToldComponent } from '../../../src/domain/stock/bundles.ts';
import type { Entry, LedgerState, StockPolicy } from '../../../src/domain/stock/state.ts';
import { BUNDLE_FALL_PATIENCE_MS } from '../../../src/limits.ts';
import { LedgerDesk } from '../../../src/objects/ledger-desk.ts';
import { REGISTER, SETTLE_MS, WEB } from '../../support/ledger.ts';

type Sku = 'A' | 'B' | 'KIT';
const PARTS = [
  { sku: 'A', quantity: 2 },
  { sku: 'B', quantity: 1 },
] as const;
const event = eventId('e1');

interface Counter {
  nowMs: number;
  readonly desk: Record<Sku, LedgerDesk>;
  readonly state: Map<Sku, LedgerState>;
  readonly entries: Map<Sku, Entry[]>;
}

const policyOf = (sku: Sku): StockPolicy => ({
  enabled: true,
  direction: 'two-way',
  settleMs: SETTLE_MS,
  bufferUnits: 0,
  ...(sku === 'KIT' ? { components: PARTS } : { isComponent: true }),
});

/** Three SKUs at one store and register; the kit is on the web only unless `atRegister`. */
function openCounter(levels: Readonly<Record<Sku, number>>, atRegister = false): Counter {
  const state = new Map<Sku, LedgerState>();
  const entries = new Map<Sku, Entry[]>();
  const sold = new Map<string, number>();
  const counter = { nowMs: 1_000_000 } as Counter;
  const deskOf = (sku: Sku) =>
    new LedgerDesk(
      {
        load: () => state.get(sku) ?? null,
        soldUnits: (key) => sold.get(`${sku} ${key}`) ?? 0,
        versionOf: () => null,
        save(write) {
          if (write.state !== null) state.set(sku, write.state);
          entries.set(sku, [...(entries.get(sku) ?? []), ...write.entries]);
          for (const sale of write.sales) sold.set(`${sku} ${sale.saleKey}`, sale.quantity);
          return [];
        },
      },
      { now: () => counter.nowMs, random: () => 0.5 },
    );
  const desk = { A: deskOf('A'), B: deskOf('B'), KIT: deskOf('KIT') };
  Object.assign(counter, { desk, state, entries });
  for (const sku of ['A', 'B', 'KIT'] as const) {
    const places = [
      {
        place: WEB,
        locationId: 1,
        address: {
          platform: 'bigcommerce' as const,
          locationId: 1,
          productId: 5,
          variantId: 7,
          tracking: 'variant' as const,
        },
      },
      {
        place: REGISTER,
        locationId: 1,
        address: {
          platform: 'clover' as const,
          merchantId: 'MERCHANT00001' as MerchantId,
          itemId: 'ITEM000000001',
        },
      },
    ].filter(({ place }) => sku !== 'KIT' || atRegister || place === WEB);
    const level = levels[sku];
    desk[sku].open(
      { connectionId: 'store1', linkId: linkId(sku), sku, places, policy: policyOf(sku) },
      {
        levels: places.map(({ place }) => ({
          place,
          level,
          readStartedAtMs: counter.nowMs,
          platformModifiedMs: null,
        })),
        pools: [{ locationId: 1, onHand: level }],
      },
      event,
    );
  }
  counter.nowMs += 1_000;
  return counter;
}

const onHand = (counter: Counter, sku: Sku) => counter.desk[sku].view()?.onHand;
const target = (counter: Counter, sku: Sku, place: PlaceKey = WEB) =>
  counter.desk[sku].view()?.places.find((each) => each.place === place)?.target;

/** The steps of sync/bundles.ts, apart, so that a test may stop, repeat and mix them. */
const job = (counter: Counter): BundleJob => {
  const found = counter.desk.KIT.bundleJob();
  if (found === null) throw new Error('no bundle');
  return found;
};
function ask(counter: Counter, { owed }: BundleJob, sku: 'A' | 'B'): ToldComponent {
  const sales = owed.flatMap((line): Sale[] => {
    const part = line.components.find((component) => component.sku === sku);
    if (part === undefined) return [];
    const { saleKey, place, orderId, soldAtMs, locationId } = line;
    const quantity = line.quantity * part.quantity;
    const asPartOf = { sku: 'KIT', locationId };
    return [
      { saleKey, place, orderId, soldAtMs, quantity, eventId: event, receivedAtMs: 0, asPartOf },
    ];
  });
  const view =
    sales.length === 0
      ? counter.desk[sku].view()
      : counter.desk[sku].sell(sales, policyOf(sku)).reply;
  if (view === null) throw new Error('not open');
  const pools = view.pools.map((pool) => ({
    locationId: pool.locationId,
    free: pool.onHand,
    web: pool.onHand - view.buffer,
  }));
  return { sku, linkId: view.linkId, version: view.version, pools };
}
function settle(counter: Counter): void {
  const doing = job(counter);
  const told = [ask(counter, doing, 'A'), ask(counter, doing, 'B')];
  const news = { version: doing.version, told, paid: doing.owed };
  counter.desk.KIT.tellBundle(news, event, policyOf('KIT'));
}

function see(counter: Counter, sku: Sku, level: number, place: PlaceKey = WEB): void {
  counter.nowMs += 10;
  counter.desk[sku].observe(
    {
      place,
      eventId: event,
      level,
      readStartedAtMs: counter.nowMs,
      platformModifiedMs: null,
      source: 'webhook',
    },
    policyOf(sku),
  );
}

function tellKit(counter: Counter, quantity: number, more: Partial<Sale> = {}): void {
  const sale = {
    place: WEB,
    saleKey: 'bigcommerce:1:1',
    quantity,
    orderId: '1',
    eventId: event,
    receivedAtMs: counter.nowMs,
    soldAtMs: counter.nowMs,
    ...more,
  };
  counter.desk.KIT.sell([sale], policyOf('KIT'));
}

describe('a bundle on the web', () => {
  it('[S9] shows the least whole number that its components allow, whatever it showed before', () => {
    const counter = openCounter({ A: 9, B: 20, KIT: 7 });
    settle(counter);
    expect([onHand(counter, 'KIT'), target(counter, 'KIT')]).toEqual([4, 4]);
    expect(counter.entries.get('KIT')?.at(-1)).toMatchObject({
      cause: 'component',
      note: '9 of A (2 each), 20 of B (1 each) allow 4.',
    });
  });

  it.each(['the level first', 'the order first'])('[S9] a sale consumes once: %s', (order) => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    const steps = [() => see(counter, 'KIT', 3), () => tellKit(counter, 2)];
    for (const step of order === 'the level first' ? steps : steps.toReversed()) {
      step();
      // Never higher than what is left while somebody does not know yet.
      expect(onHand(counter, 'KIT')).toBe(3);
      expect(counter.state.get('KIT')?.places[0]?.effect).toBeNull();
    }
    tellKit(counter, 2);
    settle(counter);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([6, 8, 3]);
    expect(counter.state.get('KIT')?.bundle?.owed).toEqual([]);
    const write = counter.state.get('KIT')?.places[0]?.effect ?? null;
    expect(write).toBeNull();
  });

  it('[S9] a fall of the bundle that no order explains counts against nothing and is put back', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    see(counter, 'KIT', 1);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'KIT')]).toEqual([10, 1]);
    counter.nowMs += BUNDLE_FALL_PATIENCE_MS;
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'KIT'), target(counter, 'KIT')]).toEqual([
      10, 5, 5,
    ]);
    const held = counter.state.get('KIT')?.places[0]?.effect?.effectId as EffectId;
    expect(counter.desk.KIT.claim(held, null).reply).toMatchObject({
      instruction: { kind: 'relative', quantity: 4 },
    });
  });

  it('[S9] a line taken back gives its components back when the level shows the goods', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    see(counter, 'KIT', 3);
    tellKit(counter, 2);
    settle(counter);
    tellKit(counter, 0);
    settle(counter);
    expect(onHand(counter, 'A')).toBe(6);
    see(counter, 'KIT', 5);
    counter.nowMs += SETTLE_MS;
    see(counter, 'KIT', 5);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([
      10, 10, 5,
    ]);
  });

  it('[S9] a component with a line of its own in the order is not consumed twice', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    tellKit(counter, 1, { partsApart: ['A'] });
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B')]).toEqual([10, 9]);
  });

  it('[S9] a line of a pick list counts whether or not a level moves for it', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    const sale = {
      place: WEB,
      saleKey: 'bigcommerce:1:2',
      quantity: 2,
      orderId: '1',
      eventId: event,
      receivedAtMs: counter.nowMs,
      soldAtMs: counter.nowMs,
      isPart: true,
    };
    counter.desk.A.sell([sale], policyOf('A'));
    expect(onHand(counter, 'A')).toBe(8);
    see(counter, 'A', 8);
    expect(onHand(counter, 'A')).toBe(8);
    counter.desk.A.sell([{ ...sale, saleKey: 'bigcommerce:2:2' }], policyOf('A'));
    counter.nowMs += SETTLE_MS;
    see(counter, 'A', 8);
    expect([onHand(counter, 'A'), target(counter, 'A')]).toEqual([6, 6]);
  });

  it('[S9] sold at a register it consumes the same', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 }, true);
    settle(counter);
    see(counter, 'KIT', 4, REGISTER);
    tellKit(counter, 1, { place: REGISTER, saleKey: 'clover:M:O:L' });
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([8, 9, 4]);
    expect(target(counter, 'KIT')).toBe(4);
  });
});

describe('between the objects', () => {
  it('[S9] an older word of a component changes nothing', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    const early = ask(counter, job(counter), 'A');
    see(counter, 'A', 4);
    settle(counter);
    expect(onHand(counter, 'KIT')).toBe(2);
    const { version } = job(counter);
    counter.desk.KIT.tellBundle({ version, told: [early], paid: [] }, event, policyOf('KIT'));
    expect(onHand(counter, 'KIT')).toBe(2);
  });

  it('[S9] a line edited while its components count stays owed', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    tellKit(counter, 1);
    const doing = job(counter);
    const told = [ask(counter, doing, 'A'), ask(counter, doing, 'B')];
    tellKit(counter, 3);
    const news = { version: doing.version, told, paid: doing.owed };
    counter.desk.KIT.tellBundle(news, event, policyOf('KIT'));
    expect(job(counter).owed).toMatchObject([{ quantity: 3 }]);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([4, 7, 2]);
  });

  const step = fc.record({
    kind: fc.constantFrom('sell', 'tell', 'tell', 'see', 'seeA', 'start', 'askA', 'askB', 'finish'),
    pick: fc.nat({ max: 5 }),
  });

  it('[S9] whatever is repeated, dropped, late or mixed: each sale consumes once, and nothing is oversold', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const counter = openCounter({ A: 30, B: 20, KIT: 0 });
        settle(counter);
        see(counter, 'KIT', 15);
        counter.nowMs += SETTLE_MS;
        see(counter, 'KIT', 15);
        const world = { A: 30, B: 20, kit: 15, webA: 30 };
        const orders: { quantity: number; soldAtMs: number }[] = [];
        let doing: { job: BundleJob; told: ToldComponent[] } | null = null;
        const tell = (index: number): void => {
          const sale = orders[index];
          if (sale !== undefined) {
            tellKit(counter, sale.quantity, { saleKey: `k${index}`, soldAtMs: sale.soldAtMs });
          }
        };
        for (const { kind, pick } of steps) {
          counter.nowMs += 50;
          if (kind === 'sell' && world.kit > pick % 2) {
            const quantity = 1 + (pick % 2);
            world.kit -= quantity;
            world.A -= 2 * quantity;
            world.B -= quantity;
            orders.push({ quantity, soldAtMs: counter.nowMs });
          }
          if (kind === 'tell') tell(pick % Math.max(1, orders.length));
          if (kind === 'see') see(counter, 'KIT', world.kit);
          if (kind === 'seeA' && world.webA > 2 * world.kit) {
            // One of A is sold by itself, and its level tells.
            world.A -= 1;
            world.webA -= 1;
            see(counter, 'A', world.webA);
          }
          if (kind === 'start') doing = { job: job(counter), told: [] };
          if (kind === 'askA' && doing !== null) doing.told.push(ask(counter, doing.job, 'A'));
          if (kind === 'askB' && doing !== null) doing.told.push(ask(counter, doing.job, 'B'));
          const isAsked = ['A', 'B'].every((sku) => doing?.told.some((each) => each.sku === sku));
          if (kind === 'finish' && doing !== null && isAsked) {
            const { version, owed: paid } = doing.job;
            counter.desk.KIT.tellBundle(
              { version, told: doing.told.toReversed(), paid },
              event,
              policyOf('KIT'),
            );
          }
          for (const sku of ['A', 'B', 'KIT'] as const) {
            const sum = (counter.entries.get(sku) ?? []).reduce((all, { delta }) => all + delta, 0);
            expect(sum).toBe(onHand(counter, sku));
          }
        }
        orders.forEach((_, index) => tell(index));
        see(counter, 'KIT', world.kit);
        counter.nowMs += BUNDLE_FALL_PATIENCE_MS;
        settle(counter);
        settle(counter);
        expect([onHand(counter, 'A'), onHand(counter, 'B')]).toEqual([world.A, world.B]);
        expect(onHand(counter, 'KIT')).toBe(Math.min(Math.floor(world.A / 2), world.B));
        expect(counter.state.get('KIT')?.bundle?.owed).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
