/** `Idempotency-Key` on every POST: a repeat is told the first outcome and does nothing (R2). */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { IDEMPOTENCY_LOST_AFTER_MS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { sha256Hex } from '../store/digest.ts';
import {
  beginRequest,
  type FirstOutcome,
  forgetRequest,
  keepOutcome,
  type KeyedRequest,
} from '../store/idempotency-keys.ts';
import { problem } from './errors.ts';
import { type ApiEnv, callerName } from './routing.ts';

/** Visible ASCII, as the IETF draft of the header and common practice have it. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** Answers that hold what must not be stored: a key's secret, the state of a sign-in. */
const SECRET_ANSWER = /\/(keys|authorize-url)$/;

/**
 * Runs a POST once per caller and key. While the first is under way a repeat is 409 with `Retry-After`; other content under the same
 * key is 422. What failed is forgotten, because it changed nothing: its key may be used again.
 */
export function onceByKey(ports: Pick<Ports, 'db' | 'now'>) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const key = context.req.header('idempotency-key');
    if (context.req.method !== 'POST' || key === undefined) return next();
    if (!KEY.test(key)) {
      const message = 'An Idempotency-Key is 1 to 255 visible ASCII characters.';
      return problem(context, 400, 'invalid_input', message);
    }
    const { method, path } = context.req;
    const request = await sha256Hex(`${method} ${path}\n${await context.req.text()}`);
    const keyed = { caller: callerName(context.var.caller), key, request };
    const first = await beginRequest(ports.db, keyed, ports.now());
    if (first !== null) return tellAgain(context, keyed, first);
    await next();
    await settle(ports, context, keyed);
    return undefined;
  });
}

function tellAgain(context: Context, keyed: KeyedRequest, first: FirstOutcome): Response {
  if (first.request !== keyed.request) {
    const message = 'This Idempotency-Key was used for another request; take a new one.';
    return problem(context, 422, 'conflict', message);
  }
  if (first.status === null) {
    context.header('Retry-After', String(IDEMPOTENCY_LOST_AFTER_MS / 1_000));
    const message = 'The first request with this Idempotency-Key is still under way.';
    return problem(context, 409, 'busy', message);
  }
  context.header('Idempotency-Replayed', 'true');
  if (first.body === null) {
    const message =
      'The first request with this Idempotency-Key was carried out; what it answered is shown once only.';
    return problem(context, 409, 'conflict', message);
  }
  return context.body(first.body, first.status as 200, { 'Content-Type': 'application/json' });
}

/** A crash before this leaves the key taken for a minute; every POST is safe to run twice, so it begins anew then. */
async function settle(ports: Pick<Ports, 'db'>, context: Context<ApiEnv>, keyed: KeyedRequest) {
  const { status } = context.res;
  if (status >= 300) return forgetRequest(ports.db, keyed);
  const isSecret = SECRET_ANSWER.test(context.req.path);
  const body = isSecret ? null : await context.res.clone().text();
  return keepOutcome(ports.db, keyed, { status, body });
}
