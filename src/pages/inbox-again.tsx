/** Replays by SKU and by span of time (R7): what webhooks told then, and what failed then. */
import type { Context } from 'hono';
import { momentIn, wallClockIn } from '../domain/time.ts';
import type { Ports } from '../ports.ts';
import { replaySpan } from '../sync/inbox.ts';
import { replayEvents } from '../sync/replay.ts';
import { AGAIN_WORDS } from './again-english.ts';
import { goTo } from './enter.tsx';
import { INBOX } from './english.ts';
import { Form, numberOf, Told, tokensFor, type Tokens } from './form.tsx';
import { auditPage, frameOf, type OwnForm, type Viewer } from './gate.ts';
import { page } from './page.tsx';

export const AGAIN = '/app/inbox/again';
const HOUR_MS = 3_600_000;
const SKU_CHARS_MAX = 255;
/** Ids of log records, which say where the next press goes on. */
const CURSOR = /^[0-9a-z]{10,60}$/;

interface Span {
  readonly sku: string;
  readonly from: string;
  readonly until: string;
}

/** `GET /app/inbox/again?sku=&from=&until=`: the last hour when nothing is named. */
export async function againPage(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const { timeZone } = viewer.connection;
  const query = (name: string) => context.req.query(name) ?? '';
  const nowMs = ports.now();
  const tokens = await tokensFor(viewer.session, [AGAIN]);
  const span = {
    sku: query('sku').slice(0, SKU_CHARS_MAX),
    from: query('from') || wallClockIn(timeZone, nowMs - HOUR_MS),
    until: query('until') || wallClockIn(timeZone, nowMs + 60_000),
  };
  return page(ports, 200, {
    ...frameOf(viewer),
    title: AGAIN_WORDS.title,
    at: '/app/inbox',
    children: (
      <>
        <p>
          <a href="/app/inbox">{INBOX.title}</a>
        </p>
        <h1>{AGAIN_WORDS.title}</h1>
        <Outcome context={context} span={span} tokens={tokens} />
        <section class="card">
          <p>{AGAIN_WORDS.intro}</p>
          <SpanForm span={span} tokens={tokens} />
          <p class="soft small">{AGAIN_WORDS.zone(timeZone)}</p>
        </section>
      </>
    ),
  });
}

function SpanForm(props: { span: Span; tokens: Tokens }) {
  const { sku, from, until } = props.span;
  return (
    <Form action={AGAIN} tokens={props.tokens} inline>
      <label>
        {AGAIN_WORDS.sku}
        <br />
        <input type="text" name="sku" value={sku} maxlength={SKU_CHARS_MAX} />
      </label>
      <label>
        {AGAIN_WORDS.from}
        <br />
        <input type="datetime-local" name="from" value={from} required />
      </label>
      <label>
        {AGAIN_WORDS.until}
        <br />
        <input type="datetime-local" name="until" value={until} required />
      </label>
      <button type="submit">{AGAIN_WORDS.replay}</button>
    </Form>
  );
}

/** What the last press did, and the way on when it could not do all. */
function Outcome(props: { context: Context; span: Span; tokens: Tokens }) {
  const query = (name: string) => props.context.req.query(name);
  if (query('wrong') !== undefined) return <Told tone="bad">{AGAIN_WORDS.wrong}</Told>;
  if (query('events') === undefined) return null;
  const refused = numberOf(query('refused'));
  const cursor = query('cursor') ?? '';
  const isMore = query('more') !== undefined;
  return (
    <>
      <Told>
        {AGAIN_WORDS.done(numberOf(query('events')), numberOf(query('failures')))}
        {isMore ? ` ${AGAIN_WORDS.more}` : ''}
      </Told>
      {refused === 0 ? null : <Told tone="warn">{AGAIN_WORDS.refused(refused)}</Told>}
      {isMore ? (
        <Form action={AGAIN} tokens={props.tokens} hidden={{ ...props.span, cursor }} inline>
          <button type="submit">{AGAIN_WORDS.goOn}</button>
        </Form>
      ) : null}
    </>
  );
}

/** `POST /app/inbox/again`: a bounded number per press. */
export async function againForm(ports: Ports, form: OwnForm): Promise<Response> {
  const { connection, fields } = form;
  const sku = (fields.get('sku') ?? '').trim().slice(0, SKU_CHARS_MAX);
  const [from, until] = [fields.get('from') ?? '', fields.get('until') ?? ''];
  const sinceMs = momentIn(connection.timeZone, from);
  const untilMs = momentIn(connection.timeZone, until);
  const asked = new URLSearchParams({ sku, from, until });
  if (sinceMs === null || untilMs === null || sinceMs >= untilMs) {
    asked.set('wrong', '1');
    return goTo(`${AGAIN}?${asked.toString()}`);
  }
  const given = fields.get('cursor') ?? '';
  const cursor = CURSOR.test(given) ? given : null;
  const span = { sku: sku === '' ? undefined : sku, sinceMs, untilMs };
  const failed = await replaySpan(ports, connection.id, span);
  const events = await replayEvents(ports, connection, span, cursor);
  auditPage(ports, form, {
    operation: 'event.replay',
    message: `What happened from ${from} to ${until}${sku === '' ? '' : ` with ${sku}`} was replayed on the inbox page: ${events.replayed} webhooks, ${failed.replayed} failures.`,
    ...(sku === '' ? {} : { sku }),
    detail: { from, until, events: events.replayed, failures: failed.replayed },
  });
  asked.set('events', String(events.replayed));
  asked.set('failures', String(failed.replayed));
  asked.set('refused', String(failed.refused));
  if (events.nextCursor !== null) asked.set('cursor', events.nextCursor);
  if (events.nextCursor !== null || failed.hasMore) asked.set('more', '1');
  return goTo(`${AGAIN}?${asked.toString()}`);
}
