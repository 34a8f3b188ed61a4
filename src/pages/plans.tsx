import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { listPlans, type Plan } from '../store/plans.ts';
import { formToken } from '../install/session.ts';
import { START_PLAN } from './plan-paths.ts';
import { PLAN } from './catalog-english.ts';
import { CatalogTabs } from './catalog.tsx';
import { frameOf, type Viewer } from './gate.ts';
import { page } from './page.tsx';
import { Moment, sayCount, sayPlan, Tag } from './words.tsx';

const PLANS_SHOWN = 20;
/** How often a page looks again while a plan is being worked on. */
export const REFRESH_SECONDS = 3;

export const isMoving = (plan: Plan): boolean =>
  plan.status === 'computing' || plan.status === 'applying';

/** `GET /app/plans`: start a plan, and the latest one. */
export async function plansPage(ports: Ports, viewer: Viewer): Promise<Response> {
  const { connection, session } = viewer;
  const recent = await listPlans(ports.db, connection.id, PLANS_SHOWN);
  const plan = recent.find(({ origin }) => origin === 'person');
  const token = await formToken(session, START_PLAN);
  return page(ports, 200, {
    title: PLAN.all,
    ...frameOf(viewer),
    at: '/app/catalog',
    ...(plan !== undefined && isMoving(plan) ? { refreshSeconds: REFRESH_SECONDS } : {}),
    children: (
      <>
        <h1>{PLAN.all}</h1>
        <CatalogTabs at="/app/plans" />
        <section class="card">
          <p>{PLAN.intro}</p>
          <StartForm connection={connection} plan={plan} token={token} />
        </section>
        {plan === undefined ? null : <PlanCard plan={plan} connection={connection} />}
        <Recent plans={recent} connection={connection} />
      </>
    ),
  });
}

function StartForm(props: { connection: Connection; plan: Plan | undefined; token: string }) {
  const { connection, plan, token } = props;
  if (!connection.merchants.some(({ status }) => status === 'connected')) {
    return <p class="note">{PLAN.connectFirst}</p>;
  }
  if (plan !== undefined && isMoving(plan)) {
    return <p class="soft">{PLAN.busy}</p>;
  }
  return (
    <form method="post" action={START_PLAN}>
      <input type="hidden" name="token" value={token} />
      <button type="submit">{plan === undefined ? PLAN.computeFirst : PLAN.compute}</button>
    </form>
  );
}

function PlanCard(props: { plan: Plan; connection: Connection }) {
  const { plan, connection } = props;
  return (
    <section class="card">
      <div class="row">
        <h2>
          {PLAN.of} <Moment atMs={plan.createdAtMs} timeZone={connection.timeZone} />
        </h2>
        <Tag {...sayPlan(plan.status)} />
      </div>
      {plan.error === null ? null : (
        <p class="note bad" role="alert">
          {plan.error}
        </p>
      )}
      <PlanCounts plan={plan} />
      <p>
        <a href={`/app/plans/${plan.id}`}>{PLAN.everyOperation}</a>
      </p>
    </section>
  );
}

/** Change sets that the relay made by itself are among them: one that waits for a person is found here. */
function Recent(props: { plans: readonly Plan[]; connection: Connection }) {
  const { plans, connection } = props;
  if (plans.length === 0) return <p class="soft">{PLAN.noPlans}</p>;
  return (
    <section class="card">
      <h2>{PLAN.recent}</h2>
      <ul>
        {plans.map(({ id, kind, origin, status, createdAtMs }) => (
          <li>
            <a href={`/app/plans/${id}`}>
              {PLAN.kinds[kind]} <Moment atMs={createdAtMs} timeZone={connection.timeZone} />
            </a>{' '}
            <Tag {...sayPlan(status)} />
            {origin === 'sync' ? <span class="soft small"> {PLAN.bySync}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Progress, and the counts that are not 0, in the plan's own order. */
export function PlanCounts(props: { plan: Plan }) {
  const { plan } = props;
  return (
    <>
      {isMoving(plan) ? (
        <p class="soft" role="status">
          <progress
            max={Math.max(1, plan.progressTotal)}
            value={plan.progressDone}
            aria-label={PLAN.progress}
          />{' '}
          {PLAN.done(plan.progressDone, plan.progressTotal)}
        </p>
      ) : null}
      <dl class="grid">
        {Object.entries(plan.counts)
          .filter(([name, count]) => count > 0 || name === plan.kind)
          .map(([name, count]) => (
            <div>
              <dt>{sayCount(name)}</dt>
              <dd>{count}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}
