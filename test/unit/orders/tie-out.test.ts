/** Goal: every cent between the two sides has a class and a reason, whatever the day was like (O9). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  tieOut,
  type LinkMoney,
  type RegisterMoney,
  type TieOutInput,
  type WebMoney,
} from '../../../src/domain/orders/tie-out.ts';
import { dayIn } from '../../../src/domain/time.ts';

function web(orderId: string, changes: Partial<WebMoney> = {}): WebMoney {
  return {
    orderId,
    isSale: true,
    totalMinor: 1_000,
    taxMinor: 80,
    shippingMinor: 200,
    discountMinor: -50,
    payments: [{ method: 'Card', amountMinor: 1_000 }],
    ...changes,
  };
}

function link(orderId: string, changes: Partial<LinkMoney> = {}): LinkMoney {
  return {
    orderId,
    otherId: `R${orderId}`,
    status: 'pushed',
    reason: null,
    shippingMinor: 200,
    discountMinor: -50,
    ...changes,
  };
}

function payment(webOrderId: string | null, changes: Partial<RegisterMoney> = {}): RegisterMoney {
  return {
    paymentId: `P${webOrderId ?? 'own'}`,
    registerOrderId: webOrderId === null ? 'ROWN' : `R${webOrderId}`,
    webOrderId,
    tender: 'Web: Card',
    amountMinor: 1_000,
    taxMinor: 80,
    isInDay: true,
    ...changes,
  };
}

const day = (changes: Partial<TieOutInput>): TieOutInput => ({
  web: [],
  links: [],
  register: [],
  webRefunds: [],
  registerRefunds: [],
  roundingMaxMinor: 0,
  isPushOn: true,
  ...changes,
});

const classes = (input: TieOutInput) =>
  tieOut(input).differences.map((each) => [each.class, each.webOrderId, each.differenceMinor]);

describe('a day that ties out', () => {
  it('[O9] has no difference, in total, tax, shipping, discount and by tender', () => {
    const result = tieOut(day({ web: [web('1')], links: [link('1')], register: [payment('1')] }));
    const even = (minor: number) => ({ webMinor: minor, registerMinor: minor, differenceMinor: 0 });
    expect(result).toMatchObject({
      orders: { web: 1, matched: 1, registerOnly: 0 },
      total: even(1_000),
      tax: even(80),
      shipping: even(200),
      discount: even(-50),
      tenders: [{ method: 'Card', ...even(1_000) }],
      differences: [],
      unexplainedMinor: 0,
    });
  });

  it('[O9] counts a payment after midnight with its order, and not with the next day', () => {
    const late = payment('1', { isInDay: false });
    expect(classes(day({ web: [web('1')], links: [link('1')], register: [late] }))).toEqual([]);
    expect(classes(day({ register: [late] }))).toEqual([]);
  });
});

describe('differences', () => {
  it.each([
    ['unmapped', link('1', { status: 'parked', otherId: null }), []],
    ['failed', link('1', { status: 'failed', otherId: null }), []],
    ['edited', link('1', { status: 'attention' }), [payment('1', { amountMinor: 900 })]],
    ['edited', link('1'), [payment('1', { amountMinor: 900 })]],
    ['pending', undefined, []],
  ] as const)('[O9] of an order are classed as %s', (expected, known, register) => {
    const input = day({ web: [web('1')], links: known === undefined ? [] : [known], register });
    const paid = register.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    expect(classes(input)).toEqual([[expected, '1', 1_000 - paid]]);
  });

  it('[O9] within the allowed rounding are rounding', () => {
    const input = day({
      web: [web('1')],
      links: [link('1')],
      register: [payment('1', { amountMinor: 999 })],
    });
    expect(classes({ ...input, roundingMaxMinor: 1 })).toEqual([['rounding', '1', 1]]);
  });

  it('[O9] are none of the relay while web orders are not sent', () => {
    expect(classes(day({ web: [web('1')], isPushOn: false }))).toEqual([['not-sent', '1', 1_000]]);
  });

  it('[O9] of sales in store are named as such, by tender', () => {
    const result = tieOut(day({ register: [payment(null, { tender: 'Cash' })] }));
    expect(result.registerOnly).toEqual([{ tender: 'Cash', amountMinor: 1_000 }]);
    expect(result.differences).toMatchObject([{ class: 'register-only', registerOrderId: 'ROWN' }]);
  });

  it('[O9] of a cancelled order whose payment still stands are shown', () => {
    const input = day({
      web: [web('1', { isSale: false })],
      links: [link('1', { status: 'attention' })],
      register: [payment('1')],
    });
    expect(classes(input)).toEqual([['edited', '1', -1_000]]);
  });

  it('[O9] of refunds count on their own day and say who has to act', () => {
    const refund = { refundId: '7', webOrderId: '1', amountMinor: 300 };
    const input = day({ links: [link('1')], webRefunds: [refund] });
    expect(tieOut(input).differences).toMatchObject([
      {
        class: 'pending',
        kind: 'refund',
        differenceMinor: 300,
        why: expect.stringContaining('Refund it'),
      },
    ]);
    expect(classes({ ...input, registerRefunds: [refund] })).toEqual([]);
  });
});

describe('any day', () => {
  const id = fc.constantFrom('1', '2', '3', '4', '5');
  const minor = fc.integer({ min: 0, max: 5_000 });
  const refund = fc.record({
    refundId: fc.string({ minLength: 1 }),
    webOrderId: fc.option(id),
    amountMinor: minor,
  });
  const input = fc.record({
    web: fc.uniqueArray(
      fc
        .record({ orderId: id, isSale: fc.boolean(), totalMinor: minor })
        .map((each) => web(each.orderId, each)),
      { selector: ({ orderId }) => orderId },
    ),
    links: fc.uniqueArray(
      fc
        .record({
          orderId: id,
          status: fc.constantFrom('pushed', 'parked', 'attention', 'removed', 'failed'),
        })
        .map((each) => link(each.orderId, each)),
      { selector: ({ orderId }) => orderId },
    ),
    register: fc.array(
      fc
        .record({ order: fc.option(id), amountMinor: minor, isInDay: fc.boolean() })
        .map(({ order, ...each }) => payment(order, each)),
      { maxLength: 12 },
    ),
    webRefunds: fc.array(refund, { maxLength: 4 }),
    registerRefunds: fc.array(refund, { maxLength: 4 }),
    roundingMaxMinor: fc.nat({ max: 5 }),
    isPushOn: fc.boolean(),
  });

  it('[O9] leaves no cent without a class', () => {
    fc.assert(
      fc.property(input, (given) => {
        const result = tieOut(given);
        expect(result.unexplainedMinor).toBe(0);
        expect(result.differences.every(({ differenceMinor }) => differenceMinor !== 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the day of the merchant', () => {
  it.each([
    ['2026-11-25', 'America/New_York', '2026-11-25T05:00:00Z', 24],
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00Z', 23],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00Z', 25],
    ['2026-06-01', 'Pacific/Auckland', '2026-05-31T12:00:00Z', 24],
    ['2026-11-25', 'UTC', '2026-11-25T00:00:00Z', 24],
  ])('[O9] %s in %s begins at %s and has %i hours', (date, zone, from, hours) => {
    const found = dayIn(date, zone);
    expect(found?.fromMs).toBe(Date.parse(from));
    expect(((found?.untilMs ?? 0) - (found?.fromMs ?? 0)) / 3_600_000).toBe(hours);
  });

  it.each(['2026-02-30', '25.11.2026', ''])('[O9] "%s" is no day', (date) => {
    expect(dayIn(date, 'UTC')).toBeNull();
    expect(dayIn('2026-11-25', 'Mars/Olympus')).toBeNull();
  });
});
