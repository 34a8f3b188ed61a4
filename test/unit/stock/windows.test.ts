/**
 * Goal: what our own writes hide is found again: sales in the window of an absolute write, sales that a delivery hid,
 * and writes of unknown outcome that later sales show in another light. Method: one story per test, with the
 * register's own clock 5 s ahead of ours.
 */
import { describe, expect, it } from 'vitest';
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
  type TestLedger,
} from '../../support/ledger.ts';
import { viewOf } from '../../../src/domain/stock/ledger.ts';

const AHEAD_MS = 5_000;
const NO_ANSWER = {
  result: 'unknown',
  failure: { code: 'timeout', message: 'no answer' },
  startedAtMs: 0,
} as const;
const PROMISED = { standing: 'promised', takesAtOnce: true } as const;

/** The register's clock now. */
const clover = (ledger: TestLedger): number => ledger.nowMs + AHEAD_MS;

function openShop(followsSales?: boolean): TestLedger {
  return openTestLedger({
    web: 10,
    register: 10,
    registerModifiedMs: 500_000 + AHEAD_MS,
    ...(followsSales === undefined ? {} : { followsSales }),
  });
}

/** A web sale makes the ledger write 9 to the register; a register sale in the middle of that write is overwritten. */
function sellInWindow(ledger: TestLedger, write: 'answered' | 'unanswered'): number {
  see(ledger, WEB, 9);
  ledger.nowMs += 300;
  const { effectId } = mustClaim(ledger, REGISTER, 10, 500_000 + AHEAD_MS);
  ledger.nowMs += 40;
  const soldAtMs = clover(ledger);
  ledger.nowMs += 40;
  const committedMs = clover(ledger);
  ledger.nowMs += 40;
  if (write === 'answered') {
    const platformModifiedMs = committedMs;
    confirmWrite(ledger, effectId, { startedAtMs: ledger.nowMs - 60, platformModifiedMs });
    return soldAtMs;
  }
  confirmWrite(ledger, effectId, NO_ANSWER);
  ledger.nowMs += SETTLE_MS + 100;
  see(ledger, REGISTER, 9, { platformModifiedMs: committedMs });
  return soldAtMs;
}

function lookAgain(ledger: TestLedger, level: number, platformModifiedMs: number): void {
  ledger.nowMs += SETTLE_MS + 200;
  see(ledger, REGISTER, level, { platformModifiedMs });
}

describe('a sale inside the window of our write', () => {
  it.each(['answered', 'unanswered'] as const)(
    '[S2] [S4] [S5] is counted when it comes to light, the write %s',
    (write) => {
      const ledger = openShop(true);
      const soldAtMs = sellInWindow(ledger, write);
      const committedMs = placeOf(ledger, REGISTER).platformModifiedMs ?? 0;
      ledger.nowMs += 3_600_000;
      sellLine(ledger, REGISTER, 1, 'order-1:1', soldAtMs);
      lookAgain(ledger, 9, committedMs);
      expect(onHand(ledger)).toBe(8);
      expect(placeOf(ledger, REGISTER).ambiguous).toBe(0);
    },
  );

  it('[S2] [S4] is not taken for a manual edit of another time', () => {
    const ledger = openShop(true);
    const soldAtMs = sellInWindow(ledger, 'answered');
    ledger.nowMs += 600_000;
    see(ledger, REGISTER, 8, { platformModifiedMs: clover(ledger) });
    expect(onHand(ledger)).toBe(8);
    sellLine(ledger, REGISTER, 1, 'order-1:1', soldAtMs);
    lookAgain(ledger, 8, placeOf(ledger, REGISTER).platformModifiedMs ?? 0);
    expect(onHand(ledger)).toBe(7);
  });

  it('[S2] [S4] counts although it was given the fall of the next sale first', () => {
    const ledger = openShop(true);
    const hiddenAtMs = sellInWindow(ledger, 'answered');
    ledger.nowMs += 60;
    const shownAtMs = clover(ledger);
    ledger.nowMs += 100;
    see(ledger, REGISTER, 8, { platformModifiedMs: shownAtMs });
    // Both may have caused the fall, by their times; the one that a write may have swallowed is told first.
    sellLine(ledger, REGISTER, 1, 'order-1:1', hiddenAtMs);
    expect(onHand(ledger)).toBe(8);
    ledger.nowMs += 60_000;
    sellLine(ledger, REGISTER, 1, 'order-2:1', shownAtMs);
    lookAgain(ledger, 8, shownAtMs);
    expect(onHand(ledger)).toBe(7);
  });
});

describe('a register sale that a delivery hid from every read', () => {
  function hide(followsSales?: boolean): TestLedger {
    const ledger = openShop(followsSales);
    ledger.nowMs += 60_000;
    // Sold and restocked between two reads: the level shows nothing of either.
    sellLine(ledger, REGISTER, 1, 'order-1:1', clover(ledger) - 1_500);
    expect(onHand(ledger)).toBe(9);
    lookAgain(ledger, 10, clover(ledger));
    return ledger;
  }

  it('[S1] [S2] is in the level: no write of ours can have swallowed it', () => {
    expect(onHand(hide(true))).toBe(10);
  });

  it('[S2] stays counted where sales do not move the level, or nobody knows', () => {
    expect(onHand(hide(false))).toBe(9);
    expect(onHand(hide())).toBe(9);
  });
});

describe('a write of unknown outcome', () => {
  it('[S5] was not carried out when the row at the register is the one from before', () => {
    const ledger = openShop(true);
    see(ledger, WEB, 9);
    ledger.nowMs += 300;
    const { effectId } = mustClaim(ledger, REGISTER, 10, 500_000 + AHEAD_MS);
    confirmWrite(ledger, effectId, NO_ANSWER);
    lookAgain(ledger, 10, 500_000 + AHEAD_MS);
    const place = placeOf(ledger, REGISTER);
    expect(place.effect?.status).toBe('pending');
    expect(place.doubts).toEqual([]);
    expect(place.windows).toEqual([]);
  });

  /** A register sale makes the ledger write the web down by 1; no answer, and the web shows `level` afterwards. */
  function doubtWeb(level: number): TestLedger {
    const ledger = openShop(true);
    see(ledger, REGISTER, 9, { platformModifiedMs: clover(ledger) });
    ledger.nowMs += 300;
    const { effectId } = mustClaim(ledger, WEB);
    confirmWrite(ledger, effectId, NO_ANSWER);
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, WEB, level);
    return ledger;
  }

  it('[S5] taken for carried out: a web sale that never fell shows that it was not', () => {
    const ledger = doubtWeb(9);
    expect(onHand(ledger)).toBe(9);
    ledger.nowMs += 3_600_000;
    sellLine(ledger, WEB, 1, 'order-1:1');
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, WEB, 9);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, WEB).ambiguous).toBe(0);
  });

  it('[S5] taken for not carried out: a web sale turns that too, and the repeat is undone', () => {
    const ledger = openTestLedger({ web: 9, register: 10, onHand: 10 });
    ledger.nowMs += 300;
    const { effectId, quantity } = mustClaim(ledger, WEB);
    expect(quantity).toBe(1);
    confirmWrite(ledger, effectId, NO_ANSWER);
    ledger.nowMs += SETTLE_MS + 100;
    // Carried out and one sold: the web shows what it showed before.
    see(ledger, WEB, 9);
    ledger.nowMs += 300;
    confirmWrite(ledger, mustClaim(ledger, WEB).effectId, {});
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, WEB, 10);
    expect(onHand(ledger)).toBe(10);
    sellLine(ledger, WEB, 1, 'order-1:1', 1_000_500);
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, WEB, 10);
    expect(onHand(ledger)).toBe(9);
  });

  // The store was slow to answer: one fall is seen for two sales, and the later one is without.
  it.each([
    ['a sale', {}, { onHand: 7, reserved: 0 }],
    ['a promised order', PROMISED, { onHand: 8, reserved: 1 }],
  ])('[S5] [S6] is turned by a later sale whose fall went to %s of its time', (_who, how, left) => {
    const ledger = doubtWeb(9);
    ledger.nowMs += 100;
    sellLine(ledger, WEB, 1, 'order-1:1', ledger.nowMs - 300, how);
    ledger.nowMs += 2_000;
    const laterAtMs = ledger.nowMs - 100;
    see(ledger, WEB, 8);
    sellLine(ledger, WEB, 1, 'order-2:1', laterAtMs);
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, WEB, 8);
    expect(viewOf(ledger.state)).toMatchObject(left);
    expect(placeOf(ledger, WEB).ambiguous).toBe(0);
    expect(sumOfEntries(ledger)).toBe(left.onHand);
  });

  it('[S5] neither reading fits: the lower count stands until the sales that explain it are told', () => {
    const ledger = doubtWeb(8);
    // Carried out and one sold, or not carried out and two sold.
    expect(onHand(ledger)).toBe(7);
    expect(placeOf(ledger, WEB).ambiguous).toBe(1);
    sellLine(ledger, WEB, 1, 'order-1:1');
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, WEB).ambiguous).toBe(0);
    // A second sale turns it back.
    sellLine(ledger, WEB, 1, 'order-2:1');
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, WEB, 8);
    expect(onHand(ledger)).toBe(7);
  });
});

it('[S4] remembers windows within a bound, and forgets none of their time', () => {
  const ledger = openShop(true);
  for (let round = 0; round < 60; round += 1) {
    ledger.nowMs += 10_000;
    const level = placeOf(ledger, WEB).level ?? 0;
    see(ledger, WEB, level + (round % 2 === 0 ? -1 : 1));
    ledger.nowMs += SETTLE_MS + 500;
    see(ledger, WEB, level + (round % 2 === 0 ? -1 : 1));
    ledger.nowMs += 500;
    const shown = placeOf(ledger, REGISTER).level ?? 0;
    const known = placeOf(ledger, REGISTER).platformModifiedMs;
    const claimed = claimAt(ledger, REGISTER, shown, known);
    if (claimed.claim !== 'write') throw new Error(JSON.stringify(claimed));
    ledger.nowMs += 50;
    confirmWrite(ledger, claimed.instruction.effectId, {
      startedAtMs: ledger.nowMs - 40,
      platformModifiedMs: clover(ledger) - 10,
    });
  }
  const { windows } = placeOf(ledger, REGISTER);
  expect(windows).toHaveLength(40);
  expect(windows[0]?.span?.fromMs).toBeLessThan(1_020_000 + AHEAD_MS);
});

describe('sales close to the first count of a register', () => {
  // The register's clock is 2 s behind ours; its row was last stamped long before it was counted.
  const BEHIND_MS = 2_000;
  const open = (followsSales: boolean): TestLedger =>
    openTestLedger({ web: 10, register: 10, registerModifiedMs: 900_000, followsSales });

  it("[S2] are placed by the register's own clock, however far behind ours it is", () => {
    const ledger = open(true);
    ledger.nowMs += 1_000;
    sellLine(ledger, REGISTER, 1, 'order-1:1', ledger.nowMs - BEHIND_MS);
    expect(onHand(ledger)).toBe(9);
  });

  it('[S2] are in the count when the row that was counted is as new', () => {
    const ledger = open(true);
    sellLine(ledger, REGISTER, 1, 'order-1:1', 900_000 - 10);
    expect(onHand(ledger)).toBe(10);
  });

  it('[S2] are compared by both clocks where sales do not move the rows', () => {
    const ledger = open(false);
    ledger.nowMs += 1_000;
    sellLine(ledger, REGISTER, 1, 'order-1:1', ledger.nowMs - BEHIND_MS);
    expect(onHand(ledger)).toBe(10);
  });
});

it("[S2] a fall on the web is the oldest sale's: the newest may not be visible yet", () => {
  const ledger = openTestLedger({ web: 10, register: 10 });
  ledger.nowMs += 10_000;
  // The store's clock is a second ahead of ours.
  sellLine(ledger, WEB, 3, 'order-1:1', ledger.nowMs + 100);
  ledger.nowMs += 900;
  sellLine(ledger, WEB, 1, 'order-2:1', ledger.nowMs + 900);
  ledger.nowMs += 100;
  see(ledger, WEB, 7);
  expect(placeOf(ledger, WEB).awaited.map(({ orderId, units }) => [orderId, units])).toEqual([
    ['order-2', 1],
  ]);
});
