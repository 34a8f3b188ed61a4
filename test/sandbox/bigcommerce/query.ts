/**
 * Reads of query parameters; a value of the wrong type is refused in the dialect of the version.
 */
import { parseDate } from './clock.ts';
import { Refusal } from './errors.ts';
import type { Call } from './serve.ts';

/** `'a b'` as two names, so that long lists of them stay readable. */
export const words = (names: string): string[] => names.split(' ');

/** The refusal of a filter value: V3 422, V2 400 (bigcommerce.md 3.3). */
export function badFilter(call: Call, name: string): Refusal {
  return call.version === 'v3'
    ? new Refusal(422, `The filter(s): ${name} have invalid values.`)
    : new Refusal(400, `The field '${name}' is invalid.`);
}

export function text(call: Call, name: string): string | undefined {
  return call.query.get(name) ?? undefined;
}

export function number(call: Call, name: string): number | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  if (!/^-?\d+(\.\d+)?$/.test(value)) throw badFilter(call, name);
  return Number(value);
}

export function integer(call: Call, name: string): number | undefined {
  const value = number(call, name);
  if (value !== undefined && !Number.isSafeInteger(value)) throw badFilter(call, name);
  return value;
}

/** A comma-separated list. */
export function texts(call: Call, name: string): string[] | undefined {
  return text(call, name)
    ?.split(',')
    .map((part) => part.trim());
}

export function integers(call: Call, name: string): number[] | undefined {
  return texts(call, name)?.map((part) => {
    if (!/^-?\d+$/.test(part)) throw badFilter(call, name);
    return Number(part);
  });
}

export function flag(call: Call, name: string): boolean | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw badFilter(call, name);
}

/** Epoch milliseconds. */
export function date(call: Call, name: string): number | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  const atMs = parseDate(value, call.platform.runtime.now());
  if (atMs === undefined) throw badFilter(call, name);
  return atMs;
}

export function oneOf<Choice extends string>(
  call: Call,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw badFilter(call, name);
  return choice;
}
