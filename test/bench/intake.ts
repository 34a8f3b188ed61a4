/**
 * Intake against its floor. Both answer 200 once one message of the same size is on a queue of the same kind, and both
 * queues' consumers only acknowledge; what intake does beyond that (read, verify, parse, key) is the difference.
 */
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { webhookSignature } from '../sandbox/bigcommerce/crypto.ts';
import { freePort } from '../sandbox/demo/listen.ts';
import { end, untilHealthy, wrangler } from '../sandbox/demo/worker.ts';
import type { Stops } from './bundle.ts';
import { atLeast, atMost, type Figure } from './figures.ts';
import { runLoad, type LoadOptions, type Round, type Shot } from './load.ts';
import { pause, type BenchShop, type Stage } from './stage.ts';
import { median, percentile } from './stats.ts';
import { ACKED_PRODUCT_ID } from './watched/counters.ts';

const CONNECTIONS = 8;
const ROUNDS = 5;
const ROUND_MS = 3_000;
const WARM_UP_MS = 2_000;
/** Between two rounds the queues run empty. */
const BREATH_MS = 300;
/** Different messages, signed beforehand: signing is the sender's work. */
const SHOTS = 1_000;
const FLOOR_CONFIG = join(import.meta.dirname, 'floor/wrangler.toml');

/** Starts the floor; resolves with its address. */
export async function openFloor(
  directory: string,
  messageBytes: number,
  stops: Stops,
): Promise<string> {
  const port = await freePort();
  const logPath = join(directory, 'floor.log');
  const child: ChildProcess = wrangler(
    [
      'dev',
      `--config=${FLOOR_CONFIG}`,
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--inspector-port=0',
      `--persist-to=${join(directory, 'floor')}`,
      `--var=MESSAGE_BYTES:${messageBytes}`,
      '--show-interactive-dev-session=false',
    ],
    createWriteStream(logPath),
  );
  stops.push(() => end(child));
  const origin = `http://127.0.0.1:${port}`;
  await untilHealthy(origin, () => child.exitCode !== null, directory);
  return origin;
}

/** A webhook of a product that nothing is linked to, as BigCommerce would sign it now; `index` makes it its own event. */
export async function signedShot(stage: Stage, shop: BenchShop, index: number): Promise<Shot> {
  const store = stage.bigcommerce.state.stores[shop.hash];
  const hook = Object.values(store?.hooks ?? {}).find(({ scope }) =>
    scope.endsWith('stock_changed'),
  );
  if (store === undefined || hook === undefined) throw new Error('The store has no stock hook.');
  const data = { product_id: ACKED_PRODUCT_ID, variant_id: 1_000_000 + index, location_id: 1 };
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({
    scope: hook.scope,
    store_id: String(store.storeId),
    data,
    hash: '0'.repeat(40),
    created_at: timestampSeconds,
    producer: `stores/${shop.hash}`,
  });
  const id = `msg_${index}`;
  const secret = stage.secrets.BIGCOMMERCE_CLIENT_SECRET;
  const headers = {
    ...hook.headers,
    'content-type': 'application/json',
    'user-agent': 'BigCommerce-Webhooks/1.0',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': await webhookSignature(secret, { id, timestampSeconds, body }),
  };
  return { headers, body: Buffer.from(body) };
}

/** How long the message is that intake makes of such a webhook, so that the floor sends one as long. */
export function intakeMessageBytes(shop: BenchShop): number {
  const message = {
    v: 1,
    platform: 'bigcommerce',
    eventId: `bc_${'0'.repeat(32)}`,
    connectionId: shop.hash,
    receivedAtMs: Date.now(),
    scope: 'store/channel/*/inventory/product/stock_changed',
    data: { product_id: ACKED_PRODUCT_ID, variant_id: 1_000_000, location_id: 1 },
    createdAtMs: Date.now(),
  };
  return JSON.stringify(message).length;
}

/** Short rounds in turn, so that what else the machine does hits both. */
export async function measureIntake(
  stage: Stage,
  shop: BenchShop,
  floorOrigin: string,
): Promise<Figure[]> {
  const indexes = Array.from({ length: SHOTS }, (_, index) => index);
  const shots = await Promise.all(indexes.map((index) => signedShot(stage, shop, index)));
  let at = 0;
  const next = (): Shot => {
    const shot = shots[at % shots.length];
    at += 1;
    if (shot === undefined) throw new Error('No webhook was signed.');
    return shot;
  };
  const intake = {
    url: `${stage.workerOrigin}/webhooks/bigcommerce`,
    connections: CONNECTIONS,
    next,
  };
  const floor = { ...intake, url: `${floorOrigin}/` };
  await play(floor, WARM_UP_MS);
  await play(intake, WARM_UP_MS);
  const floorRounds: Round[] = [];
  const intakeRounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    floorRounds.push(await play(floor, ROUND_MS));
    intakeRounds.push(await play(intake, ROUND_MS));
  }
  return figures(summaryOf(floorRounds), summaryOf(intakeRounds));
}

async function play(load: Omit<LoadOptions, 'durationMs'>, durationMs: number): Promise<Round> {
  const round = await runLoad({ ...load, durationMs });
  await pause(BREATH_MS);
  return round;
}

interface Summary {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The median round, each figure by itself: one disturbed round does not decide. */
function summaryOf(rounds: readonly Round[]): Summary {
  const over = (pick: (round: Round) => number) => median(rounds.map(pick));
  return {
    perSecond: over(({ perSecond }) => perSecond),
    p50Ms: over(({ latenciesMs }) => percentile(latenciesMs, 0.5)),
    p99Ms: over(({ latenciesMs }) => percentile(latenciesMs, 0.99)),
  };
}

function figures(floor: Summary, intake: Summary): Figure[] {
  const pair = (pick: (summary: Summary) => number, unit: string) =>
    `${pick(intake).toFixed(1)} against ${pick(floor).toFixed(1)} ${unit}`;
  return [
    {
      name: 'intake rate / floor rate',
      value: intake.perSecond / floor.perSecond,
      unit: '',
      target: atLeast(0.8),
      note: pair(({ perSecond }) => perSecond, `requests/s, ${CONNECTIONS} connections`),
    },
    {
      name: 'intake p50 / floor p50',
      value: intake.p50Ms / floor.p50Ms,
      unit: '',
      note: pair(({ p50Ms }) => p50Ms, 'ms'),
    },
    {
      name: 'intake p99 / floor p99',
      value: intake.p99Ms / floor.p99Ms,
      unit: '',
      target: atMost(1.5),
      note: pair(({ p99Ms }) => p99Ms, 'ms'),
    },
  ];
}
