/** Words of the tie-out page. A translation replaces this file too. */
import type { DifferenceClass } from '../domain/orders/tie-out.ts';

export const TIE_OUT = {
  title: 'Tie-out by day',
  intro:
    'Both sides’ money of one day, read from both platforms just now. Every difference has its reason.',
  link: 'Tie-out by day',
  day: 'Day',
  show: 'Show',
  before: 'Day before',
  after: 'Day after',
  csv: 'This day as CSV',
  zone: (timeZone: string) => `A day of the register’s own time zone, ${timeZone}.`,
  notRead: 'This day could not be compared',
  tied: 'Every web order of the day is at the register, to the cent.',
  empty: 'Nothing was sold or refunded on this day.',
  differs: (count: string) => `${count} between the two sides; each is explained below.`,
  unexplained: (amount: string) =>
    `${amount} of difference has no class: that is a mistake of ours, please report it.`,
  part: 'Part',
  web: 'Web shop',
  register: 'Register',
  difference: 'Difference',
  sums: 'Both sides',
  sumsMore:
    'The register’s total has the sales in store as well, listed below; tax, shipping and discounts are those of web orders. ' +
    'Refunds count on the day they were made.',
  total: 'Total',
  tax: 'Tax',
  shipping: 'Shipping',
  discount: 'Discounts',
  refunds: 'Refunds',
  tender: (method: string) => `Paid by ${method}`,
  counts: (web: string, matched: number) => `${web}, ${matched} of them at the register`,
  ownSales: 'Sold at the register itself',
  ownSalesMore:
    'Sales in store are no part of the web shop’s total; their units left the shared shelf all the same.',
  tenderName: 'Tender',
  amount: 'Amount',
  differences: 'Differences',
  order: 'Order',
  why: 'Why',
  webOrder: (orderId: string) => `Web order ${orderId}`,
  story: 'its story',
  registerOrder: 'Register order',
  ofRefund: 'refund',
  more: (shown: number, count: number) => `The first ${shown} of ${count}; the CSV has all.`,
} as const;

/** The class of a difference in words, and whether somebody has to act. */
export const CLASSES: Readonly<
  Record<DifferenceClass, { tone: 'good' | 'warn' | 'bad' | 'plain'; text: string }>
> = {
  rounding: { tone: 'plain', text: 'rounding' },
  unmapped: { tone: 'warn', text: 'waits for a setting' },
  pending: { tone: 'warn', text: 'on its way' },
  failed: { tone: 'bad', text: 'out of attempts' },
  edited: { tone: 'warn', text: 'changed afterwards' },
  'register-only': { tone: 'plain', text: 'sold in store' },
  'not-sent': { tone: 'plain', text: 'not sent' },
};

export const REFUND_BY_HAND = { tone: 'warn', text: 'to refund by hand' } as const;
