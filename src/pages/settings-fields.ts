/**
 * Forms made from the settings' own schema: a setting that is added there appears on its page without another line of
 * code. Here is what has no markup: which fields there are, what a posted form says, what that changes.
 */
import * as z from 'zod';
import { isSame } from '../domain/equal.ts';
import { defaultSettings, settingsSchema } from '../settings.ts';

interface About {
  /** Dotted path, also the name of its input. */
  readonly path: string;
  readonly key: string;
  readonly description: string;
}

export type Field = About &
  (
    | { readonly kind: 'group'; readonly fields: readonly Field[] }
    | { readonly kind: 'flag' }
    | { readonly kind: 'choice'; readonly options: readonly string[] }
    | { readonly kind: 'choices'; readonly options: readonly string[] }
    | {
        readonly kind: 'number';
        readonly min?: number;
        readonly max?: number;
        readonly whole: boolean;
      }
    | { readonly kind: 'text'; readonly nullable: boolean }
    /** BigCommerce's order statuses, by number. */
    | { readonly kind: 'statuses' }
    /** One text per line. */
    | { readonly kind: 'lines' }
    /** `key = value` per line. */
    | { readonly kind: 'record'; readonly of: 'number' | 'text' | 'parts' }
    | { readonly kind: 'rows'; readonly row: Schema }
  );

/** The part of JSON Schema that zod writes for settings. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export const SECTIONS = [
  'stock',
  'bundles',
  'catalog',
  'orders',
  'customers',
  'schedule',
  'logs',
  'alerts',
] as const;
export type Section = (typeof SECTIONS)[number];

/** The fields of one section. */
export function sectionField(section: Section): Field {
  const whole = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });
  return fieldOf(section, section, (whole.properties ?? {})[section] as Schema);
}

/** The fields of one row of a list. */
export function rowField(path: string, row: Schema): Field {
  return fieldOf(path, path.split('.').at(-1) ?? '', row);
}

function fieldOf(path: string, key: string, schema: Schema): Field {
  const about = { path, key, description: schema.description ?? '' };
  if (schema.anyOf !== undefined) return { ...about, kind: 'text', nullable: true };
  if (schema.enum !== undefined) return { ...about, kind: 'choice', options: schema.enum };
  if (schema.properties !== undefined) {
    const fields = Object.entries(schema.properties).map(([name, each]) =>
      fieldOf(`${path}.${name}`, name, each),
    );
    return { ...about, kind: 'group', fields };
  }
  switch (schema.type) {
    case 'boolean':
      return { ...about, kind: 'flag' };
    case 'integer':
    case 'number':
      return {
        ...about,
        kind: 'number',
        whole: schema.type === 'integer',
        ...(schema.minimum === undefined ? {} : { min: schema.minimum }),
        ...(schema.maximum === undefined ? {} : { max: schema.maximum }),
      };
    case 'array':
      return listField(about, schema.items ?? {});
    case 'object':
      return { ...about, kind: 'record', of: recordOf(schema.additionalProperties) };
    default:
      return { ...about, kind: 'text', nullable: false };
  }
}

function listField(about: About, items: Schema): Field {
  if (items.enum !== undefined) return { ...about, kind: 'choices', options: items.enum };
  if (items.type === 'integer') return { ...about, kind: 'statuses' };
  if (items.type === 'object') return { ...about, kind: 'rows', row: items };
  return { ...about, kind: 'lines' };
}

function recordOf(value: Schema | boolean | undefined): 'number' | 'text' | 'parts' {
  const type = typeof value === 'object' ? value.type : undefined;
  if (type === 'array') return 'parts';
  return type === 'integer' || type === 'number' ? 'number' : 'text';
}

/** What a posted form says of a field; undefined: left empty, so the default holds. What is no number stays text. */
export function readField(field: Field, form: URLSearchParams): unknown {
  const text = (form.get(field.path) ?? '').trim();
  switch (field.kind) {
    case 'group': {
      const entries = field.fields.map((each) => [each.key, readField(each, form)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
    case 'flag':
      return form.has(field.path);
    case 'choices':
      return form.getAll(field.path);
    case 'statuses':
      return form.getAll(field.path).map(asNumber);
    case 'number':
      return text === '' ? undefined : asNumber(text);
    case 'lines':
      // One text with a line each, or a box each where they are chosen by name.
      return linesOf(form.getAll(field.path).join('\n'));
    case 'record':
      return Object.fromEntries(linesOf(text).map((line) => readPair(line, field.of)));
    case 'rows':
      return readRows(field.path, field.row, form);
    default:
      return text === '' ? (field.kind === 'text' && field.nullable ? null : undefined) : text;
  }
}

function asNumber(text: string): number | string {
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function readPair(line: string, of: 'number' | 'text' | 'parts'): [string, unknown] {
  const at = line.lastIndexOf('=');
  const key = (at < 0 ? line : line.slice(0, at)).trim();
  const value = at < 0 ? '' : line.slice(at + 1).trim();
  if (of === 'text') return [key, value];
  if (of === 'number') return [key, value === '' ? value : asNumber(value)];
  const parts = value.split(' + ').filter((part) => part.trim() !== '');
  return [
    key,
    parts.map((part) => {
      const [, sku = '', quantity] = /^(.*?)(?:\s+[×x*]\s*(\d+))?$/.exec(part.trim()) ?? [];
      return { sku, quantity: quantity === undefined ? 1 : Number(quantity) };
    }),
  ];
}

/** Rows whose texts are all empty are left out: the blank one below the others, and those that a person cleared. */
function readRows(path: string, schema: Schema, form: URLSearchParams): unknown[] {
  const rows: unknown[] = [];
  for (let index = 0; form.has(`${path}.${index}.row`); index += 1) {
    const field = rowField(`${path}.${index}`, schema);
    const inputs = field.kind === 'group' ? field.fields : [];
    const isBlank = inputs.every(
      ({ kind, path: name }) => kind === 'choice' || (form.get(name) ?? '').trim() === '',
    );
    if (isBlank) continue;
    const row = Object.entries(readField(field, form) as object);
    // An optional list that is empty is none.
    rows.push(
      Object.fromEntries(row.filter(([key, value]) => key !== 'deviceIds' || !isSame(value, []))),
    );
  }
  return rows;
}

/** How a value stands in its input. */
export function writeRecord(value: unknown): string {
  if (!isObject(value)) return '';
  return Object.entries(value)
    .map(([key, each]) => `${key} = ${writeValue(each)}`)
    .join('\n');
}

function writeValue(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value
    .map((part: { sku: string; quantity: number }) => `${part.sku} × ${part.quantity}`)
    .join(' + ');
}

/**
 * The merge patch from the settings as they are to those that a form says: only what differs, so that somebody else's
 * change in between stays. What equals the default becomes null, which brings the default back.
 */
export function patchTo(now: unknown, wanted: unknown, fallback: unknown): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const before = isObject(now) ? now : {};
  const after = isObject(wanted) ? wanted : {};
  const defaults = isObject(fallback) ? fallback : {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = after[key] === undefined ? defaults[key] : after[key];
    if (isSame(before[key], value)) continue;
    if (isObject(value) && isObject(before[key])) {
      patch[key] = patchTo(before[key], value, defaults[key]);
    } else patch[key] = value === undefined || isSame(value, defaults[key]) ? null : value;
  }
  return patch;
}

/** The patch of one section. */
export function sectionPatch(
  section: Section,
  now: unknown,
  wanted: unknown,
): Record<string, unknown> {
  const patch = patchTo(now, wanted, defaultSettings[section]);
  return Object.keys(patch).length === 0 ? {} : { [section]: patch };
}

export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every value that differs, by its path. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isSame(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    differences(before[key], after[key], path === '' ? key : `${path}.${key}`),
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
