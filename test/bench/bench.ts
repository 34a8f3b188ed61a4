/**
 * `npm run bench`: the figures to reach, measured on the real Worker under `wrangler dev` between both sandbox
 * platforms. Everything lives in a temporary directory and on free ports, and goes when the run ends.
 *
 *   --json       the same as JSON
 *   --only=a,b   some parts: bundle, storm, big-sweep, create, resync, logs, single, burst, delay, sweep, intake,
 *                orders
 *   --big        also links 10,000 SKUs, creates 10,000 in an empty register, resyncs 100,000, and searches a log of 5 million
 *                records (the parts `create`, `resync` and `logs`, some minutes each)
 */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBigSweep } from './big-sweep.ts';
import { measureBundle, type Stops } from './bundle.ts';
import { measureBursts } from './burst.ts';
import { measureCreate } from './create.ts';
import { measureDelay } from './delay.ts';
import { tableOf, verdictOf, type Figure } from './figures.ts';
import { intakeMessageBytes, measureIntake, openFloor } from './intake.ts';
import { measureLogSearch } from './log-search.ts';
import { measureLink, measureSweep } from './reads.ts';
import { measureResync } from './resync.ts';
import { measureSingleSales } from './single.ts';
import { measureOrders } from './orders.ts';
import { openStage, type BenchShop, type Stage } from './stage.ts';
import { measureStorm } from './storm.ts';

const PARTS = [
  'bundle',
  'storm',
  'big-sweep',
  'create',
  'resync',
  'logs',
  'single',
  'burst',
  'delay',
  'sweep',
  'intake',
  'orders',
] as const;
/** Parts that need no relay of their own. */
const ALONE: ReadonlySet<string> = new Set([
  'bundle',
  'storm',
  'big-sweep',
  'create',
  'resync',
  'logs',
]);
/** Parts that take minutes: only when asked for by name, or with `--big`. */
const LONG: ReadonlySet<string> = new Set(['create', 'resync', 'logs']);
type Part = (typeof PARTS)[number];

const STORMS = 50;
/** One short of a page: Clover's lists do not tell their length, so a full last page costs one call more. */
const SKUS = 999;
const BIG_SKUS = 10_000;
/** The target's load, over shops enough that no platform's own quota is the measure. */
const SALES_PER_SECOND = 20;
const SALES_SECONDS = 15;
const SHOPS = 4;
const ERRORS_SHOWN = 10;
const SMALL_SHOP_SKUS = 100;
const OPENING_LEVEL = 1_000;

interface Options {
  readonly json: boolean;
  readonly big: boolean;
  readonly parts: ReadonlySet<Part>;
}

/** Throws a sentence for a person when an argument is unknown. */
function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      big: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const usual = PARTS.filter((part) => values.big || !LONG.has(part));
  const wanted = values.only === undefined ? usual : values.only.split(',');
  const parts = wanted.map((name) => {
    const part = PARTS.find((known) => known === name);
    if (part === undefined) {
      throw new Error(`There is no part "${name}"; there are ${PARTS.join(', ')}.`);
    }
    return part;
  });
  return { json: values.json, big: values.big, parts: new Set(parts) };
}

interface Report {
  readonly figures: Figure[];
  /** What a relay must never do. A run with one of them has failed. */
  readonly errors: string[];
}

interface Bench {
  readonly options: Options;
  readonly directory: string;
  readonly stops: Stops;
  readonly report: Report;
  readonly say: (line: string) => void;
}

async function run(bench: Bench, died: () => void): Promise<void> {
  const { options, directory, stops, report, say } = bench;
  if (options.parts.has('bundle')) {
    say('Bundling …');
    report.figures.push(await measureBundle(directory, stops));
  }
  if (options.parts.has('storm')) {
    say(`${STORMS} simulated storms, here and with the plain rival …`);
    report.figures.push(...measureStorm(STORMS));
  }
  if (options.parts.has('big-sweep')) {
    say('A sweep of 100,000 SKUs …');
    report.figures.push(...(await measureBigSweep()));
  }
  if (options.parts.has('logs')) {
    say('A log of 5 million records …');
    report.figures.push(...(await measureLogSearch(directory, stops)));
  }
  await measureBigParts(bench);
  if ([...options.parts].every((part) => ALONE.has(part))) return;
  say('Starting the relay and both platforms …');
  const warn = (line: string) => say(`relay: ${line}`);
  const stage = await openStage({ directory, stops, warn, died });
  say(`Linking ${SKUS} SKUs …`);
  const { shop, figures } = await measureLink(stage, 'A', SKUS, OPENING_LEVEL);
  report.figures.push(...figures);
  await measureShop(bench, stage, shop);
  if (options.big) {
    say(`Linking ${BIG_SKUS} SKUs …`);
    report.figures.push(...(await measureLink(stage, 'BIG', BIG_SKUS, OPENING_LEVEL)).figures);
  }
}

async function measureBigParts({ options, report, say }: Bench): Promise<void> {
  if (options.parts.has('create')) {
    say(`${BIG_SKUS} SKUs created in an empty register, here and one call at a time …`);
    report.figures.push(...(await measureCreate(BIG_SKUS)));
  }
  if (options.parts.has('resync')) {
    say('A resync of 100,000 SKUs …');
    report.figures.push(...(await measureResync()));
  }
}

async function measureShop(bench: Bench, stage: Stage, shop: BenchShop): Promise<void> {
  const { options, directory, stops, report, say } = bench;
  if (options.parts.has('single')) {
    say('One sale each way …');
    report.figures.push(...(await measureSingleSales(stage, shop)));
  }
  if (options.parts.has('burst')) {
    say('A burst of sales each way …');
    report.figures.push(...(await measureBursts(stage, shop)));
  }
  if (options.parts.has('sweep')) {
    say('A sweep …');
    report.figures.push(...(await measureSweep(stage, shop)));
  }
  if (options.parts.has('delay')) await measureDelays(bench, stage, shop);
  if (options.parts.has('orders')) {
    say('Web orders to the register …');
    report.figures.push(
      ...(await measureOrders(stage, await stage.openShop('O', 20, OPENING_LEVEL))),
    );
  }
  if (options.parts.has('intake')) {
    say('Intake against its floor …');
    const floorOrigin = await openFloor(directory, intakeMessageBytes(shop), stops);
    report.figures.push(...(await measureIntake(stage, shop, floorOrigin)));
  }
}

async function measureDelays(bench: Bench, stage: Stage, shop: BenchShop): Promise<void> {
  const { report, say } = bench;
  say(`${SALES_PER_SECOND} sales a second …`);
  const names = Array.from({ length: SHOPS - 1 }, (_, index) => `S${index}`);
  const more = names.map((name) => stage.openShop(name, SMALL_SHOP_SKUS, OPENING_LEVEL));
  const shops = [shop, ...(await Promise.all(more))];
  const load = { salesPerSecond: SALES_PER_SECOND, seconds: SALES_SECONDS };
  const { figures, errors } = await measureDelay(stage, { ...load, shops });
  report.figures.push(...figures);
  report.errors.push(...errors);
}

function print({ figures, errors }: Report, json: boolean, loadBefore: number): void {
  if (json) {
    const rows = figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) }));
    console.log(JSON.stringify({ loadBefore, figures: rows, errors }, null, 2));
  } else {
    console.log(`\n${tableOf(figures)}\n`);
    console.log(`Load average of this machine before the run: ${loadBefore.toFixed(1)}.`);
  }
  for (const error of errors.slice(0, ERRORS_SHOWN)) console.error(`ERROR: ${error}`);
  const more = errors.length - ERRORS_SHOWN;
  if (more > 0) console.error(`ERROR: ${more} more like these.`);
}

/**
 * Memory where the system offers it: locally every commit of an object waits for the disk with the whole runtime, and a
 * busy disk would be all that the delays show. Cloudflare's storage does not stop a Worker like that.
 */
function storageRoot(): string {
  const memory = '/dev/shm';
  try {
    accessSync(memory, constants.W_OK);
    return memory;
  } catch {
    return tmpdir();
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const [loadBefore = 0] = loadavg();
  const directory = mkdtempSync(join(storageRoot(), 'onhand-bench-'));
  // Other Workers on this machine are none of ours.
  process.env['WRANGLER_REGISTRY_PATH'] = join(directory, 'registry');
  const stops: Stops = [() => rmSync(directory, { recursive: true, force: true })];
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= stopAll(stops));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop().then(() => process.exit(130)));
  }
  const report: Report = { figures: [], errors: [] };
  const say = (line: string) => console.error(line);
  const died = Promise.withResolvers<never>();
  const ended = () => died.reject(new Error('The relay ended by itself.'));
  try {
    await Promise.race([run({ options, directory, stops, report, say }, ended), died.promise]);
  } catch (error) {
    // Stopped by a signal: what fails then is no news. Otherwise what was measured so far is shown first.
    if (stopping === undefined) report.errors.push(messageOf(error));
  }
  const isInterrupted = stopping !== undefined;
  await stop();
  if (isInterrupted) return;
  print(report, options.json, loadBefore);
  process.exit(report.errors.length > 0 ? 1 : 0);
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Newest first; what one part throws does not keep the others running. */
async function stopAll(stops: Stops): Promise<void> {
  for (const stop of stops.splice(0).toReversed()) {
    try {
      await stop();
    } catch (error) {
      console.error(error);
    }
  }
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exit(1);
});
