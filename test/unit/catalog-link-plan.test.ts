/** Goal: a link plan says exactly what linking would do. Method: small catalogs, each with one thing to notice. */
import { describe, expect, it } from 'vitest';
import { draftLinkPlan, type LinkPlanInput } from '../../src/domain/catalog/link-plan.ts';
import { matchCatalogs } from '../../src/domain/catalog/matching.ts';
import type { Operation, PlanDraft } from '../../src/domain/catalog/plan.ts';
import type { SeenLevel } from '../../src/domain/catalog/baseline.ts';
import type { ExistingLink, RegisterItem, Sellable } from '../../src/domain/catalog/rows.ts';
import { linkId } from '../../src/domain/ids.ts';
import { M1, REGISTER, seen, WEB } from '../support/catalog.ts';

const operationsOf = (draft: PlanDraft): Operation[] => [...draft.operations()];

interface Row {
  sku: string;
  web: number | null;
  register: number | null;
}

function planInput(rows: readonly Row[], changes: Partial<LinkPlanInput> = {}): LinkPlanInput {
  const sellables = rows.map(({ sku }, index): Sellable => ({
    productId: 100 + index,
    variantId: 200 + index,
    sku,
    name: `Product ${sku}`,
    tracking: 'product',
    type: 'physical',
    isBase: true,
    productSku: sku,
  }));
  const items = rows.map(({ sku }, index): RegisterItem => ({
    merchantId: M1,
    itemId: `i${index}`,
    sku,
    code: '',
    name: `Item ${sku}`,
    deleted: false,
  }));
  const levels = new Map<string, SeenLevel>(
    rows.flatMap(({ web, register }, index) => [
      [`${WEB}|${200 + index}`, seen(WEB, web)],
      [`${REGISTER}|i${index}`, seen(REGISTER, register)],
    ]),
  );
  return {
    matching: matchCatalogs({ sellables, items, existing: [] }),
    pools: [{ locationId: 1, merchantIds: [M1] }],
    settings: {
      baseline: 'lower',
      massGuardShare: 0.2,
      enabled: true,
      direction: 'two-way',
      bufferUnits: () => 0,
    },
    levelAt: (place, externalId) => levels.get(`${place}|${externalId}`),
    notes: [],
    ...changes,
  };
}

const many = (count: number, row: (index: number) => Omit<Row, 'sku'>): Row[] =>
  Array.from({ length: count }, (_, index) => ({ sku: `S${index}`, ...row(index) }));

describe('the link plan', () => {
  it('[C7] shows both levels before, on hand and both targets after', () => {
    const input = planInput([{ sku: 'A', web: 9, register: 12 }]);
    const draft = draftLinkPlan({
      ...input,
      settings: { ...input.settings, bufferUnits: () => 2 },
    });
    expect(draft.status).toBe('ready');
    expect(draft.counts).toMatchObject({ link: 1, open: 0, unchanged: 0 });
    expect(operationsOf(draft)[0]).toMatchObject({
      kind: 'link',
      sku: 'A',
      outcome: 'planned',
      reason: null,
      before: {
        places: [
          { platform: 'bigcommerce', place: WEB, level: 9 },
          { platform: 'clover', place: REGISTER, level: 12 },
        ],
      },
      after: {
        onHand: 9,
        places: [
          { place: WEB, target: 7 },
          { place: REGISTER, target: 9 },
        ],
      },
      payload: { do: 'link', linkId: null, variantId: 200, items: [{ itemId: 'i0' }] },
    });
  });

  it('[C7] leaves ambiguous rows open and the decided ones planned', () => {
    const input = planInput([
      { sku: 'A', web: 1, register: 1 },
      { sku: 'B', web: 1, register: 1 },
    ]);
    const twin: RegisterItem = {
      merchantId: M1,
      itemId: 'twin',
      sku: 'B',
      code: '',
      name: 'Twin',
      deleted: false,
    };
    const [a, b] = input.matching.links;
    if (a === undefined || b === undefined) throw new Error('two links expected');
    const matching = matchCatalogs({
      sellables: [a.sellable, b.sellable],
      items: [...a.items, ...b.items, twin],
      existing: [],
    });
    const draft = draftLinkPlan({ ...input, matching });
    expect(draft.status).toBe('needs_decision');
    expect(operationsOf(draft).map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['link', 'planned'],
      ['ambiguous', 'open'],
    ]);
  });

  it('[S11] what would zero or raise more than the share is left to a person, the rest goes on', () => {
    const rows = many(10, (index) => ({ web: 5, register: index < 3 ? 0 : 5 }));
    const draft = draftLinkPlan(planInput(rows));
    expect(draft.status).toBe('needs_decision');
    expect(draft.counts).toMatchObject({ link: 10, open: 3 });
    const open = operationsOf(draft).filter(({ outcome }) => outcome === 'open');
    expect(open.map(({ sku }) => sku)).toEqual(['S0', 'S1', 'S2']);
    expect(open[0]?.reason).toContain('3 of 10');
  });

  it('[S11] one SKU fewer than the share needs goes through', () => {
    const rows = many(15, (index) => ({ web: 5, register: index < 3 ? 0 : 5 }));
    expect(draftLinkPlan(planInput(rows)).status).toBe('ready');
  });

  it('[S11] a raise counts too, a first count where nothing was counted does not', () => {
    const raised = planInput(many(5, () => ({ web: 5, register: 9 })));
    const clover = { ...raised.settings, baseline: 'clover' as const };
    expect(draftLinkPlan({ ...raised, settings: clover }).status).toBe('needs_decision');
    const first = planInput(many(5, () => ({ web: 5, register: null })));
    expect(draftLinkPlan(first).status).toBe('ready');
  });

  it('[S11] places that are never written are no reason to ask', () => {
    const input = planInput(many(5, () => ({ web: 5, register: 0 })));
    expect(draftLinkPlan(input).status).toBe('needs_decision');
    const toClover = { ...input.settings, direction: 'to-clover' as const };
    expect(draftLinkPlan({ ...input, settings: toClover }).status).toBe('ready');
    const off = { ...input.settings, enabled: false };
    expect(draftLinkPlan({ ...input, settings: off }).status).toBe('ready');
  });

  it('[S12] what was not read is said', () => {
    const notes = ['Merchant X was left out.'];
    const draft = draftLinkPlan(planInput([], { notes }));
    expect(operationsOf(draft)).toEqual([
      expect.objectContaining({ kind: 'skip', reason: notes[0], outcome: 'skipped' }),
    ]);
  });

  describe('with links that exist', () => {
    const link = (changes: Partial<ExistingLink> = {}): ExistingLink => ({
      linkId: linkId('l1'),
      sku: 'A',
      productId: 100,
      variantId: 200,
      tracking: 'product',
      status: 'active',
      items: [{ merchantId: M1, itemId: 'i0' }],
      ledger: { onHand: 5, places: [WEB, REGISTER], standing: new Map() },
      ...changes,
    });
    const planned = (existing: ExistingLink) => {
      const input = planInput([{ sku: 'A', web: 5, register: 5 }]);
      const [only] = input.matching.links;
      if (only === undefined) throw new Error('one link expected');
      const { sellable, items } = only;
      const matching = matchCatalogs({
        sellables: [sellable],
        items: [...items],
        existing: [existing],
      });
      return draftLinkPlan({ ...input, matching });
    };

    it('[C8] an unchanged one needs no operation', () => {
      expect(planned(link()).counts).toMatchObject({ unchanged: 1, link: 0 });
      expect(operationsOf(planned(link()))).toEqual([]);
    });

    it('[C4] a renamed one is linked again under its id, and its count stays', () => {
      const draft = planned(link({ sku: 'OLD' }));
      expect(operationsOf(draft)[0]).toMatchObject({
        kind: 'relink',
        payload: { linkId: 'l1' },
        after: { onHand: 5 },
      });
      expect(operationsOf(draft)[0]?.reason).toContain('"OLD"');
    });

    it('[S10] a place that joined or left the pools is linked again', () => {
      const ledger = { onHand: 5, places: [WEB], standing: new Map() };
      expect(operationsOf(planned(link({ ledger })))[0]?.kind).toBe('relink');
    });

    it('[C7] one whose ledger was never opened is linked, under its id', () => {
      expect(operationsOf(planned(link({ ledger: null })))[0]).toMatchObject({
        kind: 'link',
        payload: { linkId: 'l1' },
        after: { onHand: 5 },
      });
    });

    it('[S12] one whose variant is gone is marked as broken, once', () => {
      const gone = link({ variantId: 999, sku: 'GONE', items: [] });
      expect(operationsOf(planned(gone)).map(({ payload }) => payload)).toContainEqual({
        do: 'break',
        linkId: 'l1',
      });
      const known = operationsOf(planned({ ...gone, status: 'broken' }));
      expect(known.filter(({ payload }) => payload?.do === 'break')).toEqual([]);
    });
  });
});
