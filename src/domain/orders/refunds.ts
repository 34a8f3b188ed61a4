/**
 * Refunds of web orders that are at a register (O4). Clover's API makes no refunds (clover.md 5.6): what was given back
 * online is written on the register's order, and whoever stands there gives it back under the same tender. It is done
 * once the register's refunds reach what was refunded online; each side's refunds are summed, so that repeats, order and
 * how they were cut into pieces do not matter.
 */
import { moneyText } from '../money.ts';
import type { PushPlan } from './push-plan.ts';
import { cut, REGISTER_LIMITS } from './register-limits.ts';

export interface RefundState {
  /** Given back online, declined ones left out; minor units of the register's currency. */
  readonly webMinor: number;
  /** Given back at the register. */
  readonly registerMinor: number;
}

/** Nothing was refunded online, or all of it at the register as well. */
export type RefundTask =
  | { readonly kind: 'none' }
  | { readonly kind: 'done'; readonly story: string }
  | { readonly kind: 'open'; readonly openMinor: number; readonly reason: string };

export function refundTask(plan: PushPlan, { webMinor, registerMinor }: RefundState): RefundTask {
  if (webMinor === 0) return { kind: 'none' };
  const money = (minor: number) => moneyText(minor, plan.currency);
  const openMinor = webMinor - registerMinor;
  if (openMinor <= 0) {
    return { kind: 'done', story: `The refund of ${money(webMinor)} stands on both sides.` };
  }
  const already = registerMinor === 0 ? '' : `, ${money(registerMinor)} of it at the register`;
  return {
    kind: 'open',
    openMinor,
    reason: `${plan.reference} was refunded ${money(webMinor)} online${already}: refund ${money(openMinor)} in the register's Orders app.`,
  };
}

/** The plan with what was refunded online in its note, where staff see it. */
export function withRefundNote(plan: PushPlan, { webMinor }: RefundState): PushPlan {
  if (webMinor === 0) return plan;
  const mark = ` Refunded online: ${moneyText(webMinor, plan.currency)}.`;
  return { ...plan, note: `${cut(plan.note, REGISTER_LIMITS.noteChars - mark.length)}${mark}` };
}
