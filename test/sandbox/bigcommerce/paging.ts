/**
 * Offset paging of both versions (bigcommerce.md 3.4). There is no cursor on products, variants and
 * items.
 */
import { nothing, ok, Refusal } from './errors.ts';
import { badFilter, integer } from './query.ts';
import type { Call } from './serve.ts';

const LIMIT_DEFAULT = 50;

/** Filters every paged list knows. */
export const PAGING_FILTERS: readonly string[] = ['page', 'limit'];

interface Window {
  page: number;
  limit: number;
}

/** Page and limit of a call; a limit over the maximum is refused with 413 (bigcommerce.md 3.3). */
function windowOf(call: Call, limitMax: number): Window {
  const page = integer(call, 'page') ?? 1;
  const limit = integer(call, 'limit') ?? LIMIT_DEFAULT;
  if (page < 1) throw badFilter(call, 'page');
  if (limit < 1) throw badFilter(call, 'limit');
  if (limit > limitMax)
    throw new Refusal(413, `The maximum limit of this resource is ${limitMax}.`);
  return { page, limit };
}

function cut<Row>(rows: readonly Row[], { page, limit }: Window): Row[] {
  return rows.slice((page - 1) * limit, page * limit);
}

function link(call: Call, page: number, limit: number): string {
  const query = new URLSearchParams(call.query);
  query.set('page', String(page));
  query.set('limit', String(limit));
  return `?${query}`;
}

/**
 * One page in the V3 envelope. `shrinkTo` makes pages smaller than asked for without a word, as
 * `include=options` does (bigcommerce.md 4.5).
 */
export function pageV3<Row>(
  call: Call,
  rows: readonly Row[],
  view: (row: Row) => unknown,
  options: { limitMax: number; shrinkTo?: number },
): Response {
  const asked = windowOf(call, options.limitMax);
  const window = { ...asked, limit: Math.min(asked.limit, options.shrinkTo ?? asked.limit) };
  const shown = cut(rows, window);
  const { page, limit } = window;
  const pages = Math.max(1, Math.ceil(rows.length / limit));
  const pagination = {
    total: rows.length,
    count: shown.length,
    per_page: limit,
    current_page: page,
    total_pages: pages,
    links: {
      ...(page > 1 ? { previous: link(call, page - 1, limit) } : {}),
      current: link(call, page, limit),
      ...(page < pages ? { next: link(call, page + 1, limit) } : {}),
    },
  };
  return ok({ data: shown.map(view), meta: { pagination } });
}

/** One page in V2: a bare list, and 204 without a body when it is empty (bigcommerce.md 3.3). */
export function pageV2<Row>(
  call: Call,
  rows: readonly Row[],
  view: (row: Row) => unknown,
): Response {
  const shown = cut(rows, windowOf(call, call.platform.switches.limitMaxV2));
  return shown.length === 0 ? nothing() : ok(shown.map(view));
}
