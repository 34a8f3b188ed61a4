/** How values are said on pages. */
import { unreachable } from '../domain/result.ts';
import type { EntryCause } from '../domain/stock/state.ts';
import type { Connection, ConnectionStatus, MerchantStatus } from '../store/connections.ts';
import type { OperationOutcome, PlanStatus } from '../store/plans.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

export function Tag(props: { tone: Tone; text: string }) {
  return <span class={props.tone === 'plain' ? 'tag' : `tag ${props.tone}`}>{props.text}</span>;
}

/** A moment in the store's own time zone. */
export function Moment(props: { atMs: number; timeZone: string }) {
  const iso = new Date(props.atMs).toISOString();
  return <time datetime={iso}>{sayMoment(props.atMs, props.timeZone)}</time>;
}

/** As `Moment` shows it. */
export function sayMoment(atMs: number, timeZone: string): string {
  const say = (zone: string) =>
    new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'medium',
      timeStyle: 'medium',
      timeZone: zone,
    }).format(atMs);
  try {
    return say(timeZone);
  } catch {
    // The platform's name for the zone is none that this runtime knows.
    return `${say('UTC')} UTC`;
  }
}

/** A place as people call it. */
export function sayPlace(place: string, connection: Pick<Connection, 'merchants'>): string {
  const merchant = connection.merchants.find(({ merchantId }) => place === `clover:${merchantId}`);
  if (merchant !== undefined) return merchant.name === '' ? merchant.merchantId : merchant.name;
  const locationId = /^bigcommerce:(\d+)$/.exec(place)?.[1];
  return locationId === undefined ? place : `Web shop (location ${locationId})`;
}

/** A sentence of the ledger or a plan, with places by their names instead of their keys. */
export function sayPlacesIn(sentence: string, connection: Pick<Connection, 'merchants'>): string {
  return sentence.replaceAll(/\b(bigcommerce:\d+|clover:[A-Z0-9]{13})\b/g, (place) =>
    sayPlace(place, connection),
  );
}

const COUNTS: Readonly<Record<string, string>> = {
  link: 'Link',
  relink: 'Change of a link',
  unmatched: 'Only on one side',
  ambiguous: 'Ambiguous',
  skip: 'Left alone',
  resync: 'Bring in step',
  create: 'Create',
  update: 'Write fields',
  sku: 'SKU',
  barcode: 'Barcode',
  tracking: 'Tracking',
  unchanged: 'As they should be',
  open: 'Wait for a person',
  applied: 'Applied',
  failed: 'Failed',
};

/** The name of an operation's kind or of a count of a plan. */
export function sayCount(name: string): string {
  return COUNTS[name] ?? name;
}

export function sayConnection(status: ConnectionStatus): { tone: Tone; text: string } {
  switch (status) {
    case 'active':
      return { tone: 'good', text: 'connected' };
    case 'reauthorise':
      return { tone: 'bad', text: 'needs to be opened again in BigCommerce' };
    case 'uninstalled':
      return { tone: 'bad', text: 'uninstalled' };
    default:
      return unreachable(status);
  }
}

export function sayMerchant(status: MerchantStatus): { tone: Tone; text: string } {
  switch (status) {
    case 'connected':
      return { tone: 'good', text: 'connected' };
    case 'reauthorise':
      return { tone: 'bad', text: 'access has ended: connect again' };
    case 'disconnected':
      return { tone: 'warn', text: 'disconnected' };
    default:
      return unreachable(status);
  }
}

export function sayPlan(status: PlanStatus): { tone: Tone; text: string } {
  switch (status) {
    case 'computing':
      return { tone: 'plain', text: 'being computed' };
    case 'ready':
      return { tone: 'good', text: 'ready to be applied' };
    case 'applying':
      return { tone: 'plain', text: 'being applied' };
    case 'applied':
      return { tone: 'good', text: 'applied' };
    case 'stopped':
      return { tone: 'warn', text: 'stopped' };
    case 'stale':
      return { tone: 'warn', text: 'out of date: compute it again' };
    case 'failed':
      return { tone: 'bad', text: 'failed' };
    case 'needs_decision':
      return { tone: 'warn', text: 'ready; some SKUs are left out' };
    default:
      return unreachable(status);
  }
}

export function sayOutcome(outcome: OperationOutcome): { tone: Tone; text: string } {
  switch (outcome) {
    case 'planned':
      return { tone: 'plain', text: 'planned' };
    case 'open':
      return { tone: 'warn', text: 'left open' };
    case 'applied':
      return { tone: 'good', text: 'applied' };
    case 'failed':
      return { tone: 'bad', text: 'failed' };
    case 'skipped':
      return { tone: 'plain', text: 'left alone' };
    default:
      return unreachable(outcome);
  }
}

export function sayCause(cause: EntryCause): string {
  switch (cause) {
    case 'baseline':
      return 'Starting count';
    case 'level':
      return 'Count changed at a place';
    case 'sale':
      return 'Sale';
    case 'unsale':
      return 'Sale taken back';
    case 'component':
      return 'Components changed';
    case 'moved':
      return 'Moved to another pool';
    case 'left':
      return 'Left with its location';
    case 'recount':
      return 'Recount';
    case 'oversell':
      return 'Oversold';
    case 'carried':
      return 'Earlier entries, summed up';
    default:
      return unreachable(cause);
  }
}

/** `12`, `-3`, or a dash where nothing was ever counted. */
export function sayLevel(level: number | null): string {
  return level === null ? '–' : String(level);
}
