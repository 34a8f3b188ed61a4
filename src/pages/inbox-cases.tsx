/** The cases of one cause, each with its own message. */
import type { Context } from 'hono';
import type { Connection } from '../store/connections.ts';
import type { Ports } from '../ports.ts';
import { failureIdsOf } from '../store/failure-groups.ts';
import { findFailure, type ParkedFailure } from '../store/failures.ts';
import { causeText } from './causes-english.ts';
import { INBOX } from './english.ts';
import { Form, tokensFor, type Tokens } from './form.tsx';
import { frameOf, type Viewer } from './gate.ts';
import { DismissForm, INBOX_ACTIONS, readCause, REPLAY, RESTOCK } from './inbox.tsx';
import { page } from './page.tsx';
import { Moment, sayPlacesIn } from './words.tsx';

/** The oldest ones; what is closed makes room for the next. */
const CASES_SHOWN = 50;

/** `GET /app/inbox/cases?code=&source=&platform=` */
export async function inboxCasesPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const { connection } = viewer;
  const cause = readCause(new URL(context.req.url).searchParams);
  const ids = await failureIdsOf(ports.db, connection.id, cause, CASES_SHOWN, 'all');
  const found = await Promise.all(ids.map((id) => findFailure(ports.db, connection.id, id)));
  const cases = found.filter((each) => each !== undefined);
  const tokens = await tokensFor(viewer.session, INBOX_ACTIONS);
  const { title, todo } = causeText(cause);
  return page(ports, 200, {
    ...frameOf(viewer),
    title,
    at: '/app/inbox',
    children: (
      <>
        <p>
          <a href="/app/inbox">{INBOX.back}</a>
        </p>
        <h1>{title}</h1>
        <p class="soft">{todo}</p>
        {cases.length === 0 ? <p class="card empty">{INBOX.empty}</p> : null}
        {cases.map((each) => (
          <Case parked={each} connection={connection} tokens={tokens} />
        ))}
      </>
    ),
  });
}

function Case(props: { parked: ParkedFailure; connection: Connection; tokens: Tokens }) {
  const { parked, connection, tokens } = props;
  const about = parked.sku ?? (parked.orderId === null ? null : INBOX.order(parked.orderId));
  return (
    <section class="card">
      {about === null ? null : <h2>{about}</h2>}
      <p>{sayPlacesIn(parked.message, connection)}</p>
      <p class="soft small">
        {INBOX.times(1, parked.count)} · {INBOX.last}{' '}
        <Moment atMs={parked.lastAtMs} timeZone={connection.timeZone} />
      </p>
      <details>
        <summary>{INBOX.technical}</summary>
        <p class="small">
          <code>
            {parked.source} · {parked.code} · {parked.id} · {parked.eventId ?? ''}
          </code>
        </p>
      </details>
      <div class="acts">
        {parked.code === 'restock_asked' && parked.status === 'open' ? (
          <>
            <Form
              action={RESTOCK}
              tokens={tokens}
              hidden={{ id: parked.id, restocked: 'yes' }}
              inline
            >
              <button type="submit">{INBOX.restocked}</button>
            </Form>
            <Form
              action={RESTOCK}
              tokens={tokens}
              hidden={{ id: parked.id, restocked: 'no' }}
              inline
            >
              <button type="submit" class="plain">
                {INBOX.notRestocked}
              </button>
            </Form>
          </>
        ) : null}
        {parked.replay === null ? null : (
          <Form action={REPLAY} tokens={tokens} hidden={{ id: parked.id }} inline>
            <button type="submit">{INBOX.replayOne}</button>
          </Form>
        )}
      </div>
      <details>
        <summary>{INBOX.dismissSummary}</summary>
        <DismissForm tokens={tokens} hidden={{ id: parked.id }} label={INBOX.dismissOne} />
      </details>
    </section>
  );
}
