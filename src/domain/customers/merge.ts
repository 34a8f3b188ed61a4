/**
 * One shopper on both sides (O8): which change travels where. A field that one side changed since both were last looked
 * at is the other's too; changed on both, its owner's value stands. What differed from the start stays as it is, and a
 * blank replaces nothing.
 */

export const CUSTOMER_FIELDS = ['firstName', 'lastName', 'email', 'phone'] as const;
export type CustomerField = (typeof CUSTOMER_FIELDS)[number];

/** A person as one side shows them; blank where it shows nothing. */
export interface Person extends Readonly<Record<CustomerField, string>> {
  /** May be written to for marketing; null where that side does not tell. */
  readonly consents: boolean | null;
}

export type FieldOwner = 'bigcommerce' | 'clover' | 'off';

export interface CustomerPolicy {
  readonly direction: 'two-way' | 'to-clover' | 'to-bigcommerce';
  readonly owners: {
    readonly name: FieldOwner;
    readonly email: FieldOwner;
    readonly phone: FieldOwner;
  };
}

/** What changed on each side since both were last looked at; null: they were never looked at together. */
export interface Changed {
  readonly web: ReadonlySet<CustomerField>;
  readonly register: ReadonlySet<CustomerField>;
  /** The side took back a consent that it had. */
  readonly webWithdrew: boolean;
  readonly registerWithdrew: boolean;
}

/** What to write on one side: only fields that differ there. */
export type PersonChange = Partial<Record<CustomerField, string>> & { readonly consents?: false };

export interface Merge {
  readonly toWeb: PersonChange;
  readonly toRegister: PersonChange;
}

/** A value as it is compared: e-mail in lower case, phone by its digits. */
export function comparable(field: CustomerField, value: string): string {
  const text = value.trim();
  if (field === 'email') return text.toLowerCase();
  return field === 'phone' ? text.replaceAll(/\D/g, '') : text;
}

/**
 * What each side lacks of the other. Consent is a person's word to one side: it is never carried over, but taking it
 * back is.
 */
export function mergePerson(
  web: Person,
  register: Person,
  changed: Changed | null,
  policy: CustomerPolicy,
): Merge {
  const toWeb: Partial<Record<CustomerField, string>> = {};
  const toRegister: Partial<Record<CustomerField, string>> = {};
  for (const field of CUSTOMER_FIELDS) {
    const winner = winnerOf(field, web, register, changed, policy);
    if (winner === 'register' && policy.direction !== 'to-clover') toWeb[field] = register[field];
    if (winner === 'web' && policy.direction !== 'to-bigcommerce') toRegister[field] = web[field];
  }
  const forWeb = changed?.registerWithdrew === true && web.consents === true;
  const forRegister = changed?.webWithdrew === true && register.consents === true;
  return {
    toWeb: forWeb && policy.direction !== 'to-clover' ? { ...toWeb, consents: false } : toWeb,
    toRegister:
      forRegister && policy.direction !== 'to-bigcommerce'
        ? { ...toRegister, consents: false }
        : toRegister,
  };
}

/** Whose value the other side is to take; null: both stay as they are. */
function winnerOf(
  field: CustomerField,
  web: Person,
  register: Person,
  changed: Changed | null,
  { owners }: CustomerPolicy,
): 'web' | 'register' | null {
  const owner = field === 'firstName' || field === 'lastName' ? owners.name : owners[field];
  const [one, other] = [comparable(field, web[field]), comparable(field, register[field])];
  if (owner === 'off' || one === other) return null;
  // What somebody cleared later on is not filled again; what one side never knew is.
  if (one === '' || other === '') {
    const filled = one === '' ? 'register' : 'web';
    return changed === null || changed[filled].has(field) ? filled : null;
  }
  if (changed === null) return null;
  const [isWeb, isRegister] = [changed.web.has(field), changed.register.has(field)];
  if (isWeb && isRegister) return owner === 'bigcommerce' ? 'web' : 'register';
  if (isWeb) return 'web';
  return isRegister ? 'register' : null;
}
