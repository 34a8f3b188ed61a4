/** What one seed is played on: clock, both platforms, the wire, the shop; the relay that is tried comes on top. */
import { seededRandom } from '../sandbox/kernel.ts';
import type { TappedHook } from '../sandbox/runtime.ts';
import { createSimClock, type SimClock } from './clock.ts';
import { createPlatforms, type SimBundle, type SimPlatforms, type SimSku } from './platforms.ts';
import { drawScenario, type Scenario, type Troubles } from './scenario.ts';
import { createTally, type Tally } from './tally.ts';
import { createWire, type Wire } from './wire.ts';
import { World } from './world.ts';

export const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 27, 9);
/** Trouble goes on for this long after the last deed. */
const AFTERMATH_MS = 15 * MINUTE_MS;

export interface SimStage {
  readonly clock: SimClock;
  readonly random: () => number;
  readonly platforms: SimPlatforms;
  readonly skus: readonly SimSku[];
  readonly bundle: SimBundle | null;
  readonly world: World;
  readonly wire: Wire;
  readonly tally: Tally;
  /** Trouble as it is now: none after `endMs`. */
  readonly troubles: () => Troubles;
  readonly endMs: number;
  /** Plans the shop's day; from here on webhooks go to `takeHook`. */
  play(takeHook: (hook: TappedHook) => void): void;
}

/** What each register shows at first: all of the shelf, or its part. */
function atRegisters({ startUnits, registers, sharing }: Scenario): readonly number[] {
  if (registers === 1) return [startUnits];
  if (sharing === null) return [startUnits, startUnits];
  const first = Math.floor(startUnits / 3);
  return [first, startUnits - first];
}

/** One of the first SKU and two of the last: of the only one, if there is no other. */
function addBundle(
  platforms: SimPlatforms,
  skus: readonly SimSku[],
  scenario: Scenario,
): SimBundle | null {
  const [first] = skus;
  const last = skus.at(-1);
  if (first === undefined || last === undefined) return null;
  const sku = platforms.addSku('BUNDLE', scenario.startUnits, atRegisters(scenario));
  const two = { sku: last.sku, quantity: 2 };
  return { sku, components: first === last ? [two] : [{ sku: first.sku, quantity: 1 }, two] };
}

const NO_TROUBLE = Object.fromEntries(
  Object.keys(drawScenario(0).troubles).map((name) => [name, 0]),
) as unknown as Troubles;

/** `listen` gets the story line by line. The same seed and scenario give the same stage. */
export function setStage(
  seed: number,
  scenario: Scenario,
  listen?: (line: string) => void,
): SimStage {
  const clock = createSimClock(START_MS);
  const tally = createTally(
    listen === undefined
      ? null
      : (line) => listen(`${((clock.nowMs - START_MS) / 1_000).toFixed(3).padStart(10)} ${line}`),
  );
  let hooked: ((hook: TappedHook) => void) | null = null;
  let troubles = scenario.troubles;
  const random = seededRandom(seed);
  const platforms = createPlatforms({
    clock,
    random: seededRandom(seed + 0x5eed),
    webAheadMs: scenario.webAheadMs,
    registerAheadMs: scenario.registerAheadMs,
    web: scenario.web,
    register: {
      ...scenario.register,
      apiOrdersDecrement: scenario.pushing.moves,
      apiDecrementMoment: scenario.pushing.moment,
    },
    inventory: {
      ...scenario.inventory,
      update_stock_behavior: scenario.reserving.takesStock,
    },
    registers: scenario.registers,
    onHook: (hook) => hooked?.(hook),
  });
  const skus = Array.from({ length: scenario.skus }, (_, index) =>
    platforms.addSku(`SKU-${index}`, scenario.startUnits, atRegisters(scenario)),
  );
  const bundle = scenario.hasBundle ? addBundle(platforms, skus, scenario) : null;
  clock.nowMs += 2 * MINUTE_MS;
  const startMs = clock.nowMs;
  const endMs = startMs + scenario.minutes * MINUTE_MS + AFTERMATH_MS;
  const world = new World({ clock, random, scenario, platforms, tally, startMs, bundle }, skus);
  const wire = createWire(clock, random, () => troubles, tally);
  return {
    clock,
    random,
    platforms,
    skus,
    bundle,
    world,
    wire,
    tally,
    troubles: () => troubles,
    endMs,
    play(takeHook) {
      hooked = takeHook;
      world.plan();
      clock.at(endMs, () => void (troubles = NO_TROUBLE));
    },
  };
}
