/** One page of a sweep: how it is read from either platform, and what of it is news to the ledgers. */
import { wholeUnits } from '../domain/catalog/baseline.ts';
import { differs } from '../domain/catalog/resync-plan.ts';
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, cloverPlace, parseMerchantId, type PlaceKey } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { getInventoryPage } from '../platforms/bigcommerce/inventory.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getItemStockPage } from '../platforms/clover/inventory.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import type { DriftFinding } from '../store/drift.ts';
import type { MirrorLevel } from '../store/ledger-copies.ts';

type ReadPorts = Pick<Ports, 'config' | 'now' | 'timer' | 'fetch' | 'log' | 'objects'>;

interface SweptRow {
  readonly externalId: number | string;
  readonly level: number | null;
  readonly platformModifiedMs: number | null;
}

export interface SweptPage {
  readonly place: PlaceKey;
  readonly rows: readonly SweptRow[];
  readonly nextCursor: number | null;
  readonly readStartedAtMs: number;
}

/** BigCommerce counts pages from 1, the cursor from 0; Clover's cursor is its offset. */
export async function readPage(
  ports: ReadPorts,
  message: Work<'sweep'>,
): Promise<Result<SweptPage, Failure>> {
  const { connectionId, eventId, account, cursor } = message;
  const context = { connectionId, eventId, priority: 'background' as const };
  if (message.platform === 'bigcommerce') {
    const locationId = Number(account);
    const session = openBigCommerce(ports, connectionId, context);
    const page = await getInventoryPage(session, locationId, cursor + 1);
    if (!page.ok) return page;
    const { levels, nextPage, readStartedAtMs } = page.value;
    return ok({
      place: bigcommercePlace(locationId),
      rows: levels.flatMap(({ variantId, level }) =>
        variantId === null ? [] : [{ externalId: variantId, level, platformModifiedMs: null }],
      ),
      nextCursor: nextPage === null ? null : nextPage - 1,
      readStartedAtMs,
    });
  }
  const merchantId = parseMerchantId(account);
  if (merchantId === undefined) {
    return fail({ code: 'invalid_input', message: `"${account}" is no Clover merchant id.` });
  }
  const page = await getItemStockPage(openClover(ports, merchantId, context), cursor);
  if (!page.ok) return page;
  const { rows, nextOffset, readStartedAtMs } = page.value;
  return ok({
    place: cloverPlace(merchantId),
    rows: rows.map(({ itemId, quantity, modifiedMs }) => ({
      externalId: itemId,
      level: quantity,
      platformModifiedMs: modifiedMs,
    })),
    nextCursor: nextOffset,
    readStartedAtMs,
  });
}

export interface Comparison {
  /** What the ledgers are told. */
  readonly news: readonly Work<'observe'>[];
  /** What differs and no write of ours explains. */
  readonly found: readonly Omit<DriftFinding, 'held'>[];
  /** Links whose levels are as believed. */
  readonly agreeing: ReadonlySet<string>;
  /** SKUs that showed units and would show none. */
  readonly zeroed: number;
  readonly raised: number;
}

/** Compares one page with what the ledgers believe. Rows without an active link are left alone. */
export function compare(
  message: Work<'sweep'>,
  page: SweptPage,
  mirrors: readonly MirrorLevel[],
): Comparison {
  const mirrorOf = new Map(mirrors.map((mirror) => [mirror.externalId, mirror]));
  const news: Work<'observe'>[] = [];
  const found: Omit<DriftFinding, 'held'>[] = [];
  const agreeing = new Set<string>();
  let zeroed = 0;
  let raised = 0;
  for (const row of page.rows) {
    const mirror = mirrorOf.get(String(row.externalId));
    if (mirror === undefined) continue;
    // Without a copy of the ledger nothing can be compared: telling it makes one.
    if (mirror.target !== null && !differs(message.platform, row.level, mirror.level)) {
      agreeing.add(mirror.linkId);
      continue;
    }
    const units = row.level === null ? null : wholeUnits(row.level);
    // A level that the ledger itself wants is our own write, seen before its confirmation was.
    if (units !== mirror.target) {
      if ((mirror.level ?? 0) > 0 && (units ?? 0) <= 0) zeroed += 1;
      if (mirror.level !== null && (units ?? 0) > Math.max(0, mirror.level)) raised += 1;
      if (mirror.target !== null) found.push(findingOf(message, page, row, mirror));
    }
    news.push(newsOf(message, page, row, mirror));
  }
  return { news, found, agreeing, zeroed, raised };
}

function newsOf(
  { connectionId, eventId }: Work<'sweep'>,
  { place, readStartedAtMs }: SweptPage,
  { level, platformModifiedMs }: SweptRow,
  { linkId }: MirrorLevel,
): Work<'observe'> {
  const units = level === null ? null : wholeUnits(level);
  const seen = { place, level: units, readStartedAtMs, platformModifiedMs };
  return { v: 1, kind: 'observe', connectionId, eventId, linkId, ...seen };
}

function findingOf(
  { connectionId }: Work<'sweep'>,
  { place, readStartedAtMs }: SweptPage,
  { level, platformModifiedMs }: SweptRow,
  mirror: MirrorLevel,
): Omit<DriftFinding, 'held'> {
  return {
    connectionId,
    linkId: mirror.linkId,
    place,
    level: level === null ? null : wholeUnits(level),
    believed: mirror.level,
    foundAtMs: readStartedAtMs,
    seenAtMs: readStartedAtMs,
    platformModifiedMs,
  };
}
