/** Goal: a refused write comes back when the platform said, and no platform is pressed by taking it at its word. */
import { describe, expect, it } from 'vitest';
import {
  REGISTER,
  WEB,
  confirmWrite,
  mustClaim,
  openTestLedger,
  placeOf,
  see,
} from '../../support/ledger.ts';

describe('a refused write', () => {
  it('[R3] keeps the wait that the platform names, three times; then the back-off counts too', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const waitsMs = Array.from({ length: 5 }, () => {
      confirmWrite(ledger, mustClaim(ledger, WEB).effectId, {
        result: 'refused',
        failure: { code: 'rate_limited', message: 'slow down', retryAfterMs: 1_000 },
        startedAtMs: ledger.nowMs,
      });
      const waitMs = (placeOf(ledger, WEB).effect?.notBeforeMs ?? 0) - ledger.nowMs;
      ledger.nowMs += waitMs;
      return waitMs;
    });
    // Jitter 0.5: a twentieth above what was asked; then half of 10 s doubled three and four times.
    expect(waitsMs).toEqual([1_050, 1_050, 1_050, 40_000, 80_000]);
  });
});
