/** SKUs: their counts, the levels of their places, and the ledger behind them. */
import type { Context } from 'hono';
import * as z from 'zod';
import {
  levelPage,
  orderIn,
  orderPage,
  type PlatformPages,
  productPage,
} from '../domain/platform-pages.ts';
import type { LedgerView } from '../domain/stock/api.ts';
import type { KeptEntry } from '../domain/stock/journal.ts';
import type { Ports } from '../ports.ts';
import { findSku, listSkus, type SkuRow } from '../store/ledger-copies.ts';
import type { LedgerPlaceCopy } from '../store/schema.ts';
import { invalid, notFound } from './errors.ts';
import {
  type Api,
  type ApiEnv,
  checked,
  CONNECTION,
  describe,
  iso,
  isoOrNull,
  isoTime,
  pageOf,
  pageQuery,
  readCursor,
  writeCursor,
} from './routing.ts';

const count = z.int().nullable();

const skuSchema = z.object({
  sku: z.string(),
  linkId: z.string(),
  name: z.string(),
  status: z.enum(['active', 'broken']),
  onHand: count.describe(
    'Sum of the pools; below 0: units owed. null: the ledger is not open yet.',
  ),
  reserved: count,
  buffer: count,
  pools: z.array(z.object({ locationId: z.int(), onHand: z.int(), reserved: z.int() })),
  places: z.array(
    z.object({
      platform: z.enum(['bigcommerce', 'clover']),
      place: z.string().describe('`bigcommerce:{locationId}` or `clover:{merchantId}`.'),
      level: count.describe('null: never counted there.'),
      target: z.int(),
      observedAt: isoTime.nullable(),
      pending: z.boolean().describe('A write or a read of this place is under way.'),
      skipped: z.string().nullable().describe('Why nothing is written here.'),
      locationId: z.int().optional().describe('The pool that it belongs to.'),
      safetyStock: z
        .int()
        .optional()
        .describe('Units that BigCommerce itself holds back from shoppers, besides the buffer.'),
    }),
  ),
  parked: z.int().describe('Writes out of attempts.'),
});

const entrySchema = z.object({
  seq: z.int(),
  at: isoTime,
  locationId: z.int(),
  delta: z.int(),
  onHandAfter: z.int(),
  cause: z.string(),
  place: z.string().nullable(),
  source: z.string(),
  eventId: z.string(),
  note: z.string(),
  happenedAt: isoTime
    .nullable()
    .describe("When its cause happened, by the platform's clock; BigCommerce tells whole seconds."),
  receivedAt: isoTime.nullable().describe('When an event told of it; null: none did.'),
  written: z
    .array(z.object({ place: z.string(), at: isoTime, lagMs: z.int().nullable() }))
    .describe('Writes that showed it at other places, and how long after its cause.'),
  orderUrl: z.string().nullable().describe("The order's page at its platform."),
  levelUrl: z
    .string()
    .nullable()
    .describe(
      'Where the level that moved can be looked at; null: at no place, or no page is known.',
    ),
  productUrl: z.string().describe("The product's page in BigCommerce's control panel."),
});

const TAG = 'SKUs';
export const SKU = `${CONNECTION}/skus/:sku`;

export function registerSkus(api: Api, ports: Ports): void {
  registerLists(api, ports);
  registerLedger(api, ports);
}

function registerLists(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/skus`,
    describe({
      tag: TAG,
      summary: 'List linked SKUs',
      description: 'As the ledgers last reported, seconds behind at most while much is moving.',
      answer: [200, 'A page of SKUs, in the order of their text.', pageOf(skuSchema)],
    }),
    checked('query', z.strictObject(pageQuery)),
    async (context) => {
      const { limit, cursor: text } = context.req.valid('query');
      const cursor = readCursor(text, z.strictObject({ sku: z.string(), linkId: z.string() }));
      if (!cursor.ok) return invalid(context, cursor.failure);
      const page = await listSkus(ports.db, context.var.connection.id, cursor.value, limit);
      const nextCursor = writeCursor(page.nextCursor);
      return context.json({ items: page.items.map((row) => shown(row, row.ledger)), nextCursor });
    },
  );
  api.get(
    SKU,
    describe({
      tag: TAG,
      summary: 'Show a SKU',
      description: 'Asked of the ledger itself, not of its copy.',
      answer: [200, 'The SKU.', skuSchema],
    }),
    async (context) => {
      const row = await rowOf(ports, context);
      if (row === undefined) return notFound(context, 'such SKU in this connection');
      const view = await ledgerOf(ports, context, row).view();
      return context.json(shown(row, view ?? row.ledger));
    },
  );
}

function registerLedger(api: Api, ports: Ports): void {
  api.get(
    `${SKU}/ledger`,
    describe({
      tag: TAG,
      summary: "List a SKU's entries",
      answer: [200, 'A page of entries, newest first; on hand is their sum.', pageOf(entrySchema)],
    }),
    checked('query', z.strictObject(pageQuery)),
    async (context) => {
      const { limit, cursor: text } = context.req.valid('query');
      const cursor = readCursor(text, z.int().min(0));
      if (!cursor.ok) return invalid(context, cursor.failure);
      const row = await rowOf(ports, context);
      if (row === undefined) return notFound(context, 'such SKU in this connection');
      const page = await ledgerOf(ports, context, row).entries(cursor.value, limit);
      const pages = {
        connectionId: context.var.connection.id,
        cloverOrigin: ports.config.clover.webOrigin,
      };
      return context.json({
        items: page.items.map((entry) => shownEntry(entry, row.productId, pages)),
        nextCursor: writeCursor(page.nextCursor),
      });
    },
  );
}

function shownEntry(entry: KeptEntry, productId: number, pages: PlatformPages) {
  const { atMs, happenedAtMs = null, receivedAtMs = null, written = [], ...same } = entry;
  const beganAtMs = happenedAtMs ?? receivedAtMs;
  const orderId = orderIn(entry.source);
  return {
    ...same,
    at: iso(atMs),
    happenedAt: isoOrNull(happenedAtMs),
    receivedAt: isoOrNull(receivedAtMs),
    written: written.map(({ place, atMs: writtenAtMs }) => ({
      place,
      at: iso(writtenAtMs),
      lagMs: beganAtMs === null ? null : Math.max(0, writtenAtMs - beganAtMs),
    })),
    orderUrl: orderId === null ? null : orderPage(pages, entry.place, orderId),
    levelUrl: levelPage(pages, entry.place, productId),
    productUrl: productPage(pages, productId),
  };
}

/** The SKU of the path; undefined: none of this connection. */
export function rowOf(ports: Ports, context: Context<ApiEnv>): Promise<SkuRow | undefined> {
  return findSku(ports.db, context.var.connection.id, context.req.param('sku') ?? '');
}

export function ledgerOf(ports: Ports, context: Context<ApiEnv>, row: SkuRow) {
  return ports.objects.skuLedger(context.var.connection.id, row.linkId);
}

function shown(row: SkuRow, ledger: LedgerView | SkuRow['ledger']) {
  const { sku, linkId, name, linkStatus } = row;
  const parked = ledger?.parked ?? 0;
  return {
    sku,
    linkId,
    name,
    status: linkStatus,
    onHand: ledger?.onHand ?? null,
    reserved: ledger?.reserved ?? null,
    buffer: ledger?.buffer ?? null,
    pools: ledger?.pools ?? [],
    places: (ledger?.places ?? []).map(shownPlace),
    parked: typeof parked === 'number' ? parked : parked.length,
  };
}

function shownPlace(place: LedgerPlaceCopy) {
  const { platform, level, target, pending, locationId, safetyStock } = place;
  return {
    platform,
    place: place.place,
    level,
    target,
    pending,
    observedAt: isoOrNull(place.observedAtMs),
    skipped: place.skipped ?? null,
    ...(locationId === undefined ? {} : { locationId }),
    ...(safetyStock === undefined ? {} : { safetyStock }),
  };
}
