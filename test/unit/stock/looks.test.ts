/** Goal: a change that a webhook told of and its read does not show yet is looked for once more, and no more often. */
import { describe, expect, it } from 'vitest';
import { openTestLedger, placeOf, REGISTER, see, SETTLE_MS, WEB } from '../../support/ledger.ts';

const ROW_MS = 900_000;

describe('[S3] [R4] a read that shows less than its event told', () => {
  it('is made once more at a register whose row is older than the event', () => {
    const ledger = openTestLedger({ registerModifiedMs: ROW_MS });
    const expected = { changedAtMs: ROW_MS + 50 };
    see(ledger, REGISTER, 10, { platformModifiedMs: ROW_MS, expected });
    expect(placeOf(ledger, REGISTER).readDue?.wantedAtMs).toBe(ledger.nowMs + SETTLE_MS);
    ledger.nowMs += SETTLE_MS + 1;
    // The replica is still behind: nobody told of this look, so no further one follows.
    see(ledger, REGISTER, 10, { platformModifiedMs: ROW_MS, source: 'verify' });
    expect(placeOf(ledger, REGISTER).readDue).toBeNull();
  });

  it('is made once more where the web shows nothing new, and by nobody for an order', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 10);
    expect(placeOf(ledger, WEB).readDue).toBeNull();
    ledger.nowMs += 10;
    see(ledger, WEB, 10, { expected: { changedAtMs: null } });
    expect(placeOf(ledger, WEB).readDue).not.toBeNull();
  });

  it('is enough when it shows the change, or a row as new as the event', () => {
    const ledger = openTestLedger({ registerModifiedMs: ROW_MS });
    const changedAtMs = ROW_MS + 50;
    see(ledger, REGISTER, 10, { platformModifiedMs: changedAtMs, expected: { changedAtMs } });
    see(ledger, WEB, 9, { expected: { changedAtMs: null } });
    expect(placeOf(ledger, REGISTER).readDue).toBeNull();
    expect(placeOf(ledger, WEB).readDue).toBeNull();
  });

  it('finds an older row than the known one, and is made once more', () => {
    const ledger = openTestLedger({ registerModifiedMs: ROW_MS });
    const expected = { changedAtMs: ROW_MS + 50 };
    expect(see(ledger, REGISTER, 12, { platformModifiedMs: ROW_MS - 10, expected })).toBe('stale');
    expect(placeOf(ledger, REGISTER).readDue).not.toBeNull();
  });
});
