/** Every sentence of the pages that came after the first ones, in one place: a translation replaces this file. */

/** `1 SKU`, `3 SKUs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export const FRAME = {
  skip: 'Skip to the content',
  main: 'Main',
  overview: 'Overview',
  skus: 'SKUs',
  catalog: 'Catalog',
  orders: 'Orders',
  inbox: 'Inbox',
  settings: 'Settings',
  waiting: (count: number) => `${counted(count, 'failure')} waiting`,
  footer: 'One count for the web shop and the registers.',
  table: 'Table',
  next: 'Next page',
  first: 'First page',
  never: 'never',
} as const;

export const INBOX = {
  title: 'Inbox',
  intro:
    'What Onhand could not finish by itself, grouped by cause. Trying again is safe: what was done already is not done twice.',
  empty: 'Nothing waits for you.',
  emptyMore:
    'Whatever fails and cannot be mended by itself appears here, with what to do about it.',
  happened: 'Latest message',
  todo: 'What to do',
  times: (failures: number, count: number) =>
    `${counted(failures, 'case')}${count > failures ? `, seen ${counted(count, 'time')}` : ''}`,
  last: 'last',
  since: 'since',
  atRisk: 'Money at risk',
  affected: 'Affected',
  order: (orderId: string) => `order ${orderId}`,
  replayAll: (count: number) => (count === 1 ? 'Try again' : `Try all ${count} again`),
  replayOne: 'Try again',
  restocked: 'They are on the shelf',
  notRestocked: 'They are not',
  answered: 'Noted. The count follows in a moment.',
  dismissSummary: 'Dismiss…',
  dismissAll: (count: number) => (count === 1 ? 'Dismiss it' : `Dismiss all ${count}`),
  dismissOne: 'Dismiss',
  reason: 'Reason, kept in the log',
  each: 'See each case',
  back: 'All causes',
  cannotReplay: 'Nothing is stored that could be sent again: mend the cause, then dismiss it.',
  technical: 'Technical details',
  replayed: (count: number) =>
    count === 0
      ? 'Nothing could be sent again.'
      : `${counted(count, 'case')} sent again. What still fails comes back here.`,
  left: (count: number) =>
    `${counted(count, 'case')} of this cause are left; press again for them.`,
  refused: (count: number) =>
    `${counted(count, 'case')} hold nothing that can be sent again; dismiss them with a reason.`,
  dismissed: (count: number) => `${counted(count, 'case')} dismissed.`,
  needReason: 'Say why, in a few words: the next person will ask.',
  again: 'Replay a SKU or a time span',
} as const;

export const SKUS = {
  find: 'SKU or part of the name',
  search: 'Search',
  all: 'All SKUs',
  sku: 'SKU',
  onHand: 'On hand',
  none: 'No SKU is linked yet',
  noneMore: 'A plan compares both sides and says what would be linked, before anything is written.',
  makePlan: 'Make a plan',
  noMore: 'No more SKUs',
  notFound: (find: string) => `No linked SKU is called “${find}”`,
} as const;

export const ORDERS = {
  none: 'No order has gone from one side to the other yet',
  noneOff: 'Orders stay where they were made: sending them to the other side is switched off.',
  noneOn: 'The next paid order appears here with what became of it.',
  switchOn: 'Switch it on under Settings, Orders',
  order: 'Order',
  sold: 'Sold',
  total: 'Total',
  state: 'State',
  all: 'All',
  states: {
    pushed: { tone: 'good', text: 'on both sides' },
    parked: { tone: 'warn', text: 'waits for a setting' },
    attention: { tone: 'warn', text: 'somebody has to act' },
    removed: { tone: 'plain', text: 'cancelled, taken off' },
    failed: { tone: 'bad', text: 'out of attempts' },
    pending: { tone: 'plain', text: 'on its way' },
  },
  web: (orderId: string) => `Web order ${orderId}`,
  register: (orderId: string) => `Register sale ${orderId}`,
  money: 'What it is made of',
  tax: 'of that, tax',
  paid: 'Paid by',
  otherSide: 'On the other side',
  booked: (orderId: string) => `BigCommerce order ${orderId}`,
  todo: 'What to do',
  story: 'What happened',
  noStory: 'Nothing is kept of what happened to it.',
  parts: {
    product: 'Products',
    discount: 'Discounts',
    shipping: 'Shipping',
    handling: 'Handling',
    wrapping: 'Gift wrapping',
    fee: 'Fees',
    tax: 'Tax',
    rounding: 'Rounding',
  } as Readonly<Record<string, string>>,
} as const;

export const OVERVIEW = {
  pause: 'Pause sync',
  resume: 'Resume sync',
  pausedTag: 'paused',
  paused:
    'Sync is paused: levels are watched and sales are counted, but nothing is written to either side until you resume.',
  pausedNow: 'Sync is paused.',
  resumedNow: 'Sync goes on: every SKU works its target out again.',
  reauthorise:
    'BigCommerce no longer accepts our access. Open Onhand from Apps in your control panel and accept what it asks for.',
  setUp: 'Set-up',
  setUpDone: 'Set-up is complete',
  inStep: 'In step',
  ofSkus: 'SKUs at their target',
  linked: 'Linked SKUs',
  drifting: 'SKUs that differ now',
  oldest: 'Oldest difference',
  waitingWrites: 'SKUs with work waiting',
  parked: 'Parked: needs a person',
  oversells: 'Oversells',
  oversellsOpen: (open: number) => `${open} not made good`,
  inbox: 'In the inbox',
  atRest: 'none',
  place: 'Place',
  shows: 'Shows → should',
  next: 'What happens next',
  speed: 'How fast levels follow',
  speedNone: 'Nothing was sold or changed in the last 24 hours, so there is nothing to measure.',
  lag: 'Lag',
  lagMore: 'From a sale or change to the confirmed write on the other side, last 24 hours.',
  exposure: 'Exposure',
  exposureMore: 'How long the other side offered units that were already gone.',
  half: 'half within',
  most: '99 of 100 within',
  longer: 'longer than a day',
  chart: 'Lag by hour of the last day: half of all changes (left bar), 99 of 100 (right bar)',
  hour: 'Hour',
  changes: 'Changes',
  asTable: 'The chart as a table',
  told: 'How webhooks arrive',
  toldMore:
    'Share of changes that a webhook told before a sweep found them; below 98 % sweeps run more often by themselves.',
  toldNone: 'Nothing was measured yet.',
  subject: { levels: 'levels', sales: 'sales' },
  score: 'Delivered',
  lastLost: 'Last one lost',
  calls: 'Calls in the last hour',
  callsOf: (platform: string) => (platform === 'clover' ? 'Clover' : 'BigCommerce'),
  failedCalls: (count: number) => `${count} failed`,
  quota: (share: string, allowed: number) =>
    `${share} of the ${allowed.toLocaleString('en')} that Onhand may make in an hour`,
  atRisk: (money: string) => `${money} at risk`,
  relayed: 'Relayed in the last 24 hours',
  tieOut: 'Tie-out by day',
  followed: 'Changes of counts passed on',
  webOrders: 'Web orders at a register',
  registerSales: 'Register sales made web orders',
  byHand: 'Refunds and changes to make by hand',
  stuck: 'Web orders that wait',
  lastHour: 'The last hour',
  quiet: 'Nothing happened.',
  merchants: 'Clover merchants',
  noMerchants:
    'None yet. Install Onhand from the Clover App Market, then connect it here; a new tab opens.',
  connect: 'Connect Clover',
  connectMore: 'Connect another',
  connectAgain: 'Connect again',
} as const;

export const STEPS = {
  install: { title: 'Install Onhand in BigCommerce', text: 'Done: this store let Onhand in.' },
  connect: {
    title: 'Connect Clover',
    text: 'Clover asks in a new tab whether Onhand may see items, stock and orders. Come back here afterwards.',
  },
  map: {
    title: 'Say which registers sell from which location',
    text: 'With one location and one register there is nothing to do: they share the shelf.',
    action: 'Map locations',
  },
  audit: {
    title: 'Run the audit and mend what it finds',
    text: 'Both catalogs are read, nothing is written. Doubled, blank and look-alike SKUs are what keeps stock from moving.',
    action: 'Run the audit',
    look: 'See the findings',
  },
  owners: {
    title: 'Choose owners, directions and frequency',
    text: 'The defaults are safe: stock in both directions, no catalog field is copied, sweeps every 15 minutes.',
    action: 'Look at the settings',
  },
  preview: {
    title: 'Preview the plan',
    text: 'Every SKU that would be linked and every count that would change, before anything is written.',
    action: 'See the plan',
  },
  apply: {
    title: 'Apply the plan',
    text: 'You can watch it, and stop it; what was applied stays.',
    action: 'Apply it',
    watch: 'Watch it',
  },
  live: {
    title: 'Go live',
    text: 'A sale on either side now reaches the other in about a second. Sell one thing and look at its SKU page.',
    action: 'See your SKUs',
  },
} as const;

export const SKU = {
  chart: (sku: string) => `On hand of ${sku} over time`,
  overTime: 'On hand over time',
  recount: 'Recount',
  recountMore: 'Reads every place again and closes what differs.',
  recounted: 'Every place is being read again; what differs is closed in a moment.',
  buffer: 'Units held back from the web',
  bufferMore: (units: number) => `Empty: as for every SKU (${units}).`,
  bufferSet: 'The buffer is saved; the web level follows in a moment.',
  bufferWrong: 'A buffer is a whole number from 0 to 1,000,000, or empty.',
  set: 'Set',
  csv: 'All entries as CSV',
  acts: 'Do something',
} as const;
