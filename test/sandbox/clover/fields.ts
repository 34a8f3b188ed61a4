/** Reading of request bodies: known fields are checked, unknown ones are ignored without a word, as Clover does. */
import { badRequest } from './errors.ts';

const BAD = Symbol('bad');

/** Gives the value back, or says that it is none. */
export type Field<Value> = (value: unknown) => Value | typeof BAD;

/** The fields an app may write on one kind of object. */
export type Fields<Shape> = { [Key in keyof Shape]-?: Field<Shape[Key]> };

export const text =
  (maxLength: number, minLength = 0): Field<string> =>
  (value) =>
    typeof value === 'string' && value.length <= maxLength && value.trim().length >= minLength
      ? value
      : BAD;

export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER): Field<number> =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
      ? Number(value)
      : BAD;

export const decimal =
  (min = Number.NEGATIVE_INFINITY): Field<number> =>
  (value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= min ? value : BAD;

export const flag: Field<boolean> = (value) => (typeof value === 'boolean' ? value : BAD);

export const oneOf =
  <const Value extends string>(...values: Value[]): Field<Value> =>
  (value) =>
    values.find((candidate) => candidate === value) ?? BAD;

export const reference: Field<{ id: string }> = (value) =>
  isRecord(value) && typeof value['id'] === 'string' ? { id: value['id'] } : BAD;

/** A list, at least one member. */
export const listOf =
  <Value>(member: Field<Value>): Field<Value[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length === 0) return BAD;
    const read: Value[] = [];
    for (const one of value) {
      const found = member(one);
      if (found === BAD) return BAD;
      read.push(found);
    }
    return read;
  };

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The known fields that were sent, each checked; a wrong value or a missing required field is a 400. */
export function readFields<Shape>(
  body: unknown,
  fields: Fields<Shape>,
  required: readonly (keyof Shape & string)[] = [],
): Partial<Shape> {
  if (!isRecord(body)) throw badRequest('Invalid JSON format');
  for (const name of required) {
    if (body[name] === undefined || body[name] === null) throw badRequest(`${name} is required`);
  }
  const read: Partial<Shape> = {};
  for (const name in fields) {
    if (!Object.hasOwn(body, name)) continue;
    const value = fields[name](body[name]);
    if (value === BAD) throw badRequest(`Invalid value for ${name}`);
    read[name] = value;
  }
  return read;
}

/** The array under `name`, with at least one and at most `max` members. */
export function readArray(body: unknown, name: string, max: number): unknown[] {
  const list = isRecord(body) ? body[name] : undefined;
  if (!Array.isArray(list) || list.length === 0) throw badRequest(`${name} is required`);
  if (list.length > max) throw badRequest(`${name} is limited to ${max} per request`);
  return list;
}
