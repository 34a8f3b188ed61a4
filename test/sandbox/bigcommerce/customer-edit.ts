import type { Customer } from './customer-state.ts';
import { refuseTakenEmail } from './customers.ts';
import { emit } from './events.ts';
import type { Platform } from './platform.ts';
import type { Store } from './state.ts';
import { wholeSecond } from './clock.ts';

/** A shopper, or staff, changes an account. */
export function editCustomer(
  platform: Platform,
  store: Store,
  customerId: number,
  change: Partial<
    Pick<Customer, 'email' | 'firstName' | 'lastName' | 'phone' | 'acceptsMarketing'>
  >,
): Customer {
  const before = store.customers[customerId];
  if (before === undefined) throw new Error(`no customer ${customerId}`);
  const changed = { ...before, ...change };
  refuseTakenEmail(store, changed, '0');
  changed.modifiedAtMs = wholeSecond(platform.runtime.now());
  store.customers[customerId] = changed;
  emit(platform, store, 'store/customer/updated', { type: 'customer', id: customerId });
  return changed;
}
