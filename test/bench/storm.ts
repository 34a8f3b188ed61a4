/**
 * The standard storm: a few SKUs that are always about to run out, sold fast on both sides, with a bad but ordinary
 * network. The relay and the plain rival are played on the same seeds, and what each did to the shelf is counted.
 */
import { drawScenario, withoutLater, type Scenario } from '../simulation/scenario.ts';
import { simulate } from '../simulation/simulate.ts';
import { MINUTE_MS, setStage, type SimStage } from '../simulation/stage.ts';
import { atMost, type Figure } from './figures.ts';
import { playRival } from './rival.ts';

/** Webhooks may be two hours late, and sweeps come every half hour: after this nothing changes any more. */
const QUIET_MS = 190 * MINUTE_MS;

/** What a seed draws stays (clocks, switches of the platforms); the shop and its network are those of the storm. */
export function stormScenario(seed: number): Scenario {
  const drawn = withoutLater(drawScenario(seed));
  return {
    ...drawn,
    skus: 3,
    registers: 1,
    sharing: null,
    hasBundle: false,
    startUnits: 30,
    minutes: 30,
    bufferUnits: 0,
    goneButSold: 0,
    isMomentKnown: true,
    troubles: {
      refused429: 0.02,
      failedBefore: 0.01,
      failedAfter: 0.0005,
      hangBefore: 0.0005,
      hangAfter: 0.0005,
      slow: 0.02,
      workerDies: 0.0001,
      messageLost: 0.001,
      messageTwice: 0.02,
      messageLate: 0.005,
      hookLost: 0.02,
      hookTwice: 0.05,
      hookLate: 0.02,
      evictions: 0.1,
    },
    habits: {
      webSale: 12,
      registerSale: 12,
      storm: 0.2,
      openTab: 0.3,
      voidLine: 0,
      refund: 0,
      webCancel: 0.2,
      webRefundStatus: 0.1,
      webEdit: 0,
      registerEdit: 0,
      webDelivery: 0.6,
      registerDelivery: 0,
      bundleWebSale: 0,
      bundleRegisterSale: 0,
      bundleEdit: 0,
      webUnpaid: 0,
      webMove: 0,
    },
  };
}

interface Shelf {
  oversold: number;
  /** Units on the shelf that no side offers. */
  lost: number;
  /** Units that a side offers and that are not on the shelf. */
  invented: number;
  calls: number;
  sold: number;
}

/** Runs `seeds` storms and answers the figures of both. */
export function measureStorm(seeds: number): Figure[] {
  const ours = emptyShelf();
  const rivals = emptyShelf();
  for (let seed = 1; seed <= seeds; seed += 1) {
    const scenario = stormScenario(seed);
    const outcome = simulate(seed, { scenario });
    add(ours, outcome.stage);
    const stage = setStage(seed, scenario);
    playRival(stage, stage.endMs + QUIET_MS);
    add(rivals, stage);
  }
  return figuresOf(seeds, ours, rivals);
}

const emptyShelf = (): Shelf => ({ oversold: 0, lost: 0, invented: 0, calls: 0, sold: 0 });

function add(into: Shelf, { world, platforms, tally }: SimStage): void {
  for (const [what, times] of tally.counts) {
    if (what === 'oversold') into.oversold += times;
    if (/^call \w+ (read|write)$/.test(what)) into.calls += times;
  }
  into.sold += world.units;
  for (const { sku, shelf } of world.shelves) {
    const offered = Math.max(platforms.webLevel(sku), platforms.registerLevel(sku));
    into.lost += Math.max(0, shelf - Math.max(0, offered));
    into.invented += Math.max(0, offered - Math.max(0, shelf));
  }
}

function figuresOf(seeds: number, ours: Shelf, rivals: Shelf): Figure[] {
  const note = `${seeds} storms; sold ${ours.sold} units here, ${rivals.sold} with the rival`;
  return [
    {
      name: 'Oversold units against the rival',
      value: ours.oversold / rivals.oversold,
      unit: '',
      target: atMost(0.1),
      note,
    },
    { name: 'Oversold units', value: ours.oversold, unit: 'units' },
    { name: 'Oversold units, rival', value: rivals.oversold, unit: 'units' },
    { name: 'Lost units', value: ours.lost, unit: 'units', target: atMost(0) },
    { name: 'Lost units, rival', value: rivals.lost, unit: 'units' },
    { name: 'Invented units', value: ours.invented, unit: 'units', target: atMost(0) },
    { name: 'Invented units, rival', value: rivals.invented, unit: 'units' },
    { name: 'Platform calls per unit sold', value: ours.calls / ours.sold, unit: 'calls' },
    {
      name: 'Platform calls per unit sold, rival',
      value: rivals.calls / rivals.sold,
      unit: 'calls',
    },
  ];
}
