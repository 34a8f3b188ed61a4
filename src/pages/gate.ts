/** Who is looking at a page, and whether a posted form is theirs. */
import type { Context } from 'hono';
import { FAILURES, type Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { isOwnForm, readSession, type Session } from '../install/session.ts';
import { API_BODY_BYTES_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { readBounded } from '../request-body.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { countOpenFailures } from '../store/failure-groups.ts';
import { troublePage, type Trouble } from './page.tsx';
import { TROUBLES } from './words-english.ts';

/** The signed-in viewer: every page reads this connection's rows and no others (X5). */
export interface Viewer {
  readonly session: Session;
  readonly connection: Connection;
  /** Failures that wait for a person. */
  readonly waiting: number;
}

/** What the frame of a signed-in viewer's page shows. */
export function frameOf({ waiting }: Viewer): { signedIn: true; waiting: number } {
  return { signedIn: true, waiting };
}

const SIGNED_OUT: Trouble = { status: 401, ...TROUBLES.signedOut };

const UNINSTALLED: Trouble = { status: 403, ...TROUBLES.uninstalled };

/** The viewer, or the page that says why there is none. */
export async function viewerOf(ports: Ports, request: Request): Promise<Result<Viewer, Response>> {
  const session = await readSession(ports, request);
  if (session === undefined) return fail(troublePage(ports, SIGNED_OUT));
  const connection = await findConnection(ports.db, session.connectionId);
  if (connection === undefined) return fail(troublePage(ports, SIGNED_OUT));
  if (connection.status === 'uninstalled') return fail(troublePage(ports, UNINSTALLED));
  const waiting = await countOpenFailures(ports.db, connection.id);
  return ok({ session, connection, waiting });
}

const BAD_FORM: Trouble = { status: 403, ...TROUBLES.badForm };

/** The fields of a posted form, or the page that refuses it: too large, or no form. */
export async function readForm(
  ports: Ports,
  request: Request,
): Promise<Result<URLSearchParams, Response>> {
  const type = request.headers.get('content-type') ?? '';
  const body = await readBounded(request, API_BODY_BYTES_MAX);
  if (!body.ok) {
    const refused = { ...BAD_FORM, status: 413, message: TROUBLES.tooLarge };
    return fail(troublePage(ports, refused));
  }
  if (!/^application\/x-www-form-urlencoded(;|$)/i.test(type)) {
    return fail(troublePage(ports, { ...BAD_FORM, status: 400, message: TROUBLES.noForm }));
  }
  return ok(new URLSearchParams(new TextDecoder().decode(body.value)));
}

/** A form that our own page of the viewer's session posted. */
export interface OwnForm extends Viewer {
  readonly fields: URLSearchParams;
}

/** Viewer and fields of a form that our own page of this session posted to this path (X4). */
export async function ownFormOf(
  ports: Ports,
  context: Context,
): Promise<Result<OwnForm, Response>> {
  const request = context.req.raw;
  const viewer = await viewerOf(ports, request);
  if (!viewer.ok) return viewer;
  const fields = await readForm(ports, request);
  if (!fields.ok) return fields;
  const action = new URL(request.url).pathname;
  const posted = { action, token: fields.value.get('token') ?? '' };
  const own = await isOwnForm(ports.config, request, viewer.value.session, posted);
  return own ? ok({ ...viewer.value, fields: fields.value }) : fail(troublePage(ports, BAD_FORM));
}

/** Adds a record of what a person did on a page. */
export function auditPage(
  ports: Pick<Ports, 'log' | 'now'>,
  { connection, session }: Viewer,
  record: { operation: string; message: string; eventId?: string; sku?: string; detail?: object },
): void {
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId: connection.id,
    outcome: 'ok',
    ...record,
    detail: { by: `user ${session.userId}`, ...record.detail },
  });
}

/** The page for a use case that refused. */
export function failurePage(ports: Ports, failure: Failure): Response {
  return troublePage(
    ports,
    {
      status: FAILURES[failure.code].status,
      ...TROUBLES.failed,
      message: failure.message,
    },
    true,
  );
}

export function notFoundPage(ports: Ports, signedIn: boolean): Response {
  return troublePage(ports, { status: 404, ...TROUBLES.notFound }, signedIn);
}
