/** Words for states and causes, and of the pages that stand at the door. A translation replaces this file too. */
import type { EntryCause } from '../domain/stock/state.ts';
import type { ConnectionStatus, MerchantStatus } from '../store/connections.ts';
import type { OperationOutcome, PlanStatus } from '../store/plans.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** How a state is shown. */
export interface Said {
  readonly tone: Tone;
  readonly text: string;
}

export const CONNECTION_STATES: Readonly<Record<ConnectionStatus, Said>> = {
  active: { tone: 'good', text: 'connected' },
  reauthorise: { tone: 'bad', text: 'needs to be opened again in BigCommerce' },
  uninstalled: { tone: 'bad', text: 'uninstalled' },
};

export const MERCHANT_STATES: Readonly<Record<MerchantStatus, Said>> = {
  connected: { tone: 'good', text: 'connected' },
  reauthorise: { tone: 'bad', text: 'access has ended: connect again' },
  disconnected: { tone: 'warn', text: 'disconnected' },
};

export const PLAN_STATES: Readonly<Record<PlanStatus, Said>> = {
  computing: { tone: 'plain', text: 'being computed' },
  ready: { tone: 'good', text: 'ready to be applied' },
  applying: { tone: 'plain', text: 'being applied' },
  applied: { tone: 'good', text: 'applied' },
  stopped: { tone: 'warn', text: 'stopped' },
  stale: { tone: 'warn', text: 'out of date: compute it again' },
  failed: { tone: 'bad', text: 'failed' },
  needs_decision: { tone: 'warn', text: 'ready; some SKUs are left out' },
};

export const OUTCOMES: Readonly<Record<OperationOutcome, Said>> = {
  planned: { tone: 'plain', text: 'planned' },
  open: { tone: 'warn', text: 'left open' },
  applied: { tone: 'good', text: 'applied' },
  failed: { tone: 'bad', text: 'failed' },
  skipped: { tone: 'plain', text: 'left alone' },
};

export const ENTRY_CAUSES: Readonly<Record<EntryCause, string>> = {
  baseline: 'Starting count',
  level: 'Count changed at a place',
  sale: 'Sale',
  unsale: 'Sale taken back',
  component: 'Components changed',
  moved: 'Moved to another pool',
  left: 'Left with its location',
  recount: 'Recount',
  returned: 'Came back with a refund',
  oversell: 'Oversold',
  carried: 'Earlier entries, summed up',
};

export const COUNTS: Readonly<Record<string, string>> = {
  link: 'Link',
  relink: 'Change of a link',
  unmatched: 'Only on one side',
  ambiguous: 'Ambiguous',
  skip: 'Left alone',
  resync: 'Bring in step',
  create: 'Create',
  remove: 'Hide or delete',
  update: 'Write fields',
  sku: 'SKU',
  barcode: 'Barcode',
  tracking: 'Tracking',
  unchanged: 'As they should be',
  open: 'Wait for a person',
  applied: 'Applied',
  failed: 'Failed',
};

export const PLACES = { web: (locationId: string) => `Web shop (location ${locationId})` } as const;

export const HOME = {
  title: 'One count for web shop and registers',
  heading: 'One count for the web shop and the registers',
  what: 'Onhand keeps one BigCommerce store and its Clover registers telling the same truth. A sale on either side reaches the other in about a second, every unit is accounted for, and nothing is written before you have seen the plan.',
  steps: [
    'Install Onhand from Apps in your BigCommerce control panel.',
    'Connect your Clover merchant with one click.',
    'Look at the plan that links your SKUs, and apply it.',
  ],
  open: 'Open Onhand',
} as const;

export const ENTER = {
  title: 'Open Onhand',
  heading: 'One more click',
  why: 'Your browser keeps no cookies for pages inside the control panel, so Onhand opens in a tab.',
  open: 'Open Onhand in a new tab',
} as const;

export const NOT_CONFIGURED = {
  title: 'Not configured yet',
  heading: 'Onhand is not configured yet',
  todo: 'Set each of them with “wrangler secret put NAME”, then reload.',
} as const;

/** What went wrong, and what its reader can do. */
export const TROUBLES = {
  usedUp: {
    title: 'This button has been used',
    message: 'It works once, and for ten minutes after the page was loaded.',
    advice: 'Go back to the page it was on, reload it and press it again.',
  },
  crash: {
    title: 'Something went wrong here',
    message: 'This is our mistake; it has been noted.',
    advice: 'Reload the page in a minute.',
  },
  signedOut: {
    title: 'Please open Onhand again',
    message: 'There is no open session in this browser; it may have ended.',
    advice: 'Open Onhand from Apps in your BigCommerce control panel.',
  },
  uninstalled: {
    title: 'Onhand is not installed',
    message: 'Onhand was uninstalled from this store, so nothing is kept in step any more.',
    advice:
      'Install it again from Apps in your BigCommerce control panel; settings and links are kept.',
  },
  badForm: {
    title: 'This form cannot be used',
    message: 'It did not come from a page of your open session.',
    advice: 'Go back, reload the page and try again.',
  },
  tooLarge: 'What was sent is too large for a form.',
  noForm: 'This is not a form.',
  failed: {
    title: 'That did not work',
    advice: 'Go back and reload the page to see the present state.',
  },
  notFound: {
    title: 'There is nothing here',
    message: 'The page does not exist, or what it showed is gone.',
    advice: 'Start from the overview.',
  },
} as const;

export const SKU_PAGE = {
  inBigCommerce: 'in BigCommerce',
  broken: 'The link is broken: the variant or its Clover items are gone. Nothing is written.',
  notCounted: 'The SKU is linked, but its starting count has not been taken yet.',
  onHand: 'On hand',
  reserved: 'Reserved',
  buffer: 'Held back from the web',
  owed: (units: number) => `More was sold than there was: ${units} owed.`,
  parked: (place: string, reason: string) => `A write to ${place} ran out of attempts: ${reason}`,
  place: 'Place',
  shows: 'Shows',
  seen: 'Seen',
  state: 'State',
  onItsWay: 'on its way',
  inStep: 'in step',
  entries: 'What the count is made of',
  noEntries: 'No entries.',
  when: 'When',
  what: 'What',
  change: 'Change',
  onHandThen: 'On hand then',
  older: 'Older entries',
  at: (place: string) => ` at ${place}`,
  order: (orderId: string) => `Order ${orderId}`,
  seenAfter: (time: string) => `seen after ${time}`,
  writtenAfter: (place: string, time: string) => `${place} written after ${time}`,
} as const;

export const MERCHANT_WARNINGS = {
  trackingOff:
    'Stock tracking is off at this merchant, so its counts mean nothing and are left alone. Switch it on in Clover under Inventory settings.',
  updatesOff:
    'Clover does not take sales off the count at this merchant (“update stock” is off). Switch it on in Clover under Inventory settings; another stock app may have switched it off.',
} as const;
