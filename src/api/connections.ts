/** Connections, their settings and their Clover merchants. */
import type { Context } from 'hono';
import * as z from 'zod';
import { parseMerchantId } from '../domain/ids.ts';
import { startCloverAuthorize } from '../install/clover-authorize.ts';
import { disconnectMerchant } from '../install/disconnect.ts';
import type { Ports } from '../ports.ts';
import { settingsSchema } from '../settings.ts';
import { type Connection, findConnection, listConnections } from '../store/connections.ts';
import { changeSettings } from '../sync/change-settings.ts';
import { invalid, notFound, refuse } from './errors.ts';
import {
  type Api,
  audit,
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

const merchantSchema = z.object({
  merchantId: z.string(),
  status: z.enum(['connected', 'reauthorise', 'disconnected']),
  name: z.string(),
  currency: z.string(),
  timeZone: z.string(),
  trackStock: z.boolean(),
  updateStock: z.boolean(),
  vat: z.boolean(),
  linkedAt: isoTime,
});

const connectionSchema = z.object({
  id: z.string().describe('The store hash.'),
  status: z.enum(['active', 'reauthorise', 'uninstalled']),
  name: z.string(),
  currency: z.string(),
  timeZone: z.string(),
  planLevel: z.string(),
  scopes: z.array(z.string()),
  settings: settingsSchema.describe('With every default applied.'),
  merchants: z.array(merchantSchema),
  installedAt: isoTime,
  updatedAt: isoTime,
  nextSweepAt: isoTime,
});

const TAG = 'Connections';

/** Below 64 levels every recursion over a body is harmless. */
const DEPTH_MAX = 64;

export function registerConnections(api: Api, ports: Ports): void {
  registerReads(api, ports);
  registerSettings(api, ports);
  registerClover(api, ports);
}

function registerReads(api: Api, ports: Ports): void {
  api.get(
    '/connections',
    describe({
      tag: TAG,
      summary: 'List connections',
      answer: [200, 'A page of connections.', pageOf(connectionSchema)],
    }),
    checked('query', z.strictObject(pageQuery)),
    async (context) => {
      const { limit, cursor: text } = context.req.valid('query');
      const cursor = readCursor(text, z.string());
      if (!cursor.ok) return invalid(context, cursor.failure);
      const { caller } = context.var;
      if (caller.kind === 'key') {
        const own = await findConnection(ports.db, caller.key.connectionId);
        return context.json({ items: own === undefined ? [] : [shown(own)], nextCursor: null });
      }
      const page = await listConnections(ports.db, cursor.value, limit);
      const nextCursor = writeCursor(page.nextCursor);
      return context.json({ items: page.items.map(shown), nextCursor });
    },
  );
  api.get(
    CONNECTION,
    describe({
      tag: TAG,
      summary: 'Show a connection',
      answer: [200, 'The connection.', connectionSchema],
    }),
    (context) => context.json(shown(context.var.connection)),
  );
}

function registerSettings(api: Api, ports: Ports): void {
  api.patch(
    `${CONNECTION}/settings`,
    describe({
      tag: TAG,
      summary: 'Change settings',
      description:
        'A JSON merge patch (RFC 7396): null brings a default back, lists are replaced. The whole result is ' +
        'validated; nothing is stored unless all of it is valid. A change of stock settings works every target ' +
        'out again.',
      answer: [200, 'The connection with its new settings.', connectionSchema],
      body: settingsSchema,
      errors: { 413: 'The body is too large.' },
    }),
    async (context) => {
      const { connection } = context.var;
      const patch = await readPatch(context);
      if (patch === undefined) {
        return invalid(context, [{ path: 'json', message: 'The body is not valid JSON.' }]);
      }
      if (isDeeperThan(patch, DEPTH_MAX)) {
        return invalid(context, [{ path: 'json', message: 'The patch is nested too deeply.' }]);
      }
      const changed = await changeSettings(ports, connection, patch);
      if (!changed.ok) return refuse(context, changed.failure, changed.failure.details);
      const { asked, eventId } = changed.value;
      audit(ports, context, {
        operation: 'settings.change',
        eventId,
        message: `Settings were changed through the API; ${asked} SKUs work their targets out again.`,
        detail: { patch },
      });
      const fresh = (await findConnection(ports.db, connection.id)) ?? connection;
      return context.json(shown(fresh));
    },
  );
}

function registerClover(api: Api, ports: Ports): void {
  api.post(
    `${CONNECTION}/clover/authorize-url`,
    describe({
      tag: TAG,
      summary: 'Start linking a Clover merchant',
      description:
        "Answers the address of Clover's consent page, good for one use within ten minutes.",
      answer: [200, 'The address to open in a browser.', z.object({ url: z.string() })],
      errors: { 409: 'The app is uninstalled.' },
    }),
    whileInstalled,
    async (context) => {
      const url = await startCloverAuthorize(ports, context.var.connection.id);
      audit(ports, context, {
        operation: 'clover.authorize_url',
        message: 'Linking a Clover merchant was started through the API.',
      });
      return context.json({ url });
    },
  );
  api.delete(
    `${CONNECTION}/clover/:merchantId`,
    describe({
      tag: TAG,
      summary: 'Unlink a Clover merchant',
      description:
        'Its tokens and its items are forgotten at once; links without any other item are broken.',
      answer: [204, 'Unlinked.', null],
    }),
    async (context) => {
      const { connection } = context.var;
      const merchantId = parseMerchantId(context.req.param('merchantId'));
      const own = connection.merchants.some((each) => each.merchantId === merchantId);
      if (merchantId === undefined || !own) {
        return notFound(context, 'such merchant in this connection');
      }
      await disconnectMerchant(
        ports,
        connection.id,
        merchantId,
        'It was unlinked through the API.',
      );
      audit(ports, context, {
        operation: 'clover.unlink',
        message: `Clover merchant ${merchantId} was unlinked through the API.`,
      });
      return context.body(null, 204);
    },
  );
}

function shown(connection: Connection) {
  const { id, status, name, currency, timeZone, planLevel, scopes, settings } = connection;
  return {
    id,
    status,
    name,
    currency,
    timeZone,
    planLevel,
    scopes,
    settings,
    merchants: connection.merchants.map(
      ({ connectionId: _connectionId, linkedAtMs, ...merchant }) => ({
        ...merchant,
        linkedAt: iso(linkedAtMs),
      }),
    ),
    installedAt: iso(connection.installedAtMs),
    updatedAt: iso(connection.updatedAtMs),
    nextSweepAt: iso(connection.sweepDueAtMs),
  };
}

/** Any JSON value; undefined when the body is none. `applySettingsPatch` says what a patch must be. */
async function readPatch(context: Context): Promise<unknown> {
  try {
    return await context.req.json<unknown>();
  } catch {
    return undefined;
  }
}

/** Walks level by level, so that the depth itself can do no harm (X7). */
function isDeeperThan(value: unknown, depthMax: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= depthMax; depth += 1) {
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}
