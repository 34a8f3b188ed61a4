/** Both sides of one shopper, read: what travels is written, and what both show is remembered as digests (O8). */
import {
  comparable,
  CUSTOMER_FIELDS,
  mergePerson,
  type Changed,
  type CustomerField,
  type Person,
  type PersonChange,
} from '../domain/customers/merge.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import { updateCustomers, type Customer } from '../platforms/bigcommerce/customers.ts';
import type { BigCommerceSession } from '../platforms/bigcommerce/session.ts';
import { saveContact, updateCustomer, type CloverCustomer } from '../platforms/clover/customers.ts';
import type { CloverSession } from '../platforms/clover/session.ts';
import type { Connection } from '../store/connections.ts';
import { savePair, type CustomerPair, type SeenPerson } from '../store/customers.ts';
import { sha256Hex } from '../store/digest.ts';
import { parkFailure } from '../store/failures.ts';
import { tellHidden } from './hidden-contacts.ts';
import type { Scope } from './scope.ts';

type Handled = Result<void, Failure>;

const DIGEST_CHARS = 16;
/** Clover's longest name (clover.md 6). */
const NAME_CHARS = 64;

export interface CustomerWork {
  readonly scope: Scope;
  readonly connection: Connection;
  readonly eventId: string;
  readonly bigcommerce: BigCommerceSession;
  clover(merchantId: string): CloverSession;
}

const personOnline = (web: Customer): Person => ({
  firstName: web.firstName,
  lastName: web.lastName,
  email: web.email,
  phone: web.phone,
  consents: web.acceptsMarketing,
});

/** The first of several contacts is the one that is kept in step. */
export function personAtRegister(register: CloverCustomer): Person {
  return {
    firstName: register.firstName,
    lastName: register.lastName,
    email: register.emails[0]?.value ?? '',
    phone: register.phones[0]?.value ?? '',
    consents: register.marketingAllowed,
  };
}

/** Brings both sides together and keeps the pair; a second store customer with one contact is left alone. */
export async function joinPair(
  work: CustomerWork,
  merchantId: string,
  web: Customer,
  register: CloverCustomer,
  pair: CustomerPair | undefined,
): Promise<Handled> {
  const { connection, scope } = work;
  const [online, there] = [personOnline(web), personAtRegister(register)];
  const seen = {
    web: await seenOf(connection.id, online),
    register: await seenOf(connection.id, there),
  };
  if (pair !== undefined && hasHidden(pair.seen.register, seen.register)) {
    await tellHidden(scope.ports, connection.id, merchantId, work.eventId);
    return ok(undefined);
  }
  const changed = pair === undefined ? null : changedOf(pair.seen, seen);
  const { toWeb, toRegister } = mergePerson(online, there, changed, connection.settings.customers);
  const written = await writeBoth(work, merchantId, { web, register, toWeb, toRegister });
  if (!written.ok) return written;
  const after = {
    web: await seenOf(connection.id, { ...online, ...written.value.web }),
    register: await seenOf(connection.id, { ...there, ...written.value.register }),
  };
  const isSame = pair !== undefined && JSON.stringify(pair.seen) === JSON.stringify(after);
  if (isSame) return ok(undefined);
  const isKept = await savePair(scope.ports.db, {
    connectionId: connection.id,
    merchantId,
    registerId: register.customerId,
    webId: web.customerId,
    seen: after,
    updatedAtMs: scope.ports.now(),
  });
  if (!isKept) {
    tell(
      work,
      `Store customer ${web.customerId} shares its contact with another one: only the first is kept in step.`,
    );
  }
  return ok(undefined);
}

/** What is left of a person in our own tables: enough to see a change, nothing to read. */
export async function seenOf(connectionId: string, person: Person): Promise<SeenPerson> {
  const digests = await Promise.all(
    CUSTOMER_FIELDS.map(async (field) => {
      const value = comparable(field, person[field]);
      if (value === '') return [field, ''] as const;
      const digest = await sha256Hex(`${connectionId}|${field}|${value}`);
      return [field, digest.slice(0, DIGEST_CHARS)] as const;
    }),
  );
  const fields = Object.fromEntries(digests) as Record<CustomerField, string>;
  return { fields, consents: person.consents };
}

export const seenOnline = (connectionId: string, web: Customer): Promise<SeenPerson> =>
  seenOf(connectionId, personOnline(web));
export const seenAtRegister = (connectionId: string, at: CloverCustomer): Promise<SeenPerson> =>
  seenOf(connectionId, personAtRegister(at));

function changedOf(before: CustomerPair['seen'], now: CustomerPair['seen']): Changed {
  const moved = (side: 'web' | 'register') =>
    new Set(
      CUSTOMER_FIELDS.filter((field) => before[side].fields[field] !== now[side].fields[field]),
    );
  const withdrew = (side: 'web' | 'register') =>
    before[side].consents === true && now[side].consents === false;
  return {
    web: moved('web'),
    register: moved('register'),
    webWithdrew: withdrew('web'),
    registerWithdrew: withdrew('register'),
  };
}

/** Both contacts gone at once look like a grant that was taken away, as in Europe (clover.md 1): no change to pass on. */
function hasHidden(before: SeenPerson, now: SeenPerson): boolean {
  const has = ({ fields }: SeenPerson) => fields.email !== '' || fields.phone !== '';
  return has(before) && !has(now);
}

interface Writing {
  readonly web: Customer;
  readonly register: CloverCustomer;
  readonly toWeb: PersonChange;
  readonly toRegister: PersonChange;
}

/** Answers what was really written; what is refused for good is told and left out, so that it is not tried for ever. */
async function writeBoth(
  work: CustomerWork,
  merchantId: string,
  { web, register, toWeb, toRegister }: Writing,
): Promise<Result<{ web: PersonChange; register: PersonChange }, Failure>> {
  const done = { web: {} as PersonChange, register: {} as PersonChange };
  if (Object.keys(toWeb).length > 0) {
    const { consents, ...fields } = toWeb;
    const change = { ...fields, ...(consents === false ? { acceptsMarketing: false } : {}) };
    const answer = await updateCustomers(work.bigcommerce, [
      { customerId: web.customerId, ...change },
    ]);
    if (answer.ok) done.web = toWeb;
    else if (isRetryable(answer.failure)) return answer;
    else await refused(work, 'bigcommerce', String(web.customerId), answer.failure);
  }
  if (Object.keys(toRegister).length > 0) {
    const answer = await writeRegister(work, merchantId, register, toRegister);
    if (answer.ok) done.register = toRegister;
    else if (isRetryable(answer.failure)) return answer;
    else await refused(work, 'clover', register.customerId, answer.failure);
  }
  return ok(done);
}

async function writeRegister(
  work: CustomerWork,
  merchantId: string,
  register: CloverCustomer,
  change: PersonChange,
): Promise<Result<unknown, Failure>> {
  const { firstName, lastName, email, phone, consents } = change;
  const id = register.customerId;
  const fields = {
    ...(firstName === undefined ? {} : { firstName: firstName.slice(0, NAME_CHARS) }),
    ...(lastName === undefined ? {} : { lastName: lastName.slice(0, NAME_CHARS) }),
    ...(consents === false ? { marketingAllowed: false } : {}),
  };
  if (Object.keys(fields).length > 0) {
    const named = await updateCustomer(work.clover(merchantId), id, fields);
    if (!named.ok) return named;
  }
  if (email !== undefined) {
    const contactId = register.emails[0]?.contactId ?? null;
    const contact = { kind: 'email_addresses', email } as const;
    const saved = await saveContact(work.clover(merchantId), id, contactId, contact);
    if (!saved.ok) return saved;
  }
  if (phone === undefined) return ok(undefined);
  const contactId = register.phones[0]?.contactId ?? null;
  const contact = { kind: 'phone_numbers', phone } as const;
  return saveContact(work.clover(merchantId), id, contactId, contact);
}

async function refused(
  work: CustomerWork,
  platform: 'bigcommerce' | 'clover',
  customerId: string,
  failure: Failure,
): Promise<void> {
  const { ports } = work.scope;
  await parkFailure(ports.db, {
    connectionId: work.connection.id,
    code: failure.code,
    message: `A change of customer ${customerId} was refused by ${platform}: ${failure.message} Make it there by hand, then dismiss this.`,
    source: 'work:customer',
    subject: `${platform}:${customerId}`,
    platform,
    eventId: work.eventId,
    atMs: ports.now(),
    replay: null,
  });
}

/** Ids only: the log never holds who it is. */
export function tell(work: CustomerWork, message: string): void {
  work.scope.ports.log.add({
    kind: 'decision',
    atMs: work.scope.ports.now(),
    connectionId: work.connection.id,
    eventId: work.eventId,
    operation: 'customers.merge',
    outcome: 'ok',
    message,
  });
}
