/**
 * Goal: the baseline is the count that the person agreed to, and no sale around it is lost or counted twice. Method:
 * examples per rule, then a property that opens a real ledger with what the opening says.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPool, openPool, type BaselineRule } from '../../src/domain/catalog/baseline.ts';
import { eventId, linkId } from '../../src/domain/ids.ts';
import { openLedger } from '../../src/domain/stock/ledger.ts';
import { observe } from '../../src/domain/stock/observe.ts';
import { sell } from '../../src/domain/stock/sell.ts';
import type { LedgerState } from '../../src/domain/stock/state.ts';
import { M1, M2, REGISTER, seen, WEB } from '../support/catalog.ts';

describe('the baseline', () => {
  const cases: [BaselineRule, number | null, number | null, number][] = [
    ['lower', 9, 12, 9],
    ['lower', 12, 9, 9],
    ['bigcommerce', 12, 9, 12],
    ['clover', 12, 9, 9],
    ['lower', null, 9, 9],
    ['lower', 12, null, 12],
    ['bigcommerce', null, 9, 9],
    ['clover', 12, null, 12],
    ['lower', null, null, 0],
    ['lower', 5, -3, 0],
    ['clover', 5, 2.9, 2],
    ['clover', 5, -0.5, 0],
  ];
  it.each(cases)('[S1] rule %s, web %s, register %s: %s on hand', (rule, web, register, onHand) => {
    expect(countPool([seen(WEB, web), seen(REGISTER, register)], rule).onHand).toBe(onHand);
  });

  it('[S7] says what had to be bent: below 0, decimals, never counted', () => {
    const notesOf = (level: number | null) => countPool([seen(REGISTER, level)], 'lower').notes;
    expect(notesOf(-3)).toEqual([expect.stringContaining('below 0 counts as 0')]);
    expect(notesOf(2.5)).toEqual([expect.stringContaining('only whole units')]);
    expect(notesOf(null)[0]).toContain('never counted');
    expect(notesOf(4)).toEqual([]);
  });

  it('[S10] several registers on one shelf count as the lowest of them', () => {
    const levels = [seen(WEB, 20), seen(REGISTER, 9), seen(`clover:${M2}`, 7)];
    expect(countPool(levels, 'clover').onHand).toBe(7);
    expect(countPool(levels, 'bigcommerce').onHand).toBe(20);
  });

  it('[S1] opens with the plan and tells what moved since', () => {
    const pairs = [
      { planned: seen(WEB, 10), fresh: seen(WEB, 9, 2_000) },
      { planned: seen(REGISTER, 10), fresh: seen(REGISTER, 10, 2_000) },
    ];
    expect(openPool(pairs, 'lower')).toEqual({
      onHand: 10,
      levels: [seen(WEB, 10), seen(REGISTER, 10)],
      news: [seen(WEB, 9, 2_000)],
    });
  });

  it.each([null, -3])('[S1] a place planned at %s has its present level join the rule', (level) => {
    const pairs = [
      { planned: seen(WEB, 10), fresh: seen(WEB, 10) },
      { planned: seen(REGISTER, level), fresh: seen(REGISTER, 4) },
    ];
    expect(openPool(pairs, 'lower')).toMatchObject({ onHand: 4, news: [] });
    expect(openPool(pairs, 'lower').levels[1]?.level).toBe(4);
  });

  it('[S1] sales of both sides between plan and apply are counted once, also when their orders are told later', () => {
    const stock = fc.integer({ min: 0, max: 50 });
    const sold = fc.integer({ min: 0, max: 10 });
    const rule = fc.constantFrom<BaselineRule>('lower', 'bigcommerce', 'clover');
    fc.assert(
      fc.property(stock, stock, sold, sold, rule, (web, register, wanted, wantedToo, by) => {
        const online = Math.min(wanted, web);
        const inStore = Math.min(wantedToo, register);
        const pairs = [
          { planned: seen(WEB, web), fresh: seen(WEB, web - online, 2_000) },
          { planned: seen(REGISTER, register), fresh: seen(REGISTER, register - inStore, 2_000) },
        ];
        const opening = openPool(pairs, by);
        let state = opened(opening);
        for (const { place, level, readStartedAtMs } of opening.news) {
          const observation = {
            place,
            level,
            readStartedAtMs,
            platformModifiedMs: null,
            eventId: EVENT,
            source: 'link',
          };
          state = observe(state, observation, 3_000).state;
        }
        const planned = countPool([seen(WEB, web), seen(REGISTER, register)], by).onHand;
        expect(state.pools[0]?.onHand).toBe(planned - online - inStore);
        const sale = {
          place: REGISTER,
          saleKey: 'k',
          quantity: inStore,
          orderId: 'o',
          eventId: EVENT,
          receivedAtMs: 3_500,
          soldAtMs: null,
        };
        const told = sell(state, sale, 0, new Map(), 4_000);
        expect(told.state.pools[0]?.onHand).toBe(planned - online - inStore);
      }),
    );
  });
});

const EVENT = eventId('e1');

/** A ledger of one pool, opened as apply opens it. */
function opened(opening: ReturnType<typeof openPool>): LedgerState {
  const setup = {
    connectionId: 'c',
    linkId: linkId('l'),
    sku: 'A',
    places: [
      {
        place: WEB,
        locationId: 1,
        address: {
          platform: 'bigcommerce' as const,
          locationId: 1,
          productId: 1,
          variantId: 1,
          tracking: 'product' as const,
        },
      },
      {
        place: REGISTER,
        locationId: 1,
        address: { platform: 'clover' as const, merchantId: M1, itemId: 'i' },
      },
    ],
    policy: { enabled: true, direction: 'two-way' as const, settleMs: 100, bufferUnits: 0 },
  };
  const pools = [{ locationId: 1, onHand: opening.onHand }];
  return openLedger(setup, { levels: opening.levels, pools }, EVENT, 2_500).state;
}
