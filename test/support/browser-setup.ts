/** Says once per run, where everybody sees it, that the browser tests are skipped and why. */
import { existsSync } from 'node:fs';

/** Debian's place, or what `CHROMIUM_PATH` says. */
export const CHROMIUM_PATH = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

export const isCi = (process.env['CI'] ?? '') !== '';

export function setup(): void {
  // Under CI they run and fail instead.
  if (existsSync(CHROMIUM_PATH) || isCi) return;
  console.warn(
    `Browser tests are skipped: there is no Chromium at ${CHROMIUM_PATH} (CHROMIUM_PATH).`,
  );
}
