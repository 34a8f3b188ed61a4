/**
 * Goal: who told of a change first is counted once, where it was news. Method: the ledger's desk over memory, told of
 * levels and sales by webhooks, sweeps and polls in every order.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { eventId, type PlaceKey } from '../../../src/domain/ids.ts';
import type { Observation, Sale } from '../../../src/domain/stock/api.ts';
import type { LedgerState } from '../../../src/domain/stock/state.ts';
import { WEBHOOK_GRACE_MS } from '../../../src/limits.ts';
import { LedgerDesk } from '../../../src/objects/ledger-desk.ts';
import { openTestLedger, REGISTER, SETTLE_MS, WEB } from '../../support/ledger.ts';

let state: LedgerState;
let nowMs: number;
let desk: LedgerDesk;

beforeEach(() => {
  const opened = openTestLedger();
  state = opened.state;
  nowMs = opened.nowMs + 60_000;
  const sold = new Map<string, number>();
  const store = {
    load: () => state,
    soldUnits: (saleKey: string) => sold.get(saleKey) ?? 0,
    versionOf: () => null,
    save(write: {
      state: LedgerState | null;
      sales: readonly Pick<Sale, 'saleKey' | 'quantity'>[];
    }) {
      state = write.state ?? state;
      for (const { saleKey, quantity } of write.sales) sold.set(saleKey, quantity);
      return [];
    },
  };
  desk = new LedgerDesk(store, { now: () => nowMs, random: () => 0.5 });
});

function see(source: Observation['source'], place: PlaceKey, level: number, modifiedMs?: number) {
  nowMs += 1_000;
  const seen = { place, eventId: eventId(`e-${nowMs}`), level, readStartedAtMs: nowMs, source };
  desk.observe({ ...seen, platformModifiedMs: modifiedMs ?? null }, state.policy);
}

function sell(toldBy: Sale['toldBy'] | null, quantity: number, soldAtMs: number | null = null) {
  nowMs += 1_000;
  const told = toldBy === null || toldBy === undefined ? {} : { toldBy };
  const sale = { place: REGISTER, saleKey: 'k', quantity, orderId: 'o', receivedAtMs: nowMs };
  desk.sell([{ ...sale, eventId: eventId(`e-${nowMs}`), soldAtMs, ...told }], state.policy);
}

function told(place: PlaceKey): number[] {
  const counts = desk.view()?.places.find((each) => each.place === place)?.told;
  if (counts === undefined) return [0, 0, 0, 0];
  const { levelsTold, levelsFound, salesTold, salesFound } = counts;
  return [levelsTold, levelsFound, salesTold, salesFound];
}

describe('levels', () => {
  it('[R4] a level that moved counts for whoever showed it first, and no level that did not', () => {
    see('webhook', WEB, 9);
    see('webhook', WEB, 9);
    expect(told(WEB)).toEqual([1, 0, 0, 0]);
    see('sweep', REGISTER, 9);
    expect(told(REGISTER)).toEqual([0, 1, 0, 0]);
    nowMs += WEBHOOK_GRACE_MS;
    see('sweep', REGISTER, 9);
    see('webhook', REGISTER, 9);
    expect(told(REGISTER)).toEqual([0, 1, 0, 0]);
  });

  it('[R4] a webhook a little slower than the sweep was not lost', () => {
    see('sweep', WEB, 8);
    expect(told(WEB)).toEqual([0, 1, 0, 0]);
    see('webhook', WEB, 8);
    see('webhook', WEB, 8);
    expect(told(WEB)).toEqual([1, 0, 0, 0]);
  });

  it('[R4] a change too fresh for its webhook is held against nobody', () => {
    see('sweep', REGISTER, 8, nowMs - 1_000);
    expect(told(REGISTER)).toEqual([0, 0, 0, 0]);
    nowMs += WEBHOOK_GRACE_MS;
    see('sweep', REGISTER, 7, nowMs - WEBHOOK_GRACE_MS);
    expect(told(REGISTER)).toEqual([0, 1, 0, 0]);
  });

  it('[R4] a rise counts at the first look, and reads of our own never do', () => {
    see('sweep', WEB, 12);
    nowMs += SETTLE_MS;
    see('verify', WEB, 12);
    expect(told(WEB)).toEqual([0, 1, 0, 0]);
    see('verify', WEB, 11);
    expect(told(WEB)).toEqual([0, 1, 0, 0]);
  });
});

describe('sales', () => {
  it('[R4] each change of a line counts once, for whoever told it first', () => {
    sell('webhook', 1);
    sell('poll', 1);
    expect(told(REGISTER)).toEqual([0, 0, 1, 0]);
    sell('poll', 2);
    sell('webhook', 2);
    expect(told(REGISTER)).toEqual([0, 0, 1, 1]);
  });

  it('[R4] counts neither what nobody is named for nor what the baseline holds', () => {
    sell(null, 1);
    sell('poll', 2, 1);
    expect(told(REGISTER)).toEqual([0, 0, 0, 0]);
  });
});
