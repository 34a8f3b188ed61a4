/**
 * Goal: bundles that a web order has promised are reserved at their components, and consumed once or free again, whatever is
 * repeated, late or mixed between the objects. Method: three desks over memory, the steps between them apart.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BundleJob, ToldComponent } from '../../../src/domain/stock/bundles.ts';
import {
  ask,
  event,
  job,
  openCounter,
  policyOf,
  see,
  settle,
  target,
  tellKit,
  type Counter,
} from '../../support/bundles.ts';
import { SETTLE_MS } from '../../support/ledger.ts';
/** One read of the order, as `tellWebOrder` tells it. */
let reads = 0;
function tellOrder(
  counter: Counter,
  standing: 'promised' | 'sold' | 'over',
  quantity: number,
  takesAtOnce = false,
): void {
  reads += 1;
  tellKit(counter, quantity, { standing, takesAtOnce, modifiedAtMs: reads, readAtMs: reads });
}

describe('a promised bundle', () => {
  const shown = (counter: Counter) =>
    (['A', 'B', 'KIT'] as const).map((sku) => {
      const view = counter.desk[sku].view();
      return [view?.onHand, view?.reserved, target(counter, sku)];
    });

  it('[S9] has its components reserved, and consumes them once, when the order ships', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    tellOrder(counter, 'promised', 2);
    // Before its components know as well as after: never for sale twice.
    expect(target(counter, 'KIT')).toBe(3);
    settle(counter);
    const promised = [
      [10, 4, 6],
      [10, 2, 8],
      [3, 0, 3],
    ];
    expect(shown(counter)).toEqual(promised);
    tellOrder(counter, 'promised', 2);
    settle(counter);
    expect(shown(counter)).toEqual(promised);
    // Its fall comes with the shipment, and no target moves for it.
    see(counter, 'KIT', 3);
    tellOrder(counter, 'sold', 2);
    settle(counter);
    tellOrder(counter, 'sold', 2);
    settle(counter);
    expect(shown(counter)).toEqual([
      [6, 0, 6],
      [8, 0, 8],
      [3, 0, 3],
    ]);
    expect(counter.state.get('KIT')?.bundle).toMatchObject({ owed: [], promised: [] });
  });

  it('[S9] is free again when the order is cancelled or its line is gone', () => {
    for (const end of ['over', 'gone'] as const) {
      const counter = openCounter({ A: 10, B: 10, KIT: 5 });
      settle(counter);
      tellOrder(counter, 'promised', 3);
      settle(counter);
      tellOrder(counter, 'promised', 1);
      settle(counter);
      expect(counter.desk.A.view()?.reserved).toBe(2);
      reads += 1;
      const version = { modifiedAtMs: reads, readAtMs: reads };
      const key = end === 'gone' ? { saleKey: 'bigcommerce:1:0' } : {};
      tellKit(counter, end === 'gone' ? 0 : 1, { standing: 'over', ...version, ...key });
      settle(counter);
      expect(shown(counter)).toEqual([
        [10, 0, 10],
        [10, 0, 10],
        [5, 0, 5],
      ]);
    }
  });

  it('[S9] stays free, or consumed, when an older word about it comes late', () => {
    for (const end of ['over', 'sold'] as const) {
      const counter = openCounter({ A: 10, B: 10, KIT: 5 });
      settle(counter);
      tellOrder(counter, 'promised', 2);
      const late = job(counter);
      counter.nowMs += 10;
      tellOrder(counter, end, 2);
      settle(counter);
      const { version, owed: paid } = late;
      const told = [ask(counter, late, 'A'), ask(counter, late, 'B')];
      counter.desk.KIT.tellBundle({ version, told, paid }, event, policyOf('KIT'));
      settle(counter);
      expect(counter.desk.A.view()).toMatchObject({
        onHand: end === 'sold' ? 6 : 10,
        reserved: 0,
      });
    }
  });

  it('[S9] that the web had taken comes back with its level only', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    see(counter, 'KIT', 3);
    tellOrder(counter, 'promised', 2, true);
    settle(counter);
    expect(shown(counter)[2]).toEqual([3, 0, 3]);
    expect(counter.desk.A.view()).toMatchObject({ onHand: 10, reserved: 4 });
    tellOrder(counter, 'over', 2);
    settle(counter);
    expect(counter.desk.A.view()).toMatchObject({ onHand: 6, reserved: 0 });
    see(counter, 'KIT', 5);
    counter.nowMs += SETTLE_MS;
    see(counter, 'KIT', 5);
    settle(counter);
    expect(shown(counter)).toEqual([
      [10, 0, 10],
      [10, 0, 10],
      [5, 0, 5],
    ]);
  });

  it('[S9] whatever is repeated, late or mixed between the objects: reserved while promised, consumed once', () => {
    const order = fc.record({
      quantity: fc.integer({ min: 1, max: 2 }),
      end: fc.constantFrom('sold', 'over', 'promised' as const),
    });
    const step = fc.record({
      kind: fc.constantFrom('place', 'end', 'again', 'start', 'askA', 'askB', 'finish'),
      pick: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(order, { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 50 }),
        (orders, steps) => {
          const counter = openCounter({ A: 40, B: 20, KIT: 20 });
          settle(counter);
          const told = new Map<number, 'promised' | 'sold' | 'over'>();
          const tell = (index: number, standing: 'promised' | 'sold' | 'over'): void => {
            told.set(index, standing);
            reads += 1;
            const more = { standing, modifiedAtMs: reads, readAtMs: reads, soldAtMs: null };
            const key = { saleKey: `bigcommerce:${index}:1`, orderId: String(index) };
            tellKit(counter, orders[index]?.quantity ?? 0, { ...more, ...key });
          };
          const jobs: { job: BundleJob; told: ToldComponent[] }[] = [];
          for (const { kind, pick } of steps) {
            counter.nowMs += 50;
            const index = pick % orders.length;
            const doing = jobs[pick % Math.max(1, jobs.length)];
            if (kind === 'place' && !told.has(index)) tell(index, 'promised');
            const end = orders[index]?.end ?? 'promised';
            if (kind === 'end' && told.has(index)) tell(index, end);
            if (kind === 'again' && told.has(index)) tell(index, told.get(index) ?? 'promised');
            if (kind === 'start') jobs.push({ job: job(counter), told: [] });
            if (kind === 'askA' && doing) doing.told.push(ask(counter, doing.job, 'A'));
            if (kind === 'askB' && doing) doing.told.push(ask(counter, doing.job, 'B'));
            const isAsked = ['A', 'B'].every((sku) => doing?.told.some((each) => each.sku === sku));
            if (kind === 'finish' && doing && isAsked) {
              const { version, owed: paid } = doing.job;
              const news = { version, told: doing.told.toReversed(), paid };
              counter.desk.KIT.tellBundle(news, event, policyOf('KIT'));
            }
            const sum = (standing: string): number =>
              orders.reduce(
                (all, { quantity }, at) => (told.get(at) === standing ? all + quantity : all),
                0,
              );
            // What is promised or sold is never for sale, whoever does not know of it yet.
            expect(target(counter, 'KIT')).toBeLessThanOrEqual(20 - sum('promised') - sum('sold'));
          }
          orders.forEach(({ end }, index) => (told.has(index) ? tell(index, end) : undefined));
          settle(counter);
          settle(counter);
          const units = (standing: string): number =>
            orders.reduce(
              (all, { quantity }, at) => (told.get(at) === standing ? all + quantity : all),
              0,
            );
          expect(counter.desk.A.view()).toMatchObject({
            onHand: 40 - 2 * units('sold'),
            reserved: 2 * units('promised'),
          });
          expect(counter.desk.B.view()).toMatchObject({
            onHand: 20 - units('sold'),
            reserved: units('promised'),
          });
          expect(counter.state.get('KIT')?.bundle?.owed).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
