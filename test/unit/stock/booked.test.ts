/**
 * Goal: a sale in store that becomes a web order is one movement, whatever comes first: the register's level, the sale, the
 * order, or its fall on the web (O5). Method: one story per test.
 */
import { describe, expect, it } from 'vitest';
import { ORDER_HOLD_MS, PUSH_HOLD_MS } from '../../../src/limits.ts';
import {
  bookUnits,
  confirmWrite,
  mustClaim,
  onHand,
  openTestLedger,
  placeOf,
  REGISTER,
  see,
  sellLine,
  SETTLE_MS,
  WEB,
  type TestLedger,
} from '../../support/ledger.ts';

const ROW_MS = 900_000;

const openShop = (): TestLedger =>
  openTestLedger({ registerModifiedMs: ROW_MS, followsSales: true, salesBecomeOrders: true });

const sellTwo = (ledger: TestLedger): void =>
  sellLine(ledger, REGISTER, 2, 'clover:M:O1:L', ledger.nowMs - 10);

describe('[O5] a sale in store that becomes a web order', () => {
  it('leaves the web alone until the order has taken its stock', () => {
    const ledger = openShop();
    bookUnits(ledger, 2);
    sellTwo(ledger);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, WEB).effect).toBeNull();
    ledger.nowMs += 400;
    bookUnits(ledger, 2, ledger.nowMs);
    ledger.nowMs += 400;
    see(ledger, WEB, 8);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, WEB)).toMatchObject({ level: 8, effect: null, awaited: [] });
    // Nothing waits for the end of the hold.
    expect(placeOf(ledger, WEB).readDue?.wantedAtMs ?? 0).toBeLessThan(ledger.nowMs + SETTLE_MS);
  });

  it('that the register shows first gives its order a moment, and no longer', () => {
    const ledger = openShop();
    ledger.nowMs += 100;
    see(ledger, REGISTER, 8, { platformModifiedMs: ledger.nowMs });
    expect(onHand(ledger)).toBe(8);
    const { effect } = placeOf(ledger, WEB);
    expect(effect?.notBeforeMs).toBe(ledger.nowMs + ORDER_HOLD_MS);
    bookUnits(ledger, 2);
    sellTwo(ledger);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, WEB).effect).toBeNull();
  });

  it('whose order takes nothing after all is lowered by us at once', () => {
    const ledger = openShop();
    bookUnits(ledger, 2);
    sellTwo(ledger);
    bookUnits(ledger, 0, null, true);
    expect(placeOf(ledger, WEB).effect?.notBeforeMs).toBe(ledger.nowMs);
    expect(placeOf(ledger, WEB).awaited).toEqual([]);
  });

  it('whose order is late was lowered by us, and counts no more when the order takes its stock', () => {
    const ledger = openShop();
    bookUnits(ledger, 2);
    sellTwo(ledger);
    ledger.nowMs += 10;
    see(ledger, REGISTER, 8, { platformModifiedMs: ledger.nowMs - 20 });
    ledger.nowMs += PUSH_HOLD_MS + SETTLE_MS;
    see(ledger, WEB, 10);
    const { effectId } = mustClaim(ledger, WEB);
    ledger.nowMs += 40;
    confirmWrite(ledger, effectId, { startedAtMs: ledger.nowMs - 20 });
    ledger.nowMs += 2 * SETTLE_MS;
    see(ledger, WEB, 8);
    // About to be made after all: its fall is its own, and what it takes too much comes back.
    bookUnits(ledger, 2);
    ledger.nowMs += 300;
    see(ledger, WEB, 6);
    expect(onHand(ledger)).toBe(8);
    bookUnits(ledger, 2, ledger.nowMs);
    expect(onHand(ledger)).toBe(8);
    expect(mustClaim(ledger, WEB)).toMatchObject({ quantity: 2 });
  });
});
