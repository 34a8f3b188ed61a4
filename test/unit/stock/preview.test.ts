/** Goal: a preview shows where the ledger would end, and is nothing but a look. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventId, type PlaceKey } from '../../../src/domain/ids.ts';
import { preview } from '../../../src/domain/stock/preview.ts';
import { onHand, openTestLedger, REGISTER, see, SETTLE_MS, WEB } from '../../support/ledger.ts';
import type { TestLedger } from '../../support/ledger.ts';

function looked(ledger: TestLedger, place: PlaceKey, level: number) {
  return {
    place,
    eventId: eventId('preview'),
    level,
    readStartedAtMs: ledger.nowMs,
    platformModifiedMs: place === REGISTER ? ledger.nowMs - 10_000 : null,
    source: 'verify',
  };
}

describe('[R7] the preview of a look', () => {
  it('shows a fall that nobody told of, and the write that it leads to', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    ledger.nowMs += 60_000;
    const seen = [looked(ledger, WEB, 7), looked(ledger, REGISTER, 10)];
    const shown = preview(ledger.state, seen, ledger.state.policy, ledger.nowMs);
    expect([shown.before.onHand, shown.after.onHand]).toEqual([10, 7]);
    expect(shown.entries.map(({ delta }) => delta)).toEqual([-3]);
    expect(shown.writes).toEqual([{ place: REGISTER, from: 10, to: 7 }]);
  });

  it('[S3] shows a rise as it would be after the second look', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    ledger.nowMs += 60_000;
    const seen = [looked(ledger, WEB, 10), looked(ledger, REGISTER, 15)];
    const shown = preview(ledger.state, seen, ledger.state.policy, ledger.nowMs);
    expect(shown.after.onHand).toBe(15);
    expect(shown.writes).toEqual([{ place: WEB, from: 10, to: 15 }]);
  });

  it('shows nothing where both sides are as the ledger knows them', () => {
    const ledger = openTestLedger({ web: 10, register: 10 });
    ledger.nowMs += 60_000;
    const seen = [looked(ledger, WEB, 10), looked(ledger, REGISTER, 10)];
    const shown = preview(ledger.state, seen, ledger.state.policy, ledger.nowMs);
    expect([shown.entries, shown.writes]).toEqual([[], []]);
  });

  it('[S1] is what the ledger itself then decides on the same levels, and leaves it as it was', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (web, register) => {
          const ledger = openTestLedger({ web: 10, register: 10 });
          ledger.nowMs += 60_000;
          const before = structuredClone(ledger.state);
          const seen = [looked(ledger, WEB, web), looked(ledger, REGISTER, register)];
          const shown = preview(ledger.state, seen, ledger.state.policy, ledger.nowMs);
          expect(ledger.state).toEqual(before);
          for (let look = 0; look < 2; look += 1) {
            see(ledger, WEB, web);
            see(ledger, REGISTER, register);
            ledger.nowMs += SETTLE_MS + 1;
          }
          expect(shown.after.onHand).toBe(onHand(ledger));
        },
      ),
    );
  });
});
