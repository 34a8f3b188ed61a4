/** How often somebody may knock: what the doors to the API and to the install share. */
import type { Context } from 'hono';

/** The period of the `CALLERS` binding in `wrangler.toml`. */
export const ASK_PERIOD_SECONDS = 60;

/** The address that Cloudflare saw a request come from; under a local run there is none. */
export function addressOf(context: Context): string {
  return `address ${context.req.header('cf-connecting-ip') ?? 'unknown'}`;
}
