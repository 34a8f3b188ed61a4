/**
 * Filling an empty register: products with variants, created in Clover and linked by the relay's own plan, beside a rival
 * that makes one call per step and item. The worker dies once in the middle. The clock jumps over waits (`world.ts`), so
 * minutes are those that the platforms' limits ask for, not those of this machine.
 */
import { FIELD_APPLY_CHUNK } from '../../src/limits.ts';
import { outstanding } from '../../src/store/ledger-copies.ts';
import { findPlan, type PlanStatus } from '../../src/store/plans.ts';
import { requestApply, startPlan } from '../../src/sync/link.ts';
import { all, PRIMARY } from '../sandbox/clover/store.ts';
import { groupsOf, LEVEL, playCreateRival, SIZES } from './create-rival.ts';
import { atLeast, atMost, type Figure } from './figures.ts';
import { sum } from './stats.ts';
import { openWorld, type World } from './world.ts';

const SETTINGS = { catalog: { enabled: true, createMissing: { clover: true } } };
/** The rival plays on a part, its figures are multiplied: it does the same for every item. */
const RIVAL_SHARE = 0.1;
/** Items of one message of a plan. */
const PIECE = FIELD_APPLY_CHUNK;
const MINUTE_MS = 60_000;
const HOURS_MAX_MS = 6 * 60 * MINUTE_MS;
const READS_TARGET = 80;

interface Filled {
  readonly calls: ReadonlyMap<string, number>;
  readonly minutes: number;
  /** Different states of progress that a page would have shown while the plan was applied. */
  readonly steps: number;
  readonly planReads: number;
  readonly planMinutes: number;
}

export async function measureCreate(skus: number): Promise<Figure[]> {
  const world = openWorld(SETTINGS);
  const made = seed(world, skus);
  const filled = await fill(world, made);
  const rival = await playCreateRival(openWorld(SETTINGS), Math.ceil(made * RIVAL_SHARE));
  const factor = made / rival.skus;
  const total = sum([...filled.calls.values()]);
  const count = (name: RegExp) =>
    sum([...filled.calls].flatMap(([call, times]) => (name.test(call) ? [times] : [])));
  const about = `${made.toLocaleString('en-US')} SKUs`;
  return [
    {
      name: `reads to plan ${about} for an empty register`,
      value: filled.planReads,
      unit: 'calls',
      target: atMost(READS_TARGET),
      note: `${filled.planMinutes.toFixed(1)} minutes at the platforms' pace`,
    },
    {
      name: `bulk creates of ${about}`,
      value: count(/POST \/bulk_items$/),
      unit: 'calls',
      target: atMost(Math.ceil(made / PIECE) + 2),
    },
    {
      name: `reads while ${about} are created, linked and counted`,
      value: count(/ GET /) - filled.planReads,
      unit: 'calls',
      // After the crash each group of its piece is looked for, with its attributes.
      target: atMost(made / 10 + PIECE),
      note: listed(filled.calls),
    },
    {
      name: `calls to create ${about}, of one call per step and item`,
      value: total / (rival.calls * factor),
      unit: '',
      target: atMost(0.6),
      note: `${total.toLocaleString('en-US')} against ${Math.round(rival.calls * factor).toLocaleString('en-US')}; one write of stock per item, and what groups take, both have`,
    },
    {
      name: `time to create ${about}, of one call per step and item`,
      value: filled.minutes / (rival.minutes * factor),
      unit: '',
      target: atMost(0.6),
      note: `${filled.minutes.toFixed(0)} minutes against ${(rival.minutes * factor).toFixed(0)}, by a clock that jumps over the waits of rate limits`,
    },
    {
      name: 'states of progress shown meanwhile',
      value: filled.steps,
      unit: '',
      target: atLeast(Math.max(1, Math.ceil(made / PIECE) - 2)),
      note: `its worker died ${world.deaths()} time in the middle; nothing was made twice`,
    },
  ];
}

function listed(calls: ReadonlyMap<string, number>): string {
  const rows = [...calls].toSorted(([, a], [, b]) => b - a);
  return rows.map(([call, times]) => `${times} x ${call}`).join(', ');
}

/** Answers how many SKUs there are. */
function seed({ bigcommerce, hash }: World, skus: number): number {
  const grouped = groupsOf(skus);
  for (let n = 0; n < grouped; n += 1) {
    const variants = SIZES.map((size) => ({
      sku: `G${n}-${size}`,
      options: { Size: size },
      levels: { 1: LEVEL },
    }));
    bigcommerce.addProduct(hash, { name: `Shirt ${n}`, price: 20, tracking: 'variant', variants });
  }
  const simple = skus - grouped * SIZES.length;
  for (let n = 0; n < simple; n += 1) {
    const product = { name: `Mug ${n}`, sku: `M${n}`, price: 10, levels: { 1: LEVEL } };
    bigcommerce.addProduct(hash, product);
  }
  return skus;
}

async function fill(world: World, skus: number): Promise<Filled> {
  const { clock, ports, hash } = world;
  const startMs = clock.now();
  const started = await startPlan(ports, hash, 'link');
  if (!started.ok) throw new Error(started.failure.message);
  const planId = started.value.id;
  const seen = new Set<number>();
  const reach = (wanted: readonly PlanStatus[]) =>
    clock.runUntil(
      async () => {
        const plan = await findPlan(ports.db, hash, planId);
        if (plan?.status === 'failed') throw new Error(plan.error ?? 'the plan failed');
        if (plan?.status === 'applying') seen.add(plan.progressDone);
        return plan !== undefined && wanted.includes(plan.status);
      },
      1_000,
      HOURS_MAX_MS,
    );
  await reach(['ready', 'needs_decision']);
  const planReads = sum([...world.calls.values()]);
  const planMinutes = (clock.now() - startMs) / MINUTE_MS;
  const plan = await findPlan(ports.db, hash, planId);
  let bulks = 0;
  const half = Math.ceil(skus / PIECE / 2);
  // The platform has made the items, and nobody hears of it.
  world.killOn(({ url }) => url.endsWith('/bulk_items') && (bulks += 1) === half);
  const applied = await requestApply(ports, hash, planId, plan?.hash ?? '', 'bench');
  if (!applied.ok) throw new Error(applied.failure.message);
  await reach(['applied']);
  await clock.runUntil(
    async () => world.isIdle() && (await outstanding(ports.db, hash)).outstanding === 0,
    1_000,
    HOURS_MAX_MS,
  );
  await check(world, skus, planId);
  const minutes = (clock.now() - startMs) / MINUTE_MS;
  return { calls: world.calls, minutes, steps: seen.size, planReads, planMinutes };
}

/** Everything once, linked, counted; or the run has failed. */
async function check(world: World, skus: number, planId: string): Promise<void> {
  const { ports, hash, clover, merchantId } = world;
  const tables = clover.state.merchants[merchantId]?.tables;
  if (tables === undefined) throw new Error('no merchant');
  const living = all(tables.items, PRIMARY).filter((row) => row.deletedTime === undefined);
  const names = new Set(living.map(({ more }) => more['sku']));
  const groups = all(tables.itemGroups, PRIMARY).filter((row) => row.deletedTime === undefined);
  const counted = living.filter(({ id }) => clover.stock(merchantId, id) === LEVEL).length;
  const plan = await findPlan(ports.db, hash, planId);
  const { parked } = await outstanding(ports.db, hash);
  const facts = {
    items: living.length,
    skus: names.size,
    groups: groups.length,
    counted,
    applied: plan?.counts['applied'],
    failed: plan?.counts['failed'],
    parked,
    deadLetters: world.deadLetters(),
    deaths: world.deaths(),
  };
  const wanted = {
    items: skus,
    skus,
    groups: groupsOf(skus),
    counted: skus,
    applied: skus,
    failed: 0,
    parked: 0,
    deadLetters: 0,
    deaths: 1,
  };
  if (JSON.stringify(facts) === JSON.stringify(wanted)) return;
  throw new Error(`Not made once each: ${JSON.stringify(facts)}, wanted ${JSON.stringify(wanted)}`);
}
