/** Below the alerts' form: the signing secret, a test, and what was sent. */
import type { Context } from 'hono';
import type { Ports } from '../ports.ts';
import { listMessages, type MessageShown } from '../store/alerts.ts';
import type { Connection } from '../store/connections.ts';
import { alertSecretMadeAtMs } from '../sync/alert-secret.ts';
import { channelsOf } from '../sync/alerts.ts';
import { ALERTS } from './alerts-english.ts';
import { Form, Told, tokensFor, type Tokens } from './form.tsx';
import type { Viewer } from './gate.ts';
import { Moment, sayPlacesIn, Tag } from './words.tsx';
import type { Tone } from './words-english.ts';

export const MAKE_SECRET = '/app/settings/alerts/secret';
export const TEST_ALERT = '/app/settings/alerts/test';
const MESSAGES_SHOWN = 30;

/** What the last press did. */
export function alertsTold(context: Context) {
  const tested = context.req.query('tested');
  if (tested === undefined) return null;
  return tested === 'soon' ? (
    <Told tone="warn">{ALERTS.testedSoon}</Told>
  ) : (
    <Told>{ALERTS.tested}</Told>
  );
}

export async function alertsBelow(ports: Ports, viewer: Viewer) {
  const { connection, session } = viewer;
  const [tokens, madeAtMs, messages] = await Promise.all([
    tokensFor(session, [MAKE_SECRET, TEST_ALERT]),
    alertSecretMadeAtMs(ports, connection.id),
    listMessages(ports.db, connection.id, MESSAGES_SHOWN),
  ]);
  const canTest = channelsOf(connection).length > 0;
  return (
    <>
      <Channels
        connection={connection}
        madeAtMs={madeAtMs}
        canMail={ports.email !== null}
        tokens={tokens}
      />
      <section class="card">
        <div class="row">
          <h2>{ALERTS.sent}</h2>
          {canTest ? (
            <Form action={TEST_ALERT} tokens={tokens} inline>
              <button type="submit">{ALERTS.test}</button>
            </Form>
          ) : null}
        </div>
        {canTest ? null : <p class="soft">{ALERTS.testNowhere}</p>}
        {messages.length === 0 ? (
          <p class="soft">{ALERTS.sentNone}</p>
        ) : (
          <MessageTable messages={messages} connection={connection} />
        )}
      </section>
    </>
  );
}

function Channels(props: {
  connection: Connection;
  madeAtMs: number | null;
  canMail: boolean;
  tokens: Tokens;
}) {
  const { connection, madeAtMs, canMail, tokens } = props;
  return (
    <section class="card">
      <h2>{ALERTS.webhook}</h2>
      {madeAtMs === null ? (
        <p class="soft">{ALERTS.secretNone}</p>
      ) : (
        <p>
          {ALERTS.secretSince} <Moment atMs={madeAtMs} timeZone={connection.timeZone} />.
        </p>
      )}
      <div class="acts">
        <Form action={MAKE_SECRET} tokens={tokens} inline>
          <button type="submit" class={madeAtMs === null ? undefined : 'risk'}>
            {madeAtMs === null ? ALERTS.secretMake : ALERTS.secretAgain}
          </button>
        </Form>
        {madeAtMs === null ? null : <span class="soft small">{ALERTS.secretAgainMore}</span>}
      </div>
      <h2>{ALERTS.email}</h2>
      <p class={canMail ? 'soft' : undefined}>{canMail ? ALERTS.emailReady : ALERTS.emailNone}</p>
    </section>
  );
}

function MessageTable(props: { messages: readonly MessageShown[]; connection: Connection }) {
  const { messages, connection } = props;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={ALERTS.sent}>
      <table>
        <thead>
          <tr>
            <th scope="col">{ALERTS.when}</th>
            <th scope="col">{ALERTS.by}</th>
            <th scope="col">{ALERTS.what}</th>
            <th scope="col">{ALERTS.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {messages.map((message) => (
            <tr>
              <td>
                <Moment atMs={message.createdAtMs} timeZone={connection.timeZone} />
              </td>
              <td class="still">{ALERTS.channels[message.channel]}</td>
              <td class="wide">
                <What message={message} connection={connection} />
              </td>
              <td class="wide">
                <Tag {...outcomeOf(message)} />
                {message.error === null ? null : <div class="soft small">{message.error}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function What(props: { message: MessageShown; connection: Connection }) {
  const { message, connection } = props;
  if (message.groups.length === 0) return <>{message.subject}</>;
  return (
    <details>
      <summary>{message.subject}</summary>
      <ul>
        {message.groups.map((group) => (
          <li>
            {group.count > 1 ? `${ALERTS.times(group.count)} ` : ''}
            {sayPlacesIn(group.message, connection)}
          </li>
        ))}
      </ul>
    </details>
  );
}

function outcomeOf({ status, attempts }: MessageShown): { tone: Tone; text: string } {
  if (status === 'sent') return { tone: 'good', text: ALERTS.arrived };
  if (status === 'failed') return { tone: 'bad', text: ALERTS.failed };
  return { tone: 'warn', text: ALERTS.trying(attempts) };
}
