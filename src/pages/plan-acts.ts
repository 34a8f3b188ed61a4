/** What the forms of a plan's page do. */
import type { Context } from 'hono';
import type { Ports } from '../ports.ts';
import type { Chosen } from '../store/plans.ts';
import { requestApply, startPlan, startUndo, stopPlan } from '../sync/link.ts';
import { decidePlan } from '../sync/plan-decisions.ts';
import { goTo } from './enter.tsx';
import { auditPage, failurePage, notFoundPage, type OwnForm } from './gate.ts';
import type { Act } from './pages.ts';
import { START_PLAN } from './plan-paths.ts';

export function registerPlanActs(ports: Ports, act: Act): void {
  act(START_PLAN, (form) => start(ports, form));
  act('/app/plans/:planId/apply', (form, context) => apply(ports, form, idOf(context)));
  act('/app/plans/:planId/stop', (form, context) => stop(ports, form, idOf(context)));
  act('/app/plans/:planId/undo', (form, context) => undo(ports, form, idOf(context)));
  act('/app/plans/:planId/decide', (form, context) => decide(ports, form, idOf(context)));
}

function idOf(context: Context): string {
  return context.req.param('planId') ?? '';
}

async function start(ports: Ports, form: OwnForm): Promise<Response> {
  const started = await startPlan(ports, form.connection.id, 'link');
  return started.ok ? goTo(`/app/plans/${started.value.id}`) : failurePage(ports, started.failure);
}

async function apply(ports: Ports, form: OwnForm, planId: string): Promise<Response> {
  const { connection, session, fields } = form;
  const by = `user ${session.userId}`;
  const asked = await requestApply(ports, connection.id, planId, fields.get('hash') ?? '', by);
  return asked.ok ? goTo(`/app/plans/${planId}`) : failurePage(ports, asked.failure);
}

async function stop(ports: Ports, form: OwnForm, planId: string): Promise<Response> {
  const isStopped = await stopPlan(ports, form.connection.id, planId);
  if (!isStopped) return notFoundPage(ports, true);
  auditPage(ports, form, {
    operation: 'plan.stop',
    eventId: planId,
    message: 'A plan was stopped on its page.',
  });
  return goTo(`/app/plans/${planId}`);
}

async function undo(ports: Ports, form: OwnForm, planId: string): Promise<Response> {
  const started = await startUndo(ports, form.connection.id, planId);
  if (!started.ok) return failurePage(ports, started.failure);
  auditPage(ports, form, {
    operation: 'plan.undo',
    eventId: planId,
    message: 'A plan that takes this one back was started on its page.',
  });
  return goTo(`/app/plans/${started.value.id}`);
}

/** One button per row and per kind: `approve` or `reject` holds a number, `kind:…` or `all`. */
async function decide(ports: Ports, form: OwnForm, planId: string): Promise<Response> {
  const { connection, fields } = form;
  const approve = chosenOf(fields.get('approve'));
  const reject = chosenOf(fields.get('reject'));
  if (approve === undefined || reject === undefined) return notFoundPage(ports, true);
  const decided = await decidePlan(ports, connection.id, planId, { approve, reject });
  if (!decided.ok) return failurePage(ports, decided.failure);
  auditPage(ports, form, {
    operation: 'plan.decide',
    eventId: planId,
    message: 'Operations of a plan were decided on its page.',
    detail: { approve, reject },
  });
  const after = fields.get('after') ?? '';
  return goTo(`/app/plans/${planId}${/^\d{1,15}$/u.test(after) ? `?after=${after}` : ''}`);
}

/** undefined: it says nothing that a button of ours says. */
function chosenOf(text: string | null): Chosen | undefined {
  if (text === null) return [];
  if (text === 'all') return 'all';
  const kind = /^kind:([a-z]{1,20})$/u.exec(text)?.[1];
  if (kind !== undefined) return { kinds: [kind] };
  return /^\d{1,9}$/u.test(text) ? [Number(text)] : undefined;
}
