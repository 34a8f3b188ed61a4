/**
 * Money. What is charged is whole minor units of one currency (Clover's way); what BigCommerce writes are decimal texts
 * with more digits than a currency has (`62.6793`), so sums are made on exact amounts and rounded once. No floats.
 */
import { fail, ok, type Result } from './result.ts';

/** An exact amount of a currency, in billionths of its unit: `12.5` is 12_500_000_000n. */
export type Exact = bigint;

const DECIMALS = 9;
const UNIT = 10n ** BigInt(DECIMALS);
const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,18}))?$/;

/** A decimal text, exactly; digits beyond a billionth must be zeros. The failure is the text itself. */
export function parseExact(text: string): Result<Exact, string> {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return fail(text);
  const [, sign, whole = '0', fraction = ''] = match;
  const digits = fraction.padEnd(DECIMALS, '0');
  if (/[1-9]/.test(digits.slice(DECIMALS))) return fail(text);
  const amount = BigInt(whole) * UNIT + BigInt(digits.slice(0, DECIMALS));
  return ok(sign === '-' ? -amount : amount);
}

/** As `parseExact`, also for the floats of BigCommerce's V3 answers, which mean at most four digits. */
export function readExact(value: string | number): Result<Exact, string> {
  if (typeof value === 'string') return parseExact(value);
  return Number.isFinite(value) ? parseExact(value.toFixed(4)) : fail(String(value));
}

const digitsByCurrency = new Map<string, number>();

/** Digits of a currency's minor unit by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD; 2 for a code that is none. */
export function minorDigits(currency: string): number {
  const known = digitsByCurrency.get(currency);
  if (known !== undefined) return known;
  let digits = 2;
  if (/^[A-Z]{3}$/.test(currency)) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  }
  digitsByCurrency.set(currency, digits);
  return digits;
}

/** Nearest whole `step`s in `amount`, halves away from zero. */
function divideRounded(amount: bigint, step: bigint): bigint {
  const positive = amount < 0n ? -amount : amount;
  const rounded = (2n * positive + step) / (2n * step);
  return amount < 0n ? -rounded : rounded;
}

const stepOf = (digits: number): bigint => 10n ** BigInt(DECIMALS - digits);

/** Whole minor units, halves away from zero. */
export function toMinor(amount: Exact, digits: number): number {
  return Number(divideRounded(amount, stepOf(digits)));
}

export function fromMinor(minor: number, digits: number): Exact {
  return BigInt(minor) * stepOf(digits);
}

/** `amount / rate`, to the nearest billionth; `rate` is positive. */
export function divideExact(amount: Exact, rate: Exact): Exact {
  return divideRounded(amount * UNIT, rate);
}

/**
 * Whole minor units for each part that together are the rounded sum: each part is off by less than one unit, the largest
 * remainders are rounded up, the first of equal ones first.
 */
export function spread(parts: readonly Exact[], digits: number): number[] {
  const step = stepOf(digits);
  const floors = parts.map((part) => floorDivide(part, step));
  const total = divideRounded(
    parts.reduce((sum, part) => sum + part, 0n),
    step,
  );
  const short = Number(total - floors.reduce((sum, floor) => sum + floor, 0n));
  const byRemainder = parts
    .map((part, index) => ({ index, remainder: part - (floors[index] ?? 0n) * step }))
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
    );
  const raised = new Set(byRemainder.slice(0, short).map(({ index }) => index));
  return floors.map((floor, index) => Number(floor) + (raised.has(index) ? 1 : 0));
}

function floorDivide(amount: bigint, step: bigint): bigint {
  const quotient = amount / step;
  return amount < 0n && quotient * step !== amount ? quotient - 1n : quotient;
}

/** `count` shares of a whole number that sum up to it and differ by one at most, the larger first. */
export function share(minor: number, count: number): number[] {
  const base = Math.floor(minor / count);
  const larger = minor - base * count;
  return Array.from({ length: count }, (_, index) => base + (index < larger ? 1 : 0));
}

/** `minor` shared out in proportion to `weights`; equal to it in sum. All zero: the first gets it. */
export function shareBy(minor: number, weights: readonly number[]): number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  if (whole === 0) return weights.map((_, index) => (index === 0 ? minor : 0));
  const shares: number[] = [];
  let given = 0;
  let seen = 0;
  for (const weight of weights) {
    seen += weight;
    // Exact: the product of two amounts may leave the whole numbers that a float holds.
    const upToHere = Number(divideRounded(BigInt(minor) * BigInt(seen), BigInt(whole)));
    shares.push(upToHere - given);
    given = upToHere;
  }
  return shares;
}

/** `12.34 USD`, for people and logs. */
export function moneyText(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = digits === 0 ? '' : `.${text.slice(text.length - digits)}`;
  return `${minor < 0 ? '-' : ''}${whole}${fraction} ${currency}`;
}

/** `12.34`: the decimal text that BigCommerce takes. */
export function decimalText(minor: number, currency: string): string {
  return moneyText(minor, currency).slice(0, -(currency.length + 1));
}
