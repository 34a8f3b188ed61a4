/** Goal: each refund at the register is known on the other side, once, however it was cut up or its answer lost (O4). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attributed,
  linesBack,
  refundMark,
  refundWork,
  type RegisterRefund,
} from '../../../src/domain/orders/refund-back.ts';

const refund = (refundId: string, changes: Partial<RegisterRefund> = {}): RegisterRefund => ({
  refundId,
  amount: 1_000,
  taxAmount: 0,
  isDone: true,
  reason: '',
  createdMs: 1,
  lineItemIds: [],
  ...changes,
});
const web = (refundId: number, amountMinor: number, reason = '') => ({
  refundId,
  amountMinor,
  reasons: ['', reason],
});

describe('[O4] refunds of sales in store', () => {
  it('are the units of the lines that came back, by the line that sold them', () => {
    const lines = [
      { webLineId: 7, lineItemIds: ['A', 'B'] },
      { webLineId: 8, lineItemIds: ['C'] },
    ];
    const back = linesBack({ lines }, refund('R', { lineItemIds: ['B', 'C', 'A', 'gone'] }));
    expect(back).toEqual([
      { webLineId: 7, quantity: 2 },
      { webLineId: 8, quantity: 1 },
    ]);
  });

  it('get the flagged lines when they are the only one that names none', () => {
    const [one, two] = attributed([refund('R', { lineItemIds: ['A'] }), refund('S')], ['A', 'B']);
    expect([one?.lineItemIds, two?.lineItemIds]).toEqual([['A'], ['B']]);
    const several = [refund('R'), refund('S')];
    expect(attributed(several, ['A'])).toEqual(several);
  });

  it('are found by their mark, and one whose answer got lost by its amount too', () => {
    const marked = refundWork([], [refund('R')], [web(1, 400), web(2, 1_000, refundMark('R'))]);
    expect(marked).toMatchObject({ booked: [{ webRefundId: 2 }], missing: [] });
    const sent = { refundId: 'R', amountMinor: 1_000, webRefundId: null };
    expect(refundWork([sent], [refund('R')], [web(3, 1_000), web(4, 10)]).missing).toEqual([]);
    // A refund of the same amount that somebody made there is not ours while nothing was sent.
    expect(refundWork([], [refund('R')], [web(3, 1_000), web(4, 10)]).missing).toHaveLength(1);
  });

  it('are settled when both sides gave back the same, and are told when one was taken back', () => {
    const two = [refund('R', { amount: 300 }), refund('S', { amount: 700 })];
    expect(refundWork([], two, [web(9, 1_000)])).toMatchObject({ missing: [], undone: [] });
    const known = [{ refundId: 'R', amountMinor: 1_000, webRefundId: 5 }];
    const voided = refundWork(known, [refund('R', { isDone: false })], [web(5, 1_000)]);
    expect(voided.undone).toEqual(known);
    expect(voided.missing).toEqual([]);
  });

  it('are sent once each, in whatever order they are told and wherever it broke off', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 9_999 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(amounts, fc.infiniteStream(fc.boolean()), (given, coin) => {
        const register = given.map((amount, index) =>
          refund(`R${index}`, { amount, createdMs: index }),
        );
        const there: ReturnType<typeof web>[] = [];
        let known: Parameters<typeof refundWork>[0] = [];
        for (let look = 0; look < 20; look += 1) {
          const work = refundWork(known, register.toReversed(), there);
          known = work.booked;
          const [next] = work.missing;
          if (next === undefined) break;
          const { refundId, amount: amountMinor } = next;
          known = [...known, { refundId, amountMinor, webRefundId: null }];
          there.push(web(there.length + 1, amountMinor, refundMark(refundId)));
          // The answer came, or it got lost.
          if (coin.next().value === true) known = refundWork(known, register, there).booked;
        }
        expect(there.map(({ amountMinor }) => amountMinor).toSorted((a, b) => a - b)).toEqual(
          given.toSorted((a, b) => a - b),
        );
      }),
    );
  });
});
