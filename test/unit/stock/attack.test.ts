/**
 * Goal: the ledger under unkind timing: reads that cross our writes, goods that arrive while others are sold, platforms
 * that keep failing, settings that are saved meanwhile. Method: one story per test against the pure core.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/domain/failure.ts';
import { eventId } from '../../../src/domain/ids.ts';
import { readLater } from '../../../src/domain/stock/change.ts';
import { nextAlarmAtMs, withPolicy } from '../../../src/domain/stock/ledger.ts';
import { wake } from '../../../src/domain/stock/wake.ts';
import { claimFailed } from '../../../src/domain/stock/write.ts';
import { EFFECT_ATTEMPTS_MAX, RETRY_BASE_MS, RETRY_CAP_MS } from '../../../src/limits.ts';
import {
  REGISTER,
  SETTLE_MS,
  WEB,
  claimAt,
  confirmWrite,
  mustClaim,
  onHand,
  openTestLedger,
  placeOf,
  see,
  sellLine,
  sumOfEntries,
  take,
  type TestLedger,
} from '../../support/ledger.ts';

const DOWN: Failure = { code: 'platform_unavailable', message: 'not available', status: 500 };

/** The write that a place wants, carried out at once; returns what the place shows then. */
function carryOut(ledger: TestLedger, place: typeof WEB, shown: number): number {
  ledger.nowMs += 300;
  const claimed = claimAt(ledger, place, shown);
  if (claimed.claim !== 'write') return shown;
  const { kind, quantity, effectId } = claimed.instruction;
  ledger.nowMs += 50;
  confirmWrite(ledger, effectId, { startedAtMs: ledger.nowMs - 50 });
  return kind === 'absolute' ? quantity : shown + quantity;
}

describe('goods that arrive while others are sold', () => {
  it('[S1] [S2] a register sale within the second look of a delivery is one unit, not two', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    see(ledger, REGISTER, 20);
    ledger.nowMs += 500;
    sellLine(ledger, REGISTER, 1);
    see(ledger, REGISTER, 19);
    for (let look = 0; look < 3; look += 1) {
      ledger.nowMs += SETTLE_MS + 100;
      see(ledger, REGISTER, 19);
    }
    expect(onHand(ledger)).toBe(19);
    expect(placeOf(ledger, REGISTER).effect).toBeNull();
  });

  it('[S1] [S2] nor when its order is only told after the delivery was believed', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    see(ledger, REGISTER, 20);
    ledger.nowMs += 500;
    see(ledger, REGISTER, 19);
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, REGISTER, 19);
    expect(onHand(ledger)).toBe(19);
    sellLine(ledger, REGISTER, 1);
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, REGISTER, 19);
    expect(onHand(ledger)).toBe(19);
  });

  it('[S1] deliveries and sales in any order: both places show the shelf', () => {
    const act = fc.record({
      kind: fc.constantFrom('sell', 'deliver', 'look', 'tell', 'write', 'wait'),
      web: fc.boolean(),
      ms: fc.integer({ min: 60, max: 2 * SETTLE_MS }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 50 }), (acts) => {
        const ledger = openTestLedger({ web: 10, register: 10 });
        const level = { [WEB]: 10, [REGISTER]: 10 } as Record<typeof WEB, number>;
        let shelf = 10;
        let orders = 0;
        const told: (() => void)[] = [];
        const look = (place: typeof WEB) => see(ledger, place, level[place] ?? 0);
        for (const { kind, web, ms } of acts) {
          const place = web ? WEB : REGISTER;
          ledger.nowMs += 60;
          if (kind === 'sell' && (level[place] ?? 0) > 0) {
            level[place] = (level[place] ?? 0) - 1;
            shelf -= 1;
            orders += 1;
            const key = `order-${orders}:1`;
            told.push(() => sellLine(ledger, place, 1, key));
          } else if (kind === 'deliver') {
            // A sale that a delivery hides from every read is an ambiguous case: here each is looked at.
            look(place);
            ledger.nowMs += 60;
            level[place] = (level[place] ?? 0) + 7;
            shelf += 7;
            ledger.nowMs += 60;
            look(place);
          } else if (kind === 'look') look(place);
          // An order is told after the level that it moved was looked at: the harder way round is the other test's.
          else if (kind === 'tell') {
            look(place);
            told.shift()?.();
          } else if (kind === 'write') level[place] = carryOut(ledger, place, level[place] ?? 0);
          else ledger.nowMs += ms;
          expect(sumOfEntries(ledger)).toBe(onHand(ledger));
        }
        for (const tell of told) tell();
        for (let round = 0; round < 30; round += 1) {
          ledger.nowMs += SETTLE_MS + 20_000;
          take(ledger, { state: ledger.state, entries: [] });
          for (const place of [WEB, REGISTER]) {
            look(place);
            level[place] = carryOut(ledger, place, level[place] ?? 0);
          }
        }
        expect(nextAlarmAtMs(ledger.state)).toBeNull();
        expect(level).toEqual({ [WEB]: onHand(ledger), [REGISTER]: onHand(ledger) });
        expect(onHand(ledger)).toBe(shelf);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('reads that cross our writes', () => {
  it('[S4] a read that our write overtook is made again, not dropped', () => {
    const ledger = openTestLedger();
    sellLine(ledger, REGISTER, 1);
    ledger.nowMs += 300;
    see(ledger, REGISTER, 9);
    const { effectId } = mustClaim(ledger, WEB);
    const readStartedAtMs = ledger.nowMs;
    ledger.nowMs += 20;
    confirmWrite(ledger, effectId, {});
    // Somebody took 3 off the web level by hand; the read that would tell began a moment too early.
    expect(see(ledger, WEB, 6, { readStartedAtMs })).toBe('stale');
    const due = placeOf(ledger, WEB).readDue;
    expect((due?.pokeAtMs ?? Infinity) - ledger.nowMs).toBeLessThan(SETTLE_MS);
    ledger.nowMs = due?.pokeAtMs ?? 0;
    see(ledger, WEB, 6);
    expect(onHand(ledger)).toBe(6);
  });

  it('[R2] a read stamped by a clock that is 30 ms fast covers no event that came after it began', () => {
    const ledger = openTestLedger();
    ledger.nowMs += 10_000;
    see(ledger, WEB, 10, { readStartedAtMs: ledger.nowMs + 30 });
    const event = { place: WEB, eventId: eventId('e-late'), platformTsMs: null };
    const at = (receivedAtMs: number) =>
      wake(ledger.state, { ...event, receivedAtMs }, new Map(), ledger.nowMs + 100).kind;
    expect(at(ledger.nowMs + 20)).toBe('read');
    expect(at(ledger.nowMs - 50)).toBe('covered');
  });

  it('[S3] a slow answer from before a raise was visible is no fall', () => {
    const ledger = openTestLedger({ web: 5, register: 20, onHand: 20 });
    ledger.nowMs += 300;
    const { effectId } = mustClaim(ledger, WEB);
    confirmWrite(ledger, effectId, {});
    const readStartedAtMs = ledger.nowMs + 200;
    ledger.nowMs += SETTLE_MS + 5_000;
    expect(see(ledger, WEB, 5, { readStartedAtMs })).toBe('not_yet_visible');
    expect(onHand(ledger)).toBe(20);
    see(ledger, WEB, 20);
    expect(onHand(ledger)).toBe(20);
    expect(nextAlarmAtMs(ledger.state)).toBeNull();
  });

  it('[S3] a level below the one from before a raise is believed in part and looked at again', () => {
    const ledger = openTestLedger({ web: 20, register: 5, onHand: 20 });
    ledger.nowMs += 300;
    const { effectId } = mustClaim(ledger, REGISTER, 5);
    confirmWrite(ledger, effectId, { level: 20 });
    ledger.nowMs += 500;
    // A person counted: 3 are left. Within the settle time it could be the old level less two sales.
    see(ledger, REGISTER, 3);
    const due = placeOf(ledger, REGISTER).readDue;
    ledger.nowMs += SETTLE_MS + 100;
    expect(due?.wantedAtMs ?? Infinity).toBeLessThan(ledger.nowMs);
    see(ledger, REGISTER, 3);
    expect(onHand(ledger)).toBe(3);
  });
});

it('[S2] a hundred falls before a hundred orders are told count once each', () => {
  const ledger = openTestLedger({ web: 200, register: 200 });
  for (let sold = 1; sold <= 100; sold += 1) {
    ledger.nowMs += 100;
    see(ledger, REGISTER, 200 - sold);
  }
  for (let order = 1; order <= 100; order += 1) {
    ledger.nowMs += 100;
    sellLine(ledger, REGISTER, 1, `order-${order}:1`);
  }
  expect(onHand(ledger)).toBe(100);
});

describe('a platform that keeps failing', () => {
  it('[R3] [S5] a write that is never answered waits longer each time and is parked', () => {
    const ledger = openTestLedger();
    sellLine(ledger, REGISTER, 1);
    const startMs = ledger.nowMs;
    let tries = 0;
    for (let round = 0; round < 3_000; round += 1) {
      ledger.nowMs += 1_000;
      const reply = claimAt(ledger, WEB);
      if (reply.claim === 'none' && reply.reason === 'out of attempts') break;
      if (reply.claim === 'write') {
        tries += 1;
        confirmWrite(ledger, reply.instruction.effectId, {
          result: 'unknown',
          failure: { ...DOWN, outcomeUnknown: true },
          startedAtMs: ledger.nowMs,
        });
      }
      if (placeOf(ledger, WEB).readDue !== null) see(ledger, WEB, 10);
    }
    expect(tries).toBe(EFFECT_ATTEMPTS_MAX);
    expect(placeOf(ledger, WEB).effect?.status).toBe('parked');
    expect(ledger.nowMs - startMs).toBeGreaterThan(60_000);
  });

  it('[R3] a level that cannot be read before a write is a try of that write', () => {
    const ledger = openTestLedger();
    sellLine(ledger, WEB, 1);
    see(ledger, WEB, 9);
    let tries = 0;
    for (; tries < 100 && placeOf(ledger, REGISTER).effect?.status === 'pending'; tries += 1) {
      const { effect } = placeOf(ledger, REGISTER);
      if (effect === null) throw new Error('no effect');
      ledger.nowMs = Math.max(ledger.nowMs, effect.notBeforeMs);
      const state = claimFailed(ledger.state, effect.effectId, DOWN, ledger.nowMs, 0.5);
      take(ledger, { state, entries: [] });
      // The same message once more changes nothing: the write waits for its next try.
      expect(claimFailed(ledger.state, effect.effectId, DOWN, ledger.nowMs, 0.5)).toBe(
        ledger.state,
      );
    }
    expect(tries).toBe(EFFECT_ATTEMPTS_MAX);
    expect(onHand(ledger)).toBe(9);
  });

  it('[R3] a read that keeps failing is asked for less and less often', () => {
    let place = placeOf(openTestLedger(), WEB);
    let nowMs = 1_000_000;
    const waits: number[] = [];
    for (let fails = 0; fails < 20; fails += 1) {
      place = readLater(place, DOWN, eventId('e'), nowMs);
      waits.push((place.readDue?.pokeAtMs ?? 0) - nowMs);
      nowMs = place.readDue?.pokeAtMs ?? nowMs;
    }
    expect(waits[0]).toBe(RETRY_BASE_MS);
    expect(waits.at(-1)).toBe(RETRY_CAP_MS);
    expect(waits).toEqual(waits.toSorted((left, right) => left - right));
  });
});

it('[S6] a worker that still holds the old settings does not bring them back', () => {
  const ledger = openTestLedger();
  const { policy } = ledger.state;
  const off = withPolicy(ledger.state, { ...policy, enabled: false, asOfMs: 2_000 });
  expect(withPolicy(off, { ...policy, asOfMs: 1_000 }).policy.enabled).toBe(false);
  expect(withPolicy(off, { ...policy, asOfMs: 3_000 }).policy.enabled).toBe(true);
});
