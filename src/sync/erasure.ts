/**
 * Erasing a person (O8): what we keep of them goes, and what only the merchant can delete at the platforms is named. No
 * message carries whom it is about: the request holds that until it is done. Each step may run again.
 */
import { marksOf, ownMarksOf, type Subject } from '../domain/customers/erase.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import { contactOf } from '../domain/orders/buyers.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { findCustomers } from '../platforms/bigcommerce/customers.ts';
import { getOrdersOfPerson } from '../platforms/bigcommerce/person-orders.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { findCustomersByEmail, findCustomersByPhone } from '../platforms/clover/customers.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { deletePairs } from '../store/customers.ts';
import { sha256Hex } from '../store/digest.ts';
import {
  addErasure,
  eraseAlerts,
  eraseFailures,
  eraseLogBlocks,
  eraseOrderLinks,
  findErasure,
  forgetRegisterCustomers,
  updateErasure,
  type Erasure,
} from '../store/erasures.ts';

/** Records that were under way when the request came are in by then (wrangler.toml: 4 s of batching). */
const LOGS_SETTLE_SECONDS = 10;
/** Blocks opened per message: each is a read, an unpacking and perhaps a write. */
const BLOCKS_PER_MESSAGE = 100;
/** Ids named in a report; the count says the rest. */
const NAMED_MAX = 50;
const BUSY_RETRY_MS = 10_000;

type ErasePorts = Pick<
  Ports,
  'db' | 'now' | 'newId' | 'queues' | 'objects' | 'config' | 'fetch' | 'timer' | 'log'
>;

/** Takes the request down and begins; answers its id. */
export async function startErasure(
  ports: Pick<Ports, 'db' | 'now' | 'newId' | 'queues'>,
  connectionId: string,
  subject: Subject,
  askedBy: string,
): Promise<string> {
  const id = ports.newId();
  await addErasure(ports.db, {
    id,
    connectionId,
    status: 'running',
    subject,
    report: { erased: {}, remains: [] },
    askedBy,
    askedAtMs: ports.now(),
    doneAtMs: null,
  });
  await ports.queues.work.send({ v: 1, kind: 'erase', connectionId, eventId: id, erasureId: id });
  return id;
}

/** The next step of a request. Failures: `busy` while one of the orders is worked on, and those of the platforms. */
export async function performErasure(
  ports: ErasePorts,
  message: Work<'erase'>,
): Promise<Result<void, Failure>> {
  const erasure = await findErasure(ports.db, message.connectionId, message.erasureId);
  const connection = await findConnection(ports.db, message.connectionId);
  const subject = erasure?.subject ?? null;
  if (erasure === undefined || subject === null || connection === undefined) return ok(undefined);
  const running = { ...erasure, subject };
  return message.cursor === undefined
    ? eraseRows(ports, connection, running, message)
    : eraseLogs(ports, running, message, message.cursor);
}

type Running = Erasure & { readonly subject: NonNullable<Erasure['subject']> };

async function eraseRows(
  ports: ErasePorts,
  connection: Connection,
  erasure: Running,
  message: Work<'erase'>,
): Promise<Result<void, Failure>> {
  const { subject } = erasure;
  const found = await findPerson(ports, connection, subject, message.eventId);
  if (!found.ok) return found;
  const { webIds, registers, orderIds, notes } = found.value;
  const registerIds = registers.flatMap(({ ids }) => ids);
  const objects = await eraseObjects(ports, connection, subject, orderIds);
  if (!objects.ok) return objects;
  const { db } = ports;
  const own = new Set(orderIds);
  const [anywhere, ofOwn] = [marksOf(subject), ownMarksOf(subject)];
  const erased = {
    pairs:
      (await deletePairs(db, connection.id, { webIds })) +
      (await deletePairs(db, connection.id, { registerIds })),
    contacts: await forgetRegisterCustomers(
      db,
      connection.id,
      await labelKeysOf(subject),
      registerIds,
    ),
    orderObjects: objects.value,
    orders: await eraseOrderLinks(db, connection.id, orderIds, ofOwn),
    alerts: await eraseAlerts(db, connection.id, anywhere),
    failures: await eraseFailures(db, connection.id, (orderId) =>
      orderId !== null && own.has(orderId) ? ofOwn : anywhere,
    ),
  };
  await updateErasure(db, connection.id, erasure.id, {
    subject: { ...subject, orderIds },
    report: { erased, remains: [...remainsOf(connection, subject, found.value), ...notes] },
  });
  await ports.queues.work.send({ ...message, cursor: '' }, { delaySeconds: LOGS_SETTLE_SECONDS });
  return ok(undefined);
}

/** The digests that a shopper's contacts are held under while they are looked for at a register. */
async function labelKeysOf({ email, phone }: Subject): Promise<readonly string[]> {
  const none = { firstName: '', lastName: '' };
  const contacts = [
    contactOf({ ...none, email, phone: '' }),
    contactOf({ ...none, email: '', phone }),
  ];
  return Promise.all(
    contacts.filter((contact) => contact !== '').map((contact) => sha256Hex(contact)),
  );
}

interface FoundPerson {
  readonly webIds: readonly number[];
  readonly registers: readonly { readonly merchantId: string; readonly ids: readonly string[] }[];
  /** Web orders: those made of register sales are nobody's at the store. */
  readonly orderIds: readonly string[];
  /** Where nobody could look, and why. */
  readonly notes: readonly string[];
}

/** Who it is at the platforms. What cannot be asked for good is a note in the report; the rest is tried again. */
async function findPerson(
  ports: ErasePorts,
  connection: Connection,
  subject: Subject,
  eventId: string,
): Promise<Result<FoundPerson, Failure>> {
  const context = { connectionId: connection.id, eventId, priority: 'interactive' as const };
  const session = openBigCommerce(ports, connection.id, context);
  const { email, phone } = subject;
  const notes: string[] = [];
  const webIds = new Set<number>();
  const orderIds = new Set<string>();
  const look = async <Value>(
    where: string,
    asked: Promise<Result<readonly Value[], Failure>>,
  ): Promise<Result<readonly Value[], Failure>> => {
    const answer = await asked;
    if (answer.ok || isRetryable(answer.failure)) return answer;
    notes.push(`${where} could not be asked: ${answer.failure.message}`);
    return ok([]);
  };
  const keys = [
    ...(email === '' ? [] : [{ emails: [email] }]),
    ...(phone === '' ? [] : [{ phones: [phone] }]),
  ];
  for (const key of keys) {
    const accounts = await look('BigCommerce', findCustomers(session, key));
    if (!accounts.ok) return accounts;
    for (const { customerId } of accounts.value) webIds.add(customerId);
  }
  const asked = [
    ...(email === '' ? [] : [{ email }]),
    ...[...webIds].map((customerId) => ({ customerId })),
  ];
  for (const of of asked) {
    const list = await look('BigCommerce', getOrdersOfPerson(session, of));
    if (!list.ok) return list;
    for (const orderId of list.value) orderIds.add(orderId);
  }
  const registers: { merchantId: string; ids: readonly string[] }[] = [];
  for (const { merchantId } of connection.merchants.filter(
    ({ status }) => status === 'connected',
  )) {
    const clover = openClover(ports, merchantId, context);
    const where = `Clover merchant ${merchantId}`;
    const byEmail = email === '' ? ok([]) : await look(where, findCustomersByEmail(clover, email));
    if (!byEmail.ok) return byEmail;
    const byPhone = phone === '' ? ok([]) : await look(where, findCustomersByPhone(clover, phone));
    if (!byPhone.ok) return byPhone;
    const ids = new Set([...byEmail.value, ...byPhone.value].map(({ customerId }) => customerId));
    registers.push({ merchantId, ids: [...ids] });
  }
  return ok({ webIds: [...webIds], registers, orderIds: [...orderIds], notes });
}

async function eraseObjects(
  ports: ErasePorts,
  connection: Connection,
  { email, phone, firstName, lastName }: Subject,
  orderIds: readonly string[],
): Promise<Result<number, Failure>> {
  let erased = 0;
  const subject = { email, phone, firstName, lastName };
  for (const orderId of orderIds) {
    const relay = ports.objects.orderRelay(connection.id, 'bigcommerce', orderId);
    const outcome = await relay.erasePerson(subject);
    if (outcome === 'busy') {
      const message = `Order ${orderId} is being worked on.`;
      return fail({ code: 'busy', message, retryAfterMs: BUSY_RETRY_MS });
    }
    if (outcome === 'erased') erased += 1;
  }
  return ok(erased);
}

/** What only the merchant can delete, by id: the report names nobody. */
function remainsOf(
  { settings }: Connection,
  { email }: Subject,
  { webIds, registers, orderIds }: FoundPerson,
): string[] {
  const named = (ids: readonly (string | number)[]) =>
    ids.length > NAMED_MAX
      ? `${ids.slice(0, NAMED_MAX).join(', ')} and ${ids.length - NAMED_MAX} more`
      : ids.join(', ');
  const isAlerted = settings.alerts.emails.some(
    (each) => each.toLowerCase() === email.toLowerCase(),
  );
  return [
    ...(webIds.length === 0
      ? []
      : [`BigCommerce holds customer ${named(webIds)}: delete it there.`]),
    ...(orderIds.length === 0
      ? []
      : [
          `BigCommerce holds order ${named(orderIds)}: its addresses are changed there. An ` +
            'order that changes later is read again, and its title and note at the register are written anew.',
        ]),
    ...registers
      .filter(({ ids }) => ids.length > 0)
      .map(
        ({ merchantId, ids }) =>
          `Clover merchant ${merchantId} holds customer ${named(ids)}: delete it in its Customers app.`,
      ),
    ...(isAlerted
      ? ['The address is one of alerts.emails in the settings: take it out there.']
      : []),
    "Cloudflare keeps point-in-time copies of the relay's storage for up to 30 days.",
  ];
}

async function eraseLogs(
  ports: ErasePorts,
  erasure: Running,
  message: Work<'erase'>,
  cursor: string,
): Promise<Result<void, Failure>> {
  const { db } = ports;
  const { subject, report, connectionId, id } = erasure;
  const own = new Set(subject.orderIds);
  const [anywhere, ofOwn] = [marksOf(subject), ownMarksOf(subject)];
  const marksFor = (orderId: string | null) =>
    orderId !== null && own.has(orderId) ? ofOwn : anywhere;
  const { changed, nextCursor } = await eraseLogBlocks(
    db,
    connectionId,
    cursor,
    BLOCKS_PER_MESSAGE,
    marksFor,
  );
  const erased = { ...report.erased, logs: (report.erased['logs'] ?? 0) + changed };
  if (nextCursor !== null) {
    await updateErasure(db, connectionId, id, { report: { ...report, erased } });
    await ports.queues.work.send({ ...message, cursor: nextCursor });
    return ok(undefined);
  }
  await updateErasure(db, connectionId, id, {
    status: 'done',
    subject: null,
    report: { ...report, erased },
    doneAtMs: ports.now(),
  });
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId,
    eventId: message.eventId,
    operation: 'customers.erased',
    outcome: 'ok',
    message: `The request ${id} to erase a person was carried out.`,
    detail: { ...erased },
  });
  return ok(undefined);
}
