import type { Context } from 'hono';
import {
  isOwnOrigin,
  openSession,
  readSession,
  sessionCookie,
  takeTicket,
  type Session,
} from '../install/session.ts';
import type { Ports } from '../ports.ts';
import { readForm } from './gate.ts';
import { page, troublePage } from './page.tsx';
import { ENTER, TROUBLES } from './words-english.ts';

/**
 * `GET /app/enter?ticket=`: where the platform's callbacks lead to. With the session's cookie it goes on; without it
 * the frame forbids cookies, and the page offers a tab of our own, into which the ticket carries the session.
 */
export async function enterPage(ports: Ports, context: Context): Promise<Response> {
  const ticket = context.req.query('ticket') ?? '';
  const session = await readSession(ports, context.req.raw);
  if (session !== undefined) {
    // It has done its work and stands in a browser's history: no use for it any more.
    await takeTicket(ports, ticket);
    return goTo('/app');
  }
  return page(ports, 200, {
    title: ENTER.title,
    children: (
      <section class="card">
        <h1>{ENTER.heading}</h1>
        <p>{ENTER.why}</p>
        <form method="post" action="/app/enter" target="_blank" rel="noopener">
          <input type="hidden" name="ticket" value={ticket} />
          <button type="submit">{ENTER.open}</button>
        </form>
      </section>
    ),
  });
}

/** `POST /app/enter`: the ticket becomes a session of the tab. */
export async function enterWithTicket(ports: Ports, context: Context): Promise<Response> {
  const entered = await sessionFromTicket(ports, context);
  if (entered instanceof Response) return entered;
  return goTo('/app', entered.session);
}

/**
 * Opens a session from the one-use ticket of a posted form, which is its proof as well as its CSRF token: it was on a
 * page of ours and on no other. The Origin is checked besides.
 */
export async function sessionFromTicket(
  ports: Ports,
  context: Context,
): Promise<{ session: Session; fields: URLSearchParams } | Response> {
  const fields = await readForm(ports, context.req.raw);
  if (!fields.ok) return fields.failure;
  const own = isOwnOrigin(ports.config, context.req.raw);
  const owner = own ? await takeTicket(ports, fields.value.get('ticket') ?? '') : undefined;
  if (owner === undefined) {
    return troublePage(ports, { status: 403, ...TROUBLES.usedUp });
  }
  return { session: await openSession(ports, owner), fields: fields.value };
}

/** A redirect to a page of ours; 303, so that a posted form is followed by a GET. */
export function goTo(path: `/app${string}`, session?: Session): Response {
  const headers = new Headers({ Location: path, 'Cache-Control': 'no-store' });
  if (session !== undefined) headers.set('Set-Cookie', sessionCookie(session));
  return new Response(null, { status: 303, headers });
}
