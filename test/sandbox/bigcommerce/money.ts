/**
 * Money inside the sandbox is an integer of ten-thousandths; V2 shows strings with four decimals,
 * V3 numbers.
 */
const UNIT = 10_000;

/** `10.8300`. */
export function moneyText(amount: number): string {
  const sign = amount < 0 ? '-' : '';
  const units = Math.abs(amount);
  return `${sign}${Math.trunc(units / UNIT)}.${String(units % UNIT).padStart(4, '0')}`;
}

/** 10.83, as V3 shows it. */
export function moneyNumber(amount: number): number {
  return amount / UNIT;
}

/**
 * Reads a string or number of a request, undefined when it is neither. Rounds to four decimals
 * (bigcommerce.md 4.3).
 */
export function parseMoney(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? Math.round(value * UNIT) : undefined;
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value.trim())) return undefined;
  return Math.round(Number(value) * UNIT);
}
