/** The audit of a connection, from the mirrors as they were last read (C6). */
import { newAudit, type Audit, type AuditFacts, type Finding } from '../domain/catalog/audit.ts';
import type { MirrorRow, RegisterMirror } from '../domain/catalog/mirror.ts';
import { csvLines } from '../domain/csv.ts';
import { rowPage, type PlatformPages } from '../domain/platform-pages.ts';
import { DRIFT_COUNTED_MAX, DRIFT_QUERY_ROWS, PLAN_PAGE_ROWS } from '../limits.ts';
import type { Database, Ports } from '../ports.ts';
import { findMirrors, listMirrors } from '../store/catalog.ts';
import { findStoreFacts, listMarks } from '../store/catalog-marks.ts';
import type { Connection } from '../store/connections.ts';
import { listLinks, type Link } from '../store/links.ts';
import type { DriftCursor } from '../store/drift.ts';
import { listFailureGroups } from '../store/failure-groups.ts';
import { registerRowId } from './catalog-mirror.ts';
import { UNLINKED_RULE } from './existing-links.ts';
import { driftPage, type DriftReport } from './drift.ts';
import { poolsOf } from './pools.ts';

export interface AuditReport {
  readonly findings: readonly Finding[];
  /** When the older of the two catalogs was last read as a whole; null: never, so there is nothing to say about rows. */
  readonly readAtMs: number | null;
}

/** Looks at every mirrored row and every difference of counts once; asks no platform. */
export async function auditConnection(
  ports: Pick<Ports, 'db'>,
  connection: Connection,
  missingScopes: readonly string[],
): Promise<AuditReport> {
  const audit = newAudit(await factsOf(ports, connection, missingScopes));
  const marks = await listMarks(ports.db, connection.id);
  const wasRead = marks.length > 0 && marks.every(({ fullReadAtMs }) => fullReadAtMs > 0);
  const linked = new Set<string>();
  for await (const links of linkPages(ports.db, connection.id)) {
    const rows = wasRead ? await rowsOf(ports.db, connection.id, links) : [];
    for (const row of rows) audit.link(row);
    for (const { variantId, items, status } of links) {
      if (status !== 'active') continue;
      linked.add(String(variantId));
      for (const { merchantId, itemId } of items) linked.add(registerRowId(merchantId, itemId));
    }
  }
  for (const platform of ['bigcommerce', 'clover'] as const) {
    for await (const rows of mirrorPages(ports.db, connection.id, platform)) {
      for (const row of rows) audit.row(row, linked.has(row.id));
    }
  }
  await auditCounts(ports.db, connection, audit);
  const oldest = Math.min(...marks.map(({ fullReadAtMs }) => fullReadAtMs));
  const readAtMs = marks.length === 0 || oldest === 0 ? null : oldest;
  return { findings: audit.findings(), readAtMs };
}

async function factsOf(
  { db }: Pick<Ports, 'db'>,
  connection: Connection,
  missingScopes: readonly string[],
): Promise<AuditFacts> {
  const { toRegister, owners } = connection.settings.catalog;
  const groups = await listFailureGroups(db, connection.id, connection.currency);
  return {
    store: (await findStoreFacts(db, connection.id, 0)) ?? null,
    merchants: connection.merchants
      .filter(({ status }) => status !== 'disconnected')
      .map((merchant) => ({ ...merchant, hasAccess: merchant.status === 'connected' })),
    missingScopes,
    form: { transforms: toRegister, owners },
    poolLocations: poolsOf(connection).map(({ locationId }) => locationId),
    planLevel: connection.planLevel,
    refusals: groups
      .filter(({ code }) => code === 'permission_missing')
      .map(({ platform, sample: message }) => ({ platform: platform || 'bigcommerce', message })),
  };
}

/** Levels that are not as they should be; what is on its way is no finding. */
async function auditCounts(db: Database, connection: Connection, audit: Audit): Promise<void> {
  let cursor: DriftCursor | null = null;
  for (let looked = 0; looked < DRIFT_COUNTED_MAX; looked += DRIFT_QUERY_ROWS) {
    const page: DriftReport = await driftPage(db, connection, cursor, DRIFT_QUERY_ROWS);
    for (const { platform, place, sku, level, target, next, ...row } of page.rows) {
      if (row.class === 'in_flight' || row.class === 'pending_order') continue;
      const detail = `${place} shows ${level ?? 'no count'}, it should be ${target}. ${next}`;
      audit.count({ platform, place, sku, detail });
    }
    cursor = page.nextCursor;
    if (cursor === null) return;
  }
}

/** Links that the audit looks at, page by page. */
export async function* linkPages(db: Database, connectionId: string): AsyncGenerator<Link[], void> {
  for (let cursor: string | null = null; ;) {
    const page = await listLinks(db, connectionId, cursor, PLAN_PAGE_ROWS);
    yield page.items.filter(isKept);
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Links that are in step, and those that lost a side; not what a person took apart. */
export function isKept({ status, evidence }: Link): boolean {
  return status === 'active' || evidence['rule'] !== UNLINKED_RULE;
}

/** One side's mirrored rows by row id. */
export async function* mirrorPages(
  db: Database,
  connectionId: string,
  platform: 'bigcommerce' | 'clover',
): AsyncGenerator<MirrorRow[], void> {
  for (let cursor: string | null = null; ;) {
    const page = await listMirrors(db, connectionId, platform, cursor, PLAN_PAGE_ROWS);
    yield page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Each link with the mirrored rows that it joins. */
export async function rowsOf(db: Database, connectionId: string, links: readonly Link[]) {
  const variantIds = links.map(({ variantId }) => String(variantId));
  const idOf = (item: Link['items'][number]): string => registerRowId(item.merchantId, item.itemId);
  const itemIds = links.flatMap(({ items }) => items.map(idOf));
  const web = await findMirrors(db, connectionId, 'bigcommerce', variantIds);
  const registers = await findMirrors(db, connectionId, 'clover', itemIds);
  return links.map((link) => {
    const { variantId, items, status } = link;
    const row = web.get(String(variantId));
    return {
      link,
      isBroken: status === 'broken',
      // A bundle, or a link whose merchant was disconnected: nothing of it was deleted.
      web: items.length > 0 && row?.platform === 'bigcommerce' ? row : undefined,
      registers: items.flatMap((item): RegisterMirror[] => {
        const register = registers.get(idOf(item));
        return register?.platform === 'clover' ? [register] : [];
      }),
    };
  });
}

/** One line per row of a finding. */
export function findingsCsv(findings: readonly Finding[], pages: PlatformPages): string {
  const header = [
    'code',
    'severity',
    'title',
    'platform',
    'row',
    'sku',
    'name',
    'detail',
    'fix',
    'page',
  ];
  const lines = findings.flatMap(({ code, severity, title, fix, rows }) =>
    rows.map((each) => [
      code,
      severity,
      title,
      each.platform,
      each.row,
      each.sku,
      each.name,
      each.detail,
      fix,
      rowPage(pages, each) ?? '',
    ]),
  );
  return csvLines([header, ...lines]);
}
