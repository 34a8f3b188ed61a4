/**
 * The daily proof that both sides' money agrees (O9): web orders and their register orders side by side, by tender, tax,
 * shipping, discount and refund, and every difference with its class and its reason. The classes' amounts sum up to the
 * difference of the totals: nothing is left over without a name.
 */

/** A web order of the day. Amounts in minor units of the register's currency. */
export interface WebMoney {
  readonly orderId: string;
  /** It counts: its status makes a register order, or a register order stands for it. */
  readonly isSale: boolean;
  readonly totalMinor: number;
  readonly taxMinor: number;
  readonly shippingMinor: number;
  readonly discountMinor: number;
  readonly payments: readonly { readonly method: string; readonly amountMinor: number }[];
}

/** What became of a web order. */
export interface LinkMoney {
  readonly orderId: string;
  readonly otherId: string | null;
  readonly status: 'pushed' | 'parked' | 'attention' | 'removed' | 'failed';
  readonly reason: string | null;
  readonly shippingMinor: number;
  readonly discountMinor: number;
}

/** Money that came in at the register. */
export interface RegisterMoney {
  readonly paymentId: string;
  readonly registerOrderId: string | null;
  /** The web order that it stands for; null for a sale of the register's own. */
  readonly webOrderId: string | null;
  readonly tender: string;
  /** With tip and surcharges. */
  readonly amountMinor: number;
  readonly taxMinor: number;
  readonly isInDay: boolean;
}

/** Money that went back, on the day that it did. */
export interface RefundMoney {
  readonly refundId: string;
  /** The web order that it is of; null for a sale of the register's own. */
  readonly webOrderId: string | null;
  readonly amountMinor: number;
}

export interface TieOutInput {
  readonly web: readonly WebMoney[];
  readonly links: readonly LinkMoney[];
  readonly register: readonly RegisterMoney[];
  readonly webRefunds: readonly RefundMoney[];
  readonly registerRefunds: readonly RefundMoney[];
  /** Differences up to this are rounding. */
  readonly roundingMaxMinor: number;
  readonly isPushOn: boolean;
}

export type DifferenceClass =
  | 'rounding'
  | 'unmapped'
  | 'pending'
  | 'failed'
  | 'edited'
  | 'register-only'
  | 'not-sent';

export interface Difference {
  readonly class: DifferenceClass;
  readonly kind: 'sale' | 'refund';
  readonly webOrderId: string | null;
  readonly registerOrderId: string | null;
  readonly webMinor: number;
  readonly registerMinor: number;
  /** Web less register. */
  readonly differenceMinor: number;
  readonly why: string;
}

/** One line of the comparison. */
export interface Compared {
  readonly webMinor: number;
  readonly registerMinor: number;
  readonly differenceMinor: number;
}

export interface TieOut {
  readonly orders: {
    readonly web: number;
    readonly matched: number;
    readonly registerOnly: number;
  };
  readonly total: Compared;
  readonly tax: Compared;
  readonly shipping: Compared;
  readonly discount: Compared;
  readonly refunds: Compared;
  /** By the web order's payment method. */
  readonly tenders: readonly (Compared & { readonly method: string })[];
  /** What registers sold by themselves, by tender: stock moves, no web order. */
  readonly registerOnly: readonly { readonly tender: string; readonly amountMinor: number }[];
  readonly differences: readonly Difference[];
  /** The totals' and refunds' differences less those that are classed: 0, or this file is wrong. */
  readonly unexplainedMinor: number;
}

export function tieOut(input: TieOutInput): TieOut {
  const links = new Map(input.links.map((link) => [link.orderId, link]));
  const ofOrder = Map.groupBy(
    input.register.filter(({ webOrderId }) => webOrderId !== null),
    ({ webOrderId }) => webOrderId,
  );
  const sold = input.web.filter(
    ({ orderId, isSale }) => isSale && links.get(orderId)?.status !== 'removed',
  );
  const known = new Set(input.web.map(({ orderId }) => orderId));
  const own = input.register.filter(({ webOrderId, isInDay }) => webOrderId === null && isInDay);
  const strays = [...ofOrder].filter(
    ([orderId, payments]) =>
      orderId !== null &&
      !known.has(orderId) &&
      !links.has(orderId) &&
      payments.some(({ isInDay }) => isInDay),
  );
  const pairs = sold.map((web) => ({
    web,
    link: links.get(web.orderId),
    payments: ofOrder.get(web.orderId) ?? [],
  }));
  const differences = [
    ...pairs.flatMap((pair) => saleDifference(pair, input)),
    ...removedStill(input, links, ofOrder),
    ...strays.map(([orderId, payments]) => stray(orderId, payments)),
    ...own.map(registerOnly),
    ...refundDifferences(input, links),
  ].filter(({ differenceMinor }) => differenceMinor !== 0);
  const paired = pairs.flatMap(({ payments }) => payments);
  const others = [
    ...removedPayments(input, links, ofOrder),
    ...strays.flatMap(([, payments]) => payments),
  ];
  const total = compared(
    sum(sold.map(({ totalMinor }) => totalMinor)),
    sum([...paired, ...others, ...own].map(({ amountMinor }) => amountMinor)),
  );
  const refunds = compared(
    sum(input.webRefunds.map(({ amountMinor }) => amountMinor)),
    sum(input.registerRefunds.map(({ amountMinor }) => amountMinor)),
  );
  const classed = sum(differences.map(({ differenceMinor }) => differenceMinor));
  return {
    orders: {
      web: sold.length,
      matched: pairs.filter(({ payments }) => payments.length > 0).length,
      registerOnly: new Set(
        own.map(({ registerOrderId, paymentId }) => registerOrderId ?? paymentId),
      ).size,
    },
    total,
    tax: compared(
      sum(sold.map(({ taxMinor }) => taxMinor)),
      sum(paired.map(({ taxMinor }) => taxMinor)),
    ),
    shipping: byKind(pairs, 'shippingMinor'),
    discount: byKind(pairs, 'discountMinor'),
    refunds,
    tenders: tendersOf(pairs),
    registerOnly: ownByTender(own),
    differences,
    unexplainedMinor: total.differenceMinor + refunds.differenceMinor - classed,
  };
}

const sum = (amounts: readonly number[]): number =>
  amounts.reduce((sofar, each) => sofar + each, 0);
const compared = (webMinor: number, registerMinor: number): Compared => ({
  webMinor,
  registerMinor,
  differenceMinor: webMinor - registerMinor,
});

interface Pair {
  readonly web: WebMoney;
  readonly link: LinkMoney | undefined;
  readonly payments: readonly RegisterMoney[];
}

function saleDifference({ web, link, payments }: Pair, input: TieOutInput): Difference[] {
  const registerMinor = sum(payments.map(({ amountMinor }) => amountMinor));
  const differenceMinor = web.totalMinor - registerMinor;
  if (differenceMinor === 0) return [];
  return [
    {
      kind: 'sale',
      webOrderId: web.orderId,
      registerOrderId: link?.otherId ?? payments[0]?.registerOrderId ?? null,
      webMinor: web.totalMinor,
      registerMinor,
      differenceMinor,
      ...classOf(link, payments.length > 0, differenceMinor, input),
    },
  ];
}

function classOf(
  link: LinkMoney | undefined,
  isThere: boolean,
  differenceMinor: number,
  { roundingMaxMinor, isPushOn }: TieOutInput,
): Pick<Difference, 'class' | 'why'> {
  if (isThere && Math.abs(differenceMinor) <= roundingMaxMinor) {
    return { class: 'rounding', why: 'Within the rounding that the settings allow.' };
  }
  switch (link?.status ?? 'none') {
    case 'parked':
      return { class: 'unmapped', why: link?.reason ?? 'It waits for a setting.' };
    case 'failed':
      return { class: 'failed', why: link?.reason ?? 'It ran out of attempts.' };
    case 'attention':
      return {
        class: 'edited',
        why: link?.reason ?? 'A person has to correct it at the register.',
      };
    case 'pushed':
      return isThere
        ? { class: 'edited', why: 'It was changed on one side after it had gone to the register.' }
        : { class: 'edited', why: 'Its payment at the register is gone.' };
    default:
      return isPushOn
        ? { class: 'pending', why: 'It is on its way to the register.' }
        : { class: 'not-sent', why: 'Web orders are not sent to the register.' };
  }
}

/** Payments that stand at the register for web orders that were cancelled. */
function removedPayments(
  { web }: TieOutInput,
  links: ReadonlyMap<string, LinkMoney>,
  ofOrder: ReadonlyMap<string | null, readonly RegisterMoney[]>,
): readonly RegisterMoney[] {
  return web
    .filter(({ orderId, isSale }) => !isSale || links.get(orderId)?.status === 'removed')
    .flatMap(({ orderId }) => ofOrder.get(orderId) ?? []);
}

function removedStill(
  input: TieOutInput,
  links: ReadonlyMap<string, LinkMoney>,
  ofOrder: ReadonlyMap<string | null, readonly RegisterMoney[]>,
): Difference[] {
  const byOrder = Map.groupBy(
    removedPayments(input, links, ofOrder),
    ({ webOrderId }) => webOrderId,
  );
  const back = new Set(input.registerRefunds.map(({ webOrderId }) => webOrderId));
  return [...byOrder].map(([orderId, payments]) => {
    const registerMinor = sum(payments.map(({ amountMinor }) => amountMinor));
    return {
      class: 'edited',
      kind: 'sale',
      webOrderId: orderId,
      registerOrderId: payments[0]?.registerOrderId ?? null,
      webMinor: 0,
      registerMinor,
      differenceMinor: -registerMinor,
      why: back.has(orderId)
        ? 'The web order was cancelled, and its payment refunded at the register.'
        : 'The web order was cancelled, but its payment still stands at the register.',
    };
  });
}

/** A payment under a web order's number that neither this day nor any link knows. */
function stray(webOrderId: string | null, payments: readonly RegisterMoney[]): Difference {
  const registerMinor = sum(payments.map(({ amountMinor }) => amountMinor));
  return {
    class: 'register-only',
    kind: 'sale',
    webOrderId,
    registerOrderId: payments[0]?.registerOrderId ?? null,
    webMinor: 0,
    registerMinor,
    differenceMinor: -registerMinor,
    why: 'The register has it under the number of a web order that is not known.',
  };
}

function registerOnly(payment: RegisterMoney): Difference {
  return {
    class: 'register-only',
    kind: 'sale',
    webOrderId: null,
    registerOrderId: payment.registerOrderId,
    webMinor: 0,
    registerMinor: payment.amountMinor,
    differenceMinor: -payment.amountMinor,
    why: 'Sold in store.',
  };
}

/** Refunds count on their own day, whatever day their order is of. */
function refundDifferences(
  { webRefunds, registerRefunds }: TieOutInput,
  links: ReadonlyMap<string, LinkMoney>,
): Difference[] {
  const keyOf = ({ webOrderId, refundId }: RefundMoney) => webOrderId ?? `register:${refundId}`;
  const web = Map.groupBy(webRefunds, keyOf);
  const register = Map.groupBy(registerRefunds, keyOf);
  return [...new Set([...web.keys(), ...register.keys()])].flatMap((key): Difference[] => {
    const webMinor = sum((web.get(key) ?? []).map(({ amountMinor }) => amountMinor));
    const registerMinor = sum((register.get(key) ?? []).map(({ amountMinor }) => amountMinor));
    const differenceMinor = webMinor - registerMinor;
    if (differenceMinor === 0) return [];
    const orderId = key.startsWith('register:') ? null : key;
    const link = orderId === null ? undefined : links.get(orderId);
    return [
      {
        kind: 'refund',
        webOrderId: orderId,
        registerOrderId: link?.otherId ?? null,
        webMinor,
        registerMinor,
        differenceMinor,
        ...refundClass(orderId, link, differenceMinor),
      },
    ];
  });
}

function refundClass(
  orderId: string | null,
  link: LinkMoney | undefined,
  differenceMinor: number,
): Pick<Difference, 'class' | 'why'> {
  if (orderId === null) return { class: 'register-only', why: 'Refunded in store.' };
  if (differenceMinor < 0) {
    return { class: 'edited', why: 'Refunded at the register, not in BigCommerce.' };
  }
  if (link?.otherId === undefined || link.otherId === null) {
    return { class: 'not-sent', why: 'Its order is not at the register.' };
  }
  return { class: 'pending', why: "Refund it in the register's Orders app: Clover's API cannot." };
}

function byKind(pairs: readonly Pair[], kind: 'shippingMinor' | 'discountMinor'): Compared {
  const matched = pairs.filter(({ payments, link }) => payments.length > 0 && link !== undefined);
  return compared(
    sum(pairs.map(({ web }) => web[kind])),
    sum(matched.map(({ link }) => link?.[kind] ?? 0)),
  );
}

/** Register payments by the method that the order was paid with online, matched by amount within each order. */
function tendersOf(pairs: readonly Pair[]): (Compared & { readonly method: string })[] {
  const byMethod = new Map<string, { web: number; register: number }>();
  const add = (method: string, web: number, register: number) => {
    const sofar = byMethod.get(method) ?? { web: 0, register: 0 };
    byMethod.set(method, { web: sofar.web + web, register: sofar.register + register });
  };
  for (const { web, payments } of pairs) {
    const rest = [...payments];
    for (const { method, amountMinor } of web.payments) {
      const at = rest.findIndex((payment) => payment.amountMinor === amountMinor);
      const [twin] = at < 0 ? [] : rest.splice(at, 1);
      add(method, amountMinor, twin?.amountMinor ?? 0);
    }
    for (const { tender, amountMinor } of rest) add(tender, 0, amountMinor);
  }
  return [...byMethod]
    .map(([method, { web, register }]) => ({ method, ...compared(web, register) }))
    .toSorted((a, b) => (a.method < b.method ? -1 : 1));
}

function ownByTender(own: readonly RegisterMoney[]): TieOut['registerOnly'] {
  return [...Map.groupBy(own, ({ tender }) => tender)]
    .map(([tender, payments]) => ({
      tender,
      amountMinor: sum(payments.map(({ amountMinor }) => amountMinor)),
    }))
    .toSorted((a, b) => (a.tender < b.tender ? -1 : 1));
}
