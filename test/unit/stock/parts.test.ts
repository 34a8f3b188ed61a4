/** Goal: registers that share a pool hold parts that add up to it, whatever is sold where; no unit appears or vanishes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventId, linkId, type MerchantId, type PlaceKey } from '../../../src/domain/ids.ts';
import { openLedger, viewOf } from '../../../src/domain/stock/ledger.ts';
import { shareOut, type Sharing } from '../../../src/domain/stock/parts.ts';
import { changePlace } from '../../../src/domain/stock/places.ts';
import {
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
const SHARINGS = ['most-stock', 'split'] as const;

/** Two registers on one pool; `a` and `b` are what they show. */
function openShared(sharing: Sharing, a: number, b: number, web = a + b): TestLedger {
  const ledger = openTestLedger({ web, register: a });
  const { places, policy } = ledger.state;
  const second = {
    place: B,
    locationId: 1,
    address: { platform: 'clover', merchantId: 'MERCHANT00002' as MerchantId, itemId: 'I2' },
  } as const;
  const change = openLedger(
    {
      connectionId: 'store1',
      linkId: linkId('l1'),
      sku: 'SKU-1',
      places: [...places, second],
      policy: { ...policy, sharing: { 1: sharing } },
    },
    {
      levels: [
        [WEB, web],
        [REGISTER, a],
        [B, b],
      ].map(([place, level]) => ({
        place: place as PlaceKey,
        level: level as number,
        readStartedAtMs: ledger.nowMs - 100,
        platformModifiedMs: null,
      })),
      pools: [{ locationId: 1, onHand: Math.min(web, a + b) }],
    },
    eventId('e-open'),
    ledger.nowMs,
  );
  ledger.entries.length = 0;
  take(ledger, change);
  return ledger;
}

const targets = (ledger: TestLedger): number[] =>
  viewOf(ledger.state).places.map(({ target }) => target);

describe('sharing units out', () => {
  it.each([
    ['most-stock', [7, 3, 3], 10, [4, 3, 3]],
    ['most-stock', [7, 3, 3], 8, [2, 3, 3]],
    ['most-stock', [5, 1], 9, [5, 4]],
    ['most-stock', [2, 2], 5, [3, 2]],
    ['most-stock', [-2, 6], 4, [0, 4]],
    ['split', [7, 3, 3], 10, [6, 2, 2]],
    ['split', [9, 1], 4, [4, 0]],
    ['split', [5, 1], 9, [7, 2]],
    ['split', [-2, 6], 4, [0, 4]],
  ] as const)('[S10] %s: %j to %i is %j', (sharing, parts, total, shared) => {
    expect(shareOut(parts, total, sharing)).toEqual(shared);
  });

  it('[S10] parts are never below 0, add up to the total, and are left alone where they do', () => {
    const parts = fc.array(fc.integer({ min: -20, max: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        parts,
        fc.nat({ max: 1_000 }),
        fc.constantFrom(...SHARINGS),
        (given, total, by) => {
          const shared = shareOut(given, total, by);
          expect(shared.reduce((sum, part) => sum + part, 0)).toBe(total);
          expect(Math.min(...shared)).toBeGreaterThanOrEqual(0);
          expect(shared.every(Number.isSafeInteger)).toBe(true);
          expect(shareOut(shared, total, by)).toEqual(shared);
          // Nobody gains by a loss of all, or loses by a gain.
          const before = given.map((part) => Math.max(0, part));
          const isLess = total < before.reduce((sum, part) => sum + part, 0);
          for (const [index, part] of shared.entries()) {
            const was = before[index] ?? 0;
            expect(isLess ? part <= was : part >= was).toBe(true);
          }
        },
      ),
    );
  });
});

describe('registers that hold parts', () => {
  it.each(SHARINGS)(
    '[S10] %s: what one register sells is its own, and the web shows the sum',
    (by) => {
      const ledger = openShared(by, 6, 4);
      expect(targets(ledger)).toEqual([10, 6, 4]);
      see(ledger, REGISTER, 4);
      sellLine(ledger, REGISTER, 2);
      expect(targets(ledger)).toEqual([8, 4, 4]);
      expect(placeOf(ledger, B).effect).toBeNull();
      expect(mustClaim(ledger, WEB)).toMatchObject({ kind: 'relative', quantity: -2 });
    },
  );

  it.each([
    ['most-stock', [7, 3, 4]],
    ['split', [7, 4, 3]],
  ] as const)('[S10] %s: a web sale is taken from the parts by its rule', (by, expected) => {
    const ledger = openShared(by, 6, 4);
    see(ledger, WEB, 7);
    expect(targets(ledger)).toEqual(expected);
    expect(onHand(ledger)).toBe(7);
  });

  it('[S10] a sale seen only while its own register is written is not put back', () => {
    const ledger = openShared('most-stock', 6, 4);
    see(ledger, WEB, 8);
    expect(targets(ledger)).toEqual([8, 4, 4]);
    // One was sold there meanwhile: 6 - 1 shown, 1 of its part.
    const write = mustClaim(ledger, REGISTER, 5);
    expect(write).toMatchObject({ kind: 'absolute', quantity: 3 });
    confirmWrite(ledger, write.effectId, { level: 3 });
    expect(targets(ledger)).toEqual([7, 3, 4]);
  });

  it('[S10] more sold at a register than it held is taken from the others, never below 0', () => {
    const ledger = openShared('split', 2, 5);
    see(ledger, REGISTER, -1);
    expect(targets(ledger)).toEqual([4, 0, 4]);
  });

  it('[S10] the lower side starts it; registers give up what the web never had', () => {
    const ledger = openShared('most-stock', 6, 4, 7);
    expect(targets(ledger)).toEqual([7, 3, 4]);
  });

  it('[S10] switched to parts the shelf is shared out, and back each shows all of it', () => {
    const ledger = openShared('split', 5, 5);
    const { sharing: _sharing, ...policy } = ledger.state.policy;
    take(ledger, { state: { ...ledger.state, policy }, entries: [] });
    expect(targets(ledger)).toEqual([10, 10, 10]);
    const shared = { ...policy, sharing: { 1: 'split' } } as const;
    take(ledger, { state: { ...ledger.state, policy: shared }, entries: [] });
    expect(targets(ledger)).toEqual([10, 5, 5]);
  });

  it('[S10] a merchant that is unlinked takes its part along', () => {
    const ledger = openShared('split', 6, 4);
    take(ledger, changePlace(ledger.state, B, { kind: 'leave' }, eventId('e-leave'), ledger.nowMs));
    expect(onHand(ledger)).toBe(6);
    expect(targets(ledger)).toEqual([6, 6]);
    expect(ledger.entries.at(-1)).toMatchObject({ cause: 'left', delta: -4 });
  });

  it('[S10] whatever happens where, the parts add up and on hand is the sum of the entries', () => {
    const deed = fc.record({
      place: fc.constantFrom(WEB, REGISTER, B),
      units: fc.integer({ min: -4, max: 3 }),
      told: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...SHARINGS), fc.array(deed, { maxLength: 30 }), (by, deeds) => {
        const ledger = openShared(by, 12, 9);
        for (const [index, { place, units, told }] of deeds.entries()) {
          ledger.nowMs += SETTLE_MS + 100;
          const level = placeOf(ledger, place).level ?? 0;
          if (place === WEB && level + units < 0) continue;
          see(ledger, place, level + units);
          if (units < 0 && told) sellLine(ledger, place, -units, `o${index}:${place}`);
          ledger.nowMs += SETTLE_MS + 100;
          if (units > 0) see(ledger, place, level + units);
          const total = Math.max(0, onHand(ledger));
          const [web, a, b] = targets(ledger);
          expect([web, (a ?? 0) + (b ?? 0)]).toEqual([total, total]);
          expect(Math.min(a ?? 0, b ?? 0)).toBeGreaterThanOrEqual(0);
          expect(sumOfEntries(ledger)).toBe(onHand(ledger));
        }
      }),
    );
  });
});
