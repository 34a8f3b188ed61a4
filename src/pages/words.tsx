/** How values are said on pages. */
import type { EntryCause } from '../domain/stock/state.ts';
import type { Connection, ConnectionStatus, MerchantStatus } from '../store/connections.ts';
import type { OperationOutcome, PlanStatus } from '../store/plans.ts';
import {
  CONNECTION_STATES,
  COUNTS,
  ENTRY_CAUSES,
  MERCHANT_STATES,
  OUTCOMES,
  PLACES,
  PLAN_STATES,
  type Said,
  type Tone,
} from './words-english.ts';

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
  return locationId === undefined ? place : PLACES.web(locationId);
}

/** A sentence of the ledger or a plan, with places by their names instead of their keys. */
export function sayPlacesIn(sentence: string, connection: Pick<Connection, 'merchants'>): string {
  return sentence.replaceAll(/\b(bigcommerce:\d+|clover:[A-Z0-9]{13})\b/g, (place) =>
    sayPlace(place, connection),
  );
}

/** The name of an operation's kind or of a count of a plan. */
export function sayCount(name: string): string {
  return COUNTS[name] ?? name;
}

export function sayConnection(status: ConnectionStatus): Said {
  return CONNECTION_STATES[status];
}

export function sayMerchant(status: MerchantStatus): Said {
  return MERCHANT_STATES[status];
}

export function sayPlan(status: PlanStatus): Said {
  return PLAN_STATES[status];
}

export function sayOutcome(outcome: OperationOutcome): Said {
  return OUTCOMES[outcome];
}

export function sayCause(cause: EntryCause): string {
  return ENTRY_CAUSES[cause];
}

/** `12`, `-3`, or a dash where nothing was ever counted. */
export function sayLevel(level: number | null): string {
  return level === null ? '–' : String(level);
}
