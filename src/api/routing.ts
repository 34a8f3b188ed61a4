/** What the routes share: the connection in the path, validated input, pages, and how each route describes itself. */
import type { Context, Env, Hono, MiddlewareHandler, ValidationTargets } from 'hono';
import { createMiddleware } from 'hono/factory';
import { describeRoute, type ResponsesWithResolver, resolver, validator } from 'hono-openapi';
import * as z from 'zod';
import { fromBase64Url, toBase64Url } from '../domain/encoding.ts';
import { parseConnectionId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { API_PAGE_DEFAULT, API_PAGE_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { type Connection, findConnection } from '../store/connections.ts';
import type { Caller } from './auth.ts';
import { errorSchema, invalid, notFound, problem, type Problem, problemsOf } from './errors.ts';

/** Routes below `/connections/{id}` find their connection here. */
export interface ApiEnv {
  Variables: { connection: Connection; caller: Caller };
}
export type Api = Hono<ApiEnv>;

export const CONNECTION = '/connections/:id';

/** Looks the path's connection up; 404 when there is none, so a wrong id and a foreign one look the same (X5). */
export function withConnection(ports: Pick<Ports, 'db'>): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const id = parseConnectionId(context.req.param('id') ?? '');
    const { caller } = context.var;
    const isForeign = caller.kind === 'key' && caller.key.connectionId !== id;
    const isKnown = id !== undefined && !isForeign;
    const connection = isKnown ? await findConnection(ports.db, id) : undefined;
    if (connection === undefined) return notFound(context, 'such connection');
    context.set('connection', connection);
    return next();
  });
}

/** For routes that start work on the platforms: 409 once the app was uninstalled. */
export const whileInstalled: MiddlewareHandler<ApiEnv> = createMiddleware<ApiEnv>(
  async (context, next) => {
    if (context.var.connection.status !== 'uninstalled') return next();
    const message = 'The app is uninstalled from this store; install it again first.';
    return problem(context, 409, 'disconnected', message);
  },
);

/** Describes what callers send, where a key with a default may be left out; not what handlers receive. */
const AS_INPUT = { components: {}, options: { io: 'input' } } as const;

/** Validates one part of the request; the answer to a bad one lists every problem. */
export function checked<Schema extends z.ZodType, Target extends keyof ValidationTargets>(
  target: Target,
  schema: Schema,
) {
  return validator<Schema, Target, Env, string>(
    target,
    schema,
    (result, context) => {
      if (!result.success) return invalid(context, problemsOf(target, result.error));
      return undefined;
    },
    AS_INPUT,
  );
}

/** Query of a page; unknown names are refused, because a misspelt filter would quietly show everything. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(API_PAGE_MAX)
    .default(API_PAGE_DEFAULT)
    .describe(`Items per page, at most ${API_PAGE_MAX}.`),
  cursor: z.string().min(1).max(1_000).optional().describe('`nextCursor` of the page before.'),
};

export const pageOf = (item: z.ZodType) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('null on the last page.'),
  });

/** Cursors are opaque to callers: any JSON value as URL-safe text. */
export function writeCursor(value: unknown): string | null {
  return value === null ? null : toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}

/** The cursor's value, null for the first page; a text that is none of ours is a problem. */
export function readCursor<Value>(
  text: string | undefined,
  schema: z.ZodType<Value>,
): Result<Value | null, Problem[]> {
  if (text === undefined) return ok(null);
  try {
    const bytes = fromBase64Url(text) ?? new Uint8Array();
    const parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (parsed.success) return ok(parsed.data);
  } catch {
    // Not JSON: falls through to the same answer.
  }
  return fail([{ path: 'query.cursor', message: 'This cursor was not given out by this route.' }]);
}

/** Epoch milliseconds as ISO-8601 UTC. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

export const isoTime = z.string().describe('ISO-8601, UTC.');

interface Named {
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
}

interface Described extends Named {
  /** Status and what comes with it; null: nothing. */
  readonly answer: readonly [status: number, what: string, schema: z.ZodType | null];
  /** A JSON body that the handler reads itself. */
  readonly body?: z.ZodType;
  /** Error statuses beside 400, 401, 404 and 500. */
  readonly errors?: Readonly<Record<number, string>>;
}

interface DescribedText extends Named {
  /** Status, what comes with it, and the media type of its text. */
  readonly answer: readonly [status: number, what: string, mediaType: string];
}

const json = (of: z.ZodType) => ({ 'application/json': { schema: resolver(of) } });

/** What OpenAPI says of a route. */
export function describe(route: Described): MiddlewareHandler {
  const [status, what, schema] = route.answer;
  return describeAs(route, {
    [status]: { description: what, ...(schema === null ? {} : { content: json(schema) }) },
  });
}

/** As `describe`, for an answer that is text of another kind than JSON. */
export function describeText(route: DescribedText): MiddlewareHandler {
  const [status, what, mediaType] = route.answer;
  return describeAs(route, {
    [status]: { description: what, content: { [mediaType]: { schema: { type: 'string' } } } },
  });
}

function describeAs(
  route: Named & Pick<Described, 'body' | 'errors'>,
  responses: ResponsesWithResolver,
): MiddlewareHandler {
  const errors = {
    400: 'The request is not valid.',
    401: 'Neither the admin token nor a key.',
    403: 'The scope of the key does not reach this far.',
    404: 'There is no such thing in this connection.',
    429: 'A key asked too often.',
    500: 'A fault of ours, logged under the id in the answer.',
    ...route.errors,
  };
  for (const [code, description] of Object.entries(errors)) {
    responses[code] = { description, content: json(errorSchema) };
  }
  return describeRoute({
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.tag],
    security: [{ admin: [] }],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: resolver(route.body, AS_INPUT) } },
          },
        }),
    responses,
  });
}

/** Adds a record of what a person or program did through this API. */
export function audit(
  ports: Pick<Ports, 'log' | 'now'>,
  context: Context<ApiEnv>,
  record: { operation: string; message: string; eventId?: string; sku?: string; detail?: unknown },
): void {
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId: context.var.connection.id,
    outcome: 'ok',
    ...record,
    detail: { by: byWhom(context.var.caller), ...detailOf(record.detail) },
  });
}

/** Tells callers apart: `admin`, or the id of a key. */
export function callerName(caller: Caller): string {
  return caller.kind === 'admin' ? 'admin' : caller.key.id;
}

/** Names the caller in the log; a key by its id, so that a renamed one is still known. */
export function byWhom(caller: Caller): string {
  return caller.kind === 'admin' ? 'admin token' : `key ${caller.key.id} (${caller.key.name})`;
}

function detailOf(detail: unknown): object {
  return typeof detail === 'object' && detail !== null ? detail : {};
}
