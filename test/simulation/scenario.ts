/** What one seed draws before it begins: which trouble there is, how much, how the shop behaves (swarm testing). */
import { seededRandom } from '../sandbox/kernel.ts';
import type { Sharing } from '../../src/domain/stock/parts.ts';
import type { TakesStock } from '../../src/domain/stock/standing.ts';
import type { InventorySettings } from '../sandbox/bigcommerce/state.ts';
import type { BigCommerceSwitches } from '../sandbox/bigcommerce/switches.ts';
import type { CloverSwitches } from '../sandbox/clover/switches.ts';

/** Shares of calls, messages or webhooks that meet each trouble; 0 switches it off. */
export interface Troubles {
  readonly refused429: number;
  readonly failedBefore: number;
  readonly failedAfter: number;
  readonly hangBefore: number;
  readonly hangAfter: number;
  readonly slow: number;
  readonly workerDies: number;
  readonly messageLost: number;
  readonly messageTwice: number;
  readonly messageLate: number;
  readonly hookLost: number;
  readonly hookTwice: number;
  readonly hookLate: number;
  /** Per minute. */
  readonly evictions: number;
}

/** How often each thing happens, per minute of the shop's time. */
export interface Habits {
  readonly webSale: number;
  readonly registerSale: number;
  readonly storm: number;
  readonly openTab: number;
  readonly voidLine: number;
  readonly refund: number;
  readonly webCancel: number;
  readonly webRefundStatus: number;
  readonly webEdit: number;
  readonly registerEdit: number;
  readonly webDelivery: number;
  readonly registerDelivery: number;
  readonly bundleWebSale: number;
  readonly bundleRegisterSale: number;
  readonly bundleEdit: number;
  /** A web order that waits for its payment. */
  readonly webUnpaid: number;
  /** A web order goes on: it is paid, packed, shipped. */
  readonly webMove: number;
}
export type Habit = keyof Habits;

export interface Scenario {
  readonly seed: number;
  readonly skus: number;
  readonly startUnits: number;
  readonly minutes: number;
  readonly settleMs: number;
  /** The relay has learnt from earlier sales at which moment this register counts; else this is its first day. */
  readonly isMomentKnown: boolean;
  readonly bufferUnits: number;
  /** Share of register sales of what the register says is gone. */
  readonly goneButSold: number;
  readonly webAheadMs: number;
  readonly registerAheadMs: number;
  readonly troubles: Troubles;
  readonly habits: Habits;
  readonly web: Partial<BigCommerceSwitches>;
  readonly register: Partial<CloverSwitches>;
  readonly inventory: Partial<InventorySettings>;
  /** Clover merchants on the pool, 1 or 2, and how they share it; null: each shows all of it (S10). */
  readonly registers: number;
  readonly sharing: Sharing | null;
  /** One more SKU is made of the others (S9). */
  readonly hasBundle: boolean;
  /** When the store takes stock, and orders in which statuses are reserved (S6). */
  readonly reserving: Reserving;
  /** Web orders pushed to the first register (S8). */
  readonly pushing: Pushing;
}

export interface Pushing {
  readonly isOn: boolean;
  /** What the merchant says of whether such orders move stock. */
  readonly setting: 'auto' | 'yes' | 'no';
  readonly moves: boolean;
  readonly moment: CloverSwitches['apiDecrementMoment'];
}

export interface Reserving {
  readonly takesStock: TakesStock;
  readonly statusIds: readonly number[];
}

const TROUBLE_MAX: Troubles = {
  refused429: 0.08,
  failedBefore: 0.05,
  failedAfter: 0.01,
  hangBefore: 0.01,
  hangAfter: 0.01,
  slow: 0.05,
  workerDies: 0.003,
  messageLost: 0.02,
  messageTwice: 0.05,
  messageLate: 0.05,
  hookLost: 0.1,
  hookTwice: 0.1,
  hookLate: 0.1,
  evictions: 0.5,
};

const BUNDLE_HABIT_MAX = { bundleWebSale: 3, bundleRegisterSale: 1, bundleEdit: 0.02 } as const;

const ORDER_HABIT_MAX = { webUnpaid: 2, webMove: 8 } as const;

/** What draws later than the rest of a seed: none of it happens in the days of before. */
const NOTHING_LATER = {
  habits: { bundleWebSale: 0, bundleRegisterSale: 0, bundleEdit: 0, webUnpaid: 0, webMove: 0 },
  reserving: { takesStock: 'order_placed', statusIds: [] },
  pushing: { isOn: false, setting: 'auto', moves: false, moment: null },
} as const;

type LaterHabit = keyof typeof NOTHING_LATER.habits;

const HABIT_MAX: Omit<Habits, LaterHabit> = {
  webSale: 6,
  registerSale: 6,
  storm: 0.1,
  openTab: 0.5,
  voidLine: 0.1,
  refund: 0.1,
  webCancel: 0.1,
  webRefundStatus: 0.1,
  webEdit: 0.02,
  registerEdit: 0.01,
  webDelivery: 0.05,
  registerDelivery: 0.02,
};

/** More of what leaves a write without an answer than any network has: for rules that matter seldom. */
const HARSH: Partial<Troubles> = {
  failedAfter: 0.05,
  slow: 0.3,
  hangBefore: 0.04,
  hangAfter: 0.04,
  messageLost: 0.1,
  workerDies: 0.02,
  hookLost: 0.3,
  hookLate: 0.3,
};

/** A third of the seeds have a second merchant on the pool. Drawn last, so that the rest of a seed is as it was. */
function drawPool(random: () => number): Pick<Scenario, 'registers' | 'sharing'> {
  if (random() < 0.67) return { registers: 1, sharing: null };
  const sharings = [null, 'most-stock', 'split'] as const;
  return { registers: 2, sharing: sharings[Math.floor(random() * 3)] ?? null };
}

/** Draws the scenario of a seed; the same seed gives the same one. `isEveryPush`: pushes that move stock as well. */
export function drawScenario(seed: number, isHarsh = false, isEveryPush = false): Scenario {
  const random = seededRandom(seed * 2 + 1);
  const between = (least: number, most: number): number => least + random() * (most - least);
  const whole = (least: number, most: number): number => Math.floor(between(least, most + 1));
  const either = (): boolean => random() < 0.5;
  const some = <Rates extends object>(most: Rates, share: number): Rates =>
    Object.fromEntries(
      Object.entries(most).map(([name, max]) => {
        const isOn = random() < share;
        return [name, isOn ? (max as number) * random() : 0];
      }),
    ) as Rates;
  const habits = some(HABIT_MAX, 0.6);
  const drawn: Scenario = {
    seed,
    skus: whole(1, 3),
    startUnits: whole(0, 80),
    minutes: whole(5, 40),
    settleMs: 2_000,
    isMomentKnown: random() < 0.95,
    bufferUnits: either() ? 0 : whole(0, 3),
    goneButSold: 0.05,
    webAheadMs: whole(-1_000, 1_000),
    registerAheadMs: whole(-3_000, 3_000),
    troubles: some({ ...TROUBLE_MAX, ...(isHarsh ? HARSH : {}) }, random()),
    habits: {
      ...habits,
      webSale: Math.max(habits.webSale, 0.5),
      registerSale: Math.max(habits.registerSale, 0.5),
      ...NOTHING_LATER.habits,
    },
    web: {
      inventoryLagMs: either() ? 0 : whole(0, 1_000),
      stockHooksAfterLag: either(),
      echoUnchangedLevels: either(),
      hookInventoryValue: either() ? 'level' : 'delta',
      reopenedOrderTakesStock: either(),
      apiOrderFiresStatusUpdated: either(),
    },
    register: {
      replicaLagMs: either() ? 0 : whole(0, 20_000),
      decrementMoment: either() ? 'paid' : 'line-added',
      saleTriggersStockEvent: either(),
      inventoryTopics: either() ? 'split' : 'legacy',
      voidRestocks: either(),
      refundRestocks: random() < 0.34 ? 'always' : either() ? 'cashier' : 'never',
      refundEvents: either() ? ['P', 'O'] : ['O'],
    },
    inventory: { refund_order_stock_adjustment: either() },
    ...drawPool(random),
    hasBundle: false,
    reserving: NOTHING_LATER.reserving,
    pushing: NOTHING_LATER.pushing,
  };
  const withBundle = drawBundle(drawn, random, some);
  const reserving = drawReserving(withBundle, random, some);
  return { ...reserving, pushing: drawPushing(random, isEveryPush) };
}

type DrawSome = <Rates extends object>(most: Rates, share: number) => Rates;

function drawBundle(drawn: Scenario, random: () => number, some: DrawSome): Scenario {
  if (random() < 0.67) return drawn;
  const habits = { ...drawn.habits, ...some(BUNDLE_HABIT_MAX, 0.7) };
  return { ...drawn, hasBundle: true, habits };
}

/** Half of the seeds have orders that go from status to status, and most of those reserve some (S6). */
function drawReserving(drawn: Scenario, random: () => number, some: DrawSome): Scenario {
  if (random() < 0.5) return drawn;
  const habits = { ...drawn.habits, ...some(ORDER_HABIT_MAX, 0.8) };
  const chosen = RESERVINGS[Math.floor(random() * RESERVINGS.length)];
  return { ...drawn, habits, reserving: chosen ?? drawn.reserving };
}

/**
 * A third of the seeds push. Which registers move stock for such orders, and whether that has to be learnt, is drawn but
 * only played where `isEvery`: in storms of such orders, and while a write of unknown outcome is open, units still go
 * astray there (`npm run simulate -- --pushes`).
 */
function drawPushing(random: () => number, isEvery: boolean): Pushing {
  if (random() < 0.67) return NOTHING_LATER.pushing;
  const moves = random() < 0.5;
  const told = moves ? 'yes' : 'no';
  const setting = random() < 0.5 ? 'auto' : told;
  const moments = [null, 'line-added', 'paid'] as const;
  const moment = moments[Math.floor(random() * 3)] ?? null;
  if (!isEvery) return { isOn: true, setting: 'no', moves: false, moment };
  return { isOn: true, setting, moves, moment };
}

/** Awaiting Payment, Awaiting Fulfillment (bigcommerce.md 7.3). */
const [UNPAID, PAID] = [7, 11];
const RESERVINGS: readonly Reserving[] = [
  { takesStock: 'order_placed', statusIds: [] },
  { takesStock: 'order_placed', statusIds: [UNPAID] },
  { takesStock: 'order_placed', statusIds: [PAID] },
  { takesStock: 'order_placed', statusIds: [UNPAID, PAID] },
  { takesStock: 'order_completed_or_shipped', statusIds: [] },
  { takesStock: 'order_completed_or_shipped', statusIds: [] },
  { takesStock: 'order_completed_or_shipped', statusIds: [UNPAID, PAID] },
];

export type Later = 'reserving' | 'pushing';

/** A seed's day as it was drawn before these were: for seeds that found a defect then. */
export function withoutLater(scenario: Scenario, kept: readonly Later[] = []): Scenario {
  const { habits, reserving, pushing } = NOTHING_LATER;
  const { webUnpaid, webMove } = habits;
  const earlier = {
    ...scenario,
    habits: { ...scenario.habits, webUnpaid, webMove },
    reserving,
  };
  const base = kept.includes('reserving') ? scenario : earlier;
  return kept.includes('pushing') ? base : { ...base, pushing };
}
