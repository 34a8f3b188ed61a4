/**
 * Goal: goods of a refund count again once, by the merchant's rule, a person's word, or a level that rose, and never by the
 * money (O6). Method: one story per test, and every order of events for the three that can explain each other.
 */
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../src/domain/ids.ts';
import { viewOf } from '../../../src/domain/stock/ledger.ts';
import { answerReturns } from '../../../src/domain/stock/restock.ts';
import {
  onHand,
  openTestLedger,
  placeOf,
  REGISTER,
  see,
  sellLine,
  SETTLE_MS,
  take,
  type OpenInput,
  type TestLedger,
} from '../../support/ledger.ts';

const KEY = 'O1:L1';

/** Two were sold at the register, and the level shows it. */
function openSold(restock: OpenInput['restock']): TestLedger {
  const ledger = openTestLedger({
    registerModifiedMs: 900_000,
    followsSales: true,
    ...(restock === undefined ? {} : { restock }),
  });
  sellLine(ledger, REGISTER, 2, KEY, ledger.nowMs - 10);
  ledger.nowMs += 20;
  see(ledger, REGISTER, 8, { platformModifiedMs: ledger.nowMs - 25 });
  expect(onHand(ledger)).toBe(8);
  ledger.nowMs += SETTLE_MS * 2;
  return ledger;
}

/** The refund of the order is read; `units` of its line came back. */
function refund(ledger: TestLedger, units = 2): void {
  sellLine(ledger, REGISTER, 2, KEY, 1_000_000, { returned: { units, atMs: ledger.nowMs - 5 } });
}

/** Looks at the register twice, each time after the settle time. */
function looks(ledger: TestLedger, level: number): void {
  const rowMs = ledger.nowMs;
  for (let look = 0; look < 3; look += 1) {
    see(ledger, REGISTER, level, { platformModifiedMs: rowMs });
    ledger.nowMs += SETTLE_MS + 10;
  }
  see(ledger, REGISTER, level, { platformModifiedMs: rowMs });
  ledger.nowMs += 10;
}

const answer = (ledger: TestLedger, isRestocked: boolean): void =>
  take(ledger, answerReturns(ledger.state, 'O1', isRestocked, eventId('person'), ledger.nowMs));

describe('[O6] goods that came back with a refund', () => {
  it.each([
    ['always', 10],
    ['never', 8],
    [undefined, 8],
  ] as const)('count again by the rule %s: %i', (rule, count) => {
    const ledger = openSold(rule);
    refund(ledger);
    expect(onHand(ledger)).toBe(8);
    looks(ledger, 8);
    refund(ledger);
    looks(ledger, 8);
    expect(onHand(ledger)).toBe(count);
    expect(viewOf(ledger.state).questions).toBeUndefined();
  });

  it('are not decided on before the place was looked at', () => {
    const ledger = openSold('always');
    refund(ledger);
    expect(placeOf(ledger, REGISTER).readDue?.wantedAtMs).toBe(ledger.nowMs + 3 * SETTLE_MS);
    ledger.nowMs += 4 * SETTLE_MS;
    expect(onHand(ledger)).toBe(8);
  });

  it.each(['always', 'never', 'ask'] as const)(
    'put back by the cashier count once, under the rule %s, told before or after the rise',
    (rule) => {
      for (const isToldFirst of [true, false]) {
        const ledger = openSold(rule);
        if (isToldFirst) refund(ledger);
        looks(ledger, 10);
        if (!isToldFirst) refund(ledger);
        looks(ledger, 10);
        expect(onHand(ledger), String(isToldFirst)).toBe(10);
        expect(viewOf(ledger.state).questions).toBeUndefined();
      }
    },
  );

  it('put back in part are decided on for the rest', () => {
    const ledger = openSold('always');
    refund(ledger);
    looks(ledger, 9);
    looks(ledger, 9);
    expect(onHand(ledger)).toBe(10);
  });

  it.each([
    [true, 10],
    [false, 8],
  ])('ask a person, whose word %s is taken once', (isRestocked, count) => {
    const ledger = openSold('ask');
    refund(ledger);
    looks(ledger, 8);
    expect(viewOf(ledger.state).questions).toMatchObject([{ orderId: 'O1', openUnits: 2 }]);
    expect(onHand(ledger)).toBe(8);
    answer(ledger, isRestocked);
    answer(ledger, !isRestocked);
    refund(ledger);
    expect(onHand(ledger)).toBe(count);
    expect(viewOf(ledger.state).questions).toMatchObject([{ orderId: 'O1', openUnits: 0 }]);
  });

  it('are asked about no more once a level has risen', () => {
    const ledger = openSold('ask');
    refund(ledger);
    looks(ledger, 8);
    expect(viewOf(ledger.state).questions).toMatchObject([{ openUnits: 2 }]);
    looks(ledger, 10);
    expect(viewOf(ledger.state).questions).toMatchObject([{ openUnits: 0 }]);
    answer(ledger, true);
    expect(onHand(ledger)).toBe(10);
  });

  it('are told a unit at a time, each once', () => {
    const ledger = openSold('always');
    refund(ledger, 1);
    looks(ledger, 8);
    expect(onHand(ledger)).toBe(9);
    refund(ledger, 2);
    refund(ledger, 1);
    expect(viewOf(ledger.state).onHand).toBe(9);
  });
});
