/** Goal: one worker at a time, no ask lost, none done twice, whatever the order of events (O3, O4). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ask,
  claim,
  finish,
  NEW_RELAY,
  nextAlarmAtMs,
  poke,
  progress,
  PUSH_LEASE_MS,
  type RelayState,
} from '../../../src/domain/orders/relay.ts';

const T = 1_000_000;
const asked = (atMs = T, changes: Partial<Parameters<typeof ask>[1]> = {}) =>
  ask(NEW_RELAY, { atMs, eventId: 'e', mayPush: true, modifiedAtMs: null, ...changes }, atMs);

function claimed(state: RelayState, id: string, atMs: number): RelayState {
  const { state: next, reply } = claim(state, id, atMs);
  expect(reply.claim).toBe('push');
  return next;
}

describe('an ask', () => {
  it('[O7] for an order that is none of the register changes nothing', () => {
    expect(asked(T, { mayPush: false })).toBe(NEW_RELAY);
  });

  it('[O4] for a change that a look has seen already changes nothing', () => {
    const held = claimed(asked(), 'w', T);
    const seen = progress(held, 'w', { seen: { modifiedAtMs: T - 9_000, atMs: T } }, T) ?? held;
    const done = finish(seen, 'w', { end: 'pushed', story: 'made' }, T + 5, 0.5);
    const again = { atMs: T + 99, eventId: 'e2', mayPush: true, modifiedAtMs: T - 9_000 };
    expect(ask(done, again, T + 99)).toBe(done);
    expect(ask(done, { ...again, modifiedAtMs: T }, T + 99).askedAtMs).toBe(T + 99);
  });

  it('[O4] during a look asks for one more, however many come', () => {
    let state = claimed(asked(), 'w', T);
    for (const ms of [1, 2, 3]) {
      state = ask(state, { atMs: T + ms, eventId: 'e', mayPush: true, modifiedAtMs: null }, T + ms);
    }
    state = finish(state, 'w', { end: 'pushed', story: null }, T + 10, 0.5);
    expect(state.askedAtMs).toBe(T + 3);
    state = finish(claimed(state, 'w2', T + 20), 'w2', { end: 'pushed', story: null }, T + 30, 0.5);
    expect(state).toMatchObject({ askedAtMs: null, dueAtMs: null });
    expect(nextAlarmAtMs(state)).toBeNull();
  });
});

describe('a claim', () => {
  it('[O3] is one at a time, and is taken over when it ran out', () => {
    const held = claimed(asked(), 'w', T);
    expect(claim(held, 'w2', T + PUSH_LEASE_MS - 1).reply).toEqual({
      claim: 'none',
      reason: 'held',
    });
    const taken = claimed(held, 'w2', T + PUSH_LEASE_MS);
    expect(progress(taken, 'w', { registerOrderId: 'late' }, T + PUSH_LEASE_MS)).toBeNull();
    expect(finish(taken, 'w', { end: 'pushed', story: null }, T, 0.5)).toBe(taken);
  });

  it('[R4] that nobody made is called for again, and one that was held is looked after', () => {
    const first = poke(asked(), T);
    expect(first.isDue).toBe(true);
    expect(poke(first.state, T + 100).isDue).toBe(false);
    const alarm = nextAlarmAtMs(first.state) ?? 0;
    expect(poke(first.state, alarm).isDue).toBe(true);
    expect(nextAlarmAtMs(claimed(first.state, 'w', T))).toBe(T + PUSH_LEASE_MS);
    // A worker died: the alarm that finds its claim run out calls another one, and does not ring at once again.
    const again = poke(claimed(first.state, 'w', T), T + PUSH_LEASE_MS);
    expect(again.isDue).toBe(true);
    expect(nextAlarmAtMs(again.state)).toBeGreaterThan(T + PUSH_LEASE_MS);
  });

  it('[R3] that failed waits longer each time, and parks in the end', () => {
    let state = asked();
    let atMs = T;
    const failure = { code: 'platform_unavailable', message: 'down' } as const;
    for (let tries = 1; state.askedAtMs !== null; tries += 1) {
      expect(tries).toBeLessThanOrEqual(8);
      state = finish(claimed(state, 'w', atMs), 'w', { end: 'failed', failure }, atMs, 0.5);
      expect(claim(state, 'x', atMs).reply.claim).toBe('none');
      atMs = state.dueAtMs ?? atMs;
    }
    expect(state).toMatchObject({ failure, dueAtMs: null });
    expect(state.story.at(-1)?.what).toBe('down');
    const back = ask(
      state,
      { atMs: atMs + 1, eventId: 'e', mayPush: true, modifiedAtMs: null },
      atMs + 1,
    );
    expect(claim(back, 'w', atMs + 1).reply.claim).toBe('push');
  });
});

describe('any order of events', () => {
  const event = fc.record({
    kind: fc.constantFrom('ask', 'claim', 'finish', 'fail', 'wait'),
    worker: fc.constantFrom('a', 'b'),
    ms: fc.nat({ max: 70_000 }),
  });

  it('[O3] never has two workers, and never forgets an ask', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let state: RelayState = NEW_RELAY;
        let nowMs = T;
        /** The newest ask that no look which began after it has dealt with. */
        let open: number | null = null;
        for (const { kind, worker, ms } of events) {
          nowMs += kind === 'wait' ? ms : 1;
          const holder = state.claim;
          if (kind === 'ask') {
            state = ask(
              state,
              { atMs: nowMs, eventId: 'e', mayPush: true, modifiedAtMs: null },
              nowMs,
            );
            open = nowMs;
          } else if (kind === 'claim') {
            const { state: next, reply } = claim(state, worker, nowMs);
            if (reply.claim === 'push' && holder !== null)
              expect(holder.untilMs).toBeLessThanOrEqual(nowMs);
            state = next;
          } else if (kind === 'finish') {
            if (holder?.claimId === worker && open !== null && open <= holder.sinceMs) open = null;
            state = finish(state, worker, { end: 'pushed', story: null }, nowMs, 0.5);
          } else if (kind === 'fail') {
            const failure = { code: 'timeout', message: 'slow' } as const;
            state = finish(state, worker, { end: 'failed', failure }, nowMs, 0.5);
            if (state.askedAtMs === null && state.failure !== null) open = null;
          }
          if (open !== null) {
            expect(state.askedAtMs).not.toBeNull();
            expect(nextAlarmAtMs(state)).not.toBeNull();
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
