/** The inbox: failures by cause, in plain words, with what to do about them. */
import type { Context } from 'hono';
import { ALERT_SOURCE } from '../domain/alerts.ts';
import { moneyText } from '../domain/money.ts';
import type { Ports } from '../ports.ts';
import {
  dismissCause,
  listAffected,
  listFailureGroups,
  type FailureCause,
  type FailureGroup,
} from '../store/failure-groups.ts';
import { closeFailure, findFailure } from '../store/failures.ts';
import { answerReturn } from '../sync/answer-return.ts';
import { replayCause } from '../sync/inbox.ts';
import { replayFailure } from '../sync/replay.ts';
import type { Connection } from '../store/connections.ts';
import { goTo } from './enter.tsx';
import { causeText, SOURCES } from './causes-english.ts';
import { INBOX } from './english.ts';
import { Form, numberOf, Told, tokensFor, type Tokens } from './form.tsx';
import {
  auditPage,
  failurePage,
  frameOf,
  notFoundPage,
  type OwnForm,
  type Viewer,
} from './gate.ts';
import { page } from './page.tsx';
import { Moment, sayPlacesIn } from './words.tsx';

export const REPLAY = '/app/inbox/replay';
export const DISMISS = '/app/inbox/dismiss';
export const RESTOCK = '/app/inbox/restock';
export const INBOX_ACTIONS = [REPLAY, DISMISS, RESTOCK];

const AFFECTED_SHOWN = 5;
const REASON_CHARS_MAX = 500;

interface ShownGroup extends FailureGroup {
  readonly affected: readonly { sku: string | null; orderId: string | null }[];
}

/** `GET /app/inbox` */
export async function inboxPage(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const { connection } = viewer;
  const found = await listFailureGroups(ports.db, connection.id, connection.currency);
  const groups = await Promise.all(
    found.map(async (group): Promise<ShownGroup> => ({
      ...group,
      affected: await listAffected(ports.db, connection.id, group, AFFECTED_SHOWN + 1),
    })),
  );
  const tokens = await tokensFor(viewer.session, INBOX_ACTIONS);
  return page(ports, 200, {
    ...frameOf(viewer),
    title: INBOX.title,
    at: '/app/inbox',
    children: (
      <>
        <div class="row head">
          <h1>{INBOX.title}</h1>
          <a class="button plain" href="/app/inbox/again">
            {INBOX.again}
          </a>
        </div>
        <InboxTold context={context} />
        {groups.length === 0 ? (
          <section class="card empty">
            <h2>{INBOX.empty}</h2>
            <p class="soft">{INBOX.emptyMore}</p>
          </section>
        ) : (
          <p class="soft">{INBOX.intro}</p>
        )}
        {groups.map((group) => (
          <Group group={group} connection={connection} tokens={tokens} />
        ))}
      </>
    ),
  });
}

/** What the last press did, by the numbers in the address. */
export function InboxTold(props: { context: Context }) {
  const query = (name: string) => props.context.req.query(name);
  const refused = numberOf(query('refused'));
  return (
    <>
      {query('replayed') === undefined ? null : (
        <Told>
          {INBOX.replayed(numberOf(query('replayed')))}{' '}
          {query('more') === undefined ? '' : INBOX.left(numberOf(query('more')))}
        </Told>
      )}
      {refused === 0 ? null : <Told tone="warn">{INBOX.refused(refused)}</Told>}
      {query('dismissed') === undefined ? null : (
        <Told>{INBOX.dismissed(numberOf(query('dismissed')))}</Told>
      )}
      {query('answered') === undefined ? null : <Told>{INBOX.answered}</Told>}
      {query('why') === undefined ? null : <Told tone="bad">{INBOX.needReason}</Told>}
    </>
  );
}

/** The cause's page, and the fields that name it in forms. */
export function causeQuery({ code, source, platform }: FailureCause): URLSearchParams {
  return new URLSearchParams({ code, source, platform });
}

function Group(props: { group: ShownGroup; connection: Connection; tokens: Tokens }) {
  const { group, connection, tokens } = props;
  const { title, todo } = causeText(group);
  const { timeZone, currency } = connection;
  return (
    <section class="card">
      <div class="row">
        <h2>{title}</h2>
        <span class="tag bad">{INBOX.times(group.failures, group.count)}</span>
      </div>
      <p class="soft small">
        {SOURCES[group.source] === undefined ? '' : `While ${SOURCES[group.source]} · `}
        {INBOX.last} <Moment atMs={group.lastAtMs} timeZone={timeZone} />
        {group.failures > 1 ? (
          <>
            {' '}
            · {INBOX.since} <Moment atMs={group.firstAtMs} timeZone={timeZone} />
          </>
        ) : null}
      </p>
      <dl class="facts">
        <dt>{INBOX.happened}</dt>
        <dd>{sayPlacesIn(group.sample, connection)}</dd>
        <dt>{INBOX.todo}</dt>
        <dd>{isStuck(group) ? `${todo} ${INBOX.cannotReplay}` : todo}</dd>
        {group.affected.length === 0 ? null : (
          <>
            <dt>{INBOX.affected}</dt>
            <dd>
              <Affected items={group.affected} />
            </dd>
          </>
        )}
        {group.atRiskMinor === 0 ? null : (
          <>
            <dt>{INBOX.atRisk}</dt>
            <dd>{moneyText(group.atRiskMinor, currency)}</dd>
          </>
        )}
      </dl>
      <GroupForms group={group} tokens={tokens} />
    </section>
  );
}

/** These close or go on by themselves once their cause is mended. */
const MENDS_ITSELF = new Set([
  'mapping_missing',
  'manual_step',
  'oversold',
  'device_unassigned',
  'restock_asked',
]);

function isStuck({ code, source, replayable }: FailureGroup): boolean {
  return replayable === 0 && !MENDS_ITSELF.has(code) && source !== ALERT_SOURCE;
}

function Affected(props: { items: ShownGroup['affected'] }) {
  return (
    <>
      {props.items.slice(0, AFFECTED_SHOWN).map(({ sku, orderId }, index) => (
        <>
          {index === 0 ? '' : ', '}
          {sku === null ? (
            <a href={`/app/orders/bigcommerce/${encodeURIComponent(orderId ?? '')}`}>
              {INBOX.order(orderId ?? '')}
            </a>
          ) : (
            <a href={`/app/skus?${new URLSearchParams({ find: sku }).toString()}`}>{sku}</a>
          )}
        </>
      ))}
      {props.items.length > AFFECTED_SHOWN ? ' …' : ''}
    </>
  );
}

function GroupForms(props: { group: ShownGroup; tokens: Tokens }) {
  const { group, tokens } = props;
  const hidden = Object.fromEntries(causeQuery(group));
  return (
    <>
      <div class="acts">
        {group.replayable === 0 ? null : (
          <Form action={REPLAY} tokens={tokens} hidden={hidden} inline>
            <button type="submit">{INBOX.replayAll(group.replayable)}</button>
          </Form>
        )}
        {group.failures === 1 ? null : (
          <a class="button plain" href={`/app/inbox/cases?${causeQuery(group).toString()}`}>
            {INBOX.each}
          </a>
        )}
      </div>
      <details>
        <summary>{INBOX.dismissSummary}</summary>
        <DismissForm
          tokens={tokens}
          hidden={{ ...hidden, until: String(group.lastAtMs) }}
          label={INBOX.dismissAll(group.failures)}
        />
      </details>
    </>
  );
}

export function DismissForm(props: {
  tokens: Tokens;
  hidden: Readonly<Record<string, string>>;
  label: string;
}) {
  return (
    <Form action={DISMISS} tokens={props.tokens} hidden={props.hidden} inline>
      <label>
        <span class="small">{INBOX.reason}</span>
        <br />
        <input type="text" name="reason" required maxlength={REASON_CHARS_MAX} />
      </label>
      <button type="submit" class="risk">
        {props.label}
      </button>
    </Form>
  );
}

export function readCause(fields: URLSearchParams): FailureCause {
  const platform = fields.get('platform');
  return {
    code: fields.get('code') ?? '',
    source: fields.get('source') ?? '',
    platform: platform === 'bigcommerce' || platform === 'clover' ? platform : '',
  };
}

/** `POST /app/inbox/replay`: one failure by `id`, or all of a cause. */
export async function replayForm(ports: Ports, form: OwnForm): Promise<Response> {
  const { connection, fields } = form;
  const id = fields.get('id');
  if (id === null) {
    const cause = readCause(fields);
    const { replayed, refused, hasMore } = await replayCause(ports, connection.id, cause);
    auditPage(ports, form, {
      operation: 'failure.replay',
      message: `${replayed} failures (${cause.source}, ${cause.code}) were replayed on the inbox page.`,
      detail: { ...cause, replayed, refused },
    });
    const more = hasMore ? '&more=1' : '';
    return goTo(`/app/inbox?replayed=${replayed}&refused=${refused}${more}`);
  }
  const parked = await findFailure(ports.db, connection.id, id);
  if (parked === undefined) return notFoundPage(ports, true);
  const sent = await replayFailure(ports, parked);
  if (!sent.ok) return failurePage(ports, sent.failure);
  auditPage(ports, form, {
    operation: 'failure.replay',
    ...(parked.eventId === null ? {} : { eventId: parked.eventId }),
    message: `A failure (${parked.source}) was replayed on the inbox page.`,
    detail: { failureId: id },
  });
  return goTo('/app/inbox?replayed=1');
}

/** `POST /app/inbox/restock`: whether the goods of one refund are on the shelf again. */
export async function restockForm(ports: Ports, form: OwnForm): Promise<Response> {
  const { connection, fields } = form;
  const parked = await findFailure(ports.db, connection.id, fields.get('id') ?? '');
  if (parked === undefined) return notFoundPage(ports, true);
  const isRestocked = fields.get('restocked') === 'yes';
  const answered = await answerReturn(ports, parked, isRestocked);
  if (!answered.ok) return failurePage(ports, answered.failure);
  auditPage(ports, form, {
    operation: 'return.answer',
    message: `Goods of order ${parked.orderId ?? ''} are ${isRestocked ? '' : 'not '}on the shelf again, it was said on the inbox page.`,
    detail: { failureId: parked.id, isRestocked },
  });
  return goTo('/app/inbox?answered=1');
}

/** `POST /app/inbox/dismiss`: one failure by `id`, or all of a cause that the page showed; never without a reason. */
export async function dismissForm(ports: Ports, form: OwnForm): Promise<Response> {
  const { connection, fields } = form;
  const reason = (fields.get('reason') ?? '').trim().slice(0, REASON_CHARS_MAX);
  if (reason === '') return goTo('/app/inbox?why=1');
  const id = fields.get('id');
  if (id === null) {
    const cause = readCause(fields);
    const until = Number(fields.get('until') ?? 0);
    const dismissed = await dismissCause(ports.db, connection.id, cause, until);
    auditPage(ports, form, {
      operation: 'failure.dismiss',
      message: `${dismissed} failures (${cause.source}, ${cause.code}) were dismissed on the inbox page: ${reason}`,
      detail: { ...cause, dismissed },
    });
    return goTo(`/app/inbox?dismissed=${dismissed}`);
  }
  const parked = await findFailure(ports.db, connection.id, id);
  if (parked === undefined) return notFoundPage(ports, true);
  await closeFailure(ports.db, connection.id, id, 'dismissed');
  auditPage(ports, form, {
    operation: 'failure.dismiss',
    ...(parked.eventId === null ? {} : { eventId: parked.eventId }),
    message: `A failure (${parked.source}) was dismissed on the inbox page: ${reason}`,
    detail: { failureId: id },
  });
  return goTo('/app/inbox?dismissed=1');
}
