/** A bundle `KIT` of two `A` and one `B`: three desks over memory, and the steps between them apart. */
import { eventId, linkId, type MerchantId, type PlaceKey } from '../../src/domain/ids.ts';
import type { Sale } from '../../src/domain/stock/api.ts';
import { partSale, type BundleJob, type ToldComponent } from '../../src/domain/stock/bundles.ts';
import type { Entry, LedgerState, StockPolicy } from '../../src/domain/stock/state.ts';
import type { KnownSale } from '../../src/objects/known-sale.ts';
import { LedgerDesk } from '../../src/objects/ledger-desk.ts';
import { REGISTER, SETTLE_MS, WEB } from './ledger.ts';

type Sku = 'A' | 'B' | 'KIT';
const PARTS = [
  { sku: 'A', quantity: 2 },
  { sku: 'B', quantity: 1 },
] as const;
export const event = eventId('e1');

export interface Counter {
  nowMs: number;
  readonly desk: Record<Sku, LedgerDesk>;
  readonly state: Map<Sku, LedgerState>;
  readonly entries: Map<Sku, Entry[]>;
}

export const policyOf = (sku: Sku): StockPolicy => ({
  enabled: true,
  direction: 'two-way',
  settleMs: SETTLE_MS,
  bufferUnits: 0,
  ...(sku === 'KIT' ? { components: PARTS } : { isComponent: true }),
});

/** Three SKUs at one store and register; the kit is on the web only unless `atRegister`. */
export function openCounter(levels: Readonly<Record<Sku, number>>, atRegister = false): Counter {
  const state = new Map<Sku, LedgerState>();
  const entries = new Map<Sku, Entry[]>();
  const sold = new Map<string, KnownSale>();
  const counter = { nowMs: 1_000_000 } as Counter;
  const deskOf = (sku: Sku) =>
    new LedgerDesk(
      {
        load: () => state.get(sku) ?? null,
        soldUnits: (key) => sold.get(`${sku} ${key}`)?.quantity ?? 0,
        versionOf: (key) => sold.get(`${sku} ${key}`)?.version ?? null,
        save(write) {
          if (write.state !== null) state.set(sku, write.state);
          entries.set(sku, [...(entries.get(sku) ?? []), ...write.entries]);
          for (const sale of write.sales) sold.set(`${sku} ${sale.saleKey}`, sale);
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

export const onHand = (counter: Counter, sku: Sku) => counter.desk[sku].view()?.onHand;
export const target = (counter: Counter, sku: Sku, place: PlaceKey = WEB) =>
  counter.desk[sku].view()?.places.find((each) => each.place === place)?.target;

/** The steps of sync/bundles.ts, apart, so that a test may stop, repeat and mix them. */
export const job = (counter: Counter): BundleJob => {
  const found = counter.desk.KIT.bundleJob();
  if (found === null) throw new Error('no bundle');
  return found;
};
export function ask(counter: Counter, { owed }: BundleJob, sku: 'A' | 'B'): ToldComponent {
  const sales = owed.flatMap((line): Sale[] => {
    const part = line.components.find((component) => component.sku === sku);
    return part === undefined ? [] : [partSale(line, 'KIT', part)];
  });
  const view =
    sales.length === 0
      ? counter.desk[sku].view()
      : counter.desk[sku].sell(sales, policyOf(sku)).reply;
  if (view === null) throw new Error('not open');
  const pools = view.pools.map((pool) => ({
    locationId: pool.locationId,
    free: pool.onHand - pool.reserved,
    web: pool.onHand - pool.reserved - view.buffer,
  }));
  return { sku, linkId: view.linkId, version: view.version, pools };
}
export function settle(counter: Counter): void {
  const doing = job(counter);
  const told = [ask(counter, doing, 'A'), ask(counter, doing, 'B')];
  const news = { version: doing.version, told, paid: doing.owed };
  counter.desk.KIT.tellBundle(news, event, policyOf('KIT'));
}

export function see(counter: Counter, sku: Sku, level: number, place: PlaceKey = WEB): void {
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

export function tellKit(counter: Counter, quantity: number, more: Partial<Sale> = {}): void {
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
