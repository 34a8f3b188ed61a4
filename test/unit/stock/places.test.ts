/** Goal: places that come, move and go lose and invent no unit; what BigCommerce refuses is answered, not repeated. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventId, linkId, type MerchantId, type PlaceKey } from '../../../src/domain/ids.ts';
import { viewOf } from '../../../src/domain/stock/ledger.ts';
import { changePlace, reopenLedger } from '../../../src/domain/stock/places.ts';
import type { Joining } from '../../../src/domain/stock/first-count.ts';
import type { LedgerSetup, PlaceSetup } from '../../../src/domain/stock/state.ts';
import {
  claimAt,
  confirmWrite,
  mustClaim,
  onHand,
  openTestLedger,
  placeOf,
  REGISTER,
  see,
  sellLine,
  SETTLE_MS,
  sumOfEntries,
  take,
  WEB,
  type TestLedger,
} from '../../support/ledger.ts';

const B: PlaceKey = 'clover:MERCHANT00002';
const event = eventId('e-pools');

const web = (locationId: number): PlaceSetup => ({
  place: `bigcommerce:${locationId}`,
  locationId,
  address: { platform: 'bigcommerce', locationId, productId: 5, variantId: 7, tracking: 'variant' },
});

const register = (place: PlaceKey, locationId: number, ...alsoAt: number[]): PlaceSetup => ({
  place,
  locationId,
  ...(alsoAt.length === 0 ? {} : { alsoAt }),
  address: {
    platform: 'clover',
    merchantId: place.slice('clover:'.length) as MerchantId,
    itemId: 'ITEM000000001',
  },
});

/** Opens the ledger again with these places; `levels` of the ones that are new to it. */
function rearrange(
  ledger: TestLedger,
  places: readonly PlaceSetup[],
  levels: Readonly<Record<string, number>> = {},
  joins?: Joining,
): void {
  const setup: LedgerSetup = {
    connectionId: 'store1',
    linkId: linkId('l1'),
    sku: 'SKU-1',
    places,
    policy: ledger.state.policy,
  };
  const pools = [...new Set(places.map(({ locationId }) => locationId))].map((locationId) => ({
    locationId,
    onHand: Math.min(
      ...places
        .filter((place) => place.locationId === locationId)
        .map(({ place }) => levels[place] ?? Number.MAX_SAFE_INTEGER),
    ),
    ...(joins === undefined ? {} : { joins }),
  }));
  const baseline = {
    levels: places.map(({ place }) => ({
      place,
      level: levels[place] ?? null,
      readStartedAtMs: ledger.nowMs,
      platformModifiedMs: null,
    })),
    pools,
  };
  take(ledger, reopenLedger(ledger.state, setup, baseline, event, ledger.nowMs));
}

const refused = (code: 'stock_insufficient' | 'tracking_mismatch' | 'location_off') => ({
  result: 'refused' as const,
  failure: { code, message: `refused: ${code}` },
  startedAtMs: 0,
});

describe('pools that change', () => {
  it('[S10] a register that moves to another location takes the count along', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    rearrange(ledger, [web(2), register(REGISTER, 2)], { 'bigcommerce:2': 0 });
    expect(viewOf(ledger.state).pools).toEqual([{ locationId: 2, onHand: 10, reserved: 0 }]);
    expect(sumOfEntries(ledger)).toBe(10);
    expect(placeOf(ledger, REGISTER).level).toBe(10);
    expect(mustClaim(ledger, 'bigcommerce:2')).toMatchObject({ kind: 'relative', quantity: 10 });
  });

  it('[S10] a pool without an heir leaves the account, and an entry says so', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    rearrange(ledger, [web(1), register(REGISTER, 1), web(2), register(B, 2)], {
      'bigcommerce:2': 4,
      [B]: 4,
    });
    expect(onHand(ledger)).toBe(14);
    rearrange(ledger, [web(1), register(REGISTER, 1)]);
    expect(viewOf(ledger.state)).toMatchObject({ onHand: 10, pools: [{ locationId: 1 }] });
    expect(ledger.entries.at(-1)).toMatchObject({ cause: 'left', delta: -4, locationId: 2 });
    expect(sumOfEntries(ledger)).toBe(10);
  });

  it('[S10] two pools that become one hold the units of both', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    rearrange(ledger, [web(1), register(REGISTER, 1), web(2), register(B, 2)], {
      'bigcommerce:2': 4,
      [B]: 4,
    });
    rearrange(ledger, [web(1), register(REGISTER, 1), register(B, 1)]);
    expect(viewOf(ledger.state).pools).toEqual([{ locationId: 1, onHand: 14, reserved: 0 }]);
  });

  it('[S10] a register that leaves a shared shelf does not take its count for a second shelf', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    rearrange(ledger, [web(1), register(REGISTER, 1), register(B, 1)], { [B]: 10 });
    const apart = [web(1), register(REGISTER, 1), web(2), register(B, 2)];
    rearrange(ledger, apart, { 'bigcommerce:2': 3 });
    expect(viewOf(ledger.state).pools.map((pool) => pool.onHand)).toEqual([7, 3]);
    expect(sumOfEntries(ledger)).toBe(10);
  });

  it('[S10] a location that joins a register has its units moved to it, or counts them on top', () => {
    const both = [web(1), web(2), register(REGISTER, 1, 2)];
    const counts = (shown: number, joins?: Joining): number[] => {
      const ledger = openTestLedger({ web: 10, register: 10 });
      rearrange(ledger, both, { 'bigcommerce:2': shown }, joins);
      expect(sumOfEntries(ledger)).toBe(onHand(ledger));
      // What is shown on the web afterwards is what the pool counts, and the register shows the sum.
      expect(viewOf(ledger.state).places.map(({ target }) => target)).toEqual([
        ...viewOf(ledger.state).pools.map((pool) => pool.onHand),
        onHand(ledger),
      ]);
      return viewOf(ledger.state).pools.map((pool) => pool.onHand);
    };
    expect(counts(4)).toEqual([6, 4]);
    expect(counts(14, 'counted')).toEqual([0, 10]);
    expect(counts(4, 'extra')).toEqual([10, 4]);
    expect(counts(0, 'extra')).toEqual([10, 0]);
  });

  it('[S10] a register that moves to a location which shows units of its own takes them in once', () => {
    for (const [joins, expected] of [
      ['counted', 10],
      ['extra', 14],
    ] as const) {
      const ledger = openTestLedger({ web: 10, register: 10 });
      rearrange(ledger, [web(2), register(REGISTER, 2)], { 'bigcommerce:2': 4 }, joins);
      expect(viewOf(ledger.state).pools).toEqual([
        { locationId: 2, onHand: expected, reserved: 0 },
      ]);
    }
  });

  it('[S10] what was drawn from a location that is gone is claimed at the first one', () => {
    const ledger = openTestLedger({ web: 10, register: 10, followsSales: true });
    rearrange(ledger, [web(1), web(2), register(REGISTER, 1, 2)], { 'bigcommerce:2': 10 });
    see(ledger, REGISTER, 9);
    expect(viewOf(ledger.state).pools.map((pool) => pool.onHand)).toEqual([0, 9]);
    rearrange(ledger, [web(1), web(3), register(REGISTER, 1, 3)]);
    sellLine(ledger, REGISTER, 1, 'o1:l1', null, { locationId: 3 });
    expect(viewOf(ledger.state).pools.map((pool) => pool.onHand)).toEqual([10, -1]);
    expect(onHand(ledger)).toBe(9);
    expect(sumOfEntries(ledger)).toBe(9);
  });

  it('[S1] whatever the pools become, on hand is the sum of the entries and nothing appears', () => {
    const locations = fc.integer({ min: 1, max: 3 });
    const arrangement = fc.record({ first: locations, second: fc.option(locations) });
    fc.assert(
      fc.property(fc.array(arrangement, { maxLength: 6 }), (arrangements) => {
        const ledger = openTestLedger({ web: 10, register: 10 });
        for (const { first, second } of arrangements) {
          const places = [...new Set([first, second ?? first])].map(web);
          const before = onHand(ledger);
          rearrange(
            ledger,
            [
              ...places,
              register(REGISTER, first),
              ...(second === null ? [] : [register(B, second)]),
            ],
            { 'bigcommerce:1': 0, 'bigcommerce:2': 0, 'bigcommerce:3': 0, [B]: 0 },
          );
          expect(onHand(ledger)).toBe(sumOfEntries(ledger));
          expect(onHand(ledger)).toBeLessThanOrEqual(before);
          const pools = new Set(ledger.state.pools.map(({ locationId }) => locationId));
          expect(pools).toEqual(new Set(places.map(({ locationId }) => locationId)));
        }
      }),
    );
  });

  it('[S1] locations that join and leave a register move units and never change their sum', () => {
    const arrangement = fc.record({
      // At least one, in any order; the first is the register's first pool.
      at: fc.shuffledSubarray([1, 2, 3, 4], { minLength: 1 }),
      shown: fc.integer({ min: 0, max: 12 }),
      sold: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(arrangement, { maxLength: 6 }), (arrangements) => {
        const ledger = openTestLedger({ web: 10, register: 10 });
        let sum = 10;
        arrangements.forEach(({ at, shown, sold }, index) => {
          const [first = 1, ...others] = at;
          const levels = Object.fromEntries(at.map((each) => [`bigcommerce:${each}`, shown]));
          // A location that is new to the ledger shows something: it is among what is counted.
          rearrange(ledger, [...at.map(web), register(REGISTER, first, ...others)], levels);
          sellLine(ledger, REGISTER, sold, `o${index}:l1`, null, { locationId: at.at(-1) ?? 1 });
          sum -= sold;
          expect([onHand(ledger), sumOfEntries(ledger)]).toEqual([sum, sum]);
          expect(new Set(ledger.state.pools.map(({ locationId }) => locationId))).toEqual(
            new Set(at),
          );
        });
      }),
    );
  });

  it('[S10] an unlinked merchant leaves the ledger, its pending write with it; the count stays', () => {
    const ledger = openTestLedger();
    rearrange(ledger, [web(1), register(REGISTER, 1), register(B, 1)], { [B]: 10 });
    see(ledger, WEB, 8);
    expect(placeOf(ledger, B).effect).not.toBeNull();
    const leave = () => changePlace(ledger.state, B, { kind: 'leave' }, event, ledger.nowMs);
    take(ledger, leave());
    expect(ledger.state.places.map(({ place }) => place)).toEqual([WEB, REGISTER]);
    expect(onHand(ledger)).toBe(8);
    take(ledger, leave());
    expect(onHand(ledger)).toBe(8);
  });
});

describe('what BigCommerce refuses', () => {
  it('[S4] a product counted under another id starts its count there with what the ledger says', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 7);
    const write = mustClaim(ledger, WEB);
    const address = { ...web(1).address, tracking: 'product' } as PlaceSetup['address'];
    confirmWrite(ledger, write.effectId, { ...refused('tracking_mismatch'), address });
    expect(mustClaim(ledger, WEB)).toMatchObject({
      kind: 'absolute',
      quantity: 7,
      address: { tracking: 'product' },
    });
    expect(onHand(ledger)).toBe(7);
  });

  it('[S1] a web sale told before the product changed its id is counted, and not twice', () => {
    const ledger = openTestLedger();
    sellLine(ledger, WEB, 2);
    const address = { ...web(1).address, tracking: 'product' } as PlaceSetup['address'];
    const change = { kind: 'readdress', address } as const;
    take(ledger, changePlace(ledger.state, WEB, change, event, ledger.nowMs));
    take(ledger, changePlace(ledger.state, WEB, change, event, ledger.nowMs));
    expect(onHand(ledger)).toBe(8);
    expect(mustClaim(ledger, WEB)).toMatchObject({ kind: 'absolute', quantity: 8 });
  });

  it('[S4] a fall below the safety stock goes down to it relatively, and from there absolutely', () => {
    const ledger = openTestLedger({ web: 5, register: 5 });
    see(ledger, REGISTER, 1);
    const first = mustClaim(ledger, WEB);
    confirmWrite(ledger, first.effectId, refused('stock_insufficient'));
    expect(placeOf(ledger, WEB).readDue).not.toBeNull();
    ledger.nowMs += 60_000;
    see(ledger, WEB, 5, { safetyStock: 3 });
    const second = mustClaim(ledger, WEB);
    expect(second).toMatchObject({ kind: 'relative', quantity: -2 });
    confirmWrite(ledger, second.effectId, {});
    ledger.nowMs += 60_000;
    const third = mustClaim(ledger, WEB);
    expect(third).toMatchObject({ kind: 'absolute', quantity: 1 });
    confirmWrite(ledger, third.effectId, {});
    expect(placeOf(ledger, WEB)).toMatchObject({ level: 1, effect: null, safetyStock: 3 });
    expect(onHand(ledger)).toBe(1);
    // Up again: relative, whatever the safety stock.
    ledger.nowMs += 60_000;
    see(ledger, REGISTER, 9);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, REGISTER, 9);
    expect(mustClaim(ledger, WEB)).toMatchObject({ kind: 'relative', quantity: 8 });
  });

  it('[S12] a location switched off is skipped with its reason, and comes back', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, refused('location_off'));
    see(ledger, REGISTER, 8);
    expect(claimAt(ledger, WEB).claim).toBe('none');
    expect(viewOf(ledger.state).places[0]).toMatchObject({ skippedFor: 'location_off' });
    expect(viewOf(ledger.state).outstandingSinceMs).toBeNull();
    const resume = { kind: 'resume', after: 'location_off' } as const;
    take(ledger, changePlace(ledger.state, WEB, resume, event, ledger.nowMs));
    expect(placeOf(ledger, WEB).skipped).toBeNull();
    expect(placeOf(ledger, WEB).readDue).not.toBeNull();
    expect(mustClaim(ledger, WEB)).toMatchObject({ kind: 'relative', quantity: -2 });
  });
});
