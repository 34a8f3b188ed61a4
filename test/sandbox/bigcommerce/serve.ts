/**
 * The gateway in front of every resource: concurrency, faults and journal, token, quota, scope,
 * filters, body. A resource is a list of routes; adding one means writing its file and naming it in
 * `index.ts`.
 */
import type { Context, Hono } from 'hono';
import { platformCall } from '../kernel.ts';
import { plainRefusal, Refusal, refusalAnswer, versionOf } from './errors.ts';
import type { ApiVersion } from './errors.ts';
import { faultAnswers } from './faults.ts';
import { createConcurrencyLimiter, createRateLimiter } from './limits.ts';
import type { ConcurrencyLimiter, RateHeaders } from './limits.ts';
import type { Platform } from './platform.ts';
import type { Store } from './state.ts';

/** One authorised API call as a handler sees it. */
export interface Call {
  readonly platform: Platform;
  readonly store: Store;
  readonly version: ApiVersion;
  readonly query: URLSearchParams;
  /** The parsed body of a POST or PUT, unchecked. */
  readonly body: unknown;
  /** A numeric path parameter; the route's pattern has let digits only through. */
  id(name: string): number;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly version: ApiVersion;
  /** Below /stores/{hash}/{version}, in Hono's pattern language. */
  readonly path: string;
  /** Any one of them opens the route; an empty list asks for a token only. */
  readonly scopes: readonly string[];
  /** Query parameters it knows. */
  readonly query?: readonly string[];
  /**
   * Concurrent calls one store may have, of those `bulkOnly` selects; more get a 429 without
   * headers (3.2).
   */
  readonly concurrency?: { key: string; max: number; bulkOnly?: boolean };
  handle(call: Call): Response;
}

/** The modifying scope of a resource, and its read-only form beside it. */
export const reading = (scope: string): string[] => [scope, `${scope}_read_only`];

export type Env = { Variables: { rate: RateHeaders | undefined; crowded: boolean; store: Store } };

/** Mounts the gateway and the routes under /stores/{hash}. */
export function serveApi(platform: Platform, app: Hono<Env>, routes: readonly Route[]): void {
  const accountOf = (context: Context) => context.req.param('hash') ?? '';
  app.onError((error, context) => {
    if (!(error instanceof Refusal)) throw error;
    const { path } = context.req;
    return withRate(refusalAnswer(versionOf(path), path, error), context.get('rate'));
  });
  const gateway = [
    crowding(platform, routes),
    platformCall(platform.runtime, 'bigcommerce', accountOf, faultAnswers(platform)),
    gatekeeper(platform),
  ];
  for (const below of BELOW) app.use(below, ...gateway);
  for (const route of routes) {
    app.on(route.method, pathOf(route), (context) => answer(platform, route, context));
  }
  for (const path of new Set(routes.map(pathOf))) {
    const allowed = routes.filter((route) => pathOf(route) === path).map((route) => route.method);
    app.all(path, () => {
      throw plainRefusal(405, { Allow: allowed.join(', ') });
    });
  }
  for (const below of BELOW) {
    app.all(below, () => {
      throw plainRefusal(404);
    });
  }
}

const BELOW = ['/stores/:hash/v2/*', '/stores/:hash/v3/*'];

const pathOf = (route: Route) => `/stores/:hash/${route.version}${route.path}`;

function withRate(response: Response, rate: RateHeaders | undefined): Response {
  for (const [name, value] of Object.entries(rate ?? {})) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/** Token, User-Agent, overload and quota, in this order (bigcommerce.md 1.1, 3.1). */
function gatekeeper(platform: Platform) {
  const limiter = createRateLimiter();
  return async (context: Context<Env>, next: () => Promise<void>) => {
    const store = authenticate(platform, context);
    if (platform.switches.refuseMissingUserAgent && !context.req.header('user-agent')) {
      throw new Refusal(403, 'A User-Agent header is required.');
    }
    // Load shedding has no rate headers and comes before the quota is touched.
    if (context.get('crowded')) throw plainRefusal(429);
    context.set('store', store);
    context.set('rate', limiter.spend(store.hash, store.plan, platform.runtime.now()));
    await next();
    withRate(context.res, context.get('rate'));
  };
}

function authenticate(platform: Platform, context: Context<Env>): Store {
  const token = context.req.header('x-auth-token');
  const store = platform.state.stores[context.req.param('hash') ?? ''];
  if (token === undefined || store === undefined) throw plainRefusal(401);
  if (store.lostTokens.includes(token)) throw plainRefusal(platform.switches.uninstallStatus);
  if (store.token?.value !== token) throw plainRefusal(401);
  return store;
}

function authorise(store: Store, route: Route): void {
  const granted = store.token?.scopes ?? [];
  if (route.scopes.length === 0 || route.scopes.some((scope) => granted.includes(scope))) return;
  throw plainRefusal(403);
}

function refuseUnknownFilters(platform: Platform, route: Route, query: URLSearchParams): void {
  if (!platform.switches.refuseUnknownFilters) return;
  const unknown = [...new Set(query.keys())].filter((name) => !route.query?.includes(name));
  if (unknown.length === 0) return;
  if (route.version === 'v2') {
    throw new Refusal(400, `The field '${unknown[0]}' is not supported by this resource.`);
  }
  // Wording: channels.v3.yml, error_422_invalid_filters_resp_example.
  throw new Refusal(422, `The filter(s): ${unknown.join(', ')} are not valid filter parameter(s).`);
}

async function bodyOf(context: Context<Env>, version: ApiVersion): Promise<unknown> {
  if (context.req.method !== 'POST' && context.req.method !== 'PUT') return undefined;
  const type = context.req.header('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw plainRefusal(415);
  try {
    return JSON.parse(await context.req.text());
  } catch {
    throw version === 'v2'
      ? new Refusal(400, 'The request body is not valid JSON.')
      : new Refusal(400, 'Input is invalid.');
  }
}

function refuseOtherFormats(context: Context<Env>): void {
  const accept = context.req.header('accept') ?? '*/*';
  if (!/application\/json|application\/\*|\*\/\*/i.test(accept)) throw plainRefusal(406);
}

async function answer(platform: Platform, route: Route, context: Context<Env>): Promise<Response> {
  const store = context.get('store');
  authorise(store, route);
  refuseOtherFormats(context);
  const query = new URL(context.req.url).searchParams;
  refuseUnknownFilters(platform, route, query);
  const body = await bodyOf(context, route.version);
  return route.handle({
    platform,
    store,
    version: route.version,
    query,
    body,
    id: (name) => Number(context.req.param(name)),
  });
}

/**
 * Counts calls in flight from their arrival, before latency and faults, since that is when a real
 * platform is busy with them. Outermost for that reason; the refusal itself is given inside, where
 * it is journalled.
 */
function crowding(platform: Platform, routes: readonly Route[]) {
  const limiter = createConcurrencyLimiter();
  const limited = routes.filter((route) => route.concurrency !== undefined);
  return async (context: Context<Env>, next: () => Promise<void>) => {
    const path = context.req.path.replace(/^\/stores\/[^/]+\/v[23]/, '');
    const route = limited.find(
      (candidate) => candidate.method === context.req.method && candidate.path === path,
    );
    const rule = route?.concurrency;
    if (rule === undefined || (rule.bulkOnly && !(await isBulk(platform, context)))) return next();
    const key = `${context.req.param('hash')} ${rule.key}`;
    await queueFor(limiter, key, rule.max, context, next);
  };
}

async function queueFor(
  limiter: ConcurrencyLimiter,
  key: string,
  max: number,
  context: Context<Env>,
  next: () => Promise<void>,
): Promise<void> {
  if (!limiter.enter(key, max)) {
    context.set('crowded', true);
    return next();
  }
  try {
    await next();
  } finally {
    limiter.leave(key);
  }
}

async function isBulk(platform: Platform, context: Context<Env>): Promise<boolean> {
  const body: unknown = await context.req.raw
    .clone()
    .json()
    .catch(() => undefined);
  const items = (body as { items?: unknown } | undefined)?.items;
  return Array.isArray(items) && items.length >= platform.switches.bulkInventoryItems;
}
