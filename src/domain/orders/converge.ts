/**
 * What is left to do on a pushed order (O3): the stored plan compared with what the register shows. Each answer is one
 * call; doing it and asking again ends at `done`, from whatever point the last worker died at, and a second worker that
 * asks finds nothing to do.
 */
import { unreachable } from '../result.ts';
import type { PlanDiscount, PlanLine, PlanPayment, PushPlan } from './push-plan.ts';

/** One pushed order as the register shows it. Money in minor units. */
export interface SeenOrder {
  readonly orderId: string;
  readonly title: string;
  readonly note: string;
  readonly totalMinor: number;
  readonly reference: string | null;
  readonly isDeleted: boolean;
  readonly taxRemoved: boolean;
  /** As far as we know: a read does not show them. */
  readonly customerIds: readonly string[];
  readonly lines: readonly SeenLine[];
  readonly discounts: readonly {
    readonly discountId: string;
    readonly name: string;
    readonly amountMinor: number;
  }[];
  readonly payments: readonly SeenPayment[];
}

export interface SeenLine {
  readonly lineItemId: string;
  readonly itemId: string | null;
  readonly name: string;
  readonly priceMinor: number;
  readonly note: string;
  /** By the register's clock, epoch milliseconds; null when it told none. */
  readonly createdMs: number | null;
}

export interface SeenPayment {
  readonly paymentId: string;
  /** Ours, null for one taken at the register. */
  readonly key: string | null;
  readonly amountMinor: number;
  /** The money came in. */
  readonly isDone: boolean;
  readonly createdMs: number | null;
}

/** Fields of the order itself that differ. */
export interface OrderChange {
  readonly totalMinor?: number;
  readonly reference?: string;
  readonly title?: string;
  readonly note?: string;
  readonly customerIds?: readonly string[];
}

export type Step =
  | { readonly step: 'add_lines'; readonly lines: readonly PlanLine[] }
  | { readonly step: 'remove_line'; readonly lineItemId: string }
  | { readonly step: 'add_discount'; readonly discount: PlanDiscount }
  | { readonly step: 'remove_discount'; readonly discountId: string }
  | { readonly step: 'update'; readonly change: OrderChange }
  | { readonly step: 'pay'; readonly payment: PlanPayment }
  | { readonly step: 'done' }
  /** Only a person can go on: what differs, in one sentence. */
  | { readonly step: 'stuck'; readonly reason: string };

/** Lines in one call (clover.md 5.3). */
const LINES_PER_CALL = 100;

/**
 * The next step. Lines and discounts come first, then the order's own fields, money last: a register must never show a
 * paid order with lines missing. Once it was paid its lines and money are settled: what differs then is for a person.
 */
export function nextStep(plan: PushPlan, seen: SeenOrder): Step {
  if (seen.isDeleted) {
    return { step: 'stuck', reason: 'the order was deleted at the register' };
  }
  const paid = seen.payments.filter(({ isDone }) => isDone);
  if (paid.length > 0) return settle(plan, seen, paid);
  return (
    lineStep(plan, seen) ?? discountStep(plan, seen) ?? fieldStep(plan, seen) ?? payStep(plan, seen)
  );
}

function settle(plan: PushPlan, seen: SeenOrder, paid: readonly SeenPayment[]): Step {
  const paidMinor = paid.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const isOurs = lineStep(plan, seen) === null && discountStep(plan, seen) === null;
  if (!isOurs || paidMinor > plan.totalMinor) {
    return {
      step: 'stuck',
      reason: 'it was paid at the register before the web order was changed',
    };
  }
  return fieldStep(plan, seen) ?? payStep(plan, seen);
}

function lineStep(plan: PushPlan, seen: SeenOrder): Step | null {
  const { missing, surplus } = compareLines(plan.lines, seen.lines);
  const [extra] = surplus;
  if (extra !== undefined) return { step: 'remove_line', lineItemId: extra.lineItemId };
  if (missing.length === 0) return null;
  return { step: 'add_lines', lines: missing.slice(0, LINES_PER_CALL) };
}

function discountStep(plan: PushPlan, seen: SeenOrder): Step | null {
  const rest = [...seen.discounts];
  const missing = plan.discounts.filter(({ name, amountMinor }) => {
    const at = rest.findIndex((each) => each.amountMinor === amountMinor && each.name === name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  const [extra] = rest;
  if (extra !== undefined) return { step: 'remove_discount', discountId: extra.discountId };
  const [discount] = missing;
  return discount === undefined ? null : { step: 'add_discount', discount };
}

function fieldStep(plan: PushPlan, seen: SeenOrder): Step | null {
  const change: OrderChange = {
    ...(seen.totalMinor === plan.totalMinor ? {} : { totalMinor: plan.totalMinor }),
    ...(seen.reference === plan.reference ? {} : { reference: plan.reference }),
    ...(seen.title === plan.title ? {} : { title: plan.title }),
    ...(seen.note === plan.note ? {} : { note: plan.note }),
    // Whom staff put there stays there.
    ...(plan.customerId === undefined || seen.customerIds.length > 0
      ? {}
      : { customerIds: [plan.customerId] }),
  };
  return Object.keys(change).length === 0 ? null : { step: 'update', change };
}

function payStep(plan: PushPlan, seen: SeenOrder): Step {
  const done = new Set(seen.payments.filter(({ isDone }) => isDone).map(({ key }) => key));
  const payment = plan.payments.find(({ key }) => !done.has(key));
  return payment === undefined ? { step: 'done' } : { step: 'pay', payment };
}

/**
 * Which planned lines the register lacks, and which it has too many. Exact twins first, then lines of the same item and
 * price: a register may word a name its own way, and adding such a line again would charge it twice.
 */
export function compareLines(
  planned: readonly PlanLine[],
  seen: readonly SeenLine[],
): { readonly missing: readonly PlanLine[]; readonly surplus: readonly SeenLine[] } {
  const exact = pair(planned, seen, (line) => [line.itemId, line.priceMinor, line.name, line.note]);
  return pair(exact.missing, exact.surplus, (line) => [line.itemId, line.priceMinor]);
}

type LineKey = Pick<SeenLine, 'itemId' | 'priceMinor' | 'name' | 'note'>;

function pair(
  planned: readonly PlanLine[],
  seen: readonly SeenLine[],
  keyOf: (line: LineKey) => readonly unknown[],
): { missing: PlanLine[]; surplus: SeenLine[] } {
  const byKey = Map.groupBy(seen, (line) => JSON.stringify(keyOf(line)));
  const missing = planned.filter((line) => {
    const twins = byKey.get(JSON.stringify(keyOf(line)));
    return twins?.pop() === undefined;
  });
  return { missing, surplus: [...byKey.values()].flat() };
}

// --- What a call that was answered makes of it --------------------------------------------------------------------

/** A register order just made: nothing on it yet. */
export function emptyOrder(orderId: string, plan: PushPlan): SeenOrder {
  const { title, note } = plan;
  return {
    orderId,
    title,
    note,
    totalMinor: 0,
    reference: null,
    isDeleted: false,
    taxRemoved: true,
    customerIds: [],
    lines: [],
    discounts: [],
    payments: [],
  };
}

/** What the register shows after a step that it answered, so that nothing need be read again. */
export function afterStep(seen: SeenOrder, step: Step, ids: readonly string[]): SeenOrder {
  switch (step.step) {
    case 'add_lines': {
      const added = step.lines.map((line, index) => ({
        ...line,
        lineItemId: ids[index] ?? '',
        createdMs: null,
      }));
      return { ...seen, lines: [...seen.lines, ...added] };
    }
    case 'remove_line':
      return {
        ...seen,
        lines: seen.lines.filter(({ lineItemId }) => lineItemId !== step.lineItemId),
      };
    case 'add_discount': {
      const added = { ...step.discount, discountId: ids[0] ?? '' };
      return { ...seen, discounts: [...seen.discounts, added] };
    }
    case 'remove_discount':
      return {
        ...seen,
        discounts: seen.discounts.filter(({ discountId }) => discountId !== step.discountId),
      };
    case 'update':
      return { ...seen, ...step.change };
    case 'pay': {
      const { key, amountMinor } = step.payment;
      const paid = { paymentId: ids[0] ?? '', key, amountMinor, isDone: true, createdMs: null };
      return { ...seen, payments: [...seen.payments, paid] };
    }
    case 'done':
    case 'stuck':
      return seen;
    default:
      return unreachable(step);
  }
}
