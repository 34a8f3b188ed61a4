/** Goal: one register in several pools shows their sum, and each pool knows its own units once every sale is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventId, linkId, type PlaceKey } from '../../../src/domain/ids.ts';
import { RETURN_PATIENCE_MS } from '../../../src/limits.ts';
import { openLedger } from '../../../src/domain/stock/ledger.ts';
import { targetOf } from '../../../src/domain/stock/targets.ts';
import {
  confirmWrite,
  mustClaim,
  openTestLedger,
  placeOf,
  REGISTER,
  see,
  sellLine,
  SETTLE_MS,
  take,
  WEB,
  type TestLedger,
} from '../../support/ledger.ts';

const WEB_2: PlaceKey = 'bigcommerce:2';

/** Locations 1 and 2 with `a` and `b` on the web, one register with their sum. */
function openSeveral(a: number, b: number): TestLedger {
  const ledger = openTestLedger({ web: a, register: a, followsSales: true });
  const [web, register] = ledger.state.places;
  if (web === undefined || register === undefined) throw new Error('no places');
  const { address } = web;
  if (address.platform !== 'bigcommerce') throw new Error('no web place');
  const levels = [
    { place: WEB, level: a },
    { place: WEB_2, level: b },
    { place: REGISTER, level: a + b },
  ];
  const change = openLedger(
    {
      connectionId: 'store1',
      linkId: linkId('l1'),
      sku: 'SKU-1',
      places: [
        { place: WEB, locationId: 1, address },
        { place: WEB_2, locationId: 2, address: { ...address, locationId: 2 } },
        { place: REGISTER, locationId: 1, alsoAt: [2], address: register.address },
      ],
      policy: ledger.state.policy,
    },
    {
      levels: levels.map((level) => ({
        ...level,
        readStartedAtMs: ledger.nowMs - 100,
        platformModifiedMs: null,
      })),
      pools: [
        { locationId: 1, onHand: a },
        { locationId: 2, onHand: b },
      ],
    },
    eventId('e-open'),
    ledger.nowMs,
  );
  ledger.entries.length = 0;
  take(ledger, change);
  return ledger;
}

function counts(ledger: TestLedger): number[] {
  return ledger.state.pools.map(({ onHand }) => onHand);
}

function entrySums(ledger: TestLedger): number[] {
  return ledger.state.pools.map(({ locationId }) =>
    ledger.entries
      .filter((entry) => entry.locationId === locationId)
      .reduce((sum, { delta }) => sum + delta, 0),
  );
}

function target(ledger: TestLedger, place: PlaceKey): number {
  return targetOf(ledger.state, placeOf(ledger, place));
}

describe('[S10] a register in several pools', () => {
  it('shows the sum of its pools', () => {
    const ledger = openSeveral(5, 3);
    expect([WEB, WEB_2, REGISTER].map((place) => target(ledger, place))).toEqual([5, 3, 8]);
  });

  it('counts a sale in the pool of its device, once', () => {
    const ledger = openSeveral(5, 3);
    sellLine(ledger, REGISTER, 2, 'o1:l1', null, { locationId: 2 });
    see(ledger, REGISTER, 6);
    expect(counts(ledger)).toEqual([5, 1]);
    expect(entrySums(ledger)).toEqual([5, 1]);
    expect(target(ledger, REGISTER)).toBe(6);
  });

  it('counts a sale of an unknown device in its first pool, and says so', () => {
    const ledger = openSeveral(5, 3);
    sellLine(ledger, REGISTER, 1, 'o1:l1');
    expect(counts(ledger)).toEqual([4, 3]);
    expect(ledger.entries.at(-1)?.note).toContain('in no pool');
  });

  it('takes an unexplained fall from the fullest, and moves it when its sale is told', () => {
    const ledger = openSeveral(5, 3);
    see(ledger, REGISTER, 7);
    expect(counts(ledger)).toEqual([4, 3]);
    sellLine(ledger, REGISTER, 1, 'o1:l1', null, { locationId: 2 });
    expect(counts(ledger)).toEqual([5, 2]);
    expect(
      ledger.entries.filter(({ cause }) => cause === 'moved').map(({ delta }) => delta),
    ).toEqual([1, -1]);
    expect(entrySums(ledger)).toEqual([5, 2]);
    expect(ledger.state.drawn).toBeUndefined();
  });

  it('gives a rise to its first pool after a second look', () => {
    const ledger = openSeveral(5, 3);
    see(ledger, REGISTER, 10);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, REGISTER, 10);
    expect(counts(ledger)).toEqual([7, 3]);
  });

  const rise = (ledger: TestLedger, level: number): void => {
    see(ledger, REGISTER, level);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, REGISTER, level);
  };

  it('gives the rise of a voided line to where it was taken from; a sale after all moves both', () => {
    const ledger = openSeveral(3, 5);
    see(ledger, REGISTER, 6);
    expect(counts(ledger)).toEqual([3, 3]);
    rise(ledger, 7);
    expect(counts(ledger)).toEqual([3, 4]);
    // One of the two was sold at location 2, so what rose were goods that arrived at the first.
    sellLine(ledger, REGISTER, 2, 'o1:l1', null, { locationId: 2 });
    expect(counts(ledger)).toEqual([4, 3]);
    expect(entrySums(ledger)).toEqual([4, 3]);
  });

  it('gives what came back to the pool that sold it, whatever is heard first', () => {
    const sold = { locationId: 2 };
    for (const isTold of [true, false]) {
      const ledger = openSeveral(5, 3);
      sellLine(ledger, REGISTER, 2, 'o1:l1', null, sold);
      see(ledger, REGISTER, 6);
      const tell = (units: number): void =>
        sellLine(ledger, REGISTER, 2, 'o1:l1', null, {
          ...sold,
          returned: { units, atMs: ledger.nowMs },
        });
      if (isTold) tell(1);
      rise(ledger, 7);
      if (!isTold) tell(1);
      tell(1);
      expect(counts(ledger)).toEqual([5, 2]);
      // More than came back counts at the first location, as any delivery.
      tell(2);
      rise(ledger, 10);
      expect(counts(ledger)).toEqual([7, 3]);
      expect(entrySums(ledger)).toEqual([7, 3]);
    }
  });

  it('takes no later delivery for goods that were refunded and never came back', () => {
    const ledger = openSeveral(5, 3);
    sellLine(ledger, REGISTER, 1, 'o1:l1', null, { locationId: 2 });
    see(ledger, REGISTER, 7);
    const returned = { units: 1, atMs: ledger.nowMs };
    sellLine(ledger, REGISTER, 1, 'o1:l1', null, { locationId: 2, returned });
    ledger.nowMs += RETURN_PATIENCE_MS + 1;
    rise(ledger, 9);
    expect(counts(ledger)).toEqual([7, 2]);
    sellLine(ledger, REGISTER, 1, 'o1:l1', null, { locationId: 2, returned });
    expect(counts(ledger)).toEqual([7, 2]);
    expect(ledger.state.returns?.[REGISTER]?.lines).toEqual([]);
  });

  it('lowers the register by a web sale at either location', () => {
    const ledger = openSeveral(5, 3);
    see(ledger, WEB_2, 1);
    expect(counts(ledger)).toEqual([5, 1]);
    const { effectId } = mustClaim(ledger, REGISTER, 8);
    confirmWrite(ledger, effectId, { level: 6 });
    expect(placeOf(ledger, REGISTER).level).toBe(6);
  });

  it('knows every pool once all sales are told, whatever comes first', () => {
    const step = fc.record({
      at: fc.constantFrom(1, 2),
      units: fc.integer({ min: 1, max: 2 }),
      kind: fc.constantFrom('web', 'told', 'seen', 'late'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
        const ledger = openSeveral(20, 20);
        const show = (place: PlaceKey, units: number): void => {
          const level = (placeOf(ledger, place).level ?? 0) - units;
          see(ledger, place, level);
        };
        let sum = 40;
        const late: (() => void)[] = [];
        steps.forEach(({ at, units, kind }, index) => {
          const tell = (): void =>
            sellLine(ledger, REGISTER, units, `o${index}:l1`, null, { locationId: at });
          sum -= units;
          if (kind === 'web') show(at === 1 ? WEB : WEB_2, units);
          if (kind === 'told') tell();
          if (kind !== 'web') show(REGISTER, units);
          if (kind === 'seen') tell();
          if (kind === 'late') late.push(tell);
          ledger.nowMs += 10;
          expect(counts(ledger).reduce((all, each) => all + each, 0)).toBe(sum);
          expect(entrySums(ledger)).toEqual(counts(ledger));
        });
        late.forEach((tell) => tell());
        const sold = (at: number): number =>
          steps.reduce((all, each) => (each.at === at ? all + each.units : all), 0);
        const left = [20 - sold(1), 20 - sold(2)];
        expect(counts(ledger)).toEqual(left);
        expect(entrySums(ledger)).toEqual(left);
        expect([WEB, WEB_2, REGISTER].map((place) => target(ledger, place))).toEqual([
          ...left,
          sum,
        ]);
      }),
      { numRuns: 200 },
    );
  });
});
