/**
 * Goal: units of promised web orders are held back on both sides, by absolute quantity per line, and leave with the order
 * in one step. Method: one story per test on a ledger's desk; the web takes stock as orders ship unless a test says else.
 */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { openTestDesk, type TestDesk } from '../../support/desk.ts';
import { REGISTER, SETTLE_MS, WEB } from '../../support/ledger.ts';
import { standingOf, takesAtOnce } from '../../../src/domain/stock/standing.ts';

const ON_SHIPMENT = { reserveStatusIds: [], takesStock: 'order_completed_or_shipped' } as const;

const counts = (shop: TestDesk) => {
  const { onHand, reserved, places } = shop.view();
  return { onHand, reserved, web: places[0]?.target, register: places[1]?.target };
};

/** A shop with 10 on both sides and 3 promised; both sides were lowered to 7. */
function openWithPromise(bufferUnits = 0): TestDesk {
  const shop = openTestDesk({ bufferUnits, followsSales: true });
  shop.tell({ quantity: 3, standing: 'promised' });
  expect(shop.write(WEB, 10)).toBe(7 - bufferUnits);
  expect(shop.write(REGISTER, 10)).toBe(7);
  shop.nowMs += 60_000;
  return shop;
}

/** Time for what is awaited to end, and the read that ends it. */
function settleWeb(shop: TestDesk, level: number): void {
  shop.nowMs += SETTLE_MS + 100;
  shop.see(WEB, level);
}

describe('[S6] what web orders reserve', () => {
  it('is in nobody’s target and stays on hand', () => {
    const shop = openWithPromise(2);
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 3, web: 5, register: 7 });
  });

  it('is absolute: told again it is the same, edited it follows', () => {
    const shop = openWithPromise();
    shop.tell({ quantity: 3, standing: 'promised' });
    expect(counts(shop).reserved).toBe(3);
    shop.nowMs += 1_000;
    shop.tell({ quantity: 5, standing: 'promised' });
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 5, web: 5, register: 5 });
    shop.nowMs += 1_000;
    shop.tell({ quantity: 1, standing: 'promised' });
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 1, web: 9, register: 9 });
  });

  it('is free again when the order is cancelled, and when a line is edited away', () => {
    const shop = openWithPromise();
    shop.nowMs += 1_000;
    shop.tell({ quantity: 3, standing: 'promised', saleKey: 'bigcommerce:100:b' });
    expect(counts(shop).reserved).toBe(3);
    shop.nowMs += 1_000;
    shop.tell({ quantity: 3, standing: 'over', saleKey: 'bigcommerce:100:b' });
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 0, web: 10, register: 10 });
  });

  it('never follows a read that is older than the last one', () => {
    const shop = openWithPromise();
    const old = { readAtMs: shop.nowMs, modifiedAtMs: shop.nowMs };
    shop.nowMs += 5_000;
    shop.tell({ quantity: 3, standing: 'over' });
    shop.tell({ quantity: 3, standing: 'promised', ...old });
    expect(counts(shop).reserved).toBe(0);
    shop.nowMs += 5_000;
    shop.tell({ quantity: 2, standing: 'promised' });
    shop.tell({ quantity: 0, standing: 'over', saleKey: 'bigcommerce:100:0', ...old });
    expect(counts(shop).reserved).toBe(2);
  });

  it('is never negative, and more than there is leaves targets of 0', () => {
    const shop = openTestDesk({ web: 2, register: 2 });
    shop.tell({ quantity: 3, standing: 'promised' });
    expect(counts(shop)).toEqual({ onHand: 2, reserved: 3, web: 0, register: 0 });
  });
});

describe('[S6] an order that ships leaves in one step', () => {
  it('when the order is told first: the register never moves', () => {
    const shop = openWithPromise();
    shop.tell({ quantity: 3, standing: 'sold', soldAtMs: null });
    expect(counts(shop)).toEqual({ onHand: 7, reserved: 0, web: 7, register: 7 });
    expect(shop.place(REGISTER).effect).toBeNull();
    settleWeb(shop, 4);
    expect(counts(shop)).toEqual({ onHand: 7, reserved: 0, web: 7, register: 7 });
    expect(shop.write(WEB, 4)).toBe(7);
    expect(shop.place(REGISTER).effect).toBeNull();
  });

  it('when the level falls first: the register never moves', () => {
    const shop = openWithPromise();
    shop.see(WEB, 4);
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 3, web: 7, register: 7 });
    expect(shop.place(REGISTER).effect).toBeNull();
    expect(shop.place(WEB).effect).toBeNull();
    shop.nowMs += 300;
    shop.tell({ quantity: 3, standing: 'sold', soldAtMs: null });
    expect(counts(shop)).toEqual({ onHand: 7, reserved: 0, web: 7, register: 7 });
    expect(shop.place(REGISTER).effect).toBeNull();
    expect(shop.write(WEB, 4)).toBe(7);
    settleWeb(shop, 7);
    expect(counts(shop).onHand).toBe(7);
  });

  it('when the fall was taken for nobody’s before the order was told', () => {
    const shop = openWithPromise();
    shop.see(WEB, 4);
    settleWeb(shop, 4);
    expect(counts(shop)).toEqual({ onHand: 7, reserved: 3, web: 4, register: 4 });
    shop.nowMs += 60_000;
    shop.tell({ quantity: 3, standing: 'sold', soldAtMs: null });
    expect(counts(shop)).toEqual({ onHand: 7, reserved: 0, web: 7, register: 7 });
  });

  it('when the web has too few units to take', () => {
    const shop = openTestDesk({ web: 3, register: 3, followsSales: true });
    shop.tell({ quantity: 3, standing: 'promised' });
    expect(shop.write(WEB, 3)).toBe(0);
    shop.nowMs += 60_000;
    shop.tell({ quantity: 3, standing: 'sold', soldAtMs: null });
    settleWeb(shop, 0);
    expect(counts(shop)).toEqual({ onHand: 0, reserved: 0, web: 0, register: 0 });
  });

  it('but a change by hand of that size is believed when no order ships', () => {
    const shop = openWithPromise();
    shop.see(WEB, 5);
    expect(counts(shop).onHand).toBe(10);
    settleWeb(shop, 5);
    expect(counts(shop)).toEqual({ onHand: 8, reserved: 3, web: 5, register: 5 });
  });
});

describe('[S6] a status the merchant chose, where the web takes stock at once', () => {
  const promised = { quantity: 3, standing: 'promised', takesAtOnce: true } as const;

  it.each(['order first', 'level first'])('holds the units once: %s', (order) => {
    const shop = openTestDesk({ followsSales: true });
    if (order === 'order first') {
      shop.tell(promised);
      expect(shop.place(WEB).effect).toBeNull();
      shop.nowMs += 100;
      shop.see(WEB, 7);
    } else {
      shop.see(WEB, 7);
      shop.nowMs += 100;
      shop.tell({ ...promised, soldAtMs: shop.nowMs - 200 });
    }
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 3, web: 7, register: 7 });
    settleWeb(shop, 7);
    shop.nowMs += 60_000;
    shop.tell({ ...promised, standing: 'sold' });
    settleWeb(shop, 7);
    expect(counts(shop)).toEqual({ onHand: 7, reserved: 0, web: 7, register: 7 });
  });

  it('gives back what the web gives back when it is cancelled', () => {
    const shop = openTestDesk({ followsSales: true });
    shop.tell(promised);
    shop.nowMs += 100;
    shop.see(WEB, 7);
    shop.nowMs += 60_000;
    shop.tell({ quantity: 3, standing: 'over' });
    expect(counts(shop)).toEqual({ onHand: 7, reserved: 0, web: 7, register: 7 });
    shop.see(WEB, 10);
    settleWeb(shop, 10);
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 0, web: 10, register: 10 });
  });

  it('was in the first count when it is older than it', () => {
    const shop = openTestDesk();
    shop.tell({ ...promised, soldAtMs: shop.nowMs - 86_400_000 });
    expect(counts(shop)).toEqual({ onHand: 10, reserved: 0, web: 10, register: 10 });
  });
});

describe('[S6] which orders are reserved', () => {
  it.each([
    [11, ON_SHIPMENT, 'promised'],
    [7, ON_SHIPMENT, 'promised'],
    [3, ON_SHIPMENT, 'promised'],
    [2, ON_SHIPMENT, 'sold'],
    [10, ON_SHIPMENT, 'sold'],
    [5, ON_SHIPMENT, 'over'],
    [0, ON_SHIPMENT, 'over'],
    [11, { reserveStatusIds: [], takesStock: 'order_placed' }, 'sold'],
    [7, { reserveStatusIds: [7], takesStock: 'order_placed' }, 'promised'],
    [11, { reserveStatusIds: [7], takesStock: 'order_placed' }, 'sold'],
  ] as const)('status %s under %j: %s', (statusId, policy, standing) => {
    expect(standingOf({ statusId, isDeleted: false }, policy)).toBe(standing);
    expect(standingOf({ statusId, isDeleted: true }, policy)).toBe('over');
  });

  it('the web takes nothing at once where it takes stock on shipment', () => {
    expect(takesAtOnce(11, ON_SHIPMENT)).toBe(false);
    expect(takesAtOnce(11, { ...ON_SHIPMENT, takesStock: 'order_placed' })).toBe(true);
  });
});

describe('[S6] however the reads of an order come in', () => {
  it('the last one holds, and the count is what shipped', () => {
    const standing = fc.constantFrom<'promised' | 'over' | 'sold'>('promised', 'over', 'sold');
    const one = fc.record({ standing, quantity: fc.integer({ min: 1, max: 4 }) });
    const history = fc.array(one, { minLength: 1, maxLength: 5 }).chain((reads) =>
      fc.record({
        reads: fc.constant(reads),
        order: fc.shuffledSubarray([...reads.keys()], { minLength: 1 }),
      }),
    );
    fc.assert(
      fc.property(history, ({ reads, order }) => {
        // Once shipped, an order stays shipped: the platform takes its stock once.
        const until = reads.findIndex((each) => each.standing === 'sold');
        const story = until < 0 ? reads : reads.slice(0, until + 1);
        const shop = openTestDesk({ followsSales: true });
        const told = order.filter((index) => index < story.length);
        for (const [index, read] of told.flatMap((each) =>
          [...story.entries()].slice(each, each + 1),
        )) {
          const modifiedAtMs = 2_000_000 + index;
          shop.tell({ ...read, soldAtMs: null, readAtMs: modifiedAtMs, modifiedAtMs });
          shop.nowMs += 10;
        }
        const last = story[Math.max(-1, ...told)];
        const { onHand, reserved } = counts(shop);
        expect(reserved).toBe(last?.standing === 'promised' ? last.quantity : 0);
        if (last?.standing !== 'sold') expect(onHand).toBe(10);
        const sum = shop.entries.reduce((total, { delta }) => total + delta, 0);
        expect(sum).toBe(onHand);
      }),
    );
  });
});
