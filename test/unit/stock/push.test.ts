/**
 * Goal: an order that we push to a register is one movement with the web sale behind it, whether or not the register's
 * level moves with it, and whatever comes in between. Method: one story per test; the register's clock is ours.
 */
import { describe, expect, it } from 'vitest';
import {
  REGISTER,
  SETTLE_MS,
  WEB,
  confirmWrite,
  mustClaim,
  onHand,
  openTestLedger,
  placeOf,
  pushUnits,
  see,
  sellLine,
  type OpenInput,
  type TestLedger,
} from '../../support/ledger.ts';
import { learntOfPushes } from '../../../src/domain/stock/push.ts';
import { viewOf } from '../../../src/domain/stock/ledger.ts';

const ROW_MS = 900_000;

const openShop = (input: OpenInput = {}): TestLedger =>
  openTestLedger({ registerModifiedMs: ROW_MS, followsSales: true, ...input });

/** A web sale of 2 is counted: on hand 8, the register is to be lowered. */
function sellOnline(ledger: TestLedger): void {
  see(ledger, WEB, 8);
  expect(onHand(ledger)).toBe(8);
}

/** The read that the ledger asked for after the settle time. */
function look(ledger: TestLedger, level: number, rowMs: number): void {
  ledger.nowMs += SETTLE_MS + 10;
  see(ledger, REGISTER, level, { platformModifiedMs: rowMs });
}

/** The register writes its target; answers the row's time. */
function writeRegister(ledger: TestLedger, shown: number, rowMs: number): number {
  const { effectId } = mustClaim(ledger, REGISTER, shown, rowMs);
  ledger.nowMs += 40;
  const platformModifiedMs = ledger.nowMs;
  confirmWrite(ledger, effectId, { startedAtMs: ledger.nowMs - 20, platformModifiedMs });
  ledger.nowMs += 40;
  return platformModifiedMs;
}

describe('[S8] an order we push is one movement', () => {
  it('waits with our own lowering for the order, and lets its fall count no more', () => {
    const ledger = openShop({ apiOrdersMove: true });
    pushUnits(ledger, 2);
    sellOnline(ledger);
    expect(placeOf(ledger, REGISTER).effect).toBeNull();
    ledger.nowMs += 300;
    const madeMs = ledger.nowMs;
    pushUnits(ledger, 2, madeMs);
    // The look that was to end the wait is brought forward.
    expect(placeOf(ledger, REGISTER).readDue).toMatchObject({ wantedAtMs: madeMs + SETTLE_MS });
    look(ledger, 8, madeMs);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, REGISTER)).toMatchObject({ level: 8, effect: null, awaited: [] });
    expect(viewOf(ledger.state).outstandingSinceMs).toBeNull();
  });

  it('makes good for our own write before the order: the register goes back to its target', () => {
    const ledger = openShop({ apiOrdersMove: true });
    sellOnline(ledger);
    writeRegister(ledger, 10, ROW_MS);
    pushUnits(ledger, 2);
    const madeMs = (ledger.nowMs += 200);
    pushUnits(ledger, 2, madeMs);
    look(ledger, 6, madeMs);
    expect(onHand(ledger)).toBe(8);
    writeRegister(ledger, 6, madeMs);
    expect(placeOf(ledger, REGISTER)).toMatchObject({ level: 8, effect: null });
  });

  it('loses nothing when our own write overwrites the fall of the order', () => {
    const ledger = openShop({ apiOrdersMove: true });
    sellOnline(ledger);
    const { effectId } = mustClaim(ledger, REGISTER, 10, ROW_MS);
    pushUnits(ledger, 2);
    const madeMs = (ledger.nowMs += 20);
    const writtenMs = (ledger.nowMs += 20);
    confirmWrite(ledger, effectId, { startedAtMs: madeMs - 10, platformModifiedMs: writtenMs });
    pushUnits(ledger, 2, madeMs);
    look(ledger, 8, writtenMs);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, REGISTER)).toMatchObject({ level: 8, effect: null, awaited: [] });
  });

  it('gives back a fall that was seen before anybody told of the order', () => {
    const ledger = openShop({ apiOrdersMove: true });
    sellOnline(ledger);
    const writtenMs = writeRegister(ledger, 10, ROW_MS);
    const madeMs = (ledger.nowMs += 200);
    expect(madeMs).toBeGreaterThan(writtenMs);
    look(ledger, 6, madeMs);
    expect(onHand(ledger)).toBe(6);
    pushUnits(ledger, 2, madeMs);
    expect(onHand(ledger)).toBe(8);
    pushUnits(ledger, 2, madeMs);
    expect(onHand(ledger)).toBe(8);
  });

  it('lowers the register itself when the order moves no stock', () => {
    const ledger = openShop({ apiOrdersMove: false });
    pushUnits(ledger, 2);
    sellOnline(ledger);
    writeRegister(ledger, 10, ROW_MS);
    pushUnits(ledger, 2, ledger.nowMs);
    expect(placeOf(ledger, REGISTER)).toMatchObject({ level: 8, effect: null, readDue: null });
  });

  it('lowers the register itself when the order is never made', () => {
    const ledger = openShop({ apiOrdersMove: true });
    pushUnits(ledger, 2);
    sellOnline(ledger);
    ledger.nowMs += 20_000;
    look(ledger, 10, ROW_MS);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, REGISTER).effect).not.toBeNull();
    writeRegister(ledger, 10, ROW_MS);
    expect(placeOf(ledger, REGISTER).level).toBe(8);
  });

  it.each([true, false, undefined])(
    'counts a register sale beside the order (orders move stock: %s)',
    (apiOrdersMove) => {
      const moves = apiOrdersMove ?? false;
      const ledger = openShop(apiOrdersMove === undefined ? {} : { apiOrdersMove });
      pushUnits(ledger, 2);
      sellOnline(ledger);
      const soldMs = (ledger.nowMs += 100);
      const madeMs = (ledger.nowMs += 300);
      see(ledger, REGISTER, 8, { platformModifiedMs: soldMs });
      pushUnits(ledger, 2, madeMs);
      ledger.nowMs += 100;
      sellLine(ledger, REGISTER, 2, 'R1:line', soldMs);
      look(ledger, moves ? 6 : 8, moves ? madeMs : soldMs);
      look(ledger, moves ? 6 : 8, moves ? madeMs : soldMs);
      expect(onHand(ledger)).toBe(6);
    },
  );
});

describe('[S8] whether orders of ours move stock is learnt', () => {
  it.each([
    { moves: true, shown: 8 },
    { moves: false, shown: 10 },
  ])('from the first of them (moves: $moves)', ({ moves, shown }) => {
    const ledger = openShop();
    pushUnits(ledger, 2);
    sellOnline(ledger);
    const madeMs = (ledger.nowMs += 300);
    pushUnits(ledger, 2, madeMs);
    look(ledger, shown, moves ? madeMs : ROW_MS);
    expect(learntOfPushes(placeOf(ledger, REGISTER))).toBe(moves);
    expect(viewOf(ledger.state).places[1]?.apiOrdersMove).toBe(moves);
    expect(onHand(ledger)).toBe(8);
    if (!moves) writeRegister(ledger, 10, ROW_MS);
    expect(placeOf(ledger, REGISTER)).toMatchObject({ level: 8, effect: null });
  });

  it.each([
    { moves: true, shown: 6 },
    { moves: false, shown: 8 },
  ])('and the register is lowered at once meanwhile (moves: $moves)', ({ moves, shown }) => {
    const ledger = openShop();
    pushUnits(ledger, 2);
    sellOnline(ledger);
    const writtenMs = writeRegister(ledger, 10, ROW_MS);
    expect(placeOf(ledger, REGISTER)).toMatchObject({ level: 8, effect: null });
    const madeMs = (ledger.nowMs += 300);
    pushUnits(ledger, 2, madeMs);
    expect(placeOf(ledger, REGISTER).effect).toBeNull();
    look(ledger, shown, moves ? madeMs : writtenMs);
    expect(learntOfPushes(placeOf(ledger, REGISTER))).toBe(moves);
    expect(onHand(ledger)).toBe(8);
    // What the order took a second time is given back, now that its fall was seen.
    if (moves) writeRegister(ledger, 6, madeMs);
    expect(placeOf(ledger, REGISTER)).toMatchObject({ level: 8, effect: null });
    // The next one is known: it is waited for, or it does not matter.
    pushUnits(ledger, 1, null, 'BC101');
    see(ledger, WEB, 7);
    expect(placeOf(ledger, REGISTER).effect === null).toBe(moves);
  });

  it('not from one that a write of ours may have swallowed', () => {
    const ledger = openShop();
    sellOnline(ledger);
    const { effectId } = mustClaim(ledger, REGISTER, 10, ROW_MS);
    const madeMs = (ledger.nowMs += 20);
    const writtenMs = (ledger.nowMs += 20);
    confirmWrite(ledger, effectId, { startedAtMs: madeMs - 10, platformModifiedMs: writtenMs });
    pushUnits(ledger, 2, madeMs);
    look(ledger, 8, writtenMs);
    expect(learntOfPushes(placeOf(ledger, REGISTER))).toBeNull();
  });

  it('at a register that follows no sales, not at all: its level is ours to lower', () => {
    const ledger = openShop({ followsSales: false });
    pushUnits(ledger, 2);
    sellOnline(ledger);
    expect(placeOf(ledger, REGISTER).effect).not.toBeNull();
  });
});

describe('[S8] lines of our own orders read back are no sales', () => {
  it('whether the ledger was told of the order or not', () => {
    const told = openShop({ apiOrdersMove: true });
    pushUnits(told, 2);
    const untold = openShop({ apiOrdersMove: true });
    for (const ledger of [told, untold]) {
      sellOnline(ledger);
      const madeMs = (ledger.nowMs += 300);
      sellLine(ledger, REGISTER, 1, 'O:a', madeMs, { pushKey: 'BC100' });
      sellLine(ledger, REGISTER, 1, 'O:b', madeMs, { pushKey: 'BC100' });
      expect(onHand(ledger)).toBe(8);
      look(ledger, 8, madeMs);
      expect(onHand(ledger)).toBe(8);
    }
  });

  it('but what a cashier adds to the order is one', () => {
    const ledger = openShop({ apiOrdersMove: false });
    pushUnits(ledger, 2);
    sellOnline(ledger);
    pushUnits(ledger, 2, ledger.nowMs);
    sellLine(ledger, REGISTER, 2, 'BC100-line', ledger.nowMs, { pushKey: 'BC100' });
    expect(onHand(ledger)).toBe(8);
    sellLine(ledger, REGISTER, 1, 'O:added', ledger.nowMs, { pushKey: 'BC100' });
    expect(onHand(ledger)).toBe(7);
  });
});
