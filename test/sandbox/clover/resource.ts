/**
 * One kind of object the API answers: how a row looks on the wire, what may be expanded, filtered and sorted.
 * Paging, filters and expansion are carried out in `query.ts` from this description alone.
 */
import { badRequest } from './errors.ts';
import type { Platform } from './platform.ts';
import { PRIMARY } from './store.ts';
import type { Merchant, Tables } from './types.ts';

export type Wire = Record<string, unknown>;

/** What a reader sees: one merchant's tables at one instant. */
export interface View {
  platform: Platform;
  merchant: Merchant;
  tables: Tables;
  /** Epoch milliseconds; `PRIMARY` for the present. */
  asOf: number;
  /** Origin and merchant path, the start of every href. */
  base: string;
}

export type Scalar = string | number | boolean;

/** How a field compares, and what a row has there. */
export interface FilterField<Row> {
  kind: 'text' | 'number' | 'flag';
  of: (row: Row, view: View) => Scalar | readonly Scalar[] | undefined;
}

/** A field that holds other objects. */
export interface Relation<Row> {
  many: boolean;
  /** What stands there when it is not expanded; nothing when left out. */
  collapsed?: (row: Row, view: View) => unknown;
  /** The expanded value; `nested` are the names after the dot. */
  expand: (row: Row, view: View, nested: string[]) => unknown;
}

export interface Resource<Row> {
  /** The plain fields. */
  wire: (row: Row, view: View) => Wire;
  relations?: Record<string, Relation<Row>>;
  /** Names `expand` accepts though nothing in this sandbox ever stands there. */
  emptyExpands?: readonly string[];
  filters?: Record<string, FilterField<Row>>;
  /** What `orderBy` may name beyond the filters. */
  sorts?: Record<string, FilterField<Row>>;
  /** Rows a list shows, given the fields it is filtered by; all when left out. */
  listed?: (row: Row, filteredBy: ReadonlySet<string>) => boolean;
  /** Optional fields that `return_null_fields=true` shows as null. */
  nullable?: readonly string[];
  /** What "newest first" goes by, epoch milliseconds; the order of creation when left out. */
  newest?: (row: Row) => number;
  /** The 90-day window: of which instant, and whether a list filtered by these fields is under it. */
  window?: (filteredBy: ReadonlySet<string>) => ((row: Row) => number | undefined) | null;
}

export const byText = <Row>(
  of: (row: Row, view: View) => string | undefined,
): FilterField<Row> => ({
  kind: 'text',
  of,
});

export const byTexts = <Row>(
  of: (row: Row, view: View) => readonly string[],
): FilterField<Row> => ({ kind: 'text', of });

export const byNumber = <Row>(
  of: (row: Row, view: View) => number | undefined,
): FilterField<Row> => ({ kind: 'number', of });

export const byFlag = <Row>(
  of: (row: Row, view: View) => boolean | undefined,
): FilterField<Row> => ({ kind: 'flag', of });

/** Members shown of an expanded collection; the rest cannot be reached that way (clover.md 0). */
export const NESTED_MAX = 100;
const EXPAND_MAX = 3;

/** A to-many field whose members are objects of their own kind. */
export function many<Row, Child>(
  child: Resource<Child>,
  rows: (row: Row, view: View) => Child[],
  collapsed?: (row: Row, view: View) => unknown,
): Relation<Row> {
  return {
    many: true,
    ...(collapsed === undefined ? {} : { collapsed }),
    expand: (row, view, nested) =>
      rows(row, view)
        .slice(0, NESTED_MAX)
        .map((member) => render(child, member, view, nested)),
  };
}

/** A to-one field: `{id}` until it is expanded. */
export function one<Row, Child>(
  child: Resource<Child>,
  target: (row: Row, view: View) => Child | null,
  collapsed?: (row: Row, view: View) => unknown,
): Relation<Row> {
  return {
    many: false,
    ...(collapsed === undefined ? {} : { collapsed }),
    expand: (row, view, nested) => {
      const found = target(row, view);
      return found === null ? collapsed?.(row, view) : render(child, found, view, nested);
    },
  };
}

/** The expand names of a call: comma separated or repeated, three at most, two levels (clover.md 0). */
export function readExpand<Row>(resource: Resource<Row>, query: URLSearchParams): string[] {
  const names = query
    .getAll('expand')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > EXPAND_MAX) {
    throw badRequest(`Expand is limited to ${EXPAND_MAX} fields`);
  }
  for (const name of names) {
    const [head = '', ...rest] = name.split('.');
    const known =
      Object.hasOwn(resource.relations ?? {}, head) || resource.emptyExpands?.includes(head);
    if (known !== true || rest.length > 1) throw badRequest(`Invalid expand: ${name}`);
  }
  return names;
}

/** A row as the API answers it; fields without a value are left out. */
export function render<Row>(
  resource: Resource<Row>,
  row: Row,
  view: View,
  expand: readonly string[],
  withNulls = false,
): Wire {
  const wire = resource.wire(row, view);
  for (const [name, relation] of Object.entries(resource.relations ?? {})) {
    const asked = expand.filter((path) => path === name || path.startsWith(`${name}.`));
    const value =
      asked.length === 0 ? relation.collapsed?.(row, view) : expanded(relation, row, view, asked);
    if (value !== undefined) wire[name] = value;
  }
  if (withNulls) for (const name of resource.nullable ?? []) wire[name] ??= null;
  return wire;
}

function expanded<Row>(
  relation: Relation<Row>,
  row: Row,
  view: View,
  asked: readonly string[],
): unknown {
  const nested = asked.flatMap((path) => path.split('.').slice(1));
  const value = relation.expand(row, view, nested);
  if (!relation.many || !Array.isArray(value)) return value;
  if (value.length === 0 && view.platform.switches.emptyNested === 'absent') return undefined;
  return { elements: value };
}

/** The same view on the primary: what a POST answers from. */
export const onPrimary = (view: View): View => ({ ...view, asOf: PRIMARY });

/** A pointer as it stands in an unexpanded field. */
export const ref = (id: string | undefined): { id: string } | undefined =>
  id === undefined ? undefined : { id };
