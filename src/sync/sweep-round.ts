/** The end of a sweep's round: what it says about the delivery of webhooks, and how often to look from now on. */
import {
  measure,
  NO_DELIVERY,
  pollMinutes,
  sweepFloorMinutes,
  type Delivery,
} from '../domain/delivery.ts';
import type { PlaceKey } from '../domain/ids.ts';
import type { Round } from '../domain/sweep-round.ts';
import { POLL_FLOOR_MINUTES } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import type { Connection } from '../store/connections.ts';
import {
  listDeliveries,
  saveDeliveries,
  type DeliveryRow,
  type DeliverySubject,
} from '../store/deliveries.ts';
import { savePolling } from '../store/polling.ts';
import { countPlaces } from '../store/place-copies.ts';
import { endSweepMark, listSweepMarks, type SweepMark } from '../store/sweep-marks.ts';

type RoundPorts = Pick<Ports, 'db' | 'now' | 'queues'>;

/** Every page of the place was read: scores are measured, polling is adapted. */
export async function endRound(
  ports: RoundPorts,
  connection: Connection,
  message: Work<'sweep'>,
  place: PlaceKey,
  round: Round,
): Promise<void> {
  const nowMs = ports.now();
  const { id: connectionId } = connection;
  await endSweepMark(
    ports.db,
    { connectionId, place, sweepId: message.sweepId },
    round.pages,
    nowMs,
  );
  if (message.isFull === true) await lookForMissing(ports, message, place, round);
  const known = await listDeliveries(ports.db, connectionId);
  const rows = measured(known, connectionId, place, round, nowMs);
  await saveDeliveries(ports.db, rows);
  const marks = await listSweepMarks(ports.db, connectionId);
  await adaptPolling(ports, connection, [...others(known, rows), ...rows], marks);
}

/** Fewer rows than the ledgers have counts of: something is gone, and which one takes another look at the lists. */
async function lookForMissing(
  ports: RoundPorts,
  { connectionId, eventId, platform, account }: Work<'sweep'>,
  place: PlaceKey,
  { counted }: Round,
): Promise<void> {
  if (counted >= (await countPlaces(ports.db, connectionId, place))) return;
  await ports.queues.work.send({ v: 1, kind: 'missing', connectionId, eventId, platform, account });
}

/** The mass guard stopped the round: nothing is measured, and the next one begins at the first page. */
export async function stopRound(
  ports: RoundPorts,
  { connectionId, sweepId }: Work<'sweep'>,
  place: PlaceKey,
): Promise<void> {
  await endSweepMark(ports.db, { connectionId, place, sweepId }, null, ports.now());
}

/** The place's rows whose counts have moved. */
function measured(
  known: readonly DeliveryRow[],
  connectionId: string,
  place: PlaceKey,
  round: Round,
  nowMs: number,
): DeliveryRow[] {
  const sums: Record<DeliverySubject, { told: number; found: number }> = {
    levels: { told: round.levelsTold, found: round.levelsFound },
    sales: { told: round.salesTold, found: round.salesFound },
  };
  return (['levels', 'sales'] as const).flatMap((subject): DeliveryRow[] => {
    const sum = sums[subject];
    const row = known.find((each) => each.place === place && each.subject === subject);
    const before = { told: row?.toldSum ?? 0, found: row?.foundSum ?? 0 };
    if (sum.told === before.told && sum.found === before.found) return [];
    const elapsedMs = nowMs - (row?.measuredAtMs ?? nowMs);
    return [
      {
        connectionId,
        place,
        subject,
        ...measure(row ?? NO_DELIVERY, before, sum, elapsedMs),
        toldSum: sum.told,
        foundSum: sum.found,
        measuredAtMs: nowMs,
        lastFoundAtMs: sum.found > before.found ? nowMs : (row?.lastFoundAtMs ?? null),
      },
    ];
  });
}

function others(known: readonly DeliveryRow[], rows: readonly DeliveryRow[]): DeliveryRow[] {
  const isReplaced = (row: DeliveryRow): boolean =>
    rows.some(({ place, subject }) => place === row.place && subject === row.subject);
  return known.filter((row) => !isReplaced(row));
}

async function adaptPolling(
  ports: RoundPorts,
  connection: Connection,
  rows: readonly DeliveryRow[],
  marks: readonly SweepMark[],
): Promise<void> {
  const nowMs = ports.now();
  const { stockMinutes, ordersMinutes } = connection.settings.schedule;
  const faded = (subject: DeliverySubject): Delivery[] =>
    rows
      .filter((row) => row.subject === subject)
      .map((row) => measure(row, row, row, nowMs - row.measuredAtMs));
  const floorMinutes = sweepFloorMinutes(callsPerAccount(marks));
  const polling = {
    stockMinutes: pollMinutes(faded('levels'), stockMinutes, floorMinutes),
    ordersMinutes: pollMinutes(faded('sales'), ordersMinutes, POLL_FLOOR_MINUTES),
  };
  await savePolling(ports.db, connection, polling, nowMs);
}

/** Pages of the busiest account: the store has all its locations, a merchant its own list. */
function callsPerAccount(marks: readonly SweepMark[]): number {
  const pages = (platform: string): number[] =>
    marks.filter(({ place }) => place.startsWith(platform)).map((mark) => mark.pages);
  const store = pages('bigcommerce:').reduce((sum, each) => sum + each, 0);
  return Math.max(store, ...pages('clover:'));
}
