/** What a merchant's service plan leaves out: clover.md 1 "Merchant plan". */
import { badRequest } from './errors.ts';
import type { Platform } from './platform.ts';
import { find, PRIMARY } from './store.ts';
import type { Merchant } from './types.ts';

/** Plans with simple inventory: no item groups, no modifiers. */
const SIMPLE_PLANS: ReadonlySet<string> = new Set(['ESSENTIALS', 'REGISTER_LITE', 'PAYMENTS']);

/** 400 for variants and modifiers of a merchant whose plan has none, where the API refuses them at all. */
export function demandGroups(platform: Platform, merchant: Merchant): void {
  const plan = find(merchant.tables.merchants, merchant.id, PRIMARY)?.plan.planCode ?? '';
  if (platform.switches.planRestrictsGroups && SIMPLE_PLANS.has(plan)) {
    throw badRequest('Not available for this service plan');
  }
}
