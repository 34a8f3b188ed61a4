import { createMiddleware } from 'hono/factory';
import type { Config } from '../config.ts';
import { problem } from './errors.ts';

/** Lets only the admin token through; 401 with `WWW-Authenticate` otherwise. */
export function requireAdmin(config: Pick<Config, 'adminApiToken'>) {
  return createMiddleware(async (context, next) => {
    const given = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
    if (given === undefined || !(await isSameSecret(given, config.adminApiToken))) {
      context.header('WWW-Authenticate', 'Bearer realm="onhand"');
      const message = 'Send the admin token as "Authorization: Bearer …".';
      return problem(context, 401, 'unauthorized', message);
    }
    return next();
  });
}

/** Compares digests, each byte of them: how long it takes tells neither length nor content of the secret (X1). */
async function isSameSecret(given: string, wanted: string): Promise<boolean> {
  const [one, other] = await Promise.all([given, wanted].map(digest));
  let difference = one?.byteLength === 32 && other?.byteLength === 32 ? 0 : 1;
  for (let index = 0; index < 32; index += 1)
    difference |= (one?.[index] ?? 0) ^ (other?.[index] ?? 1);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
