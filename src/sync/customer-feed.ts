/**
 * The lists of customers: what webhooks missed (O8). BigCommerce tells who changed; Clover has no time of change, so its
 * whole list is compared with the digests of the pairs, a thousand to a call, once a day.
 */
import { CUSTOMER_FIELDS } from '../domain/customers/merge.ts';
import type { Failure } from '../domain/failure.ts';
import { parseMerchantId, type Platform } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { hourIn } from '../domain/time.ts';
import { ORDER_FEED_OVERLAP_MS } from '../limits.ts';
import { getCustomersSince, type Customer } from '../platforms/bigcommerce/customers.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getCustomerPage, type CloverCustomer } from '../platforms/clover/customers.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection, listConnections, type Connection } from '../store/connections.ts';
import {
  findCustomerMark,
  isAsSeen,
  pairsByRegister,
  pairsByWeb,
  saveCustomerMark,
} from '../store/customers.ts';
import { seenAtRegister, seenOnline } from './customer-pair.ts';
import { tellShown } from './hidden-contacts.ts';
import type { Cause, Scope } from './scope.ts';

type StartPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues'>;
type PagePorts = StartPorts & Pick<Ports, 'config' | 'fetch' | 'objects' | 'timer' | 'log'>;

const CONNECTIONS_PAGE = 100;

/** A webhook named this customer. */
export async function wakeCustomer(
  scope: Scope,
  { connection, eventId }: Cause,
  platform: Platform,
  account: string,
  customerId: string,
): Promise<Result<void, Failure>> {
  if (!connection.settings.customers.enabled) return ok(undefined);
  const common = { v: 1, kind: 'customer', connectionId: connection.id, eventId } as const;
  await scope.ports.queues.work.send({ ...common, platform, account, customerId });
  return ok(undefined);
}

/** Customers are kept in step from now on, or no longer: the webhooks follow. */
export async function beginCustomers(
  ports: Pick<Ports, 'queues'>,
  connectionId: string,
  eventId: string,
): Promise<void> {
  await ports.queues.work.send({ v: 1, kind: 'hooks', connectionId, eventId });
}

/** Once an hour: the store's changed customers, and in the hour of the full sweep the registers' lists. */
export async function pollDueCustomers(ports: StartPorts): Promise<void> {
  for (let cursor: string | null = null; ;) {
    const page = await listConnections(ports.db, cursor, CONNECTIONS_PAGE);
    for (const connection of page.items) {
      const { customers, schedule } = connection.settings;
      if (connection.status !== 'active' || !customers.enabled) continue;
      const isFull = hourIn(connection.timeZone, ports.now()) === schedule.fullSweepHour;
      await sendFeeds(ports, connection, ports.newId(), isFull);
    }
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Customers are not copied: there is nothing to start. */
export const SWITCHED_OFF = 'switched_off';

/** A person asks for it: both sides' lists from their beginning. Failure `disconnected`: it is not active. */
export async function startCustomerFeed(
  ports: StartPorts,
  connectionId: string,
  eventId: string,
): Promise<Result<typeof SWITCHED_OFF | void, Failure>> {
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  if (!connection.settings.customers.enabled) return ok(SWITCHED_OFF);
  await sendFeeds(ports, connection, eventId, true, 0);
  return ok(undefined);
}

async function sendFeeds(
  ports: StartPorts,
  connection: Connection,
  eventId: string,
  isFull: boolean,
  fromMs?: number,
): Promise<void> {
  const accounts: readonly [Platform, string][] = [
    ['bigcommerce', connection.id],
    ...connection.merchants
      .filter(({ status }) => isFull && status === 'connected')
      .map(({ merchantId }): [Platform, string] => ['clover', merchantId]),
  ];
  const messages: Work<'customer_feed'>[] = [];
  for (const [platform, account] of accounts) {
    const mark = await findCustomerMark(ports.db, connection.id, account);
    // Who was there before the app is joined with an order or a change, or when a person asks for all.
    const sinceMs = mark === undefined ? connection.installedAtMs : mark - ORDER_FEED_OVERLAP_MS;
    const common = { v: 1, kind: 'customer_feed', connectionId: connection.id, eventId } as const;
    messages.push({
      ...common,
      platform,
      account,
      sinceMs: fromMs ?? sinceMs,
      newestMs: 0,
      page: 0,
    });
  }
  await ports.queues.work.sendAll(messages);
}

/**
 * One page: who differs from what was seen of them, or is new, is looked at by a message of their own. The mark moves
 * when the last page was told. Failures: those of the platform.
 */
export async function pollCustomers(
  ports: PagePorts,
  message: Work<'customer_feed'>,
): Promise<Result<void, Failure>> {
  const { connectionId, eventId, platform, account } = message;
  const connection = await findConnection(ports.db, connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const page =
    platform === 'bigcommerce'
      ? await readStore(ports, connection, message)
      : await readRegister(ports, connection, message);
  if (!page.ok) return page;
  const { customerIds, nextPage } = page.value;
  const newestMs = Math.max(message.newestMs, page.value.newestMs);
  const common = { v: 1, kind: 'customer', connectionId, eventId, platform, account } as const;
  await ports.queues.work.sendAll(customerIds.map((customerId) => ({ ...common, customerId })));
  if (nextPage !== null) await ports.queues.work.send({ ...message, newestMs, page: nextPage });
  else if (newestMs > 0) await saveCustomerMark(ports.db, connectionId, account, newestMs);
  return ok(undefined);
}

interface ReadPage {
  /** Who has to be looked at. */
  readonly customerIds: readonly string[];
  readonly newestMs: number;
  readonly nextPage: number | null;
}

async function readStore(
  ports: PagePorts,
  connection: Connection,
  { eventId, sinceMs, page }: Work<'customer_feed'>,
): Promise<Result<ReadPage, Failure>> {
  const context = { connectionId: connection.id, eventId, priority: 'background' as const };
  const session = openBigCommerce(ports, connection.id, context);
  const read = await getCustomersSince(session, sinceMs, page + 1);
  if (!read.ok) return read;
  const { customers, isLast } = read.value;
  const ids = customers.map(({ customerId }) => customerId);
  const pairs = await pairsByWeb(ports.db, connection.id, ids);
  const merchants = connection.merchants.filter(({ status }) => status === 'connected');
  const differs = async (customer: Customer): Promise<boolean> => {
    const own = pairs.filter(({ webId }) => webId === customer.customerId);
    if (own.length < merchants.length) return true;
    const now = await seenOnline(connection.id, customer);
    return own.some(({ seen }) => !isAsSeen(seen.web, now, CUSTOMER_FIELDS));
  };
  const judged = await Promise.all(customers.map(differs));
  return ok({
    customerIds: ids.filter((_, index) => judged[index] === true).map(String),
    newestMs: Math.max(0, ...customers.map(({ modifiedAtMs }) => modifiedAtMs ?? 0)),
    nextPage: isLast ? null : page + 1,
  });
}

async function readRegister(
  ports: PagePorts,
  connection: Connection,
  { eventId, account, sinceMs, page }: Work<'customer_feed'>,
): Promise<Result<ReadPage, Failure>> {
  const merchantId = parseMerchantId(account);
  if (merchantId === undefined) {
    return fail({ code: 'invalid_input', message: `"${account}" is no Clover merchant id.` });
  }
  const context = { connectionId: connection.id, eventId, priority: 'background' as const };
  const read = await getCustomerPage(openClover(ports, merchantId, context), page);
  if (!read.ok) return read;
  const { rows, nextOffset } = read.value;
  const ids = rows.map(({ customerId }) => customerId);
  const pairs = await pairsByRegister(ports.db, connection.id, merchantId, ids);
  const byId = new Map(pairs.map((pair) => [pair.registerId, pair]));
  if (rows.some(({ emails, phones }) => emails.length + phones.length > 0)) {
    await tellShown(ports.db, connection.id, merchantId);
  }
  const differs = async (customer: CloverCustomer): Promise<boolean> => {
    const pair = byId.get(customer.customerId);
    if (pair === undefined) return (customer.sinceMs ?? 0) >= sinceMs;
    const now = await seenAtRegister(connection.id, customer);
    return !isAsSeen(pair.seen.register, now, CUSTOMER_FIELDS);
  };
  const judged = await Promise.all(rows.map(differs));
  return ok({
    customerIds: ids.filter((_, index) => judged[index] === true),
    newestMs: Math.max(0, ...rows.map((row) => row.sinceMs ?? 0)),
    nextPage: nextOffset,
  });
}
