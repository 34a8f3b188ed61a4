/** Goal: every difference has one class, with what happens next; agreement has none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DRIFT_CLASSES, driftOf, type DriftFacts } from '../../../src/domain/stock/drift.ts';
import { WEBHOOK_GRACE_MS } from '../../../src/limits.ts';

const SEEN_MS = 10_000_000;

const facts = (changes: Partial<DriftFacts> = {}): DriftFacts => ({
  believed: 10,
  target: 10,
  pending: false,
  awaited: 0,
  unexplained: 0,
  skipped: null,
  isLinkBroken: false,
  isParked: false,
  isWritten: true,
  finding: null,
  ...changes,
});

const found = (level: number | null, changes: Partial<DriftFacts['finding'] & object> = {}) => ({
  finding: { level, platformModifiedMs: null, seenAtMs: SEEN_MS, held: false, ...changes },
});

describe('drift', () => {
  it('[R4] is none where the level is the target, also while a read is under way', () => {
    expect(driftOf(facts())).toBeNull();
    expect(driftOf(facts({ pending: true, unexplained: 2 }))).toBeNull();
    expect(driftOf(facts({ believed: null, target: 0 }))).toBeNull();
  });

  it.each([
    ['in_flight', { believed: 12, pending: true }],
    ['pending_order', { believed: 12, pending: true, awaited: 2 }],
    ['pending_order', { ...found(8), awaited: 2 }],
    ['in_flight', found(8, { platformModifiedMs: SEEN_MS - WEBHOOK_GRACE_MS + 1 })],
    ['lost_event', found(8, { platformModifiedMs: SEEN_MS - WEBHOOK_GRACE_MS })],
    ['lost_event', found(8)],
    ['manual_edit', found(12)],
    ['manual_edit', { ...found(8), unexplained: 2 }],
    ['manual_edit', found(0, { held: true, platformModifiedMs: SEEN_MS })],
    ['negative', { believed: -2, target: 0 }],
    ['negative', found(-1)],
    ['structure', found(null)],
    ['structure', { believed: null }],
    ['structure', { skipped: 'Clover does not have the item.' }],
    ['structure', { isLinkBroken: true }],
    ['parked', { believed: 12, isParked: true }],
    ['switched_off', { believed: 12, isWritten: false }],
    ['manual_edit', { believed: 12, unexplained: 1 }],
    ['lost_event', { believed: 12 }],
  ] as const)('[R4] is %s for %j', (kind, changes) => {
    expect(driftOf(facts(changes))?.class).toBe(kind);
  });

  it('[R4] tells the newest level and how far it is from its target', () => {
    expect(driftOf(facts(found(7)))).toMatchObject({ level: 7, difference: -3, heals: true });
    expect(driftOf(facts({ believed: null }))).toMatchObject({ level: null, difference: -10 });
  });

  it('[R4] [S11] says who has to act when nothing heals it', () => {
    const asked = [
      found(0, { held: true }),
      { believed: 12, isWritten: false },
      { skipped: 'it was deleted.' },
      { isLinkBroken: true },
    ].map((changes) => driftOf(facts(changes)));
    expect(asked.map((drift) => drift?.heals)).toEqual([false, false, false, false]);
    expect(asked[0]?.next).toContain('replay its failure');
    expect(asked[2]?.next).toContain('it was deleted.');
  });

  it('[R4] has one class and a sentence for whatever is known', () => {
    const level = fc.option(fc.integer({ min: -5, max: 20 }), { nil: null });
    const units = fc.nat(3);
    const any = fc.record({
      believed: level,
      target: fc.nat(20),
      pending: fc.boolean(),
      awaited: units,
      unexplained: units,
      skipped: fc.constantFrom(null, 'why'),
      isLinkBroken: fc.boolean(),
      isParked: fc.boolean(),
      isWritten: fc.boolean(),
      finding: fc.option(
        fc.record({
          level,
          platformModifiedMs: fc.option(fc.integer({ min: 0, max: SEEN_MS }), { nil: null }),
          seenAtMs: fc.constant(SEEN_MS),
          held: fc.boolean(),
        }),
        { nil: null },
      ),
    });
    fc.assert(
      fc.property(any, (each) => {
        const drift = driftOf(each);
        if (drift === null) {
          expect(each.believed ?? 0).toBe(each.target);
          return;
        }
        expect(DRIFT_CLASSES).toContain(drift.class);
        expect(drift.next).toMatch(/\S[.y]$/);
        if (each.finding?.held === true || !each.isWritten) {
          expect(drift.heals && !each.isParked).toBe(false);
        }
      }),
    );
  });
});
