/**
 * Goal: what was sold beyond the shelf is one incident, told with both orders, until it is made good. Method: both sides
 * sell the last unit on a ledger's desk.
 */
import { describe, expect, it } from 'vitest';
import { openTestDesk, type TestDesk } from '../../support/desk.ts';
import { REGISTER, SETTLE_MS, WEB } from '../../support/ledger.ts';

function sellLastTwice(): TestDesk {
  const shop = openTestDesk({ web: 1, register: 1, followsSales: true });
  shop.see(WEB, 0);
  shop.nowMs += 20;
  const web = { place: WEB, saleKey: 'w', orderId: '100' };
  const register = { place: REGISTER, saleKey: 'r', orderId: 'R7' };
  shop.tell({ quantity: 1, ...web });
  shop.nowMs += 20;
  shop.see(REGISTER, 0);
  shop.nowMs += 20;
  shop.tell({ quantity: 1, ...register });
  return shop;
}

const incidents = (shop: TestDesk) => shop.view().oversells ?? [];
const lines = (shop: TestDesk) => shop.entries.filter(({ cause }) => cause === 'oversell');

describe('[S7] both sides sell the last unit', () => {
  it('is one incident with both orders, and both sides show 0', () => {
    const shop = sellLastTwice();
    expect(shop.view()).toMatchObject({ onHand: -1, places: [{ target: 0 }, { target: 0 }] });
    expect(incidents(shop)).toMatchObject([
      { units: 1, orders: ['web order 100', 'register order R7'], endedAtMs: null },
    ]);
    expect(lines(shop)).toMatchObject([{ delta: 0 }]);
  });

  it('names the orders in its line when they were known', () => {
    const shop = openTestDesk({ web: 1, register: 1 });
    shop.tell({ quantity: 1, place: REGISTER, saleKey: 'r', orderId: 'R7' });
    shop.tell({ quantity: 1, place: REGISTER, saleKey: 's', orderId: 'R8' });
    expect(lines(shop)[0]?.note).toContain('register order R8');
  });

  it('grows with each unit, and a repeat adds nothing', () => {
    const shop = sellLastTwice();
    shop.tell({ quantity: 1, place: REGISTER, saleKey: 'r', orderId: 'R7' });
    expect(lines(shop)).toHaveLength(1);
    shop.tell({ quantity: 2, place: REGISTER, saleKey: 't', orderId: 'R9' });
    expect(lines(shop)).toHaveLength(2);
    expect(incidents(shop)).toMatchObject([{ units: 3, endedAtMs: null }]);
  });

  it('ends when the units are made good; the next one is another incident', () => {
    const shop = sellLastTwice();
    const [first] = incidents(shop);
    shop.nowMs += 60_000;
    shop.see(REGISTER, 3);
    shop.nowMs += SETTLE_MS + 100;
    shop.see(REGISTER, 3);
    expect(shop.view().onHand).toBe(2);
    expect(incidents(shop)).toMatchObject([{ incidentId: first?.incidentId }]);
    expect(incidents(shop)[0]?.endedAtMs).not.toBeNull();
    shop.tell({ quantity: 3, place: REGISTER, saleKey: 'u', orderId: 'R10' });
    expect(incidents(shop).map(({ endedAtMs }) => endedAtMs === null)).toEqual([false, true]);
    expect(new Set(incidents(shop).map(({ incidentId }) => incidentId)).size).toBe(2);
  });

  it('is one too when the register sells what the web has promised', () => {
    const shop = openTestDesk({ web: 1, register: 1 });
    shop.tell({ quantity: 1, standing: 'promised' });
    expect(incidents(shop)).toEqual([]);
    shop.tell({ quantity: 1, place: REGISTER, saleKey: 'r', orderId: 'R7' });
    expect(shop.view()).toMatchObject({ onHand: 0, reserved: 1 });
    expect(incidents(shop)).toMatchObject([{ units: 1, orders: ['register order R7'] }]);
  });

  it('is shown as it is where a register counts below 0, and no target is', () => {
    const shop = openTestDesk({ web: 1, register: 1, followsSales: true });
    shop.see(REGISTER, -2);
    expect(shop.view()).toMatchObject({
      onHand: -2,
      places: [{ target: 0 }, { level: -2, target: 0 }],
    });
    expect(incidents(shop)).toMatchObject([{ units: 2 }]);
    expect(shop.write(REGISTER, -2)).toBe(0);
  });
});
