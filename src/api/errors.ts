/**
 * The one shape of every error answer: `{ error: { code, message, details? } }`; or, to a caller that accepts
 * `application/problem+json`, the same as problem details (RFC 9457).
 */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as z from 'zod';
import { type Failure, FAILURES } from '../domain/failure.ts';
import type { Ports } from '../ports.ts';
import { faultFrames, faultText } from '../store/faults.ts';

export interface Problem {
  /** Where in the request: `json.stock.settleMs`, `query.limit`. */
  readonly path: string;
  readonly message: string;
}

export const errorSchema = z.object({
  error: z.object({
    code: z
      .string()
      .describe('Stable and machine-readable: `not_found`, `invalid_input`, `stale` and so on.'),
    message: z.string().describe('One plain sentence.'),
    details: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Every problem by its path, or the id under which an internal error was logged.'),
  }),
});

/** An error answer with a status of our own choosing. */
export function problem(
  context: Context,
  status: ContentfulStatusCode,
  code: string,
  message: string,
  details?: readonly Problem[],
): Response {
  const accepted = context.req.header('accept') ?? '';
  if (!accepted.includes(PROBLEM_JSON)) {
    return context.json({ error: { code, message, ...(details && { details }) } }, status);
  }
  const problemDetails = {
    // No page stands behind the codes: `about:blank` says that the title is the status's own (RFC 9457, 4.2.1).
    type: 'about:blank',
    status,
    detail: message,
    instance: context.req.path,
    code,
    ...(details && { errors: details.map(({ path, message: detail }) => ({ path, detail })) }),
  };
  return context.json(problemDetails, status, { 'Content-Type': PROBLEM_JSON });
}

const PROBLEM_JSON = 'application/problem+json';

/** An expected failure as an answer; the table of failures says with which status. */
export function refuse(context: Context, failure: Failure, details?: readonly Problem[]): Response {
  if (failure.retryAfterMs !== undefined) {
    context.header('Retry-After', String(Math.ceil(failure.retryAfterMs / 1_000)));
  }
  return problem(context, FAILURES[failure.code].status, failure.code, failure.message, details);
}

export function notFound(context: Context, what: string): Response {
  return problem(context, 404, 'not_found', `There is no ${what}.`);
}

export function invalid(context: Context, details: readonly Problem[]): Response {
  const sentence = details
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
  return problem(context, 400, 'invalid_input', `The request is not valid: ${sentence}`, details);
}

/** Validation issues by path; an unknown key becomes one problem of its own, named. */
export function problemsOf(
  target: string,
  issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[],
): Problem[] {
  return issues.flatMap((issue) => {
    const path = [target, ...(issue.path ?? []).map(segment)].join('.');
    const keys = 'keys' in issue && Array.isArray(issue.keys) ? issue.keys.map(String) : [];
    if (keys.length === 0) return [{ path, message: issue.message }];
    return keys.map((key) => ({ path: `${path}.${key}`, message: 'There is no such key.' }));
  });
}

function segment(part: unknown): string {
  return typeof part === 'object' && part !== null && 'key' in part
    ? String(part.key)
    : String(part);
}

/** What was thrown: a refusal of the framework, or a fault of ours, logged under an id that the answer names. */
export function answerThrown(ports: Pick<Ports, 'log' | 'now' | 'newId'>) {
  return (error: Error, context: Context): Response => {
    if (error instanceof HTTPException && error.status < 500) {
      return problem(context, error.status, 'invalid_input', error.message);
    }
    const id = ports.newId();
    const message = faultText(error);
    ports.log.add({
      kind: 'audit',
      atMs: ports.now(),
      connectionId: context.req.param('id') ?? '',
      eventId: id,
      operation: `api.${context.req.method.toLowerCase()}`,
      outcome: 'failed',
      code: 'internal',
      message: `${context.req.method} ${context.req.path} failed: ${message}`,
      detail: { error: { name: error.name, message, at: faultFrames(error) } },
    });
    const sentence = `Something went wrong on our side; it is logged as event ${id}.`;
    return problem(context, 500, 'internal', sentence, [{ path: 'eventId', message: id }]);
  };
}
