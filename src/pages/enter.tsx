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
    title: 'Open Onhand',
    children: (
      <section class="card">
        <h1>One more click</h1>
        <p>
          Your browser keeps no cookies for pages inside the control panel, so Onhand opens in a
          tab.
        </p>
        <form method="post" action="/app/enter" target="_blank" rel="noopener">
          <input type="hidden" name="ticket" value={ticket} />
          <button type="submit">Open Onhand in a new tab</button>
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
    return troublePage(ports, {
      status: 403,
      title: 'This button has been used',
      message: 'It works once, and for ten minutes after the page was loaded.',
      advice: 'Go back to the page it was on, reload it and press it again.',
    });
  }
  return { session: await openSession(ports, owner), fields: fields.value };
}

/** A redirect to a page of ours; 303, so that a posted form is followed by a GET. */
export function goTo(path: `/app${string}`, session?: Session): Response {
  const headers = new Headers({ Location: path, 'Cache-Control': 'no-store' });
  if (session !== undefined) headers.set('Set-Cookie', sessionCookie(session));
  return new Response(null, { status: 303, headers });
}
