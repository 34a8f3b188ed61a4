/**
 * Sweeps: both sides' levels are read page by page and compared with what the ledgers believe; only what differs is
 * sent on. They find what webhooks missed (R4). With nothing changed: one call per 1,000 levels and side, no object.
 */
import { exceedsMassGuard } from '../domain/catalog/guard.ts';
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { addPage, advance, isUnderWay, newRound, startBehind } from '../domain/sweep-round.ts';
import { hourIn } from '../domain/time.ts';
import {
  CLOVER_PAGE,
  OUTSTANDING_POKE_AFTER_MS,
  POKES_PER_TICK,
  SWEEP_STALLED_MS,
  SWEEPS_PER_TICK,
} from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { closeFindings, saveFindings } from '../store/drift.ts';
import { parkFailure } from '../store/failures.ts';
import { listOutstanding, mirrorLevels } from '../store/ledger-copies.ts';
import { listLinks } from '../store/links.ts';
import { takeDue } from '../store/polling.ts';
import { findSweepMark, listSweepMarks, moveSweepMark } from '../store/sweep-marks.ts';
import { planInputs } from './link-inputs.ts';
import { compare, readPage, type Comparison, type SweptPage } from './sweep-page.ts';
import { endRound, stopRound } from './sweep-round.ts';

type StartPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues' | 'log'>;
type PagePorts = StartPorts & Pick<Ports, 'config' | 'fetch' | 'objects' | 'timer'>;

/**
 * Starts a sweep of every place in use; its id is the event id of everything it causes. Failures: those of `planInputs`.
 * Without links there is nothing to compare, and nothing is read.
 */
export async function startSweep(
  ports: StartPorts,
  connectionId: string,
  options: SweepOptions & { readonly sweepId?: string } = {},
): Promise<Result<{ sweepId: string }, Failure>> {
  const connection = await findConnection(ports.db, connectionId);
  const inputs = planInputs(connection);
  if (!inputs.ok) return inputs;
  const sweepId = options.sweepId ?? ports.newId();
  const { items } = await listLinks(ports.db, connectionId, null, 1);
  if (items.length > 0) {
    const { connection: swept } = inputs.value;
    const isFull = options.isFull ?? isFullHour(swept, ports.now());
    await enqueueSweeps(ports, swept, sweepId, { ...options, isFull });
  }
  return ok({ sweepId });
}

/** The hour of the merchant's day in which sweeps look for what is gone, too. */
function isFullHour({ settings, timeZone }: Connection, nowMs: number): boolean {
  return hourIn(timeZone, nowMs) === settings.schedule.fullSweepHour;
}

/**
 * Sends the first page of every place in use, `delayMs` from now. A connection without usable pools has none. A place
 * that is being swept is left out when `isScheduled`; whoever asks for a sweep gets one from now on.
 */
export async function enqueueSweeps(
  ports: StartPorts,
  connection: Connection,
  sweepId: string,
  { delayMs = 0, isScheduled = false, isFull = false }: SweepOptions = {},
): Promise<void> {
  const inputs = planInputs(connection);
  if (!inputs.ok) return;
  const { pools } = inputs.value;
  const merchantIds = new Set(pools.flatMap((pool) => pool.merchantIds));
  const places: readonly SweptPlace[] = [
    ...pools.map(({ locationId }) => ({
      platform: 'bigcommerce' as const,
      account: String(locationId),
    })),
    ...[...merchantIds].map((account) => ({ platform: 'clover' as const, account })),
  ];
  const marks = await listSweepMarks(ports.db, connection.id);
  const messages = places.flatMap(({ platform, account }): Work<'sweep'>[] => {
    const mark = marks.find(({ place }) => place === `${platform}:${account}`);
    const isBusy = mark !== undefined && isUnderWay(mark, ports.now(), SWEEP_STALLED_MS);
    if (isScheduled && isBusy) return [];
    const cursor = isBusy ? 0 : startBehind(mark, platform === 'clover' ? CLOVER_PAGE : 1);
    const common = { v: 1, kind: 'sweep', connectionId: connection.id, eventId: sweepId } as const;
    return [{ ...common, sweepId, platform, account, cursor, isFull, round: newRound(cursor) }];
  });
  await ports.queues.work.sendAll(messages, { delaySeconds: Math.ceil(delayMs / 1_000) });
}

interface SweepOptions {
  readonly delayMs?: number;
  readonly isScheduled?: boolean;
  /** Also looks for linked items that the place does not list any more. */
  readonly isFull?: boolean;
}

interface SweptPlace {
  readonly platform: Platform;
  /** Location or merchant. */
  readonly account: string;
}

/**
 * What cron does each minute: starts the sweeps that are due and pokes ledgers in which something has waited for long,
 * in case both the message and the alarm were lost. One connection that cannot be swept never keeps the others.
 */
export async function sweepDue(ports: StartPorts): Promise<void> {
  const nowMs = ports.now();
  for (const connectionId of await takeDue(ports.db, 'stock', nowMs, SWEEPS_PER_TICK)) {
    const started = await startSweep(ports, connectionId, { isScheduled: true });
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
  if (await isOvertaken(ports, message)) return ok(undefined);
  const page = await readPage(ports, message);
  if (!page.ok) {
    // Should it never pass, the next round begins behind it.
    await standAt(ports, message, message.cursor);
    return page;
  }
  const { place, rows, nextCursor } = page.value;
  const ids = rows.map(({ externalId }) => externalId);
  const mirrors = await mirrorLevels(ports.db, connection.id, message.platform, place, ids);
  const compared = compare(message, page.value, mirrors);
  const { massGuardShare } = connection.settings.stock;
  const drastic = compared.zeroed + compared.raised;
  const held =
    message.approved !== true && exceedsMassGuard(drastic, mirrors.length, massGuardShare);
  await saveFindings(
    ports.db,
    compared.found.map((each) => ({ ...each, held })),
  );
  if (held) {
    await askPerson(ports, message, compared, mirrors.length);
    await stopRound(ports, message, place);
    return ok(undefined);
  }
  await ports.queues.work.sendAll(compared.news);
  await closeFindings(ports.db, connection.id, place, compared.agreeing);
  logPage(ports, message, page.value, mirrors.length, compared);
  const told = mirrors.map((mirror) => mirror.told);
  const counted = mirrors.filter(({ level, skipped }) => level !== null && !skipped).length;
  const round = addPage(message.round ?? newRound(0), told, counted);
  const next = advance(round, nextCursor);
  if (next === null) {
    await endRound(ports, connection, message, place, round);
  } else {
    await standAt(ports, message, next.cursor);
    await ports.queues.work.send({ ...message, ...next });
  }
  return ok(undefined);
}

/** A newer sweep of the place has begun: one of the two is enough. Ids of sweeps sort by time. */
async function isOvertaken(ports: PagePorts, message: Work<'sweep'>): Promise<boolean> {
  if (message.approved === true) return false;
  const { connectionId, platform, account, sweepId } = message;
  const mark = await findSweepMark(ports.db, connectionId, `${platform}:${account}`);
  return mark !== undefined && mark.sweepId > sweepId;
}

function standAt(ports: PagePorts, message: Work<'sweep'>, cursor: number): Promise<void> {
  const { connectionId, platform, account, sweepId } = message;
  const place = `${platform}:${account}`;
  return moveSweepMark(ports.db, { connectionId, place, sweepId, cursor, movedAtMs: ports.now() });
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
