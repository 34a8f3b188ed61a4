/** The connection itself: what is connected, how it is taken apart, and its data to take away. */
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { attachment } from '../attachment.ts';
import { disconnectMerchant, disconnectStore } from '../install/disconnect.ts';
import { missingScopes } from '../install/scopes.ts';
import type { Ports } from '../ports.ts';
import type { CloverMerchant, Connection } from '../store/connections.ts';
import { countMerchantLinks } from '../store/links.ts';
import { EXPORT_PARTS, exportLines } from '../sync/export.ts';
import { faultText } from '../store/faults.ts';
import { CONNECTION } from './connection-english.ts';
import { goTo } from './enter.tsx';
import { Form, Told, tokensFor } from './form.tsx';
import { auditPage, notFoundPage, type OwnForm, type Viewer } from './gate.ts';
import { troublePage } from './page.tsx';
import { settingsFrame } from './settings.tsx';
import { Moment, sayConnection, sayMerchant, Tag } from './words.tsx';

const PAGE = '/app/settings/connection';
export const STOP_STORE = `${PAGE}/stop`;
export const STOP_REGISTER = `${PAGE}/register`;
export const EXPORT = `${PAGE}/export`;

/** `GET /app/settings/connection` */
export async function connectionPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const { connection } = viewer;
  const isGone = context.req.query('gone') !== undefined;
  return settingsFrame(
    ports,
    viewer,
    'connection',
    200,
    <>
      {isGone ? <Told>{CONNECTION.registerGone}</Told> : null}
      <Connected connection={connection} />
      <ExportParts />
      <section class="card">
        <h2>{CONNECTION.stop}</h2>
        <p class="soft">{CONNECTION.stopMore}</p>
        <a class="button risk" href={STOP_STORE}>
          {CONNECTION.stopReview}
        </a>
      </section>
    </>,
  );
}

function Connected(props: { connection: Connection }) {
  const { connection } = props;
  return (
    <section class="card">
      <h2>{CONNECTION.store}</h2>
      <div class="row">
        <span>
          <strong>{connection.name}</strong> <span class="soft small">{connection.id}</span>
        </span>
        <Tag {...sayConnection(connection.status)} />
      </div>
      <p class="soft small">
        {CONNECTION.installed}{' '}
        <Moment atMs={connection.installedAtMs} timeZone={connection.timeZone} />
      </p>
      <h2>{CONNECTION.registers}</h2>
      {connection.merchants.length === 0 ? <p class="soft">{CONNECTION.none}</p> : null}
      {connection.merchants.map((merchant) => (
        <div class="row">
          <span>
            <strong>{merchant.name}</strong> <span class="soft small">{merchant.merchantId}</span>
          </span>
          <span class="row">
            <Tag {...sayMerchant(merchant.status)} />
            <a
              class="button plain"
              href={`${STOP_REGISTER}?merchantId=${merchant.merchantId}`}
              aria-label={CONNECTION.disconnectOf(merchant.name)}
            >
              {CONNECTION.disconnect}
            </a>
          </span>
        </div>
      ))}
    </section>
  );
}

function ExportParts() {
  return (
    <section class="card">
      <h2>{CONNECTION.export}</h2>
      <p class="soft">{CONNECTION.exportMore}</p>
      <ul>
        {EXPORT_PARTS.map((part) => (
          <li>
            <a href={`${EXPORT}/${part}`} download={`onhand-${part}.ndjson`}>
              {CONNECTION.parts[part]}
            </a>
          </li>
        ))}
      </ul>
      <p class="soft small">{CONNECTION.logs}</p>
    </section>
  );
}

interface Review {
  readonly title: string;
  readonly happens: readonly string[];
  readonly kept: readonly string[];
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly label: string;
  readonly isUnsure: boolean;
}

async function reviewPage(ports: Ports, viewer: Viewer, review: Review): Promise<Response> {
  const { title, happens, kept, action, hidden, label, isUnsure } = review;
  const tokens = await tokensFor(viewer.session, [action]);
  return settingsFrame(
    ports,
    viewer,
    'connection',
    200,
    <>
      {isUnsure ? <Told tone="bad">{CONNECTION.needSure}</Told> : null}
      <section class="card">
        <h2>{title}</h2>
        <Points title={CONNECTION.happens} points={happens} />
        <Points title={CONNECTION.kept} points={kept} />
        <Form action={action} tokens={tokens} hidden={hidden}>
          <label class="check">
            <input type="checkbox" name="sure" value="yes" required /> {CONNECTION.sure}
          </label>
          <div class="acts">
            <button type="submit" class="risk">
              {label}
            </button>
            <a class="button plain" href={PAGE}>
              {CONNECTION.cancel}
            </a>
          </div>
        </Form>
      </section>
    </>,
  );
}

function Points(props: { title: Child; points: readonly string[] }) {
  return (
    <>
      <h3>{props.title}</h3>
      <ul>
        {props.points.map((point) => (
          <li>{point}</li>
        ))}
      </ul>
    </>
  );
}

/** `GET /app/settings/connection/stop` */
export function reviewStop(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const { connection } = viewer;
  return reviewPage(ports, viewer, {
    title: CONNECTION.reviewStore(connection.name),
    happens: CONNECTION.storeHappens,
    kept: CONNECTION.storeKept(connection.settings.logs.retentionDays),
    action: STOP_STORE,
    hidden: {},
    label: CONNECTION.doStore,
    isUnsure: context.req.query('sure') !== undefined,
  });
}

/** `POST /app/settings/connection/stop`: the session ends with it, so the answer is a page for anybody. */
export async function stopForm(ports: Ports, form: OwnForm): Promise<Response> {
  if (form.fields.get('sure') !== 'yes') return goTo(`${STOP_STORE}?sure=0`);
  const { connection } = form;
  auditPage(ports, form, {
    operation: 'connection.disconnect',
    message: 'The whole store was disconnected on its page.',
  });
  await disconnectStore(ports, connection.id, 'it was disconnected on its page.');
  return troublePage(ports, {
    status: 200,
    title: CONNECTION.gone,
    message: CONNECTION.goneMore,
    advice: CONNECTION.goneAdvice,
  });
}

function merchantOf({ connection }: Viewer, merchantId: string | null | undefined) {
  return connection.merchants.find((each) => each.merchantId === merchantId);
}

/** `GET /app/settings/connection/register?merchantId=` */
export async function reviewRegister(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const merchant = merchantOf(viewer, context.req.query('merchantId'));
  if (merchant === undefined) return notFoundPage(ports, true);
  const { connection } = viewer;
  const { merchantId, name } = merchant;
  const { all, only } = await countMerchantLinks(ports.db, connection.id, merchantId);
  return reviewPage(ports, viewer, {
    title: CONNECTION.reviewRegister(name === '' ? merchantId : name),
    happens: [
      ...CONNECTION.registerHappens(all, only),
      ...(isInPool(connection, merchant) ? [CONNECTION.registerInPool] : []),
    ],
    kept: CONNECTION.registerKept,
    action: STOP_REGISTER,
    hidden: { merchantId },
    label: CONNECTION.doRegister,
    isUnsure: context.req.query('sure') !== undefined,
  });
}

function isInPool({ settings }: Connection, { merchantId }: CloverMerchant): boolean {
  return settings.stock.pools.some(({ merchantIds }) => merchantIds.includes(merchantId));
}

/** `POST /app/settings/connection/register` */
export async function registerForm(ports: Ports, form: OwnForm): Promise<Response> {
  const merchant = merchantOf(form, form.fields.get('merchantId'));
  if (merchant === undefined) return notFoundPage(ports, true);
  const { merchantId, name } = merchant;
  if (form.fields.get('sure') !== 'yes') {
    return goTo(`${STOP_REGISTER}?merchantId=${merchantId}&sure=0`);
  }
  await disconnectMerchant(ports, form.connection.id, merchantId, 'it was disconnected on a page.');
  auditPage(ports, form, {
    operation: 'clover.unlink',
    message: `The Clover merchant ${name} (${merchantId}) was disconnected on its page.`,
  });
  return goTo(`${PAGE}?gone=1`);
}

/** `GET /app/settings/connection/export/{part}?after=`: lines of JSON, sent while they are read. */
export function exportFile(ports: Ports, viewer: Viewer, context: Context): Response {
  const part = EXPORT_PARTS.find((each) => each === context.req.param('part'));
  if (part === undefined) return notFoundPage(ports, true);
  const { connection } = viewer;
  auditPage(ports, viewer, {
    operation: 'connection.export',
    message: `The data of the connection (${part}) was exported on its page.`,
  });
  const after = context.req.query('after') ?? null;
  const lines = exportLines(ports, connection, part, after, missingScopes(connection.scopes));
  return attachment(`onhand-${part}.ndjson`, asLines(lines));
}

/** One JSON object per line; what breaks after the first line can be told in the text alone. */
async function* asLines(objects: AsyncGenerator<object>): AsyncGenerator<string, void> {
  try {
    for await (const object of objects) yield `${JSON.stringify(object)}\n`;
  } catch (error) {
    yield `${JSON.stringify({ type: 'failed', message: faultText(error) })}\n`;
  }
}
