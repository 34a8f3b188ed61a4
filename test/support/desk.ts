/** A ledger's desk over memory: commands with everything that the object adds to the pure core. */
import { eventId, type PlaceKey } from '../../src/domain/ids.ts';
import type {
  LedgerView,
  Observation,
  Sale,
  WriteInstruction,
} from '../../src/domain/stock/api.ts';
import type { Entry, LedgerState, PlaceState } from '../../src/domain/stock/state.ts';
import type { KnownSale } from '../../src/objects/known-sale.ts';
import { LedgerDesk } from '../../src/objects/ledger-desk.ts';
import { openTestLedger, REGISTER, WEB, type OpenInput } from './ledger.ts';

export interface TestDesk {
  readonly desk: LedgerDesk;
  readonly entries: Entry[];
  nowMs: number;
  state(): LedgerState;
  place(place: PlaceKey): PlaceState;
  view(): LedgerView;
  /** Reads a place now. */
  see(place: PlaceKey, level: number, platformModifiedMs?: number | null): void;
  /** Tells lines of the web order `100`; line `a` unless the key says otherwise. */
  tell(...lines: (Partial<Sale> & Pick<Sale, 'quantity'>)[]): void;
  /** Carries out the write that a place wants, at `shown`; answers the level after it, or null when none is wanted. */
  write(place: PlaceKey, shown: number): number | null;
}

export function openTestDesk(input: OpenInput = {}): TestDesk {
  const opened = openTestLedger(input);
  let { state } = opened;
  const entries = [...opened.entries];
  const sold = new Map<string, KnownSale>();
  const desk = new LedgerDesk(
    {
      load: () => state,
      soldUnits: (saleKey) => sold.get(saleKey)?.quantity ?? 0,
      versionOf: (saleKey) => sold.get(saleKey)?.version ?? null,
      save(write) {
        state = write.state ?? state;
        entries.push(...write.entries);
        for (const sale of write.sales) sold.set(sale.saleKey, sale);
        return [];
      },
    },
    { now: () => test.nowMs, random: () => 0.5 },
  );
  const place = (key: PlaceKey): PlaceState => {
    const found = state.places.find((each) => each.place === key);
    if (found === undefined) throw new Error(`no place ${key}`);
    return found;
  };
  const test: TestDesk = {
    desk,
    entries,
    nowMs: opened.nowMs,
    state: () => state,
    place,
    view() {
      const view = desk.view();
      if (view === null) throw new Error('not open');
      return view;
    },
    see(key, level, platformModifiedMs = null) {
      desk.observe(seen(test.nowMs, key, level, platformModifiedMs), state.policy);
    },
    tell(...lines) {
      const sales = lines.map((line): Sale => ({
        place: WEB,
        saleKey: 'bigcommerce:100:a',
        orderId: '100',
        eventId: eventId('e-order'),
        receivedAtMs: test.nowMs,
        soldAtMs: test.nowMs,
        readAtMs: test.nowMs,
        modifiedAtMs: test.nowMs,
        ...line,
      }));
      desk.sell(sales, state.policy);
    },
    write: (key, shown) => writeOnce(test, key, shown),
  };
  return test;
}

function levelAfter({ kind, quantity }: WriteInstruction, shown: number): number {
  return kind === 'absolute' ? quantity : shown + quantity;
}

function seen(
  nowMs: number,
  place: PlaceKey,
  level: number,
  platformModifiedMs: number | null,
): Observation {
  const read = { readStartedAtMs: nowMs, platformModifiedMs, source: 'webhook' };
  return { place, eventId: eventId('e-see'), level, ...read };
}

function writeOnce(test: TestDesk, key: PlaceKey, shown: number): number | null {
  const { effect } = test.place(key);
  if (effect === null || effect.status !== 'pending') return null;
  test.nowMs = Math.max(test.nowMs, effect.notBeforeMs);
  const row = key === REGISTER ? seen(test.nowMs, key, shown, null) : null;
  const { reply } = test.desk.claim(effect.effectId, row);
  if (reply.claim !== 'write') return null;
  test.nowMs += 20;
  const times = { platformModifiedMs: null, startedAtMs: test.nowMs };
  test.desk.confirm(effect.effectId, { result: 'applied', level: null, ...times });
  test.nowMs += 200;
  return levelAfter(reply.instruction, shown);
}
