/** Who calls: the holder of the admin token, who sees everything, or of a connection's own key, who sees only that (X5). */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { KEY_PREFIX } from '../install/api-keys.ts';
import type { Ports } from '../ports.ts';
import { addressOf, ASK_PERIOD_SECONDS } from '../request-rate.ts';
import { type ApiKey, findApiKey, type KeyScope } from '../store/api-keys.ts';
import { problem } from './errors.ts';
import type { ApiEnv } from './routing.ts';

export type Caller = { readonly kind: 'admin' } | { readonly kind: 'key'; readonly key: ApiKey };

const RANK: Readonly<Record<KeyScope, number>> = { read: 0, operate: 1, admin: 2 };

/**
 * Lets the admin token and known keys through, keys as far as their scope goes and not too often; 401, 403 or 429 otherwise. Who
 * knocks without either is counted by address; the admin token is the operator's own and is not counted.
 */
export function requireCaller(ports: Pick<Ports, 'config' | 'db' | 'mayAsk'>) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const given = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
    const caller = given === undefined ? undefined : await callerOf(ports, given);
    if (caller?.kind !== 'admin' && !(await ports.mayAsk(rateName(context, caller)))) {
      return askedTooOften(context);
    }
    if (caller === undefined) {
      context.header('WWW-Authenticate', 'Bearer realm="onhand"');
      const message = 'Send the admin token or a key as "Authorization: Bearer …".';
      return problem(context, 401, 'unauthorized', message);
    }
    const needed = scopeFor(context.req.method, context.req.path);
    if (caller.kind === 'key' && RANK[caller.key.scope] < RANK[needed]) {
      const message = `This takes a key with the scope "${needed}"; this one has "${caller.key.scope}".`;
      return problem(context, 403, 'forbidden', message);
    }
    context.set('caller', caller);
    return next();
  });
}

function rateName(context: Context, caller: Caller | undefined): string {
  return caller?.kind === 'key' ? `key ${caller.key.id}` : addressOf(context);
}

async function callerOf(
  { config, db }: Pick<Ports, 'config' | 'db'>,
  given: string,
): Promise<Caller | undefined> {
  if (given.startsWith(KEY_PREFIX)) {
    const key = await findApiKey(db, given);
    return key === undefined ? undefined : { kind: 'key', key };
  }
  return (await isSameSecret(given, config.adminApiToken)) ? { kind: 'admin' } : undefined;
}

function askedTooOften(context: Context): Response {
  context.header('Retry-After', String(ASK_PERIOD_SECONDS));
  const message = `Too many requests; wait ${ASK_PERIOD_SECONDS} seconds.`;
  return problem(context, 429, 'rate_limited', message);
}

/** Looking is `read`; what changes how the connection works or who may enter is `admin`; the rest is `operate`. */
export function scopeFor(method: string, path: string): KeyScope {
  const [, rest = ''] = /\/connections\/[^/]+(\/.*)?$/.exec(path) ?? [];
  // The list of keys tells who may enter.
  if (/^\/keys(\/|$)/.test(rest)) return 'admin';
  if (method === 'GET' || method === 'HEAD') return 'read';
  return /^\/(settings|clover|customers)(\/|$)/.test(rest) ? 'admin' : 'operate';
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
