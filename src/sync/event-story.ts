/** One event as the log tells it: what opened it, what it led to, and which SKUs it was about. */
import * as v from 'valibot';
import type { MerchantId } from '../domain/ids.ts';
import { subjectOf } from '../platforms/bigcommerce/webhook.ts';
import type { Ports } from '../ports.ts';
import { intakeMessage, type IntakeMessage } from '../queue/messages.ts';
import type { Connection } from '../store/connections.ts';
import {
  findLinksByItem,
  findLinksByProduct,
  findLinksBySku,
  findLinksByVariant,
  type Link,
} from '../store/links.ts';
import { eventChain, findLog, type LogRow, type LogWithDetail } from '../store/logs.ts';

/** Records of one event that are looked at: far more than any one causes. */
const CHAIN_MAX = 1_000;

/** What the log holds of one event. */
export interface Story {
  readonly rows: readonly LogRow[];
  /** The record that opened it, with what the platform sent; undefined: not in the log any more. */
  readonly opening: LogWithDetail | undefined;
}

/** null: the log holds no such event of this connection. */
export async function storyOf(
  db: Ports['db'],
  connectionId: string,
  id: string,
): Promise<Story | null> {
  const rows = await eventChain(db, connectionId, id, CHAIN_MAX);
  const opening = rows.find(({ kind }) => kind === 'event');
  if (rows.length === 0) return null;
  return { rows, opening: opening && (await findLog(db, connectionId, opening.id)) };
}

/** Links that an event named, or led to something for. */
export async function linksOf(
  ports: Pick<Ports, 'db' | 'now'>,
  connection: Connection,
  { rows, opening }: Story,
): Promise<Link[]> {
  const message = opening && loggedMessage(opening, connection.id, ports.now());
  const named = message === undefined ? [] : await linksNamedBy(ports, connection, message);
  const skus = new Set(rows.flatMap(({ sku }) => (sku === null ? [] : [sku])));
  const told = await findLinksBySku(ports.db, connection.id, [...skus]);
  return [...new Map([...named, ...told].map((link) => [link.linkId, link])).values()];
}

/** Whether an event named this SKU and this order, or led to something for them; what is left out fits always. */
export async function isAbout(
  ports: Pick<Ports, 'db' | 'now'>,
  connection: Connection,
  story: Story,
  { sku, orderId }: { readonly sku?: string | undefined; readonly orderId?: string | undefined },
): Promise<boolean> {
  if (orderId !== undefined && !isAboutOrder(connection, story, orderId, ports.now())) return false;
  if (sku === undefined || story.rows.some((row) => row.sku === sku)) return true;
  const links = await linksOf(ports, connection, story);
  return links.some((link) => link.sku === sku);
}

function isAboutOrder(
  { id }: Connection,
  { rows, opening }: Story,
  orderId: string,
  nowMs: number,
): boolean {
  if (rows.some((row) => row.orderId === orderId)) return true;
  const message = opening && loggedMessage(opening, id, nowMs);
  if (message?.platform === 'clover') {
    return message.changes.some(({ key, objectId }) => key === 'O' && objectId === orderId);
  }
  const subject = message && subjectOf(message.scope, message.data);
  return subject?.kind === 'order' && String(subject.orderId) === orderId;
}

/** Of BigCommerce its variant or product, of Clover its items; orders name none. */
async function linksNamedBy(
  { db }: Pick<Ports, 'db'>,
  { id }: Connection,
  message: IntakeMessage,
): Promise<Link[]> {
  if (message.platform === 'bigcommerce') {
    const subject = subjectOf(message.scope, message.data);
    if (subject.kind !== 'stock') return [];
    const { productId, variantId } = subject;
    return variantId === null
      ? findLinksByProduct(db, id, [productId])
      : findLinksByVariant(db, id, [variantId]);
  }
  const byMerchant = Map.groupBy(message.changes, ({ merchantId }) => merchantId);
  const links = await Promise.all(
    [...byMerchant].map(([merchantId, changes]) =>
      findLinksByItem(
        db,
        id,
        merchantId as MerchantId,
        changes.map(({ objectId }) => objectId),
      ),
    ),
  );
  return links.flat();
}

/** What the log keeps of a webhook: enough to take it in again. */
export interface LoggedEvent {
  readonly eventId: string | null;
  readonly platform: string | null;
  readonly detail: unknown;
}

/**
 * The webhook as intake would hand it over now; undefined: it was none, or is no longer whole in the log.
 * Received now, by the platform's clock too: a read that was made since the first time must not count as the look that
 * this one asks for.
 */
export function loggedMessage(
  { eventId, platform, detail }: LoggedEvent,
  connectionId: string,
  nowMs: number,
): IntakeMessage | undefined {
  const common = { v: 1, platform, eventId, receivedAtMs: nowMs };
  const kept = typeof detail === 'object' && detail !== null ? detail : {};
  const scope = 'topic' in kept ? kept.topic : undefined;
  const data = 'data' in kept ? kept.data : undefined;
  const logged = 'changes' in kept && Array.isArray(kept.changes) ? kept.changes : undefined;
  const changes = logged?.map((change: unknown) =>
    typeof change === 'object' ? { ...change, tsMs: nowMs } : change,
  );
  const parsed = v.safeParse(
    intakeMessage,
    platform === 'bigcommerce'
      ? { ...common, connectionId, scope, data, createdAtMs: nowMs }
      : { ...common, changes },
  );
  return parsed.success ? parsed.output : undefined;
}
