/** Goal: a resync names what drifted and nothing else. Method: copies of ledgers against levels read. */
import { describe, expect, it } from 'vitest';
import type { Operation, PlanDraft } from '../../src/domain/catalog/plan.ts';
import {
  differs,
  draftResyncPlan,
  type ComparedLink,
} from '../../src/domain/catalog/resync-plan.ts';
import { linkId } from '../../src/domain/ids.ts';
import { M1, REGISTER, seen, WEB } from '../support/catalog.ts';

const operationsOf = (draft: PlanDraft): Operation[] => [...draft.operations()];

describe('the resync plan', () => {
  const compared = (
    sku: string,
    web: [seen: number | null, believed: number | null],
    register: [seen: number | null, believed: number | null],
    onHand = 5,
  ): ComparedLink => ({
    linkId: linkId(`l-${sku}`),
    sku,
    onHand,
    buffer: 0,
    pools: [{ locationId: 1, onHand, reserved: 0 }],
    places: [
      {
        platform: 'bigcommerce',
        place: WEB,
        locationId: 1,
        address: {
          platform: 'bigcommerce',
          locationId: 1,
          productId: 1,
          variantId: 1,
          tracking: 'product',
        },
        believed: web[1],
        target: onHand,
        isWritten: true,
        seen: seen(WEB, web[0]),
      },
      {
        platform: 'clover',
        place: REGISTER,
        locationId: 1,
        address: { platform: 'clover', merchantId: M1, itemId: 'i' },
        believed: register[1],
        target: onHand,
        isWritten: true,
        seen: seen(REGISTER, register[0]),
      },
    ],
  });

  it('[S12] names only SKUs whose level is not what the ledger believes and wants', () => {
    const draft = draftResyncPlan(
      [compared('A', [5, 5], [5, 5]), compared('B', [5, 5], [3, 5])],
      [{ sku: 'C' }],
      0.2,
    );
    expect(draft.counts).toMatchObject({ resync: 1, skip: 1, unchanged: 1 });
    expect(operationsOf(draft)[0]).toMatchObject({
      kind: 'resync',
      sku: 'B',
      before: { onHand: 5 },
      after: { onHand: 3, places: [{ target: 3 }, { target: 3 }] },
    });
  });

  it('[S5] a level that is believed but not wanted is resynced: its write was given up', () => {
    const [operation] = operationsOf(draftResyncPlan([compared('A', [7, 7], [5, 5])], [], 0.2));
    expect(operation).toMatchObject({ kind: 'resync', after: { onHand: 5 } });
  });

  it('[S12] a place that is only watched may show what it likes, as long as the ledger knows', () => {
    const link = compared('A', [7, 7], [5, 5]);
    const watched = {
      ...link,
      places: link.places.map((place) => ({ ...place, isWritten: place.platform === 'clover' })),
    };
    expect(operationsOf(draftResyncPlan([watched], [], 0.2))).toEqual([]);
  });

  it('[S12] a row that the platform no longer lists is reported', () => {
    const link = compared('A', [5, 5], [5, 5]);
    const gone = {
      ...link,
      places: link.places.map((place) =>
        place.platform === 'clover' ? { ...place, seen: undefined } : place,
      ),
    };
    expect(operationsOf(draftResyncPlan([gone], [], 0.2))).toEqual([
      expect.objectContaining({ kind: 'skip', reason: expect.stringContaining('no longer lists') }),
    ]);
  });

  it('[S11] is held back when it would zero more than the share', () => {
    const links = Array.from({ length: 10 }, (_, index) =>
      compared(`S${index}`, [5, 5], [index < 3 ? 0 : 5, 5]),
    );
    const draft = draftResyncPlan(links, [], 0.2);
    expect(draft.status).toBe('needs_decision');
    expect(draft.counts).toMatchObject({ resync: 3, open: 3, unchanged: 7 });
  });

  it('[S4] 0 and never counted are the same on the web, and two things at the register', () => {
    expect(differs('bigcommerce', 0, null)).toBe(false);
    expect(differs('clover', 0, null)).toBe(true);
    expect(differs('clover', 4.9, 4)).toBe(false);
    expect(differs('clover', null, null)).toBe(false);
  });
});
