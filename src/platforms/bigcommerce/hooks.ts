/** Webhook subscriptions of our app at one store (bigcommerce.md 2.1): hooks of other apps are never listed. */
import type * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { PlatformRequest } from '../http.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, oneOf, wireHook } from './wire.ts';

export interface Hook {
  readonly hookId: number;
  readonly scope: string;
  readonly destination: string;
  /** Off after 48 h of failures or 90 days without events (bigcommerce.md 2.4). */
  readonly isActive: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HookValues {
  readonly scope: string;
  /** HTTPS on port 443. */
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
}

const HOOK_LIST = listOf(wireHook);
const ONE_HOOK = oneOf(wireHook);
const HOOKS_PER_PAGE = 250;
const HOOK_PAGES_MAX = 20;

function hooksRequest(page: number): PlatformRequest<v.InferOutput<typeof HOOK_LIST>> {
  return {
    operation: 'hooks.list',
    method: 'GET',
    path: '/v3/hooks',
    query: { page, limit: HOOKS_PER_PAGE },
    accepts: HOOK_LIST,
  };
}

function createHookRequest(hook: HookValues): PlatformRequest<v.InferOutput<typeof ONE_HOOK>> {
  return {
    operation: 'hooks.create',
    method: 'POST',
    path: '/v3/hooks',
    body: { ...hook, is_active: true },
    accepts: ONE_HOOK,
  };
}

/** Writes all values again and switches the hook on. */
function updateHookRequest(
  hookId: number,
  hook: HookValues,
): PlatformRequest<v.InferOutput<typeof ONE_HOOK>> {
  return {
    operation: 'hooks.update',
    method: 'PUT',
    path: `/v3/hooks/${hookId}`,
    body: { ...hook, is_active: true },
    accepts: ONE_HOOK,
  };
}

function deleteHookRequest(hookId: number): PlatformRequest<v.InferOutput<typeof ONE_HOOK>> {
  return {
    operation: 'hooks.delete',
    method: 'DELETE',
    path: `/v3/hooks/${hookId}`,
    accepts: ONE_HOOK,
  };
}

function readHook(wire: v.InferOutput<typeof wireHook>): Hook {
  return {
    hookId: wire.id,
    scope: wire.scope,
    destination: wire.destination,
    isActive: wire.is_active,
    headers: wire.headers ?? {},
  };
}

/** All hooks of our app at this store. Failures: those of `session.call`, `too_large` beyond 5,000 hooks. */
export async function listHooks(
  session: BigCommerceSession,
): Promise<Result<readonly Hook[], Failure>> {
  const hooks: Hook[] = [];
  for (let page = 1; page <= HOOK_PAGES_MAX; page += 1) {
    const answer = await session.call(hooksRequest(page));
    if (!answer.ok) return answer;
    const { data, meta } = answer.value.body;
    hooks.push(...data.map(readHook));
    const pages = meta?.pagination?.total_pages ?? null;
    const isLast = pages === null ? data.length < HOOKS_PER_PAGE : page >= pages;
    if (isLast || data.length === 0) return ok(hooks);
  }
  return fail({ code: 'too_large', message: 'The store lists more than 5,000 webhooks.' });
}

/** Makes a hook; it works within a minute. `conflict` or `rejected` when the same one exists already. */
export async function createHook(
  session: BigCommerceSession,
  hook: HookValues,
): Promise<Result<Hook, Failure>> {
  const answer = await session.call(createHookRequest(hook));
  return answer.ok ? ok(readHook(answer.value.body)) : answer;
}

/** Mends a hook: its values, and switched on. `not_found` when it was deleted meanwhile. */
export async function updateHook(
  session: BigCommerceSession,
  hookId: number,
  hook: HookValues,
): Promise<Result<Hook, Failure>> {
  const answer = await session.call(updateHookRequest(hookId, hook));
  return answer.ok ? ok(readHook(answer.value.body)) : answer;
}

/** Removes a hook. `not_found` when it is gone already. */
export async function deleteHook(
  session: BigCommerceSession,
  hookId: number,
): Promise<Result<null, Failure>> {
  const answer = await session.call(deleteHookRequest(hookId));
  return answer.ok ? ok(null) : answer;
}
