/**
 * How BigCommerce writes and reads time: RFC-2822 in V2, ISO-8601 in V3, unix seconds in webhooks.
 */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const two = (value: number) => String(value).padStart(2, '0');

/** `Tue, 05 Mar 2019 21:40:11 +0000`. */
export function rfc2822(atMs: number): string {
  const at = new Date(atMs);
  const day = `${DAYS[at.getUTCDay()]}, ${two(at.getUTCDate())} ${MONTHS[at.getUTCMonth()]}`;
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `${day} ${at.getUTCFullYear()} ${time} +0000`;
}

/** `2019-03-05T21:40:11+00:00`. */
export function iso(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}+00:00`;
}

export function seconds(atMs: number): number {
  return Math.floor(atMs / 1000);
}

/** Stored times have whole seconds, as both date formats do. */
export function wholeSecond(atMs: number): number {
  return seconds(atMs) * 1000;
}

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const RFC =
  /^([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(:\d{2})?( ([+-]\d{4}|GMT|UTC|Z))?$/;
const HAS_ZONE = /(Z|GMT|UTC|[+-]\d{2}:?\d{2})$/;

/**
 * Reads a date of a query or body, undefined when it is none. A bare date gets the current time of
 * day appended, which surprises everyone (bigcommerce.md 4.5). Times without a zone are UTC.
 */
export function parseDate(text: string, nowMs: number): number | undefined {
  const value = text.trim();
  if (ISO.test(value)) {
    if (value.length === 10) {
      const midnight = Date.parse(`${value}T00:00:00Z`);
      return Number.isNaN(midnight) ? undefined : midnight + (nowMs % 86_400_000);
    }
    return valid(Date.parse(HAS_ZONE.test(value.slice(10)) ? value : `${value}Z`));
  }
  if (RFC.test(value)) return valid(Date.parse(HAS_ZONE.test(value) ? value : `${value} UTC`));
  return undefined;
}

function valid(atMs: number): number | undefined {
  return Number.isNaN(atMs) ? undefined : atMs;
}
