/** Times of day as a merchant's clock shows them. */

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
