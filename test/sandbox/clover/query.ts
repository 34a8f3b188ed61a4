/** Lists: filters, order, window and paging of clover.md section 0, the same for every resource. */
import { badRequest } from './errors.ts';
import { nowMs } from './platform.ts';
import { readExpand, render } from './resource.ts';
import type { FilterField, Resource, Scalar, View, Wire } from './resource.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;
const WINDOW_MS = 90 * 24 * 3_600_000;

const ALLOWED_FILTERS_HEADER = 'X-Clover-Allowed-Filter-Fields';

export interface ListAnswer {
  body: { elements: Wire[]; href: string };
  headers: Record<string, string>;
}

interface Condition {
  field: string;
  operator: '=' | '!=' | '>' | '>=' | '<' | '<=' | 'in';
  values: string[];
}

const COMPARISON = /^([A-Za-z][\w.]*)\s*(!=|>=|<=|=|>|<)(.+)$/;
const MEMBERSHIP = /^([A-Za-z][\w.]*)\s+in\s*\((.+)\)$/i;

function readCondition(text: string, headers: Record<string, string>): Condition {
  const membership = MEMBERSHIP.exec(text);
  if (membership !== null) {
    const [, field = '', list = ''] = membership;
    const values = list.split(',').map((value) => value.trim().replace(/^(['"])(.*)\1$/, '$2'));
    return { field, operator: 'in', values };
  }
  const [, field, operator, value] = COMPARISON.exec(text) ?? [];
  if (field === undefined || value === undefined) {
    throw badRequest(`Invalid filter: ${text}`, headers);
  }
  return { field, operator: operator as Condition['operator'], values: [value.trim()] };
}

/** The value of a filter in the field's own type; numbers and booleans must be such. */
function typed(kind: FilterField<unknown>['kind'], value: string, field: string): Scalar {
  if (kind === 'text') return value;
  if (kind === 'number') {
    const number = Number(value);
    if (value === '' || !Number.isFinite(number)) throw badRequest(`Invalid value for ${field}`);
    return number;
  }
  if (value !== 'true' && value !== 'false') throw badRequest(`Invalid value for ${field}`);
  return value === 'true';
}

function compare(actual: Scalar, operator: Condition['operator'], expected: Scalar): boolean {
  if (operator === '>') return actual > expected;
  if (operator === '>=') return actual >= expected;
  if (operator === '<') return actual < expected;
  if (operator === '<=') return actual <= expected;
  if (typeof expected === 'string' && expected.endsWith('*')) {
    return String(actual).startsWith(expected.slice(0, -1));
  }
  return actual === expected;
}

function satisfies<Row>(
  condition: Condition,
  field: FilterField<Row>,
  row: Row,
  view: View,
): boolean {
  const found = field.of(row, view);
  const actual = found === undefined ? [] : typeof found === 'object' ? found : [found];
  const expected = condition.values.map((value) => typed(field.kind, value, condition.field));
  const { operator } = condition;
  const hit = actual.some((value) =>
    expected.some((wanted) => compare(value, operator === '!=' ? '=' : operator, wanted)),
  );
  return operator === '!=' ? !hit : hit;
}

function readFilters<Row>(
  resource: Resource<Row>,
  query: URLSearchParams,
  headers: Record<string, string>,
): Condition[] {
  return query.getAll('filter').map((text) => {
    const condition = readCondition(text, headers);
    const field = resource.filters?.[condition.field];
    if (field === undefined || !Object.hasOwn(resource.filters ?? {}, condition.field)) {
      throw badRequest(`Invalid filter field: ${condition.field}`, headers);
    }
    // Typed here too, so that a wrong value is refused even when no row is looked at.
    for (const value of condition.values) typed(field.kind, value, condition.field);
    return condition;
  });
}

function readWhole(query: URLSearchParams, name: string, fallback: number, min: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
    throw badRequest(`Invalid ${name}`);
  }
  return value;
}

function readLimit(query: URLSearchParams, view: View): number {
  const limit = readWhole(query, 'limit', LIMIT_DEFAULT, 1);
  if (limit <= LIMIT_MAX) return limit;
  if (view.platform.switches.overLimit === 'clamp') return LIMIT_MAX;
  throw badRequest(`limit is at most ${LIMIT_MAX}`);
}

const first = (value: Scalar | readonly Scalar[] | undefined): Scalar | undefined =>
  typeof value === 'object' ? value[0] : value;

function byOrder<Row>(
  resource: Resource<Row>,
  orderBy: string,
  view: View,
): (left: Row, right: Row) => number {
  const keys = orderBy.split(',').map((part) => {
    const [name = '', direction = 'ASC', ...rest] = part.trim().split(/\s+/);
    const sortable = { ...resource.filters, ...resource.sorts };
    const field = Object.hasOwn(sortable, name) ? sortable[name] : undefined;
    if (field === undefined || !/^(?:ASC|DESC)$/.test(direction) || rest.length > 0) {
      throw badRequest(`Invalid orderBy: ${part}`);
    }
    return { field, sign: direction === 'DESC' ? -1 : 1 };
  });
  return (left, right) => {
    for (const { field, sign } of keys) {
      const one = first(field.of(left, view)) ?? '';
      const other = first(field.of(right, view)) ?? '';
      if (one < other) return -sign;
      if (one > other) return sign;
    }
    return 0;
  };
}

/** The rows in the order of the answer: `orderBy`, or newest first. */
function ordered<Row>(
  resource: Resource<Row>,
  rows: Row[],
  query: URLSearchParams,
  view: View,
): Row[] {
  const orderBy = query.get('orderBy');
  if (orderBy !== null) return rows.toSorted(byOrder(resource, orderBy, view));
  const { newest } = resource;
  const reversed = rows.toReversed();
  return newest === undefined
    ? reversed
    : reversed.toSorted((left, right) => newest(right) - newest(left));
}

/**
 * Answers a list from the rows a reader sees, oldest first. Nothing here says how many there are: a client
 * stops at a page shorter than its limit (clover.md 0).
 */
export function list<Row>(
  resource: Resource<Row>,
  rows: Row[],
  url: URL,
  view: View,
  keepOrder = false,
): ListAnswer {
  const query = url.searchParams;
  const headers = { [ALLOWED_FILTERS_HEADER]: Object.keys(resource.filters ?? {}).join(', ') };
  const conditions = readFilters(resource, query, headers);
  const expand = readExpand(resource, query);
  const limit = readLimit(query, view);
  const offset = readWhole(query, 'offset', 0, 0);
  const filteredBy = new Set(conditions.map((condition) => condition.field));
  const windowOf = resource.window?.(filteredBy) ?? null;
  const since = nowMs(view.platform) - WINDOW_MS;
  const matching = rows.filter((row) => {
    if (resource.listed?.(row, filteredBy) === false) return false;
    if (windowOf !== null && (windowOf(row) ?? 0) < since) return false;
    return conditions.every((condition) => {
      const field = resource.filters?.[condition.field];
      return field !== undefined && satisfies(condition, field, row, view);
    });
  });
  const sorted =
    keepOrder && !query.has('orderBy') ? matching : ordered(resource, matching, query, view);
  const withNulls = query.get('return_null_fields') === 'true';
  const elements = sorted
    .slice(offset, offset + limit)
    .map((row) => render(resource, row, view, expand, withNulls));
  const href = new URL(url);
  href.searchParams.set('limit', String(limit));
  if (offset > 0) href.searchParams.set('offset', String(offset));
  return { body: { elements, href: href.href }, headers };
}
