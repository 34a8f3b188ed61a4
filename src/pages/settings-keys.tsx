/** API keys of the connection, and the history of what people changed. */
import type { Context } from 'hono';
import { KEY_SCOPES, makeApiKey } from '../install/api-keys.ts';
import type { Ports } from '../ports.ts';
import { type ApiKey, deleteApiKey, listApiKeys } from '../store/api-keys.ts';
import type { Connection } from '../store/connections.ts';
import { queryLogs } from '../store/logs.ts';
import { goTo } from './enter.tsx';
import { Form, Told, tokensFor, type Tokens } from './form.tsx';
import { auditPage, failurePage, notFoundPage, type OwnForm, type Viewer } from './gate.ts';
import { KEYS, SETTINGS } from './settings-english.ts';
import { settingsFrame } from './settings.tsx';
import { FRAME } from './english.ts';
import { Moment } from './words.tsx';

export const MAKE_KEY = '/app/settings/keys';
export const DELETE_KEY = '/app/settings/keys/delete';
const NAME_CHARS_MAX = 100;
const CHANGES_PER_PAGE = 50;

/** `GET /app/settings/keys` */
export async function keysPage(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const told =
    context.req.query('removed') !== undefined ? (
      <Told>{KEYS.removed}</Told>
    ) : context.req.query('name') === undefined ? null : (
      <Told tone="bad">{KEYS.needName}</Told>
    );
  return renderKeys(ports, viewer, told);
}

async function renderKeys(ports: Ports, viewer: Viewer, told: unknown): Promise<Response> {
  const { connection, session } = viewer;
  const keys = await listApiKeys(ports.db, connection.id);
  const tokens = await tokensFor(session, [MAKE_KEY, DELETE_KEY]);
  return settingsFrame(
    ports,
    viewer,
    'keys',
    200,
    <>
      {told as null}
      <section class="card">
        <p>
          {KEYS.intro} <a href="/api/v1/docs">{KEYS.docs}</a>
        </p>
        <Form action={MAKE_KEY} tokens={tokens}>
          <div class="field">
            <label for="name">{KEYS.name}</label>
            <input type="text" id="name" name="name" required maxlength={NAME_CHARS_MAX} />
          </div>
          <div class="field">
            <label for="scope">{KEYS.scope}</label>
            <select id="scope" name="scope">
              {KEY_SCOPES.map((scope) => (
                <option value={scope}>{KEYS.scopes[scope]}</option>
              ))}
            </select>
          </div>
          <button type="submit">{KEYS.make}</button>
        </Form>
      </section>
      <section class="card">
        <h2>{KEYS.yours}</h2>
        <KeyList keys={keys} connection={connection} tokens={tokens} />
      </section>
    </>,
  );
}

function KeyList(props: { keys: readonly ApiKey[]; connection: Connection; tokens: Tokens }) {
  const { keys, connection, tokens } = props;
  if (keys.length === 0) return <p class="soft">{KEYS.none}</p>;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={FRAME.table}>
      <table>
        <thead>
          <tr>
            <th scope="col">{KEYS.name}</th>
            <th scope="col">{KEYS.scope}</th>
            <th scope="col">{KEYS.created}</th>
            <th scope="col">{KEYS.remove}</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ id, name, scope, createdAtMs }) => (
            <tr>
              <td class="wide">{name}</td>
              <td>{scope}</td>
              <td>
                <Moment atMs={createdAtMs} timeZone={connection.timeZone} />
              </td>
              <td>
                <Form action={DELETE_KEY} tokens={tokens} hidden={{ id }} inline>
                  <button type="submit" class="risk" aria-label={`${KEYS.remove} ${name}`}>
                    {KEYS.remove}
                  </button>
                </Form>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `POST /app/settings/keys`: the key is on the page that answers, and on no other; no page of it is ever cached. */
export async function makeKeyForm(ports: Ports, form: OwnForm): Promise<Response> {
  const name = (form.fields.get('name') ?? '').trim();
  const scope = KEY_SCOPES.find((each) => each === form.fields.get('scope'));
  if (name === '' || name.length > NAME_CHARS_MAX || scope === undefined) {
    return goTo('/app/settings/keys?name=1');
  }
  const made = await makeApiKey(ports, form.connection.id, name, scope);
  if (!made.ok) return failurePage(ports, made.failure);
  auditPage(ports, form, {
    operation: 'key.make',
    message: `The API key "${name}" (${scope}) was made.`,
    detail: { keyId: made.value.id, scope },
  });
  return renderKeys(
    ports,
    form,
    <section class="card" role="status">
      <p>
        <strong>{KEYS.made}</strong>
      </p>
      <code class="secret">{made.value.key}</code>
    </section>,
  );
}

/** `POST /app/settings/keys/delete` */
export async function deleteKeyForm(ports: Ports, form: OwnForm): Promise<Response> {
  const id = form.fields.get('id') ?? '';
  const isGone = await deleteApiKey(ports.db, form.connection.id, id);
  if (!isGone) return notFoundPage(ports, true);
  auditPage(ports, form, {
    operation: 'key.delete',
    message: `The API key ${id} was deleted.`,
    detail: { keyId: id },
  });
  return goTo('/app/settings/keys?removed=1');
}

/** `GET /app/settings/history?before=`: what people and programs did, from the log. */
export async function historyPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const { connection } = viewer;
  const before = context.req.query('before') ?? '';
  const cursor = /^[0-9a-z]{10,40}$/.test(before) ? before : null;
  const filters = { kind: 'audit' } as const;
  const found = await queryLogs(ports.db, connection.id, filters, cursor, CHANGES_PER_PAGE);
  return settingsFrame(
    ports,
    viewer,
    'history',
    200,
    <section class="card">
      <p class="soft">{SETTINGS.history}</p>
      {found.items.length === 0 ? <p>{SETTINGS.noHistory}</p> : null}
      <dl class="facts">
        {found.items.map(({ atMs, message }) => (
          <>
            <dt>
              <Moment atMs={atMs} timeZone={connection.timeZone} />
            </dt>
            <dd>{message}</dd>
          </>
        ))}
      </dl>
      {found.nextCursor === null ? null : (
        <a href={`/app/settings/history?before=${encodeURIComponent(found.nextCursor)}`}>
          {SETTINGS.older}
        </a>
      )}
    </section>,
  );
}
