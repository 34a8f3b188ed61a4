/**
 * GET/POST /v3/hooks, GET/PUT/DELETE /v3/hooks/{id}, GET/PUT /v3/hooks/admin (bigcommerce.md 2.1).
 */
import { seconds } from './clock.ts';
import { EXCEPTION_SCOPE } from './delivery.ts';
import { data, nothing, ok, Refusal } from './errors.ts';
import { retireIdleHooks } from './events.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { flag, text } from './query.ts';
import type { Call, Route } from './serve.ts';
import { nextId } from './state.ts';
import type { Hook, Store } from './state.ts';

const HOOKS_PER_SCOPE_MAX = 10;
const LIMIT_MAX = 250;

const ITEM_STOCK =
  'inventory/product/(stock_changed|low_stock_reached|out_of_stock_reached|settings_changed)';
const CHANGES = '(created|updated|deleted)';
/** Every scope of bigcommerce.md 2.3, and the wildcards above them. */
const SCOPES = new RegExp(
  `^store/(${[
    `product/(\\*|${CHANGES}|inventory/(\\*|updated|order/updated))`,
    `product/(variant/)?metafield/(\\*|${CHANGES})`,
    `sku/(\\*|${CHANGES}|inventory/(\\*|updated|order/updated))`,
    `channel/(\\*|created|updated|\\*/inventory/product/\\*|\\*/${ITEM_STOCK})`,
    'channel/(\\*|\\d+)/order/(\\*|created|updated|archived|statusUpdated)',
    'channel/(\\*|\\d+)/order/(message|refund)/created',
    `inventory/location/(\\*|created|updated|metafield/(\\*|${CHANGES}))`,
    'order/(\\*|created|updated|archived|statusUpdated|refund/created|message/created)',
    `order/(transaction/(\\*|created|updated)|metafield/(\\*|${CHANGES}))`,
    `(shipment|customer|customer/address)/(\\*|${CHANGES})`,
    `priceList/(\\*|${CHANGES}|activated|deactivated|assignment/updated|records?/(\\*|${CHANGES}))`,
    'information/updated',
    'app/uninstalled',
    'hook/deliveryException',
  ].join('|')})$`,
);

interface HookInput {
  scope?: string;
  destination?: string;
  is_active?: boolean;
  headers?: Record<string, string> | null;
}

function view(store: Store, hook: Hook): Record<string, unknown> {
  return {
    id: hook.id,
    client_id: hook.clientId,
    store_hash: store.hash,
    scope: hook.scope,
    destination: hook.destination,
    headers: hook.headers,
    is_active: hook.isActive,
    created_at: seconds(hook.createdAtMs),
    updated_at: seconds(hook.updatedAtMs),
  };
}

function invalid(errors: Record<string, string>): Refusal {
  return new Refusal(422, 'JSON data is missing or invalid', { errors });
}

/** Checks shape and meaning of a hook body; `required` for a creation. */
function readHook(call: Call, required: boolean): HookInput {
  const { body } = call;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid({});
  const input = body as Record<string, unknown>;
  for (const name of required ? ['scope', 'destination'] : []) {
    if (input[name] === undefined) throw invalid({ [name]: 'error.path.missing.' });
  }
  const { scope, destination, is_active: isActive, headers } = input;
  if (scope !== undefined && (typeof scope !== 'string' || !SCOPES.test(scope))) {
    throw invalid({ scope: 'error.invalid.scope' });
  }
  if (destination !== undefined && !isDestination(destination)) {
    throw invalid({ destination: 'The destination must be an HTTPS URL on port 443.' });
  }
  if (isActive !== undefined && typeof isActive !== 'boolean') {
    throw invalid({ is_active: 'error.expected.jsboolean' });
  }
  if (headers !== undefined && headers !== null && !isHeaders(headers)) {
    throw invalid({ headers: 'error.expected.jsobject' });
  }
  return input;
}

/** HTTPS on port 443, no custom ports (2.1); the URL parser drops a written :443. */
function isDestination(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' && url.port === '';
}

function isHeaders(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'string');
}

/**
 * Ten per scope, one per scope and destination, one exception hook with a destination of its own
 * (2.1, 2.3).
 */
function refuseTooMany(store: Store, scope: string, destination: string, self?: Hook): void {
  const others = Object.values(store.hooks).filter((hook) => hook !== self);
  const same = others.filter((hook) => hook.scope === scope);
  if (same.some((hook) => hook.destination === destination)) {
    throw new Refusal(422, 'A hook with this scope and destination exists already.', {
      errors: {},
    });
  }
  if (same.length >= HOOKS_PER_SCOPE_MAX) {
    throw new Refusal(422, `No more than ${HOOKS_PER_SCOPE_MAX} hooks per scope.`, { errors: {} });
  }
  const shared = others.filter((hook) => hook.destination === destination);
  const clash =
    scope === EXCEPTION_SCOPE
      ? same.length > 0 || shared.length > 0
      : shared.some((hook) => hook.scope === EXCEPTION_SCOPE);
  if (!clash) return;
  throw new Refusal(422, 'A delivery exception hook is single and has a destination of its own.', {
    errors: {},
  });
}

function create(call: Call): Response {
  const { store, platform } = call;
  const input = readHook(call, true);
  const { scope = '', destination = '', is_active: isActive = true, headers = null } = input;
  refuseTooMany(store, scope, destination);
  const nowMs = platform.runtime.now();
  const hook: Hook = {
    id: nextId(platform.state, 'hook', 20_000_001),
    clientId: platform.app.clientId,
    scope,
    destination,
    headers,
    isActive,
    deactivated: false,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    lastActivityAtMs: nowMs,
  };
  store.hooks[hook.id] = hook;
  return data(view(store, hook));
}

function find(call: Call): Hook {
  retireIdleHooks(call.store, call.platform.runtime.now());
  const id = call.id('id');
  const hook = call.store.hooks[id];
  if (hook === undefined) throw new Refusal(404, `Webhook with id [${id}] not found`);
  return hook;
}

function update(call: Call): Response {
  const hook = find(call);
  const input = readHook(call, false);
  const { scope = hook.scope, destination = hook.destination, headers = hook.headers } = input;
  refuseTooMany(call.store, scope, destination, hook);
  const isActive = input.is_active ?? hook.isActive;
  const nowMs = call.platform.runtime.now();
  Object.assign(hook, { scope, destination, headers, isActive, updatedAtMs: nowMs });
  if (input.is_active === true) {
    hook.deactivated = false;
    hook.lastActivityAtMs = nowMs;
  }
  return data(view(call.store, hook));
}

function remove(call: Call): Response {
  const hook = find(call);
  delete call.store.hooks[hook.id];
  return data(view(call.store, hook));
}

function list(call: Call): Response {
  const { store } = call;
  retireIdleHooks(store, call.platform.runtime.now());
  const isActive = flag(call, 'is_active');
  const scope = text(call, 'scope');
  const destination = text(call, 'destination');
  const rows = Object.values(store.hooks).filter(
    (hook) =>
      (isActive === undefined || hook.isActive === isActive) &&
      (scope === undefined || hook.scope === scope) &&
      (destination === undefined || hook.destination === destination),
  );
  return pageV3(call, rows, (hook) => view(store, hook), { limitMax: LIMIT_MAX });
}

function status(hook: Hook): string {
  if (hook.isActive) return 'active';
  return hook.deactivated ? 'deactivated' : 'inactive';
}

function admin(call: Call): Response {
  const { store, platform } = call;
  const nowMs = platform.runtime.now();
  retireIdleHooks(store, nowMs);
  const isActive = flag(call, 'is_active');
  const hooks = Object.values(store.hooks).filter(
    (hook) => isActive === undefined || hook.isActive === isActive,
  );
  const blocked = Object.entries(platform.state.domains).filter(
    ([, score]) => score.blockedUntilMs > nowMs,
  );
  return ok({
    data: {
      emails: store.hookEmails,
      hooks_list: hooks.map((hook) => ({ ...view(store, hook), status: status(hook) })),
      blocked_domains: blocked.map(([host, score]) => ({
        destination: `https://${host}`,
        time_left: seconds(score.blockedUntilMs - nowMs),
        reasons: score.failures.map((failure) => ({
          failure_description: failure.description,
          count: failure.count,
          timestamp: seconds(failure.atMs),
        })),
      })),
    },
    meta: {},
  });
}

function setEmails(call: Call): Response {
  const emails = (call.body as { emails?: unknown } | null)?.emails;
  if (!Array.isArray(emails)) throw invalid({ emails: 'error.path.missing.' });
  if (!emails.every((one) => typeof one === 'string' && /^\S+@\S+\.\S+$/.test(one))) {
    throw invalid({ emails: 'error.email' });
  }
  call.store.hookEmails = emails;
  return nothing();
}

/** Webhooks need no scope: they belong to every API account (bigcommerce.md 1.5). */
export const hookRoutes: readonly Route[] = [
  { method: 'POST', version: 'v3', path: '/hooks', scopes: [], handle: create },
  {
    method: 'GET',
    version: 'v3',
    path: '/hooks',
    scopes: [],
    query: [...PAGING_FILTERS, 'is_active', 'scope', 'destination'],
    handle: list,
  },
  {
    method: 'GET',
    version: 'v3',
    path: '/hooks/admin',
    scopes: [],
    query: ['is_active'],
    handle: admin,
  },
  { method: 'PUT', version: 'v3', path: '/hooks/admin', scopes: [], handle: setEmails },
  {
    method: 'GET',
    version: 'v3',
    path: '/hooks/:id{[0-9]+}',
    scopes: [],
    handle: (call) => data(view(call.store, find(call))),
  },
  { method: 'PUT', version: 'v3', path: '/hooks/:id{[0-9]+}', scopes: [], handle: update },
  { method: 'DELETE', version: 'v3', path: '/hooks/:id{[0-9]+}', scopes: [], handle: remove },
];
