/** Links: which variant and which items are one SKU, why, since when, and what became of it. */
import * as z from 'zod';
import type { MerchantId } from '../domain/ids.ts';
import { CHOSEN_LINKS_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { listLinkHistory } from '../store/link-history.ts';
import { findLink, listLinks, type Link } from '../store/links.ts';
import { startChosen, unlink } from '../sync/unlink.ts';
import { invalid, notFound, refuse } from './errors.ts';
import {
  type Api,
  audit,
  byWhom,
  checked,
  CONNECTION,
  describe,
  iso,
  isoTime,
  pageOf,
  pageQuery,
  readCursor,
  whileInstalled,
  writeCursor,
} from './routing.ts';

const item = z.object({ merchantId: z.string(), itemId: z.string() });

const linkSchema = z.object({
  linkId: z.string(),
  sku: z.string().describe('As BigCommerce wrote it when the link was last planned.'),
  name: z.string(),
  productId: z.int(),
  variantId: z.int(),
  items: z.array(item),
  status: z.enum(['active', 'broken']),
  evidence: z
    .record(z.string(), z.unknown())
    .describe('`rule` by which they were found, and the values that agreed.'),
  createdAt: isoTime,
});

const changeSchema = z.object({
  at: isoTime,
  act: z.enum(['linked', 'relinked', 'broken', 'unlinked']),
  by: z.string(),
  eventId: z.string().describe('The plan, request or webhook that did it.'),
  sku: z.string(),
  variantId: z.int(),
  items: z.array(item),
  evidence: z.record(z.string(), z.unknown()),
});

const TAG = 'Links';
const LINKS = `${CONNECTION}/links`;
const LINK = `${LINKS}/:linkId`;
const HISTORY_MAX = 200;

const chosenItem = z.strictObject({
  merchantId: z.string().regex(/^[A-Z0-9]{13}$/, 'must be a Clover merchant id of 13 characters'),
  itemId: z.string().min(1).max(64),
});

const chosenLink = z.strictObject({
  variantId: z.int().min(1),
  items: z.array(chosenItem).min(1).max(50).describe('At most one per merchant.'),
});

export function registerLinks(api: Api, ports: Ports): void {
  registerReads(api, ports);
  registerChanges(api, ports);
}

function registerReads(api: Api, ports: Ports): void {
  api.get(
    LINKS,
    describe({
      tag: TAG,
      summary: 'List links',
      answer: [200, 'A page of links, in the order of their ids.', pageOf(linkSchema)],
    }),
    checked('query', z.strictObject(pageQuery)),
    async (context) => {
      const { limit, cursor: text } = context.req.valid('query');
      const cursor = readCursor(text, z.string().min(1));
      if (!cursor.ok) return invalid(context, cursor.failure);
      const page = await listLinks(ports.db, context.var.connection.id, cursor.value, limit);
      return context.json({
        items: page.items.map(shown),
        nextCursor: writeCursor(page.nextCursor),
      });
    },
  );
  api.get(
    LINK,
    describe({
      tag: TAG,
      summary: 'Show a link with its history',
      answer: [
        200,
        'The link; its history newest first.',
        linkSchema.extend({ history: z.array(changeSchema) }),
      ],
    }),
    async (context) => {
      const { id } = context.var.connection;
      const link = await findLink(ports.db, id, context.req.param('linkId'));
      if (link === undefined) return notFound(context, 'such link in this connection');
      const changes = await listLinkHistory(ports.db, id, link.linkId, HISTORY_MAX);
      const history = changes.map(({ atMs, ...change }) => ({ at: iso(atMs), ...change }));
      return context.json({ ...shown(link), history });
    },
  );
}

function registerChanges(api: Api, ports: Ports): void {
  api.post(
    LINKS,
    describe({
      tag: TAG,
      summary: 'Link by hand',
      description:
        'Computes a link plan of exactly these rows, also of a variant that is linked already; it is looked at and ' +
        'applied like any other.',
      answer: [202, 'The plan is being computed.', z.object({ id: z.string() })],
      errors: { 409: 'The app is uninstalled, or another plan is at work.' },
    }),
    whileInstalled,
    checked('json', z.strictObject({ links: z.array(chosenLink).min(1).max(CHOSEN_LINKS_MAX) })),
    async (context) => {
      const { id } = context.var.connection;
      const links = context.req.valid('json').links.map(({ variantId, items }) => ({
        variantId,
        items: items.map(({ merchantId, itemId }) => ({
          merchantId: merchantId as MerchantId,
          itemId,
        })),
      }));
      const started = await startChosen(ports, id, links);
      if (!started.ok) return refuse(context, started.failure);
      audit(ports, context, {
        operation: 'link.choose',
        eventId: started.value.id,
        message: `${links.length} links were chosen through the API.`,
      });
      return context.json({ id: started.value.id }, 202);
    },
  );
  api.delete(
    LINK,
    describe({
      tag: TAG,
      summary: 'Unlink',
      description:
        'Nothing of it is kept in step any more; its ledger is kept to be looked up. Later plans ask before they link it again.',
      answer: [204, 'Unlinked.', null],
    }),
    whileInstalled,
    async (context) => {
      const { id } = context.var.connection;
      const linkId = context.req.param('linkId');
      const done = await unlink(ports, id, linkId, byWhom(context.var.caller));
      if (!done.ok) return refuse(context, done.failure);
      audit(ports, context, {
        operation: 'link.unlink',
        message: `Link ${linkId} was taken apart.`,
      });
      return context.body(null, 204);
    },
  );
}

function shown({ connectionId: _connection, createdAtMs, ...link }: Link) {
  return { ...link, createdAt: iso(createdAtMs) };
}
