/** Which customer of a register a shopper is (O8): by e-mail, then by phone; never by name. */

export interface Buyer {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone: string;
}

export interface KnownCustomer {
  readonly customerId: string;
  readonly isDeleted: boolean;
  /** Epoch milliseconds. */
  readonly sinceMs: number | null;
}

/** A contact as it is compared: e-mail in lower case, phones by their digits. Empty: nothing to go by. */
export function contactOf({ email, phone }: Buyer): string {
  const address = email.trim().toLowerCase();
  if (address.includes('@')) return address;
  const digits = phone.replaceAll(/\D/g, '');
  return digits.length >= MIN_DIGITS ? digits : '';
}

/** Shorter numbers are extensions or typing errors. */
const MIN_DIGITS = 6;

/** The oldest of several that share a contact, so that every order finds the same one; null: none. */
export function oldestOf(customers: readonly KnownCustomer[]): KnownCustomer | null {
  const known = customers.filter(({ isDeleted }) => !isDeleted);
  const [first] = known.toSorted(
    (a, b) =>
      (a.sinceMs ?? Number.MAX_SAFE_INTEGER) - (b.sinceMs ?? Number.MAX_SAFE_INTEGER) ||
      (a.customerId < b.customerId ? -1 : 1),
  );
  return first ?? null;
}
