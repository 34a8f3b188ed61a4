/**
 * Sweeps: both sides' levels are read page by page and compared with what the ledgers believe; only what differs is
 * sent on. They find what webhooks missed (R4). With nothing changed: one call per 1,000 levels and side, no object.
 */
import { wholeUnits } from '../domain/catalog/baseline.ts';
import { exceedsMassGuard } from '../domain/catalog/guard.ts';
import { differs } from '../domain/catalog/resync-plan.ts';
import type { Failure } from '../domain/failure.ts';
import { bigcommercePlace, cloverPlace, parseMerchantId, type PlaceKey } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { OUTSTANDING_POKE_AFTER_MS, POKES_PER_TICK, SWEEPS_PER_TICK } from '../limits.ts';
import { getInventoryPage } from '../platforms/bigcommerce/inventory.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getItemStockPage } from '../platforms/clover/inventory.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Work, WorkMessage } from '../queue/messages.ts';
import { findConnection, takeDue, type Connection } from '../store/connections.ts';
import { parkFailure } from '../store/failures.ts';
import { listOutstanding, mirrorLevels, type MirrorLevel } from '../store/ledger-copies.ts';
import { listLinks } from '../store/links.ts';
import { planInputs } from './link-inputs.ts';

type StartPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues' | 'log'>;
type PagePorts = StartPorts & Pick<Ports, 'config' | 'fetch' | 'objects' | 'timer'>;

/**
 * Starts a sweep of every place in use; its id is the event id of everything it causes. Failures: those of `planInputs`.
 * Without links there is nothing to compare, and nothing is read.
 */
export async function startSweep(
  ports: StartPorts,
  connectionId: string,
): Promise<Result<{ sweepId: string }, Failure>> {
  const connection = await findConnection(ports.db, connectionId);
  const inputs = planInputs(connection);
  if (!inputs.ok) return inputs;
  const sweepId = ports.newId();
  const { items } = await listLinks(ports.db, connectionId, null, 1);
  if (items.length > 0) await enqueueSweeps(ports, inputs.value.connection, sweepId);
  return ok({ sweepId });
}

/** Sends the first page of every place in use, `delayMs` from now. A connection without usable pools has none. */
export async function enqueueSweeps(
  ports: StartPorts,
  connection: Connection,
  sweepId: string,
  delayMs = 0,
): Promise<void> {
  const inputs = planInputs(connection);
  if (!inputs.ok) return;
  const common = { v: 1, kind: 'sweep', connectionId: connection.id, eventId: sweepId } as const;
  const messages = inputs.value.pools.flatMap(({ locationId, merchantIds }): Work<'sweep'>[] => [
    { ...common, sweepId, cursor: 0, platform: 'bigcommerce', account: String(locationId) },
    ...merchantIds.map((account): Work<'sweep'> => ({
      ...common,
      sweepId,
      cursor: 0,
      platform: 'clover',
      account,
    })),
  ]);
  await ports.queues.work.sendAll(messages, { delaySeconds: Math.ceil(delayMs / 1_000) });
}

/**
 * What cron does each minute: starts the sweeps that are due and pokes ledgers in which something has waited for long,
 * in case both the message and the alarm were lost. One connection that cannot be swept never keeps the others.
 */
export async function sweepDue(ports: StartPorts): Promise<void> {
  const nowMs = ports.now();
  for (const connectionId of await takeDue(ports.db, 'stock', nowMs, SWEEPS_PER_TICK)) {
    const started = await startSweep(ports, connectionId);
    if (!started.ok) {
      ports.log.add({
        kind: 'skip',
        atMs: nowMs,
        connectionId,
        operation: 'sweep.start',
        outcome: 'skipped',
        code: started.failure.code,
        message: `No sweep: ${started.failure.message}`,
      });
    }
  }
  const olderThanMs = nowMs - OUTSTANDING_POKE_AFTER_MS;
  const waiting = await listOutstanding(ports.db, olderThanMs, POKES_PER_TICK);
  await ports.queues.work.sendAll(
    waiting.map(({ connectionId, linkId }) => {
      const eventId = ports.newId();
      return { v: 1 as const, kind: 'evaluate' as const, connectionId, eventId, linkId };
    }),
  );
}

/**
 * Reads one page of one place, tells the ledgers what differs, and sends the next page. When more than the set share
 * of its SKUs would fall to 0 or rise, the sweep of this place stops and a person is asked; replaying that failure lets
 * it go on (S11). Failures: those of the platform; the message comes back for those that may pass.
 */
export async function sweepPage(
  ports: PagePorts,
  message: Work<'sweep'>,
): Promise<Result<void, Failure>> {
  const connection = await findConnection(ports.db, message.connectionId);
  if (connection?.status !== 'active') {
    return fail({ code: 'disconnected', message: 'The connection is not active any more.' });
  }
  const page = await readPage(ports, message);
  if (!page.ok) return page;
  const { place, rows } = page.value;
  const ids = rows.map(({ externalId }) => externalId);
  const mirrors = await mirrorLevels(ports.db, connection.id, message.platform, place, ids);
  const compared = compare(message, page.value, mirrors);
  const { massGuardShare } = connection.settings.stock;
  const drastic = compared.zeroed + compared.raised;
  const isStopped =
    message.approved !== true && exceedsMassGuard(drastic, mirrors.length, massGuardShare);
  if (isStopped) {
    await askPerson(ports, message, compared, mirrors.length);
    return ok(undefined);
  }
  await ports.queues.work.sendAll(compared.news);
  logPage(ports, message, page.value, mirrors.length, compared);
  const { nextCursor } = page.value;
  if (nextCursor !== null) await ports.queues.work.send({ ...message, cursor: nextCursor });
  return ok(undefined);
}

interface SweptRow {
  readonly externalId: number | string;
  readonly level: number | null;
  readonly platformModifiedMs: number | null;
}

interface SweptPage {
  readonly place: PlaceKey;
  readonly rows: readonly SweptRow[];
  readonly nextCursor: number | null;
  readonly readStartedAtMs: number;
}

/** BigCommerce counts pages from 1, the cursor from 0; Clover's cursor is its offset. */
async function readPage(
  ports: PagePorts,
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

interface Comparison {
  /** What the ledgers are told. */
  readonly news: readonly WorkMessage[];
  /** SKUs that showed units and would show none. */
  readonly zeroed: number;
  readonly raised: number;
}

function compare(
  message: Work<'sweep'>,
  page: SweptPage,
  mirrors: readonly MirrorLevel[],
): Comparison {
  const mirrorOf = new Map(mirrors.map((mirror) => [mirror.externalId, mirror]));
  const news: WorkMessage[] = [];
  let zeroed = 0;
  let raised = 0;
  for (const { externalId, level, platformModifiedMs } of page.rows) {
    const mirror = mirrorOf.get(String(externalId));
    if (mirror === undefined) continue;
    // Without a copy of the ledger nothing can be compared: telling it makes one.
    if (mirror.target !== null && !differs(message.platform, level, mirror.level)) continue;
    const units = level === null ? null : wholeUnits(level);
    // A level that the ledger itself wants is our own write, seen before its confirmation was.
    if (units !== mirror.target) {
      if ((mirror.level ?? 0) > 0 && (units ?? 0) <= 0) zeroed += 1;
      if (mirror.level !== null && (units ?? 0) > Math.max(0, mirror.level)) raised += 1;
    }
    news.push({
      v: 1,
      kind: 'observe',
      connectionId: message.connectionId,
      eventId: message.eventId,
      linkId: mirror.linkId,
      place: page.place,
      level: units,
      readStartedAtMs: page.readStartedAtMs,
      platformModifiedMs,
    });
  }
  return { news, zeroed, raised };
}

/** Stops the sweep of this place and leaves a failure whose replay is the person's consent. */
async function askPerson(
  ports: PagePorts,
  message: Work<'sweep'>,
  { zeroed, raised }: Comparison,
  linked: number,
): Promise<void> {
  const text =
    `The sweep of ${message.platform} ${message.account} stopped: ${zeroed} of ${linked} linked SKUs would fall to 0 ` +
    `and ${raised} would rise, more than stock.massGuardShare allows. Nothing was changed. ` +
    'If the counts are right, replay this failure and the sweep goes on.';
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId: message.connectionId,
    eventId: message.eventId,
    platform: message.platform,
    operation: 'sweep.mass_guard',
    outcome: 'refused',
    code: 'stale',
    message: text,
    detail: { zeroed, raised, linked },
  });
  await parkFailure(ports.db, {
    connectionId: message.connectionId,
    code: 'stale',
    message: text,
    source: 'work:sweep',
    subject: `${message.platform}:${message.account}:mass_guard`,
    platform: message.platform,
    eventId: message.eventId,
    atMs: ports.now(),
    replay: { queue: 'work', body: { ...message, approved: true } },
  });
}

function logPage(
  ports: PagePorts,
  message: Work<'sweep'>,
  page: SweptPage,
  linked: number,
  { news, zeroed, raised }: Comparison,
): void {
  const rows = page.rows.length;
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId: message.connectionId,
    eventId: message.eventId,
    platform: message.platform,
    operation: 'sweep.page',
    outcome: 'ok',
    message: `Swept ${rows} levels of ${page.place}: ${linked} linked, ${news.length} differ.`,
    detail: {
      sweepId: message.sweepId,
      cursor: message.cursor,
      rows,
      linked,
      unlinked: rows - linked,
      differing: news.length,
      zeroed,
      raised,
    },
  });
}
