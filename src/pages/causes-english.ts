/** Failures in plain words, by cause and by what was being done: a translation replaces this file. */

/** A cause in plain words, and what a person can do about it. */
export interface CauseText {
  readonly title: string;
  readonly todo: string;
}

const LATER =
  'Usually it passes. Try again in a few minutes; if it stays, look at the platform’s status page.';
const CONNECT = 'Connect again from the overview, then try again.';

/** By failure code; `OTHER_CAUSE` for codes of a newer release. */
const CAUSES: Readonly<Record<string, CauseText>> = {
  timeout: { title: 'The platform did not answer in time', todo: LATER },
  network: { title: 'The platform could not be reached', todo: LATER },
  platform_unavailable: { title: 'The platform reported a fault of its own', todo: LATER },
  rate_limited: {
    title: 'The platform’s rate limit was used up',
    todo: 'Another app of the store may be using much of the quota. Try again in a few minutes.',
  },
  busy: { title: 'Too much was going on at once', todo: 'Try again.' },
  unauthorized: { title: 'The platform refused our access', todo: CONNECT },
  permission_missing: {
    title: 'A permission is missing',
    todo: 'Open the app in BigCommerce, or in the Clover App Market, accept the permissions it asks for, then try again.',
  },
  reauthorise: { title: 'Access has ended', todo: CONNECT },
  disconnected: { title: 'The platform is disconnected', todo: CONNECT },
  not_found: {
    title: 'Something is gone on the platform',
    todo: 'It was probably deleted. Bring it back and try again, or dismiss this.',
  },
  conflict: {
    title: 'It contradicts what is there already',
    todo: 'Read the message, mend what it names, then try again.',
  },
  rejected: {
    title: 'The platform refused the request',
    todo: 'Read the message: it says what the platform did not accept. Mend it there, then try again.',
  },
  baseline_required: {
    title: 'BigCommerce wants a starting count first',
    todo: 'Set any level for the variant in BigCommerce, then try again.',
  },
  stock_insufficient: {
    title: 'The web shop had fewer units than were to be taken off',
    todo: 'Recount the SKU from its page: both sides are read again.',
  },
  tracking_mismatch: {
    title: 'BigCommerce counts this product another way',
    todo: 'Check “Track inventory” at the product in BigCommerce, then make a new plan.',
  },
  tracking_off: {
    title: 'Stock tracking is off',
    todo: 'Switch it on at the product, or dismiss this if it should not be counted.',
  },
  location_off: {
    title: 'The location is switched off in BigCommerce',
    todo: 'Switch the location on, or choose another under Settings, Stock. Then try again.',
  },
  unlinked: { title: 'The SKU is not linked', todo: 'Make a plan that links it, then try again.' },
  ambiguous_sku: {
    title: 'Several items carry the same SKU',
    todo: 'Leave the SKU on one of them, make a new plan, then try again.',
  },
  item_deleted: {
    title: 'The item was deleted',
    todo: 'Create it again and make a new plan, or dismiss this.',
  },
  malformed_answer: {
    title: 'The platform’s answer could not be read',
    todo: 'Try again. If it stays, report it with the technical details.',
  },
  too_large: { title: 'It is too large', todo: 'Dismiss it; a sweep finds what it was about.' },
  invalid_input: {
    title: 'It makes no sense as it is',
    todo: 'Read the message and mend what it names.',
  },
  stale: { title: 'It was overtaken by a change', todo: 'Make a new plan, then dismiss this.' },
  mapping_missing: {
    title: 'An order waits for a setting',
    todo: 'Set what the message names under Settings, Orders. The order then goes on by itself.',
  },
  manual_step: {
    title: 'Somebody has to act at the register',
    todo: 'Do what the message says at the register. This closes by itself once it is seen done.',
  },
  device_unassigned: {
    title: 'A register stands at no location',
    todo: 'Name it under Settings, Stock, at the location where it stands. This then closes by itself; check the counts of what it sold.',
  },
  config_missing: {
    title: 'Onhand itself is not configured',
    todo: 'Whoever hosts Onhand has to set what the message names.',
  },
  oversold: {
    title: 'More was sold than there was',
    todo: 'Find the units and set the level, or tell a customer. It closes by itself once it is made good.',
  },
  restock_asked: {
    title: 'Goods came back: are they on the shelf again?',
    todo: 'Open the cases and answer each. One closes by itself when its level rises. Under Settings, Orders, a rule can answer for you.',
  },
  internal: {
    title: 'A mistake of ours',
    todo: 'Try again. If it stays, report it with the technical details.',
  },
};

/** By source, where what failed is none of the platforms' doing. */
const CAUSES_OF: Readonly<Record<string, CauseText>> = {
  'alert:send': {
    title: 'Alerts do not arrive',
    todo: 'Mend what the message names under Settings, Alerts, and send a test there. This closes by itself with the next alert that arrives.',
  },
};

/** The words for a failure of this source and code. */
export function causeText({ source, code }: { source: string; code: string }): CauseText {
  return CAUSES_OF[source] ?? CAUSES[code] ?? OTHER_CAUSE;
}

const OTHER_CAUSE: CauseText = {
  title: 'Something could not be finished',
  todo: 'Read the message, mend what it names, then try again.',
};

/** What was being done, by the first two parts of a failure's source. */
export const SOURCES: Readonly<Record<string, string>> = {
  'intake:bigcommerce': 'reading a BigCommerce webhook',
  'intake:clover': 'reading a Clover webhook',
  'ledger:restock': 'a refund was read',
  'work:write': 'writing a level',
  'work:sales': 'reading an order',
  'work:order': 'reading an order',
  'work:push': 'sending an order to the other side',
  'work:plan': 'working on a plan',
  'work:sweep': 'sweeping',
  'work:read': 'reading a level',
  'work:evaluate': 'working a target out',
  'order:push': 'sending a web order to the register',
  'alert:send': 'sending an alert',
};
