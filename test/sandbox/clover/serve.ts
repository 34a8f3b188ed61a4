/**
 * The way of every v3 call: arrival and rate limits, journal and faults, User-Agent, token, verb, permission,
 * body, handler. A resource adds `Operation`s; nothing else needs to be touched for a new endpoint.
 */
import { Hono } from 'hono';
import type { Context } from 'hono';
import { platformCall } from '../kernel.ts';
import {
  badRequest,
  methodNotAllowed,
  Refusal,
  refusalResponse,
  unauthorized,
  unknownPath,
} from './errors.ts';
import { admit, concurrencyHeaders, realTimeHonoured } from './limits.ts';
import type { Admission } from './limits.ts';
import { nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { list } from './query.ts';
import { onPrimary, readExpand, render } from './resource.ts';
import type { Resource, View } from './resource.ts';
import { readInstant } from './store.ts';
import type { CloverSwitches } from './switches.ts';
import { liveToken } from './tokens.ts';
import type { Merchant, Permission } from './types.ts';

export interface Answer {
  status?: number;
  /** Left out: an empty body. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** One authorised call on one merchant. */
export interface Call {
  platform: Platform;
  merchant: Merchant;
  /** What this call reads from: the replica for GET, the primary for everything else. */
  view: View;
  url: URL;
  params: Record<string, string>;
  /** Parsed JSON of a POST or PUT, undefined when there is none. */
  body: unknown;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One endpoint below `/v3/merchants/{mId}`. */
export interface Operation {
  method: Method;
  /** Hono path below the merchant, e.g. '/items/:itemId'; '' is the merchant itself. */
  path: string;
  /** A function where a switch decides. */
  permission: Permission | ((switches: CloverSwitches) => Permission);
  run: (call: Call) => Answer;
}

interface Env {
  Variables: { admission: Admission };
}

const MERCHANT_PATH = '/v3/merchants/:mId';
/** product/version and an optional comment, compulsory since April 2026 (clover.md 0). */
const USER_AGENT = /^[^\s/]+ ?\/ ?[^\s/]+(?: .+)?$/;

/** GET of a list; `rows` gives what the reader sees, oldest first. */
export function listOperation<Row>(
  path: string,
  permission: Permission,
  resource: Resource<Row>,
  rows: (call: Call) => Row[],
  keepOrder = false,
): Operation {
  return {
    method: 'GET',
    path,
    permission,
    run: (call) => list(resource, rows(call), call.url, call.view, keepOrder),
  };
}

/** GET of one object; `row` throws the refusal when there is none. */
export function getOperation<Row>(
  path: string,
  permission: Permission,
  resource: Resource<Row>,
  row: (call: Call) => Row,
): Operation {
  return {
    method: 'GET',
    path,
    permission,
    run: (call) => ({ body: show(call, resource, row(call)) }),
  };
}

/** A row as this call wants it: its expands, its nulls. */
export function show<Row>(call: Call, resource: Resource<Row>, row: Row): unknown {
  const query = call.url.searchParams;
  const withNulls = query.get('return_null_fields') === 'true';
  return render(resource, row, call.view, readExpand(resource, query), withNulls);
}

/** A path parameter; the router guarantees it. */
export const param = (call: Call, name: string): string => call.params[name] ?? '';

const bearer = (context: Context): string =>
  /^Bearer (\S+)$/.exec(context.req.header('Authorization') ?? '')?.[1] ?? '';

const merchantIdOf = (context: Context): string =>
  /^\/v3\/merchants\/([^/]+)/.exec(new URL(context.req.url).pathname)?.[1] ?? '';

async function readBody(context: Context): Promise<unknown> {
  if (context.req.method === 'GET' || context.req.method === 'DELETE') return undefined;
  const text = await context.req.text();
  if (text === '') return undefined;
  if (!/^application\/json\b/i.test(context.req.header('Content-Type') ?? '')) {
    throw badRequest('Content-Type must be application/json');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('Invalid JSON format');
  }
}

/** 400 for a call without a User-Agent of the prescribed form. */
export function demandUserAgent(context: Context): void {
  if (!USER_AGENT.test(context.req.header('User-Agent') ?? '')) {
    throw badRequest('User-Agent header is required');
  }
}

function viewOf(platform: Platform, merchant: Merchant, context: Context): View {
  const url = new URL(context.req.url);
  const view: View = {
    platform,
    merchant,
    tables: merchant.tables,
    asOf: 0,
    base: `${url.origin}/v3/merchants/${merchant.id}`,
  };
  if (context.req.method !== 'GET') return onPrimary(view);
  const wanted = url.searchParams.get('forceRealTime') === 'true';
  const honoured =
    wanted &&
    realTimeHonoured(
      platform.limits,
      bearer(context),
      nowMs(platform),
      platform.switches.realTimeReadsPerMinute,
    );
  return { ...view, asOf: readInstant(platform, honoured) };
}

async function answer(
  platform: Platform,
  operations: ReadonlyMap<string, Operation>,
  context: Context,
): Promise<Response> {
  demandUserAgent(context);
  const mId = context.req.param('mId') ?? '';
  const token = liveToken(platform, bearer(context));
  const merchant = platform.state.merchants[mId];
  if (token?.merchantId !== mId || merchant === undefined) throw unauthorized();
  const operation = operations.get(context.req.method);
  if (operation === undefined) throw methodNotAllowed();
  const permission =
    typeof operation.permission === 'string'
      ? operation.permission
      : operation.permission(platform.switches);
  if (!token.permissions.includes(permission) || !merchant.permissions.includes(permission)) {
    throw unauthorized();
  }
  const body = await readBody(context);
  const {
    status,
    headers,
    body: answered,
  } = operation.run({
    platform,
    merchant,
    view: viewOf(platform, merchant, context),
    url: new URL(context.req.url),
    params: context.req.param(),
    body,
  });
  if (answered === undefined)
    return new Response(null, { status: status ?? 200, headers: headers ?? {} });
  return new Response(JSON.stringify(answered), {
    status: status ?? 200,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

/** A call is in flight from its arrival to its answer, latency and faults included. */
function arrivals(platform: Platform) {
  return async (context: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const token = bearer(context);
    // A token nobody issued belongs to no app, so no budget is touched: it only earns its 401.
    const admission: Admission =
      liveToken(platform, token) === null
        ? { admitted: true, leave: () => undefined }
        : admit(platform.limits, token, nowMs(platform), platform.switches.concurrencyPenaltyMs);
    context.set('admission', admission);
    try {
      await next();
    } finally {
      if (admission.admitted) admission.leave();
    }
  };
}

/** The 429 of a call that was over a limit when it arrived; its body is documented nowhere. */
async function enforceLimits(
  context: Context<Env>,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const admission = context.get('admission');
  if (!admission.admitted) return refusalResponse(new Refusal(429, null, admission.headers));
  await next();
  return undefined;
}

function byPath(operations: readonly Operation[]): Map<string, Map<string, Operation>> {
  const paths = new Map<string, Map<string, Operation>>();
  for (const operation of operations) {
    const methods = paths.get(operation.path) ?? new Map<string, Operation>();
    methods.set(operation.method, operation);
    paths.set(operation.path, methods);
  }
  return paths;
}

/** How faults of the shared kernel are worded by Clover. */
export const faultAnswers = {
  status: (_context: Context, status: number): Response => {
    const message = status === 401 ? '401 Unauthorized' : `${status} injected fault`;
    if (status === 429) return refusalResponse(new Refusal(429, null, concurrencyHeaders(1000)));
    return refusalResponse(new Refusal(status, status >= 500 ? null : { message }));
  },
  rateLimited: (_context: Context, waitMs: number): Response =>
    refusalResponse(new Refusal(429, null, concurrencyHeaders(waitMs))),
};

/** The v3 API: every operation under its merchant, 405 and 404 for the rest. */
export function serveApi(platform: Platform, operations: readonly Operation[]): Hono<Env> {
  const api = new Hono<Env>();
  api.use('/v3/*', arrivals(platform));
  api.use('/v3/*', platformCall(platform.runtime, 'clover', merchantIdOf, faultAnswers));
  api.use('/v3/*', enforceLimits);
  for (const [path, methods] of byPath(operations)) {
    api.all(MERCHANT_PATH + path, (context) => answer(platform, methods, context));
  }
  api.all('/v3/*', (context) => {
    demandUserAgent(context);
    if (liveToken(platform, bearer(context)) === null) throw unauthorized();
    throw unknownPath();
  });
  return api;
}
