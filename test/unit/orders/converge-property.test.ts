/**
 * Goal: whatever part of a plan a register shows, the steps from there end with exactly the plan, and a paid order's money
 * is never touched again (O3). Method: random parts of generated plans, each step carried out on a toy register.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterStep,
  compareLines,
  emptyOrder,
  nextStep,
  type SeenOrder,
} from '../../../src/domain/orders/converge.ts';
import type { PushPlan } from '../../../src/domain/orders/push-plan.ts';
import { translate } from '../../../src/domain/orders/translate.ts';
import { pushOptions, saleLine, webSale, webSales } from '../../support/web-sales.ts';

const plans = webSales
  .map((sale) => translate(sale, pushOptions()))
  .filter((outcome) => outcome.kind === 'plan')
  .map((outcome) => (outcome.kind === 'plan' ? outcome.plan : null))
  .filter((plan) => plan !== null)
  .filter(({ lines }) => lines.length < 400);

/** Carries every step out; answers what the register shows in the end, and how many steps it took. */
function run(plan: PushPlan, from: SeenOrder): { seen: SeenOrder; steps: string[] } {
  let seen = from;
  const steps: string[] = [];
  for (let id = 0; id < 500; id += 1) {
    const step = nextStep(plan, seen);
    steps.push(step.step);
    if (step.step === 'done' || step.step === 'stuck') return { seen, steps };
    const made =
      step.step === 'add_lines' ? step.lines.map((_, index) => `L${id}-${index}`) : [`X${id}`];
    seen = afterStep(seen, step, made);
  }
  throw new Error('no end');
}

function expectPlan(plan: PushPlan, seen: SeenOrder): void {
  expect(compareLines(plan.lines, seen.lines)).toEqual({ missing: [], surplus: [] });
  expect(seen.lines).toHaveLength(plan.lines.length);
  expect(seen.discounts.map(({ amountMinor }) => amountMinor).toSorted((a, b) => a - b)).toEqual(
    plan.discounts.map(({ amountMinor }) => amountMinor).toSorted((a, b) => a - b),
  );
  expect(seen.payments.map(({ key }) => key)).toEqual(plan.payments.map(({ key }) => key));
  expect(seen).toMatchObject({ totalMinor: plan.totalMinor, reference: plan.reference });
}

describe('from any part of a plan', () => {
  it('[O3] ends with exactly the plan, money last', () => {
    fc.assert(
      fc.property(plans, fc.nat(), fc.array(fc.boolean(), { maxLength: 3 }), (plan, cut, extra) => {
        const whole = run(plan, emptyOrder('O1', plan)).seen;
        const part: SeenOrder = {
          ...emptyOrder('O1', plan),
          lines: whole.lines.slice(0, cut % (whole.lines.length + 1)),
          discounts: whole.discounts.filter((_, index) => extra[index] === true),
        };
        const { seen, steps } = run(plan, part);
        expectPlan(plan, seen);
        expect(steps.at(-1)).toBe('done');
        const firstPay = steps.indexOf('pay');
        if (firstPay >= 0) {
          expect(steps.slice(firstPay, -1).every((step) => step === 'pay')).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[O4] an edit before the payment takes lines off and adds others', () => {
    fc.assert(
      fc.property(plans, plans, (before, after) => {
        const { reference, payments } = after;
        const edited = { ...after, reference, payments };
        const unpaid = { ...run(before, emptyOrder('O1', before)).seen, payments: [] };
        expectPlan(edited, run(edited, unpaid).seen);
      }),
      { numRuns: 200 },
    );
  });

  it('[O4] an edit after the payment stops, and changes nothing', () => {
    const [plan, other] = [1, 2].map((quantity) => {
      const money = `${quantity}0.0000`;
      const total = { exTax: money, incTax: money };
      const outcome = translate(
        webSale({ lines: [saleLine({ quantity, total })], total, subtotal: total }),
        pushOptions(),
      );
      if (outcome.kind !== 'plan') throw new Error(outcome.kind);
      return outcome.plan;
    });
    if (plan === undefined || other === undefined) throw new Error('two plans');
    const { seen } = run(plan, emptyOrder('O1', plan));
    expect(run(other, seen)).toEqual({ seen, steps: ['stuck'] });
    expect(nextStep(plan, { ...seen, isDeleted: true }).step).toBe('stuck');
  });

  it('[O3] a register that words names its own way is not charged twice', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { seen } = run(plan, emptyOrder('O1', plan));
        const lines = seen.lines.map((line) => ({ ...line, name: 'Renamed', note: '' }));
        expect(nextStep(plan, { ...seen, lines }).step).toBe('done');
      }),
      { numRuns: 200 },
    );
  });
});
