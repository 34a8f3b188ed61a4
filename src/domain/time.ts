/** Times of day, and days, as a merchant's clock shows them. */

/** The hour (0 to 23) in an IANA time zone; in UTC where the zone is not known. */
export function hourIn(timeZone: string, nowMs: number): number {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      hourCycle: 'h23',
    });
    return Number(format.format(nowMs));
  } catch {
    return new Date(nowMs).getUTCHours();
  }
}

const DAY_MS = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Milliseconds that the zone's clocks are ahead of UTC at a moment. */
function offsetMs(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const shownMs = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  );
  return shownMs - Math.floor(atMs / 1_000) * 1_000;
}

/** The moment at which the zone's clocks show what UTC's do at `utcMs`, or the end of the gap where clocks skip it. */
function localMs(utcMs: number, timeZone: string): number {
  const first = utcMs - offsetMs(utcMs, timeZone);
  // The offset may change between UTC midnight and the zone's own.
  return utcMs - offsetMs(first, timeZone);
}

/** From (inclusive) and until (exclusive) of a date `2026-11-25` in a zone; null when either is none. */
export function dayIn(
  date: string,
  timeZone: string,
): { readonly fromMs: number; readonly untilMs: number } | null {
  const match = DATE.exec(date);
  if (match === null) return null;
  const utcMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(utcMs) || new Date(utcMs).toISOString().slice(0, 10) !== date) return null;
  try {
    return { fromMs: localMs(utcMs, timeZone), untilMs: localMs(utcMs + DAY_MS, timeZone) };
  } catch {
    // A zone that this runtime does not know.
    return null;
  }
}

/** The date `2026-11-25` on which a moment falls in a zone; in UTC where the zone is not known. */
export function dateIn(timeZone: string, atMs: number): string {
  try {
    return new Date(atMs + offsetMs(atMs, timeZone)).toISOString().slice(0, 10);
  } catch {
    return new Date(atMs).toISOString().slice(0, 10);
  }
}

/** The date some days after another; negative: before it. */
export function dateAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

const WALL_CLOCK = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/** What a zone's clocks show, as inputs of browsers write it: `2026-11-25T14:05`; UTC where the zone is not known. */
export function wallClockIn(timeZone: string, atMs: number): string {
  try {
    return new Date(atMs + offsetMs(atMs, timeZone)).toISOString().slice(0, 16);
  } catch {
    return new Date(atMs).toISOString().slice(0, 16);
  }
}

/** The moment at which a zone's clocks show `2026-11-25T14:05`; null when that is no time. */
export function momentIn(timeZone: string, wallClock: string): number | null {
  const utcMs = WALL_CLOCK.test(wallClock) ? Date.parse(`${wallClock}Z`) : Number.NaN;
  if (Number.isNaN(utcMs)) return null;
  try {
    return localMs(utcMs, timeZone);
  } catch {
    return utcMs;
  }
}
