/** Connections, their settings and their Clover merchants. */
import { and, asc, eq, gt, ne, sql } from 'drizzle-orm';
import type { Failure } from '../domain/failure.ts';
import type { ConnectionId, MerchantId, Platform } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { TakesStock } from '../domain/stock/standing.ts';
import type { SaleMoment } from '../domain/stock/state.ts';
import type { Database } from '../ports.ts';
import { resolveSettings, type SavedSettings, type Settings } from '../settings.ts';
import { isOneOf } from './bulk.ts';
import { laterThanBefore } from './merchants.ts';
import { cloverMerchants, connections, linkItems, links } from './schema.ts';

export type ConnectionStatus = 'active' | 'reauthorise' | 'uninstalled';
export type MerchantStatus = 'connected' | 'reauthorise' | 'disconnected';

/** One Clover merchant of a connection. */
export interface CloverMerchant {
  readonly merchantId: MerchantId;
  readonly connectionId: ConnectionId;
  readonly status: MerchantStatus;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly trackStock: boolean;
  readonly updateStock: boolean;
  readonly vat: boolean;
  /** Its service plan at Clover (clover.md 1); empty: not read yet. */
  readonly planCode: string;
  /** When sales move its levels, as its ledgers learnt; null: not known yet. */
  readonly saleMoment: SaleMoment | null;
  /** Whether orders made through the API move its levels, as its ledgers learnt; null: not known yet. */
  readonly apiOrdersMove: boolean | null;
  readonly linkedAtMs: number;
}

export interface Connection {
  readonly id: ConnectionId;
  readonly status: ConnectionStatus;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly planLevel: string;
  readonly scopes: readonly string[];
  /** Defaults applied. */
  readonly settings: Settings;
  readonly savedSettings: SavedSettings;
  /** In the order in which they were linked. */
  readonly merchants: readonly CloverMerchant[];
  readonly installedAtMs: number;
  readonly updatedAtMs: number;
  /** When web orders take stock (bigcommerce.md 6.5); null: not read yet. */
  readonly takesStock: TakesStock | null;
  readonly sweepDueAtMs: number;
  /** Minutes between polls while webhooks are lost; null: as the settings say. */
  readonly stockPollMinutes: number | null;
  readonly ordersPollMinutes: number | null;
}

export interface Install {
  readonly id: ConnectionId;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly planLevel: string;
  readonly scopes: readonly string[];
  readonly nowMs: number;
}

/** The connection, or undefined when there is none of that id. */
export async function findConnection(db: Database, id: string): Promise<Connection | undefined> {
  const [rows, merchants] = await db.batch([
    db.select().from(connections).where(eq(connections.id, id)),
    selectMerchants(db, [id]),
  ]);
  const [row] = rows;
  return row === undefined ? undefined : connection(row, merchants);
}

/** What these connections keep of a logged body, bytes; those that never set it are absent. */
export async function bodyBytesMaxOf(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({
      id: connections.id,
      bytesMax: sql<number>`${connections.settings} ->> '$.logs.bodyBytesMax'`,
    })
    .from(connections)
    .where(
      and(
        isOneOf(connections.id, ids),
        sql`${connections.settings} ->> '$.logs.bodyBytesMax' is not null`,
      ),
    );
  return new Map(rows.map(({ id, bytesMax }) => [id, bytesMax]));
}

/** A page of connections by id; `nextCursor` is null on the last one. */
export async function listConnections(
  db: Database,
  cursor: string | null,
  limit: number,
): Promise<{ items: Connection[]; nextCursor: string | null }> {
  const rows = await db
    .select()
    .from(connections)
    .where(gt(connections.id, cursor ?? ''))
    .orderBy(asc(connections.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const ids = page.map(({ id }) => id);
  const merchants = ids.length === 0 ? [] : await selectMerchants(db, ids);
  return {
    items: page.map((row) => connection(row, merchants)),
    nextCursor: rows.length > limit ? (ids.at(-1) ?? null) : null,
  };
}

/** Records an install. A repeated one refreshes what the store says and keeps settings, links and merchants. */
export async function saveInstall(db: Database, install: Install): Promise<void> {
  const { id, name, currency, timeZone, planLevel, nowMs } = install;
  const facts = {
    status: 'active' as const,
    name,
    currency,
    timeZone,
    planLevel,
    scopes: install.scopes.join(' '),
    updatedAtMs: nowMs,
  };
  await db
    .insert(connections)
    .values({ ...facts, id, settings: {}, installedAtMs: nowMs, sweepDueAtMs: nowMs })
    .onConflictDoUpdate({ target: connections.id, set: { ...facts, sweepDueAtMs: nowMs } });
}

/** False when there is no such connection. */
export async function setConnectionStatus(
  db: Database,
  id: string,
  status: ConnectionStatus,
  nowMs: number,
): Promise<boolean> {
  const changed = await db
    .update(connections)
    .set({ status, updatedAtMs: laterThanBefore(nowMs) })
    .where(eq(connections.id, id))
    .returning({ id: connections.id });
  return changed.length > 0;
}

/**
 * Stores the saved part of the settings (validate with `applySettingsPatch` first). A shorter sweep interval takes
 * effect at once. False when there is no such connection.
 */
export async function saveSettings(
  db: Database,
  id: string,
  saved: SavedSettings,
  nowMs: number,
): Promise<boolean> {
  const intervalMs = resolveSettings(saved).schedule.stockMinutes * 60_000;
  const changed = await db
    .update(connections)
    .set({
      settings: saved,
      updatedAtMs: laterThanBefore(nowMs),
      sweepDueAtMs: sql`min(${connections.sweepDueAtMs}, ${nowMs + intervalMs})`,
    })
    .where(eq(connections.id, id))
    .returning({ id: connections.id });
  return changed.length > 0;
}

/** Keeps when the store takes stock for an order, as its inventory settings say. */
export async function saveTakesStock(
  db: Database,
  id: string,
  takesStock: TakesStock,
  nowMs: number,
): Promise<void> {
  await db
    .update(connections)
    .set({ takesStock, updatedAtMs: laterThanBefore(nowMs) })
    .where(eq(connections.id, id));
}

/** The merchant, whichever connection it belongs to: Clover's webhooks name nothing else. */
export async function findMerchant(
  db: Database,
  merchantId: string,
): Promise<CloverMerchant | undefined> {
  const [row] = await db
    .select()
    .from(cloverMerchants)
    .where(eq(cloverMerchants.merchantId, merchantId));
  return row === undefined ? undefined : merchant(row);
}

/**
 * Links a merchant to its connection, or refreshes it. Failure `conflict` when it belongs to another connection (S10),
 * unless that one was uninstalled: then it moves, and what linked its items there is forgotten.
 */
export async function linkMerchant(
  db: Database,
  wanted: Omit<CloverMerchant, 'saleMoment' | 'apiOrdersMove'>,
): Promise<Result<CloverMerchant, Failure>> {
  const { merchantId, connectionId, linkedAtMs: _, ...facts } = wanted;
  const uninstalled = db
    .select({ id: connections.id })
    .from(connections)
    .where(eq(connections.status, 'uninstalled'));
  const [rows] = await db.batch([
    db
      .insert(cloverMerchants)
      .values({ ...wanted })
      .onConflictDoUpdate({
        target: cloverMerchants.merchantId,
        set: { ...facts, connectionId },
        setWhere: sql`${cloverMerchants.connectionId} = ${connectionId}
          or ${cloverMerchants.connectionId} in ${uninstalled}`,
      })
      .returning(),
    db.delete(linkItems).where(
      and(
        eq(linkItems.merchantId, merchantId),
        sql`${linkItems.connectionId} <> (select connection_id from clover_merchants
            where merchant_id = ${merchantId})`,
      ),
    ),
  ]);
  const [row] = rows;
  if (row !== undefined) return ok(merchant(row));
  return fail({
    code: 'conflict',
    message:
      `Clover merchant ${merchantId} is already linked to another BigCommerce store. ` +
      'Unlink it there first, then connect it here.',
  });
}

/** False when the connection has no such merchant. */
export async function setMerchantStatus(
  db: Database,
  connectionId: string,
  merchantId: string,
  status: MerchantStatus,
): Promise<boolean> {
  const changed = await db
    .update(cloverMerchants)
    .set({ status })
    .where(
      and(
        eq(cloverMerchants.connectionId, connectionId),
        eq(cloverMerchants.merchantId, merchantId),
      ),
    )
    .returning({ merchantId: cloverMerchants.merchantId });
  return changed.length > 0;
}

/**
 * Shows in D1 what an account's object decided about its tokens, so that lists and pages tell when consent is needed
 * again. An uninstalled connection stays uninstalled whatever its old tokens do.
 */
export async function saveAccountState(
  db: Database,
  account: { readonly platform: Platform; readonly id: string; readonly connectionId: string },
  state: 'connected' | 'reauthorise',
  nowMs: number,
): Promise<void> {
  if (account.platform === 'clover') {
    await setMerchantStatus(db, account.connectionId, account.id, state);
    return;
  }
  const from = state === 'connected' ? 'reauthorise' : 'active';
  await db
    .update(connections)
    .set({ status: state === 'connected' ? 'active' : 'reauthorise', updatedAtMs: nowMs })
    .where(and(eq(connections.id, account.connectionId), eq(connections.status, from)));
}

/**
 * Forgets a merchant and the items it gave to links; a link left without any item is broken.
 * False when the connection has no such merchant.
 */
export async function unlinkMerchant(
  db: Database,
  connectionId: string,
  merchantId: string,
): Promise<boolean> {
  const own = and(eq(linkItems.connectionId, connectionId), eq(linkItems.merchantId, merchantId));
  const others = db
    .select({ linkId: linkItems.linkId })
    .from(linkItems)
    .where(and(eq(linkItems.connectionId, connectionId), ne(linkItems.merchantId, merchantId)));
  const touched = db.select({ linkId: linkItems.linkId }).from(linkItems).where(own);
  const [, , removed] = await db.batch([
    db
      .update(links)
      .set({ status: 'broken' })
      .where(
        and(
          eq(links.connectionId, connectionId),
          sql`${links.linkId} in ${touched}`,
          sql`${links.linkId} not in ${others}`,
        ),
      ),
    db.delete(linkItems).where(own),
    db
      .delete(cloverMerchants)
      .where(
        and(
          eq(cloverMerchants.connectionId, connectionId),
          eq(cloverMerchants.merchantId, merchantId),
        ),
      )
      .returning({ merchantId: cloverMerchants.merchantId }),
  ]);
  return removed.length > 0;
}

function selectMerchants(db: Database, connectionIds: readonly string[]) {
  return db
    .select()
    .from(cloverMerchants)
    .where(isOneOf(cloverMerchants.connectionId, connectionIds))
    .orderBy(asc(cloverMerchants.linkedAtMs), asc(cloverMerchants.merchantId));
}

function merchant(row: typeof cloverMerchants.$inferSelect): CloverMerchant {
  return {
    ...row,
    merchantId: row.merchantId as MerchantId,
    connectionId: row.connectionId as ConnectionId,
  };
}

function connection(
  row: typeof connections.$inferSelect,
  merchants: readonly (typeof cloverMerchants.$inferSelect)[],
): Connection {
  const { settings, scopes, id, ...facts } = row;
  return {
    ...facts,
    id: id as ConnectionId,
    scopes: scopes.split(' ').filter((scope) => scope !== ''),
    settings: resolveSettings(settings),
    savedSettings: settings,
    merchants: merchants.filter((each) => each.connectionId === id).map(merchant),
  };
}
