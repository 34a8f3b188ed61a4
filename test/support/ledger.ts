/** A ledger under test: commands as the object gives them, with a clock in hand and every entry kept. */
import {
  eventId,
  linkId,
  type EffectId,
  type MerchantId,
  type PlaceKey,
} from '../../src/domain/ids.ts';
import type {
  Observation,
  PushedOrder,
  Sale,
  WriteInstruction,
  WriteOutcome,
} from '../../src/domain/stock/api.ts';
import { openLedger, settle, viewOf } from '../../src/domain/stock/ledger.ts';
import { observe, type ObservationVerdict } from '../../src/domain/stock/observe.ts';
import { pushed } from '../../src/domain/stock/push.ts';
import { sell } from '../../src/domain/stock/sell.ts';
import type { Change, Entry, LedgerState, PlaceState } from '../../src/domain/stock/state.ts';
import { claim, confirm, type Claim } from '../../src/domain/stock/write.ts';

export const WEB: PlaceKey = 'bigcommerce:1';
export const REGISTER: PlaceKey = 'clover:MERCHANT00001';
export const SETTLE_MS = 2_000;

export interface TestLedger {
  state: LedgerState;
  readonly entries: Entry[];
  readonly sold: Map<string, number>;
  nowMs: number;
}

export interface OpenInput {
  web?: number | null;
  register?: number | null;
  onHand?: number;
  bufferUnits?: number;
  isBufferMeasured?: boolean;
  /** The merchant's settings say so: unset is unknown. */
  followsSales?: boolean;
  /** Orders made through the API move the register's level; unset: not known. */
  apiOrdersMove?: boolean;
  /** Register sales become web orders that take the web's stock (O5). */
  salesBecomeOrders?: boolean;
  /** What becomes of refunded goods (O6); unset: only levels tell. */
  restock?: 'always' | 'never' | 'ask';
  /** The register's own time of its row. */
  registerModifiedMs?: number;
}

export function openTestLedger(input: OpenInput = {}): TestLedger {
  const { web = 10, register = 10, bufferUnits = 0 } = input;
  const onHand = input.onHand ?? Math.min(web ?? register ?? 0, register ?? web ?? 0);
  const nowMs = 1_000_000;
  const change = openLedger(
    {
      connectionId: 'store1',
      linkId: linkId('l1'),
      sku: 'SKU-1',
      places: [
        {
          place: WEB,
          locationId: 1,
          address: {
            platform: 'bigcommerce',
            locationId: 1,
            productId: 5,
            variantId: 7,
            tracking: 'variant',
          },
        },
        {
          place: REGISTER,
          locationId: 1,
          address: {
            platform: 'clover',
            merchantId: 'MERCHANT00001' as MerchantId,
            itemId: 'ITEM000000001',
          },
        },
      ],
      policy: {
        enabled: true,
        direction: 'two-way',
        settleMs: SETTLE_MS,
        bufferUnits,
        ...(input.isBufferMeasured === undefined
          ? {}
          : { isBufferMeasured: input.isBufferMeasured }),
        ...(input.followsSales === undefined
          ? {}
          : { followsSales: { [REGISTER]: input.followsSales } }),
        ...(input.restock === undefined ? {} : { restock: input.restock }),
        apiOrdersMove: {
          ...(input.apiOrdersMove === undefined ? {} : { [REGISTER]: input.apiOrdersMove }),
          ...(input.salesBecomeOrders === true ? { [WEB]: true } : {}),
        },
      },
    },
    {
      levels: [
        { place: WEB, level: web, readStartedAtMs: nowMs - 100, platformModifiedMs: null },
        {
          place: REGISTER,
          level: register,
          readStartedAtMs: nowMs - 100,
          platformModifiedMs: input.registerModifiedMs ?? null,
        },
      ],
      pools: [{ locationId: 1, onHand }],
    },
    eventId('e-open'),
    nowMs,
  );
  const ledger: TestLedger = { state: change.state, entries: [], sold: new Map(), nowMs };
  take(ledger, change);
  return ledger;
}

/** Ends a command as the object does, and keeps its entries. */
export function take(ledger: TestLedger, change: Change): void {
  const next = settle(change, eventId('e-test'), ledger.nowMs);
  ledger.state = next.state;
  ledger.entries.push(...next.entries);
}

export function see(
  ledger: TestLedger,
  place: PlaceKey,
  level: number | null,
  extra: Partial<Observation> = {},
): ObservationVerdict {
  const seen: Observation = {
    place,
    eventId: eventId('e-see'),
    level,
    readStartedAtMs: ledger.nowMs,
    platformModifiedMs: null,
    source: 'webhook',
    ...extra,
  };
  const change = observe(ledger.state, seen, ledger.nowMs);
  take(ledger, change);
  return change.verdict;
}

export function sellLine(
  ledger: TestLedger,
  place: PlaceKey,
  quantity: number,
  saleKey = `order-1:${place}`,
  soldAtMs: number | null = null,
  extra: Partial<Sale> = {},
): void {
  const sale: Sale = {
    place,
    saleKey,
    quantity,
    orderId: saleKey.split(':')[0] ?? saleKey,
    eventId: eventId('e-sale'),
    receivedAtMs: ledger.nowMs,
    soldAtMs,
    ...extra,
  };
  const change = sell(ledger.state, sale, ledger.sold.get(saleKey) ?? 0, new Map(), ledger.nowMs);
  ledger.sold.set(saleKey, quantity);
  take(ledger, change);
}

/** An order of ours at the register: about to be made, or made at `madeAtMs` by the register's clock. */
export function pushUnits(
  ledger: TestLedger,
  units: number,
  madeAtMs: number | null = null,
  pushKey = 'BC100',
): void {
  tellPush(ledger, { place: REGISTER, pushKey, units }, madeAtMs);
}

/** A web order of ours for a sale in store; `isOff`: it takes no stock after all (O5). */
export function bookUnits(
  ledger: TestLedger,
  units: number,
  madeAtMs: number | null = null,
  isOff = false,
): void {
  const about = { place: WEB, pushKey: 'clover:M:O1', units };
  tellPush(ledger, isOff ? { ...about, isOff } : about, madeAtMs);
}

function tellPush(
  ledger: TestLedger,
  about: Pick<PushedOrder, 'place' | 'pushKey' | 'units' | 'isOff'>,
  madeAtMs: number | null,
): void {
  const isMade = madeAtMs !== null;
  const { pushKey, units: quantity } = about;
  const saleKey = `${pushKey}-line`;
  const isNews = isMade && !ledger.sold.has(saleKey);
  if (isNews) ledger.sold.set(saleKey, quantity);
  const lines = isNews ? [{ saleKey, quantity }] : [];
  const order = { ...about, isMade, lines, addedAtMs: madeAtMs, soldAtMs: madeAtMs };
  take(ledger, pushed(ledger.state, order, eventId('e-push'), ledger.nowMs));
}

export function placeOf(ledger: TestLedger, place: PlaceKey): PlaceState {
  const found = ledger.state.places.find((candidate) => candidate.place === place);
  if (found === undefined) throw new Error(`no place ${place}`);
  return found;
}

/** Claims the write of a place; `shown` is what a register shows just before. */
export function claimAt(
  ledger: TestLedger,
  place: PlaceKey,
  shown: number | null = null,
  platformModifiedMs: number | null = null,
): Claim {
  const effect = placeOf(ledger, place).effect;
  if (effect === null) return { claim: 'none', reason: 'no effect' };
  const observation: Observation | null = place.startsWith('clover')
    ? {
        place,
        eventId: eventId('e-claim'),
        level: shown,
        readStartedAtMs: ledger.nowMs,
        platformModifiedMs,
        source: 'read-before-write',
      }
    : null;
  const claimed = claim(ledger.state, effect.effectId, observation, ledger.nowMs);
  take(ledger, claimed);
  return claimed.reply;
}

export function mustClaim(
  ledger: TestLedger,
  place: PlaceKey,
  shown: number | null = null,
  platformModifiedMs: number | null = null,
): WriteInstruction {
  const reply = claimAt(ledger, place, shown, platformModifiedMs);
  if (reply.claim !== 'write') throw new Error(`claim said ${JSON.stringify(reply)}`);
  return reply.instruction;
}

export function confirmWrite(
  ledger: TestLedger,
  effectId: EffectId,
  outcome:
    | Partial<Extract<WriteOutcome, { result: 'applied' }>>
    | Exclude<WriteOutcome, { result: 'applied' }>,
): void {
  const full: WriteOutcome =
    'result' in outcome && outcome.result !== 'applied'
      ? (outcome as WriteOutcome)
      : {
          result: 'applied',
          level: null,
          platformModifiedMs: null,
          startedAtMs: ledger.nowMs,
          ...(outcome as object),
        };
  take(ledger, confirm(ledger.state, effectId, full, ledger.nowMs, 0.5));
}

export function onHand(ledger: TestLedger): number {
  return viewOf(ledger.state).onHand;
}

export function sumOfEntries(ledger: TestLedger): number {
  return ledger.entries.reduce((sum, entry) => sum + entry.delta, 0);
}
