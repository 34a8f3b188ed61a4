import { describe, expect, it } from 'vitest';
import { CLAIM_LEASE_MS, EFFECT_ATTEMPTS_MAX } from '../../../src/limits.ts';
import { eventId } from '../../../src/domain/ids.ts';
import { nextAlarmAtMs, viewOf } from '../../../src/domain/stock/ledger.ts';
import { wake } from '../../../src/domain/stock/wake.ts';
import {
  REGISTER,
  SETTLE_MS,
  WEB,
  claimAt,
  confirmWrite,
  mustClaim,
  onHand,
  openTestLedger,
  placeOf,
  see,
  sellLine,
  sumOfEntries,
  take,
} from '../../support/ledger.ts';

const target = (ledger: ReturnType<typeof openTestLedger>, place: string) =>
  viewOf(ledger.state).places.find((candidate) => candidate.place === place)?.target;

describe('levels move the count', () => {
  it('[S1] starts on hand with a baseline entry', () => {
    const ledger = openTestLedger({ web: 10, register: 8 });
    expect(onHand(ledger)).toBe(8);
    expect(ledger.entries).toMatchObject([{ cause: 'baseline', delta: 8 }]);
  });

  it('[S2] passes a fall at the register on to the web as a relative write', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    expect(onHand(ledger)).toBe(9);
    expect(mustClaim(ledger, WEB)).toMatchObject({ kind: 'relative', quantity: -1 });
  });

  it('[S2] passes a fall on the web on to the register as read plus absolute write', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 7);
    expect(claimAt(ledger, REGISTER, 10)).toMatchObject({
      claim: 'write',
      instruction: { kind: 'absolute', quantity: 7 },
    });
  });

  it('[S3] believes a rise only when a read after the settle time agrees', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 15);
    expect(onHand(ledger)).toBe(10);
    expect(placeOf(ledger, WEB).readDue?.wantedAtMs).toBe(ledger.nowMs + SETTLE_MS);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, WEB, 15);
    expect(onHand(ledger)).toBe(15);
    expect(mustClaim(ledger, REGISTER, 10)).toMatchObject({ quantity: 15 });
  });

  it('[S3] takes the lower of two different rises', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 15);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, WEB, 13);
    expect(onHand(ledger)).toBe(13);
  });

  it('[S3] forgets a rise that the second look does not show', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 15);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, WEB, 10);
    expect(onHand(ledger)).toBe(10);
    expect(placeOf(ledger, WEB).suspectedRise).toBeNull();
  });

  it('[R2] ignores a read that began before the one already known', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 7);
    expect(see(ledger, WEB, 10, { readStartedAtMs: ledger.nowMs - 50 })).toBe('stale');
    expect(onHand(ledger)).toBe(7);
  });

  it('[R2] ignores a register row older than the known one by the register clock', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9, { platformModifiedMs: 500 });
    ledger.nowMs += 10;
    expect(see(ledger, REGISTER, 10, { platformModifiedMs: 400 })).toBe('stale');
    expect(onHand(ledger)).toBe(9);
  });
});

describe('sales explain the count', () => {
  it('[S2] a sale told after its fall adds a line of delta 0', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 8);
    sellLine(ledger, REGISTER, 2);
    expect(onHand(ledger)).toBe(8);
    expect(ledger.entries.at(-1)).toMatchObject({ cause: 'sale', delta: 0 });
  });

  it('[S2] a register sale told before its fall counts at once, and the fall does not count again', () => {
    const ledger = openTestLedger();
    sellLine(ledger, REGISTER, 2);
    expect(onHand(ledger)).toBe(8);
    expect(placeOf(ledger, REGISTER).effect).toBeNull();
    expect(mustClaim(ledger, WEB)).toMatchObject({ quantity: -2 });
    see(ledger, REGISTER, 8);
    expect(onHand(ledger)).toBe(8);
  });

  it('[S2] a register sale whose fall never comes is written to the register itself', () => {
    const ledger = openTestLedger();
    sellLine(ledger, REGISTER, 1);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, REGISTER, 10);
    expect(onHand(ledger)).toBe(9);
    expect(mustClaim(ledger, REGISTER, 10)).toMatchObject({ quantity: 9 });
  });

  it('[S2] a web sale waits for the level, which then is named after the order', () => {
    const ledger = openTestLedger();
    sellLine(ledger, WEB, 1);
    expect(onHand(ledger)).toBe(10);
    ledger.nowMs += 100;
    see(ledger, WEB, 9);
    expect(onHand(ledger)).toBe(9);
    expect(ledger.entries.at(-1)).toMatchObject({ cause: 'sale', delta: -1 });
  });

  it('[S2] a sale made before the first count is in it already; close to it the level is read again', () => {
    const ledger = openTestLedger();
    sellLine(ledger, REGISTER, 2, 'old-order:1', ledger.nowMs - 3_600_000);
    expect(onHand(ledger)).toBe(10);
    expect(placeOf(ledger, REGISTER).readDue).toBeNull();
    sellLine(ledger, REGISTER, 2, 'close-order:1', ledger.nowMs - 1_000);
    expect(onHand(ledger)).toBe(10);
    expect(placeOf(ledger, REGISTER).readDue).not.toBeNull();
  });

  it('[R2] the same sale told twice counts once', () => {
    const ledger = openTestLedger();
    sellLine(ledger, REGISTER, 2);
    sellLine(ledger, REGISTER, 2);
    expect(onHand(ledger)).toBe(8);
  });

  it('[S7] selling more than there is is recorded as an oversell, and no target is negative', () => {
    const ledger = openTestLedger({ web: 1, register: 1 });
    see(ledger, WEB, 0);
    sellLine(ledger, REGISTER, 1);
    expect(onHand(ledger)).toBe(-1);
    expect(ledger.entries.at(-1)).toMatchObject({ cause: 'oversell', delta: 0 });
    expect([target(ledger, WEB), target(ledger, REGISTER)]).toEqual([0, 0]);
  });

  it('[S6] the buffer is held back from the web only', () => {
    const ledger = openTestLedger({ web: 10, register: 10, bufferUnits: 3 });
    expect([target(ledger, WEB), target(ledger, REGISTER)]).toEqual([7, 10]);
  });
});

describe('writes', () => {
  it('[S4] has one write per place in flight', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    mustClaim(ledger, WEB);
    expect(claimAt(ledger, WEB)).toMatchObject({ claim: 'none', reason: 'claimed' });
  });

  it('[S4] folds a sale found by the read before a register write into the write', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 8);
    expect(mustClaim(ledger, REGISTER, 9)).toMatchObject({ quantity: 7 });
    expect(onHand(ledger)).toBe(7);
  });

  it('[S4] keeps a rise found by the read before a register write', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 8);
    const write = mustClaim(ledger, REGISTER, 15);
    expect(write.quantity).toBe(13);
    confirmWrite(ledger, write.effectId, { level: 13 });
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, REGISTER, 13);
    expect(onHand(ledger)).toBe(13);
    expect(target(ledger, WEB)).toBe(13);
  });

  it('[S3] a level equal to the one before our own write is the write not yet visible', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 13);
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, REGISTER, 13);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, {});
    ledger.nowMs += 200;
    expect(see(ledger, WEB, 10)).toBe('not_yet_visible');
    expect(onHand(ledger)).toBe(13);
    ledger.nowMs += SETTLE_MS + 100;
    see(ledger, WEB, 10);
    expect(onHand(ledger)).toBe(10);
  });

  it('[R2] a repeated confirmation changes nothing', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, {});
    const before = JSON.stringify(ledger.state);
    confirmWrite(ledger, write.effectId, {});
    expect(JSON.stringify(ledger.state)).toBe(before);
    expect(placeOf(ledger, WEB).level).toBe(9);
  });

  it('[S5] an unknown outcome is not repeated before a read has told', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, {
      result: 'unknown',
      failure: { code: 'timeout', message: 'no answer' },
      startedAtMs: ledger.nowMs,
    });
    expect(claimAt(ledger, WEB)).toMatchObject({ claim: 'none', reason: 'unknown' });
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, WEB, 9);
    expect(placeOf(ledger, WEB)).toMatchObject({ effect: null, level: 9 });
    expect(onHand(ledger)).toBe(9);
  });

  it('[S5] an unknown outcome that a read shows as not applied is tried again', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, {
      result: 'unknown',
      failure: { code: 'timeout', message: 'no answer' },
      startedAtMs: ledger.nowMs,
    });
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, WEB, 10);
    expect(mustClaim(ledger, WEB)).toMatchObject({ quantity: -1, attempt: 2 });
  });

  it('[S5] an ambiguous outcome takes the lower count and is counted', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, {
      result: 'unknown',
      failure: { code: 'timeout', message: 'no answer' },
      startedAtMs: ledger.nowMs,
    });
    ledger.nowMs += SETTLE_MS + 1;
    see(ledger, WEB, 7);
    expect(onHand(ledger)).toBe(6);
    expect(placeOf(ledger, WEB).ambiguous).toBe(1);
  });

  it('[R4] a claim nobody confirmed becomes an unknown outcome and asks for a read', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    mustClaim(ledger, WEB);
    expect(nextAlarmAtMs(ledger.state)).toBe(ledger.nowMs + CLAIM_LEASE_MS);
    ledger.nowMs += CLAIM_LEASE_MS + 1;
    take(ledger, { state: ledger.state, entries: [] });
    expect(placeOf(ledger, WEB).effect?.status).toBe('unknown');
    expect(placeOf(ledger, WEB).readDue).not.toBeNull();
  });

  it('[S4] 422 before a baseline turns the write into an absolute one', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, {
      result: 'refused',
      failure: { code: 'baseline_required', message: 'requires absolute adjustment' },
      startedAtMs: ledger.nowMs,
    });
    expect(mustClaim(ledger, WEB)).toMatchObject({ kind: 'absolute', quantity: 9 });
  });

  it('[R3] retries are bounded, then the write is parked; unparking is the only way out', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    for (let attempt = 1; attempt <= EFFECT_ATTEMPTS_MAX; attempt += 1) {
      const write = mustClaim(ledger, WEB);
      expect(write.attempt).toBe(attempt);
      confirmWrite(ledger, write.effectId, {
        result: 'refused',
        failure: { code: 'rate_limited', message: 'slow down', retryAfterMs: 1_000 },
        startedAtMs: ledger.nowMs,
      });
      expect(claimAt(ledger, WEB).claim).toBe('none');
      ledger.nowMs += 3_600_000;
    }
    expect(viewOf(ledger.state).parked).toMatchObject([{ place: WEB, reason: 'slow down' }]);
    expect(viewOf(ledger.state).outstandingSinceMs).toBeNull();
  });

  it('[S12] an item deleted at the platform is skipped with the reason', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 9);
    const write = mustClaim(ledger, REGISTER, 10);
    confirmWrite(ledger, write.effectId, {
      result: 'refused',
      failure: { code: 'not_found', message: 'Clover has no item ITEM000000001 any more.' },
      startedAtMs: ledger.nowMs,
    });
    expect(placeOf(ledger, REGISTER).skipped).toContain('no item');
    see(ledger, WEB, 8, { readStartedAtMs: ledger.nowMs + 1 });
    expect(placeOf(ledger, REGISTER).effect).toBeNull();
  });
});

describe('wakes', () => {
  const event = (ledger: ReturnType<typeof openTestLedger>, extra: object = {}) => ({
    place: WEB,
    eventId: eventId('e1'),
    receivedAtMs: ledger.nowMs,
    platformTsMs: null,
    ...extra,
  });

  it('[R2] a burst of events shares one read, and the event that holds it gets it again', () => {
    const ledger = openTestLedger();
    const first = wake(ledger.state, event(ledger), new Map(), ledger.nowMs);
    expect(first.kind).toBe('read');
    if (first.kind !== 'read') return;
    const open = new Map([[WEB, { startsAtMs: first.startsAtMs, eventId: eventId('e1') }]]);
    const second = event(ledger, { eventId: eventId('e2') });
    expect(wake(ledger.state, second, open, ledger.nowMs + 5).kind).toBe('covered');
    expect(wake(ledger.state, event(ledger), open, ledger.nowMs + 5).kind).toBe('read');
    const late = event(ledger, { eventId: eventId('e3'), receivedAtMs: first.startsAtMs + 1 });
    expect(wake(ledger.state, late, open, first.startsAtMs + 1).kind).toBe('read');
  });

  it('[S2] the echo of our own register write is known by the register clock and costs nothing', () => {
    const ledger = openTestLedger();
    see(ledger, WEB, 9);
    const write = mustClaim(ledger, REGISTER, 10);
    confirmWrite(ledger, write.effectId, { level: 9, platformModifiedMs: 5_000 });
    const echo = event(ledger, { place: REGISTER, platformTsMs: 5_000 });
    expect(wake(ledger.state, echo, new Map(), ledger.nowMs).kind).toBe('covered');
    const news = event(ledger, { place: REGISTER, platformTsMs: 5_001 });
    expect(wake(ledger.state, news, new Map(), ledger.nowMs).kind).toBe('read');
  });

  it('[S2] the echoes of our own web write wait for one read after the settle time', () => {
    const ledger = openTestLedger();
    see(ledger, REGISTER, 9);
    const write = mustClaim(ledger, WEB);
    confirmWrite(ledger, write.effectId, {});
    const web = ledger.state.places.find(({ place }) => place === WEB);
    expect(web?.readDue?.wantedAtMs).toBeGreaterThan(ledger.nowMs + SETTLE_MS);
    for (const afterMs of [20, 30, SETTLE_MS - 1]) {
      const told = event(ledger, { eventId: eventId(`e${afterMs}`) });
      const decision = wake(ledger.state, told, new Map(), ledger.nowMs + afterMs);
      expect(decision.kind).toBe('covered');
    }
    // One that came while the write was out may be another's, and the write may yet be refused.
    const early = openTestLedger();
    see(early, REGISTER, 9);
    mustClaim(early, WEB);
    expect(wake(early.state, event(early), new Map(), early.nowMs + 20).kind).toBe('later');
  });
});

describe('the account', () => {
  it('[S1] entries always sum up to on hand', () => {
    const ledger = openTestLedger({ web: 10, register: 12 });
    see(ledger, REGISTER, 11);
    sellLine(ledger, REGISTER, 1);
    sellLine(ledger, REGISTER, 3, 'order-2:x');
    expect(sumOfEntries(ledger)).toBe(onHand(ledger));
  });
});
