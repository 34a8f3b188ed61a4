/** The two error dialects of BigCommerce (bigcommerce.md 3.3): V2 a list, V3 a problem object. */
export type ApiVersion = 'v2' | 'v3';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
export const STATUS_CODES_V3 = '/api-docs/getting-started/api-status-codes';
const STATUS_CODES_INVENTORY = `https://developer.bigcommerce.com${STATUS_CODES_V3}`;

/**
 * What a handler throws to refuse a call; turned into the dialect of the route by `refusalAnswer`.
 */
export class Refusal extends Error {
  readonly status: number;
  /** V3 only: field name to complaint. */
  readonly errors: Record<string, string> | undefined;
  /** V2 only: the `details` object. */
  readonly details: unknown;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    title: string,
    more: {
      errors?: Record<string, string>;
      details?: unknown;
      headers?: Record<string, string>;
    } = {},
  ) {
    super(title);
    this.status = status;
    this.errors = more.errors;
    this.details = more.details;
    this.headers = more.headers ?? {};
  }
}

/** The version a path belongs to; whatever is neither speaks V3. */
export function versionOf(path: string): ApiVersion {
  return /^\/stores\/[^/]+\/v2\//.test(path) ? 'v2' : 'v3';
}

/**
 * The body a refusal has on this path. Inventory answers problem+json and an absolute type
 * (inventory.v3.yml).
 */
export function refusalAnswer(version: ApiVersion, path: string, refusal: Refusal): Response {
  // Documented without a body (customers.v3.yml).
  if (refusal.status === 413 && path.includes('/v3/customers')) {
    return new Response(null, { status: 413 });
  }
  const inventory = version === 'v3' && path.includes('/v3/inventory/');
  const body =
    version === 'v2'
      ? [
          {
            status: refusal.status,
            message: refusal.message,
            ...(refusal.details === undefined ? {} : { details: refusal.details }),
          },
        ]
      : {
          status: refusal.status,
          title: refusal.message,
          type: inventory ? STATUS_CODES_INVENTORY : STATUS_CODES_V3,
          ...(refusal.errors === undefined && !inventory ? {} : { errors: refusal.errors ?? {} }),
        };
  return new Response(JSON.stringify(body), {
    status: refusal.status,
    headers: { 'content-type': inventory ? PROBLEM_TYPE : JSON_TYPE, ...refusal.headers },
  });
}

export function ok(body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status: 200,
    headers: { 'content-type': JSON_TYPE },
  });
}

/** A V3 resource that was made. */
export function created(value: unknown, meta: unknown = {}): Response {
  return new Response(JSON.stringify({ data: value, meta }), {
    status: 201,
    headers: { 'content-type': JSON_TYPE },
  });
}

/** No content: a done deletion, or an empty V2 list (bigcommerce.md 3.3). */
export function nothing(): Response {
  return new Response(null, { status: 204 });
}

/** A V3 single resource. */
export function data(value: unknown): Response {
  return ok({ data: value, meta: {} });
}

const STATUS_TITLES: Record<number, string> = {
  401:
    'Unauthorized - the v3 Auth client ID or token in the request are not a valid ' +
    'combination for this store.',
  403: 'You do not have the required scope(s) to access this endpoint.',
  404: 'The requested resource was not found.',
  405: 'The requested method is not allowed on this resource.',
  406: 'The requested format is not available.',
  409: 'The request conflicts with the present state of the resource.',
  413: 'The request is too large.',
  415: 'The content type of the request is not supported.',
  422: 'The request could not be processed.',
  429: 'Too Many Requests',
  500: 'An unexpected error occurred.',
  502: 'Bad Gateway',
  503: 'The store is temporarily unavailable.',
};

/** What was asked for cannot be done as it stands. */
export const refuse422 = (title: string, errors: Record<string, string> = {}): Refusal =>
  new Refusal(422, title, { errors });

/** A refusal worded by its status alone. */
export function plainRefusal(status: number, headers: Record<string, string> = {}): Refusal {
  return new Refusal(status, STATUS_TITLES[status] ?? 'Error', { headers });
}
