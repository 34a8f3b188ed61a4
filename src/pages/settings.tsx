/** Settings: a form per section, what it would change before it is saved, and who changed what. */
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { Ports } from '../ports.ts';
import { defaultSettings, type SettingsProblem } from '../settings.ts';
import { changeSettings, checkSettings } from '../sync/change-settings.ts';
import { knownPlaces } from '../sync/known-places.ts';
import { ALERTS } from './alerts-english.ts';
import { goTo } from './enter.tsx';
import { Form, Told, tokensFor, type Tokens } from './form.tsx';
import {
  auditPage,
  failurePage,
  frameOf,
  notFoundPage,
  type OwnForm,
  type Viewer,
} from './gate.ts';
import { FRAME } from './english.ts';
import { page } from './page.tsx';
import { alertsBelow, alertsTold } from './settings-alerts.tsx';
import { SETTINGS } from './settings-english.ts';
import {
  type Difference,
  differences,
  readField,
  SECTIONS,
  type Section,
  sectionField,
  sectionPatch,
} from './settings-fields.ts';
import { FieldInput, labelOf, sayValue } from './settings-inputs.tsx';

export const SAVE = '/app/settings/save';
const TABS = [...SECTIONS, 'keys', 'connection', 'history'] as const;

/** The frame of every settings page. */
export function settingsFrame(
  ports: Ports,
  viewer: Viewer,
  at: (typeof TABS)[number],
  status: number,
  children: Child,
): Response {
  return page(ports, status, {
    ...frameOf(viewer),
    title: `${SETTINGS.sections[at]} · ${SETTINGS.title}`,
    at: '/app/settings',
    children: (
      <>
        <h1>{SETTINGS.title}</h1>
        <nav class="tabs" aria-label={SETTINGS.title}>
          {TABS.map((tab) => (
            <a href={`/app/settings/${tab}`} aria-current={tab === at ? 'page' : undefined}>
              {SETTINGS.sections[tab]}
            </a>
          ))}
        </nav>
        {children}
      </>
    ),
  });
}

function sectionOf(context: Context): Section | undefined {
  return SECTIONS.find((section) => section === context.req.param('section'));
}

/** `GET /app/settings/{section}` */
export async function settingsPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const section = context.req.param('section') === undefined ? 'stock' : sectionOf(context);
  if (section === undefined) return notFoundPage(ports, true);
  const told =
    context.req.query('saved') === undefined ? alertsTold(context) : <Told>{SETTINGS.saved}</Told>;
  return renderSection(ports, viewer, section, { told });
}

/** `POST /app/settings/{section}`: what the form would change; nothing is saved. */
export async function reviewSettings(
  ports: Ports,
  form: OwnForm,
  context: Context,
): Promise<Response> {
  const section = sectionOf(context);
  if (section === undefined) return notFoundPage(ports, true);
  const { connection } = form;
  const wanted = readField(sectionField(section), form.fields);
  const patch = sectionPatch(section, connection.settings[section], wanted);
  if (Object.keys(patch).length === 0) {
    return renderSection(ports, form, section, { told: <Told>{SETTINGS.same}</Told> });
  }
  const checked = await checkSettings(ports, connection, patch);
  if (!checked.ok) {
    const problems = checked.failure.details;
    const told = <Told tone="bad">{SETTINGS.wrong}</Told>;
    return renderSection(ports, form, section, { told, value: wanted, problems });
  }
  const changes = differences(connection.settings, checked.value.settings);
  return renderSection(ports, form, section, {
    value: checked.value.settings[section],
    change: { patch: JSON.stringify(patch), changes },
  });
}

interface Shown {
  readonly told?: Child;
  /** As the form says, where it differs from what is saved. */
  readonly value?: unknown;
  readonly problems?: readonly SettingsProblem[];
  readonly change?: { readonly patch: string; readonly changes: readonly Difference[] };
}

/** One section's page: its form, and before it what was asked or done. */
export async function renderSection(
  ports: Ports,
  viewer: Viewer,
  section: Section,
  shown: Shown,
): Promise<Response> {
  const action = `/app/settings/${section}`;
  const tokens = await tokensFor(viewer.session, [action, SAVE]);
  const field = sectionField(section);
  const value = shown.value ?? viewer.connection.settings[section];
  const places = section === 'stock' ? await knownPlaces(ports, viewer.connection) : undefined;
  const inputs = { problems: shown.problems ?? [], places };
  const fields = field.kind === 'group' ? field.fields : [field];
  const whole = (of: unknown, key: string): unknown =>
    field.kind === 'group' ? (of as Record<string, unknown>)[key] : of;
  const fallback = defaultSettings[section];
  const known = fields.map(({ path }) => path);
  const below = section === 'alerts' ? await alertsBelow(ports, viewer) : null;
  const stray = inputs.problems.filter(({ path }) => !known.some((each) => path.startsWith(each)));
  return settingsFrame(
    ports,
    viewer,
    section,
    inputs.problems.length === 0 ? 200 : 422,
    <>
      {shown.told ?? null}
      {stray.map(({ path, message }) => (
        <Told tone="bad">
          {path}: {message}
        </Told>
      ))}
      {shown.change === undefined ? null : (
        <Pending section={section} change={shown.change} tokens={tokens} />
      )}
      <section class="card">
        {section === 'alerts' ? <p>{ALERTS.intro}</p> : null}
        <Form action={action} tokens={tokens}>
          {fields.map((each) => (
            <FieldInput
              field={each}
              value={whole(value, each.key)}
              fallback={whole(fallback, each.key)}
              inputs={inputs}
            />
          ))}
          <div class="acts">
            <button type="submit">{SETTINGS.review}</button>
          </div>
        </Form>
      </section>
      {below}
    </>,
  );
}

function Pending(props: {
  section: Section;
  change: NonNullable<Shown['change']>;
  tokens: Tokens;
}) {
  const { section, change, tokens } = props;
  return (
    <section class="card" role="status">
      <h2>{SETTINGS.pending}</h2>
      <p class="soft">{SETTINGS.pendingMore}</p>
      <Changes changes={change.changes} />
      <div class="acts">
        <Form action={SAVE} tokens={tokens} hidden={{ section, patch: change.patch }} inline>
          <button type="submit">{SETTINGS.save}</button>
        </Form>
        <a class="button plain" href={`/app/settings/${section}`}>
          {SETTINGS.discard}
        </a>
      </div>
    </section>
  );
}

function Changes(props: { changes: readonly Difference[] }) {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={FRAME.table}>
      <table>
        <thead>
          <tr>
            <th scope="col">{SETTINGS.setting}</th>
            <th scope="col">{SETTINGS.before}</th>
            <th scope="col">{SETTINGS.after}</th>
          </tr>
        </thead>
        <tbody>
          {props.changes.map(({ path, before, after }) => (
            <tr>
              <td>{labelOf(path)}</td>
              <td class="wide">
                <del>{sayValue(path, before)}</del>
              </td>
              <td class="wide">
                <ins>{sayValue(path, after)}</ins>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `POST /app/settings/save`: the reviewed patch, checked once more. */
export async function saveSettingsForm(ports: Ports, form: OwnForm): Promise<Response> {
  const section = SECTIONS.find((each) => each === form.fields.get('section'));
  const patch = readPatch(form.fields.get('patch') ?? '');
  if (section === undefined || patch === undefined) return notFoundPage(ports, true);
  const saved = await saveAndAudit(ports, form, patch);
  return saved ?? goTo(`/app/settings/${section}?saved=1`);
}

/** Carries a change out and records who made it; the page that refuses it when it is not valid. */
export async function saveAndAudit(
  ports: Ports,
  viewer: Viewer,
  patch: unknown,
): Promise<Response | undefined> {
  const { connection } = viewer;
  const changed = await changeSettings(ports, connection, patch);
  if (!changed.ok) return failurePage(ports, changed.failure);
  const { settings, eventId, asked } = changed.value;
  const changes = differences(connection.settings, settings);
  const said = changes.map(
    ({ path, before, after }) =>
      `${labelOf(path)}: ${sayValue(path, before)} → ${sayValue(path, after)}`,
  );
  auditPage(ports, viewer, {
    operation: 'settings.change',
    eventId,
    message: `Settings were changed: ${said.join('; ').slice(0, 1_000)}. ${asked} SKUs work their targets out again.`,
    detail: { patch },
  });
  return undefined;
}

function readPatch(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
