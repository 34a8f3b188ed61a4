/**
 * Goal: whatever the order of sales, reads, writes, lost answers, repeats and late tellings, no unit is invented or
 * lost, and at rest both places show the shelf. Method: a tiny world (two levels and one shelf) driven by fast-check;
 * the ledger only learns what a read or an order event would tell it.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextAlarmAtMs } from '../../../src/domain/stock/ledger.ts';
import type { PlaceKey } from '../../../src/domain/ids.ts';
import {
  REGISTER,
  SETTLE_MS,
  WEB,
  claimAt,
  confirmWrite,
  onHand,
  openTestLedger,
  placeOf,
  see,
  sellLine,
  sumOfEntries,
  take,
  type TestLedger,
} from '../../support/ledger.ts';

interface World {
  readonly ledger: TestLedger;
  readonly level: Record<string, number>;
  shelf: number;
  readonly told: (() => void)[];
  sales: number;
}

/** What becomes of one write: carried out and answered, carried out and unanswered, or lost on the way. */
const fate = fc.constantFrom('answered', 'answered', 'answer_lost', 'request_lost');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sell' as const), web: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), web: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('tell' as const),
      pick: fc.nat(),
      again: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      web: fc.boolean(),
      fate,
      saleInWindow: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 5_000 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const placeKey = (web: boolean): PlaceKey => (web ? WEB : REGISTER);

function sellIn(world: World, web: boolean): void {
  const place = placeKey(web);
  // A shop sells what its own level shows; the shelf may already be short of it.
  if ((world.level[place] ?? 0) <= 0) return;
  world.level[place] = (world.level[place] ?? 0) - 1;
  world.shelf -= 1;
  world.sales += 1;
  const key = `order-${world.sales}:1`;
  world.told.push(() => {
    sellLine(world.ledger, place, 1, key);
  });
}

/** Real reads and writes take time; two things never happen at the same instant. */
function pass(world: World, ms = 60): void {
  world.ledger.nowMs += ms;
}

function write(world: World, web: boolean, outcome: string, saleInWindow: boolean): void {
  const place = placeKey(web);
  pass(world, 300);
  const claimed = claimAt(world.ledger, place, world.level[place] ?? 0);
  if (claimed.claim !== 'write') return;
  const { kind, quantity, effectId } = claimed.instruction;
  // An unknown outcome with a sale in its window is the declared ambiguous case; it has a test of its own.
  if (saleInWindow && outcome === 'answered') sellIn(world, web);
  const after = kind === 'absolute' ? quantity : (world.level[place] ?? 0) + quantity;
  if (after < 0) {
    // BigCommerce refuses a relative adjustment that it cannot serve (bigcommerce.md 6.3).
    confirmWrite(world.ledger, effectId, {
      result: 'refused',
      failure: { code: 'stock_insufficient', message: 'too little stock' },
      startedAtMs: world.ledger.nowMs,
    });
    return;
  }
  if (outcome !== 'request_lost') world.level[place] = after;
  pass(world);
  const startedAtMs = world.ledger.nowMs - 60;
  if (outcome === 'answered') {
    confirmWrite(world.ledger, effectId, { startedAtMs });
    return;
  }
  confirmWrite(world.ledger, effectId, {
    result: 'unknown',
    failure: { code: 'timeout', message: 'no answer' },
    startedAtMs,
  });
  pass(world, SETTLE_MS + 100);
  see(world.ledger, place, world.level[place] ?? 0);
}

function play(world: World, action: Step): void {
  pass(world);
  switch (action.kind) {
    case 'sell':
      sellIn(world, action.web);
      break;
    case 'read':
      see(world.ledger, placeKey(action.web), world.level[placeKey(action.web)] ?? 0);
      break;
    case 'tell': {
      const index = world.told.length === 0 ? 0 : action.pick % world.told.length;
      const tell = world.told[index];
      tell?.();
      if (tell !== undefined && !action.again) world.told.splice(index, 1);
      break;
    }
    case 'write':
      write(world, action.web, action.fate, action.saleInWindow);
      break;
    case 'wait':
      pass(world, action.ms);
      break;
  }
  expect(sumOfEntries(world.ledger)).toBe(onHand(world.ledger));
}

function drain(world: World): void {
  for (const tell of world.told) tell();
  for (let round = 0; round < 40; round += 1) {
    pass(world, SETTLE_MS + 20_000);
    take(world.ledger, { state: world.ledger.state, entries: [] });
    for (const web of [true, false]) {
      see(world.ledger, placeKey(web), world.level[placeKey(web)] ?? 0);
      write(world, web, 'answered', false);
    }
    if (round > 5 && nextAlarmAtMs(world.ledger.state) === null) return;
  }
  throw new Error('never came to rest');
}

it('[S1] [S2] [S5] no unit is invented or lost, and at rest both places show the shelf', () => {
  let sales = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 30 }),
      fc.array(step, { maxLength: 60 }),
      (start, steps) => {
        const ledger = openTestLedger({ web: start, register: start });
        const world: World = {
          ledger,
          level: { [WEB]: start, [REGISTER]: start },
          shelf: start,
          told: [],
          sales: 0,
        };
        for (const action of steps) play(world, action);
        drain(world);
        sales += world.sales;
        const ambiguous = [WEB, REGISTER].some((place) => placeOf(ledger, place).ambiguous > 0);
        if (ambiguous) {
          expect(onHand(ledger)).toBeLessThanOrEqual(world.shelf);
          return;
        }
        expect(onHand(ledger)).toBe(world.shelf);
        const shown = Math.max(0, world.shelf);
        expect(world.level).toEqual({ [WEB]: shown, [REGISTER]: shown });
      },
    ),
    { numRuns: 1_000 },
  );
  // The run was not empty.
  expect(sales).toBeGreaterThan(1_000);
});
