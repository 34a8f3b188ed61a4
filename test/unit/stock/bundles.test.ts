/**
 * Goal: a bundle sold anywhere consumes its components once, whatever is repeated, lost, late or out of order, and its
 * own levels move nothing. Method: three desks over memory, with the steps between them played by hand and by chance.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EffectId } from '../../../src/domain/ids.ts';
import type { BundleJob, ToldComponent } from '../../../src/domain/stock/bundles.ts';
import { BUNDLE_FALL_PATIENCE_MS } from '../../../src/limits.ts';
import {
  ask,
  event,
  job,
  onHand,
  openCounter,
  policyOf,
  see,
  settle,
  target,
  tellKit,
} from '../../support/bundles.ts';
import { REGISTER, SETTLE_MS, WEB } from '../../support/ledger.ts';
describe('a bundle on the web', () => {
  it('[S9] shows the least whole number that its components allow, whatever it showed before', () => {
    const counter = openCounter({ A: 9, B: 20, KIT: 7 });
    settle(counter);
    expect([onHand(counter, 'KIT'), target(counter, 'KIT')]).toEqual([4, 4]);
    expect(counter.entries.get('KIT')?.at(-1)).toMatchObject({
      cause: 'component',
      note: '9 of A (2 each), 20 of B (1 each) allow 4.',
    });
  });

  it.each(['the level first', 'the order first'])('[S9] a sale consumes once: %s', (order) => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    const steps = [() => see(counter, 'KIT', 3), () => tellKit(counter, 2)];
    for (const step of order === 'the level first' ? steps : steps.toReversed()) {
      step();
      // Never higher than what is left while somebody does not know yet.
      expect(onHand(counter, 'KIT')).toBe(3);
      expect(counter.state.get('KIT')?.places[0]?.effect).toBeNull();
    }
    tellKit(counter, 2);
    settle(counter);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([6, 8, 3]);
    expect(counter.state.get('KIT')?.bundle?.owed).toEqual([]);
    const write = counter.state.get('KIT')?.places[0]?.effect ?? null;
    expect(write).toBeNull();
  });

  it('[S9] a fall of the bundle that no order explains counts against nothing and is put back', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    see(counter, 'KIT', 1);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'KIT')]).toEqual([10, 1]);
    counter.nowMs += BUNDLE_FALL_PATIENCE_MS;
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'KIT'), target(counter, 'KIT')]).toEqual([
      10, 5, 5,
    ]);
    const held = counter.state.get('KIT')?.places[0]?.effect?.effectId as EffectId;
    expect(counter.desk.KIT.claim(held, null).reply).toMatchObject({
      instruction: { kind: 'relative', quantity: 4 },
    });
  });

  it('[S9] a line taken back gives its components back when the level shows the goods', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    see(counter, 'KIT', 3);
    tellKit(counter, 2);
    settle(counter);
    tellKit(counter, 0);
    settle(counter);
    expect(onHand(counter, 'A')).toBe(6);
    see(counter, 'KIT', 5);
    counter.nowMs += SETTLE_MS;
    see(counter, 'KIT', 5);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([
      10, 10, 5,
    ]);
  });

  it('[S9] a component with a line of its own in the order is not consumed twice', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    tellKit(counter, 1, { partsApart: ['A'] });
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B')]).toEqual([10, 9]);
  });

  it('[S9] a line of a pick list counts whether or not a level moves for it', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    const sale = {
      place: WEB,
      saleKey: 'bigcommerce:1:2',
      quantity: 2,
      orderId: '1',
      eventId: event,
      receivedAtMs: counter.nowMs,
      soldAtMs: counter.nowMs,
      isPart: true,
    };
    counter.desk.A.sell([sale], policyOf('A'));
    expect(onHand(counter, 'A')).toBe(8);
    see(counter, 'A', 8);
    expect(onHand(counter, 'A')).toBe(8);
    counter.desk.A.sell([{ ...sale, saleKey: 'bigcommerce:2:2' }], policyOf('A'));
    counter.nowMs += SETTLE_MS;
    see(counter, 'A', 8);
    expect([onHand(counter, 'A'), target(counter, 'A')]).toEqual([6, 6]);
  });

  it('[S9] sold at a register it consumes the same', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 }, true);
    settle(counter);
    see(counter, 'KIT', 4, REGISTER);
    tellKit(counter, 1, { place: REGISTER, saleKey: 'clover:M:O:L' });
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([8, 9, 4]);
    expect(target(counter, 'KIT')).toBe(4);
  });
});

describe('between the objects', () => {
  it('[S9] an older word of a component changes nothing', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    const early = ask(counter, job(counter), 'A');
    see(counter, 'A', 4);
    settle(counter);
    expect(onHand(counter, 'KIT')).toBe(2);
    const { version } = job(counter);
    counter.desk.KIT.tellBundle({ version, told: [early], paid: [] }, event, policyOf('KIT'));
    expect(onHand(counter, 'KIT')).toBe(2);
  });

  it('[S9] a line edited while its components count stays owed', () => {
    const counter = openCounter({ A: 10, B: 10, KIT: 5 });
    settle(counter);
    tellKit(counter, 1);
    const doing = job(counter);
    const told = [ask(counter, doing, 'A'), ask(counter, doing, 'B')];
    tellKit(counter, 3);
    const news = { version: doing.version, told, paid: doing.owed };
    counter.desk.KIT.tellBundle(news, event, policyOf('KIT'));
    expect(job(counter).owed).toMatchObject([{ quantity: 3 }]);
    settle(counter);
    expect([onHand(counter, 'A'), onHand(counter, 'B'), onHand(counter, 'KIT')]).toEqual([4, 7, 2]);
  });

  const step = fc.record({
    kind: fc.constantFrom('sell', 'tell', 'tell', 'see', 'seeA', 'start', 'askA', 'askB', 'finish'),
    pick: fc.nat({ max: 5 }),
  });

  it('[S9] whatever is repeated, dropped, late or mixed: each sale consumes once, and nothing is oversold', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const counter = openCounter({ A: 30, B: 20, KIT: 0 });
        settle(counter);
        see(counter, 'KIT', 15);
        counter.nowMs += SETTLE_MS;
        see(counter, 'KIT', 15);
        const world = { A: 30, B: 20, kit: 15, webA: 30 };
        const orders: { quantity: number; soldAtMs: number }[] = [];
        let doing: { job: BundleJob; told: ToldComponent[] } | null = null;
        const tell = (index: number): void => {
          const sale = orders[index];
          if (sale !== undefined) {
            tellKit(counter, sale.quantity, { saleKey: `k${index}`, soldAtMs: sale.soldAtMs });
          }
        };
        for (const { kind, pick } of steps) {
          counter.nowMs += 50;
          if (kind === 'sell' && world.kit > pick % 2) {
            const quantity = 1 + (pick % 2);
            world.kit -= quantity;
            world.A -= 2 * quantity;
            world.B -= quantity;
            orders.push({ quantity, soldAtMs: counter.nowMs });
          }
          if (kind === 'tell') tell(pick % Math.max(1, orders.length));
          if (kind === 'see') see(counter, 'KIT', world.kit);
          if (kind === 'seeA' && world.webA > 2 * world.kit) {
            // One of A is sold by itself, and its level tells.
            world.A -= 1;
            world.webA -= 1;
            see(counter, 'A', world.webA);
          }
          if (kind === 'start') doing = { job: job(counter), told: [] };
          if (kind === 'askA' && doing !== null) doing.told.push(ask(counter, doing.job, 'A'));
          if (kind === 'askB' && doing !== null) doing.told.push(ask(counter, doing.job, 'B'));
          const isAsked = ['A', 'B'].every((sku) => doing?.told.some((each) => each.sku === sku));
          if (kind === 'finish' && doing !== null && isAsked) {
            const { version, owed: paid } = doing.job;
            counter.desk.KIT.tellBundle(
              { version, told: doing.told.toReversed(), paid },
              event,
              policyOf('KIT'),
            );
          }
          for (const sku of ['A', 'B', 'KIT'] as const) {
            const sum = (counter.entries.get(sku) ?? []).reduce((all, { delta }) => all + delta, 0);
            expect(sum).toBe(onHand(counter, sku));
          }
        }
        orders.forEach((_, index) => tell(index));
        see(counter, 'KIT', world.kit);
        counter.nowMs += BUNDLE_FALL_PATIENCE_MS;
        settle(counter);
        settle(counter);
        expect([onHand(counter, 'A'), onHand(counter, 'B')]).toEqual([world.A, world.B]);
        expect(onHand(counter, 'KIT')).toBe(Math.min(Math.floor(world.A / 2), world.B));
        expect(counter.state.get('KIT')?.bundle?.owed).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
