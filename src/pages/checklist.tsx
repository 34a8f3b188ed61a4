/** From install to going live: what is done, and what is next. */
import type { Child } from 'hono/jsx';
import type { CatalogMark } from '../store/catalog-marks.ts';
import type { Connection } from '../store/connections.ts';
import type { Plan } from '../store/plans.ts';
import { ConnectForm } from './connect-form.tsx';
import { OVERVIEW, STEPS } from './english.ts';
import { Form, type Tokens } from './form.tsx';
import { START_PLAN } from './plan-paths.ts';

export interface Progress {
  readonly connection: Connection;
  readonly plan: Plan | undefined;
  readonly marks: readonly CatalogMark[];
  readonly links: number;
}

interface Step {
  readonly title: string;
  readonly text: string;
  readonly isDone: boolean;
  /** Never the next thing: its defaults hold until somebody wants otherwise. */
  readonly isOptional?: boolean;
  readonly act: Child;
}

/** What each step of the set-up waits for; the first undone one is the next. */
export function stepsOf(progress: Progress, tokens: Tokens, ticket: string): readonly Step[] {
  const { connection, plan, marks, links } = progress;
  const isConnected = connection.merchants.some(({ status }) => status === 'connected');
  const isRead = marks.length > 0 && marks.every(({ fullReadAtMs }) => fullReadAtMs > 0);
  const isMade = plan !== undefined && plan.status !== 'computing' && plan.status !== 'failed';
  const { stock } = connection.settings;
  const choices = ['stock', 'catalog', 'schedule', 'orders'];
  return [
    { ...STEPS.install, isDone: true, act: null },
    {
      ...STEPS.connect,
      isDone: isConnected,
      act: <ConnectForm ticket={ticket} label={OVERVIEW.connect} />,
    },
    {
      ...STEPS.map,
      isDone: stock.pools.length > 0 || (isConnected && connection.merchants.length === 1),
      act: <Go href="/app/settings/stock" label={STEPS.map.action} />,
    },
    {
      ...STEPS.audit,
      isDone: isRead || links > 0,
      act: isRead ? (
        <Go href="/app/catalog/findings" label={STEPS.audit.look} />
      ) : (
        <StartPlan tokens={tokens} label={STEPS.audit.action} />
      ),
    },
    {
      ...STEPS.owners,
      isDone: links > 0 || choices.some((key) => key in connection.savedSettings),
      isOptional: true,
      act: <Go href="/app/settings/catalog" label={STEPS.owners.action} />,
    },
    {
      ...STEPS.preview,
      isDone: isMade,
      act: (
        <Go
          href={plan === undefined ? '/app/plans' : planPath(plan)}
          label={STEPS.preview.action}
        />
      ),
    },
    {
      ...STEPS.apply,
      isDone: links > 0 && plan?.status !== 'applying',
      act: <Apply plan={plan} tokens={tokens} />,
    },
    {
      ...STEPS.live,
      isDone: links > 0 && plan?.status !== 'applying' && stock.enabled,
      act: <Go href="/app/skus" label={STEPS.live.action} />,
    },
  ];
}

const planPath = (plan: Plan): string => `/app/plans/${plan.id}`;

/** Nothing of the set-up waits for anybody. */
export function isSetUp(steps: readonly Step[]): boolean {
  return nextOf(steps) === undefined;
}

function nextOf(steps: readonly Step[]): Step | undefined {
  return steps.find(({ isDone, isOptional }) => !isDone && isOptional !== true);
}

export function Checklist(props: { steps: readonly Step[] }) {
  const { steps } = props;
  const next = nextOf(steps);
  const list = (
    <ol class="steps">
      {steps.map((step) => (
        <StepItem step={step} isNext={step === next} />
      ))}
    </ol>
  );
  if (next === undefined) {
    return (
      <section class="card">
        <details>
          <summary>{OVERVIEW.setUpDone}</summary>
          {list}
        </details>
      </section>
    );
  }
  return (
    <section class="card">
      <h2>{OVERVIEW.setUp}</h2>
      {list}
    </section>
  );
}

function StepItem(props: { step: Step; isNext: boolean }) {
  const { title, text, isDone, isOptional, act } = props.step;
  return (
    <li
      class={isDone ? 'done' : props.isNext ? 'now' : undefined}
      aria-current={props.isNext ? 'step' : undefined}
    >
      <div>
        <strong>{title}</strong>
        <div class="small">{text}</div>
        {(props.isNext || isOptional === true) && act !== null ? (
          <div class="acts">{act}</div>
        ) : null}
      </div>
    </li>
  );
}

function Go(props: { href: string; label: string }) {
  return (
    <a class="button plain" href={props.href}>
      {props.label}
    </a>
  );
}

function StartPlan(props: { tokens: Tokens; label: string }) {
  return (
    <Form action={START_PLAN} tokens={props.tokens} inline>
      <button type="submit">{props.label}</button>
    </Form>
  );
}

/** Only what the person has seen can be applied: the hash comes from the plan's page. */
function Apply(props: { plan: Plan | undefined; tokens: Tokens }) {
  const { plan } = props;
  if (plan === undefined) return <Go href="/app/plans" label={STEPS.preview.action} />;
  const label = plan.status === 'applying' ? STEPS.apply.watch : STEPS.apply.action;
  return <Go href={`${planPath(plan)}#apply`} label={label} />;
}
