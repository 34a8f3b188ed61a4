/**
 * Registers that show no contacts of customers: in Europe each kind needs a grant of its own (clover.md 1). A shopper
 * cannot be found there then, and one made blindly would be made with each order, so none is made until they show.
 */
import type { Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import { getCustomer } from '../platforms/clover/customers.ts';
import type { CloverSession } from '../platforms/clover/session.ts';
import type { Database, Ports } from '../ports.ts';
import { closeFailure, failureId, parkFailure } from '../store/failures.ts';
import {
  findRegisterObject,
  holdRegisterObject,
  keepRegisterObject,
  type RegisterObjectKey,
} from '../store/register-objects.ts';

const SOURCE = 'work:customer';
const subjectOf = (merchantId: string): string => `clover:${merchantId}:contacts`;

/** Remembers the customer whose contacts were sent and are not shown: it is what a later look asks for. */
const keyOf = (connectionId: string, merchantId: string): RegisterObjectKey => ({
  connectionId,
  merchantId,
  kind: 'customer',
  labelKey: 'contacts_hidden',
});

/** Says it in the list of failures, once per merchant. */
export async function tellHidden(
  { db, now }: Pick<Ports, 'db' | 'now'>,
  connectionId: string,
  merchantId: string,
  eventId: string,
): Promise<void> {
  await parkFailure(db, {
    connectionId,
    code: 'permission_missing',
    message:
      `Clover merchant ${merchantId} does not show its customers' e-mail addresses and phone numbers. In Europe the app ` +
      'needs CUSTOMERS_EMAIL and CUSTOMERS_PHONE, read and write: ask Clover for them, then install the app there again. ' +
      'Until then web orders go to it without their shopper, and no customer is copied.',
    source: SOURCE,
    subject: subjectOf(merchantId),
    platform: 'clover',
    eventId,
    atMs: now(),
    replay: null,
  });
}

/** A customer was made with contacts, and the answer shows none. */
export async function keepHidden(
  ports: Pick<Ports, 'db' | 'now'>,
  connectionId: string,
  merchantId: string,
  eventId: string,
  customerId: string,
): Promise<void> {
  const key = keyOf(connectionId, merchantId);
  await holdRegisterObject(ports.db, key, ports.now(), 0);
  await keepRegisterObject(ports.db, key, customerId);
  await tellHidden(ports, connectionId, merchantId, eventId);
}

/** Whether the register still hides contacts: one call while it did, none otherwise. Closes the failure when it ends. */
export async function stillHidden(
  db: Database,
  session: () => CloverSession,
  connectionId: string,
  merchantId: string,
): Promise<Result<boolean, Failure>> {
  const key = keyOf(connectionId, merchantId);
  const known = await findRegisterObject(db, key);
  if (known === undefined) return ok(false);
  const read = await getCustomer(session(), known);
  if (!read.ok && read.failure.code !== 'not_found') return read;
  if (read.ok && read.value.emails.length + read.value.phones.length === 0) return ok(true);
  // Shown again, or gone: then the next one that is made tells.
  await tellShown(db, connectionId, merchantId);
  return ok(false);
}

/** The register shows contacts: what was said of it is over. */
export async function tellShown(
  db: Database,
  connectionId: string,
  merchantId: string,
): Promise<void> {
  await keepRegisterObject(db, keyOf(connectionId, merchantId), null);
  const failure = { connectionId, source: SOURCE, code: 'permission_missing' } as const;
  const id = await failureId({ ...failure, subject: subjectOf(merchantId) });
  await closeFailure(db, connectionId, id, 'replayed');
}
