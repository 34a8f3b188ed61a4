import type { PlatformName } from './runtime.ts';

/** One API call as the platform saw it. */
export interface JournalCall {
  atMs: number;
  platform: PlatformName;
  /** Store hash or merchant id; '' for OAuth and app-level calls. */
  account: string;
  method: string;
  /** Path with query, without origin. */
  path: string;
  status: number;
  requestBody: string;
  responseBody: string;
}

/** One level change as it was committed, whoever caused it. */
export interface JournalStockChange {
  atMs: number;
  platform: PlatformName;
  account: string;
  /** BigCommerce location id or '' for a Clover merchant. */
  place: string;
  /** BigCommerce variant id or Clover item id. */
  item: string;
  before: number | null;
  after: number;
  cause: 'sale' | 'api' | 'manual' | 'cancel';
}

/** One webhook delivery attempt. */
export interface JournalHook {
  atMs: number;
  platform: PlatformName;
  topic: string;
  outcome: 'delivered' | 'dropped' | 'failed';
  status: number;
}

/** Bounded memory of what happened, oldest dropped first. */
export interface Journal {
  readonly calls: JournalCall[];
  readonly stock: JournalStockChange[];
  readonly hooks: JournalHook[];
}

const JOURNAL_ROWS_MAX = 20_000;

export function createJournal(): Journal {
  return { calls: [], stock: [], hooks: [] };
}

/** Appends a row and drops the oldest ones over the limit. */
export function note<Row>(rows: Row[], row: Row): void {
  rows.push(row);
  if (rows.length > JOURNAL_ROWS_MAX) rows.splice(0, rows.length - JOURNAL_ROWS_MAX);
}
