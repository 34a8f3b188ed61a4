import { describe, expect, it } from 'vitest';
import { eventId } from '../../../src/domain/ids.ts';
import { wantRead } from '../../../src/domain/stock/change.ts';
import { READ_TOGETHER_MS } from '../../../src/limits.ts';
import { nextAlarmAtMs, takePokes } from '../../../src/domain/stock/ledger.ts';
import { openTestLedger, REGISTER, see, WEB } from '../../support/ledger.ts';

describe('pokes', () => {
  it('[R4] a poke is due again when nothing came of it', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const { state, nowMs } = ledger;
    const first = takePokes(state, new Map(), nowMs);
    expect(first.pokes).toMatchObject([{ kind: 'write' }]);
    expect(takePokes(state, first.sent, nowMs).pokes).toEqual([]);
    const alarm = nextAlarmAtMs(state, first.sent) ?? 0;
    expect(alarm).toBeGreaterThan(nowMs);
    expect(takePokes(state, first.sent, alarm).pokes).toMatchObject([{ kind: 'write' }]);
  });

  it('[R4] a poke that nobody remembers, or whose moment was moved, goes out again', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const { state, nowMs } = ledger;
    const first = takePokes(state, new Map(), nowMs);
    expect(takePokes(state, new Map(), nowMs).pokes).toHaveLength(1);
    const moved = state.places.map((place) =>
      place.effect === null
        ? place
        : { ...place, effect: { ...place.effect, pokeAtMs: nowMs + 300 } },
    );
    const later = { ...state, places: moved };
    expect(nextAlarmAtMs(later, first.sent)).toBe(nowMs + 300);
    expect(takePokes(later, first.sent, nowMs + 300).pokes).toHaveLength(1);
  });

  it('[R4] a read that is wanted later than the one under way began is asked for when its time comes', () => {
    const ledger = openTestLedger();
    const { nowMs } = ledger;
    const wanting = (wantedAtMs: number) => ({
      ...ledger.state,
      places: ledger.state.places.map((place) =>
        place.place === WEB ? wantRead(place, wantedAtMs, eventId('e'), nowMs) : place,
      ),
    });
    const first = takePokes(wanting(nowMs), new Map(), nowMs);
    expect(first.pokes).toMatchObject([{ kind: 'read', place: WEB }]);
    const later = wanting(nowMs + 700);
    expect(takePokes(later, first.sent, nowMs + 100).pokes).toEqual([]);
    expect(nextAlarmAtMs(later, first.sent)).toBe(nowMs + 700 + READ_TOGETHER_MS);
    expect(takePokes(later, first.sent, nowMs + 700).pokes).toHaveLength(1);
  });

  it('[R4] reads due at once go out together, each place once', () => {
    const { state, nowMs } = openTestLedger();
    const places = state.places.map((place, index) =>
      wantRead(place, nowMs + 100 * index, eventId('e')),
    );
    const due = { ...state, places };
    const alarmAtMs = nextAlarmAtMs(due) ?? 0;
    const { pokes, sent } = takePokes(due, new Map(), alarmAtMs);
    expect(pokes).toMatchObject([{ kind: 'read', place: WEB, also: [REGISTER] }]);
    expect(takePokes(due, sent, alarmAtMs + 1).pokes).toEqual([]);
  });
});
