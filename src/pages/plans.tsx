import * as v from 'valibot';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import {
  findLatestPlan,
  findPlan,
  listOperations,
  type Plan,
  type PlanOperation,
} from '../store/plans.ts';
import { formToken } from '../install/session.ts';
import { applyPath, START_PLAN, stopPath } from './plan-paths.ts';
import { CatalogTabs } from './catalog.tsx';
import { FieldMoves } from './field-moves.tsx';
import { frameOf, notFoundPage, type Viewer } from './gate.ts';
import { FRAME } from './english.ts';
import { page } from './page.tsx';
import {
  Moment,
  sayCount,
  sayLevel,
  sayOutcome,
  sayPlace,
  sayPlacesIn,
  sayPlan,
  Tag,
} from './words.tsx';

const OPERATIONS_PER_PAGE = 100;
/** How often a page looks again while a plan is being worked on. */
const REFRESH_SECONDS = 3;

const isMoving = (plan: Plan): boolean => plan.status === 'computing' || plan.status === 'applying';

/** `GET /app/plans`: start a plan, and the latest one. */
export async function plansPage(ports: Ports, viewer: Viewer): Promise<Response> {
  const { connection, session } = viewer;
  const plan = await findLatestPlan(ports.db, connection.id);
  const token = await formToken(session, START_PLAN);
  return page(ports, 200, {
    title: 'Plans',
    ...frameOf(viewer),
    at: '/app/catalog',
    ...(plan !== undefined && isMoving(plan) ? { refreshSeconds: REFRESH_SECONDS } : {}),
    children: (
      <>
        <h1>Plans</h1>
        <CatalogTabs at="/app/plans" />
        <section class="card">
          <p>
            A plan compares the SKUs of both sides and says what would be linked and which counts
            would change. Nothing is written until you apply it.
          </p>
          <StartForm connection={connection} plan={plan} token={token} />
        </section>
        {plan === undefined ? null : <PlanCard plan={plan} connection={connection} />}
      </>
    ),
  });
}

function StartForm(props: { connection: Connection; plan: Plan | undefined; token: string }) {
  const { connection, plan, token } = props;
  if (!connection.merchants.some(({ status }) => status === 'connected')) {
    return <p class="note">Connect a Clover merchant first.</p>;
  }
  if (plan !== undefined && isMoving(plan)) {
    return <p class="soft">A plan is being worked on; another can start when it is done.</p>;
  }
  return (
    <form method="post" action={START_PLAN}>
      <input type="hidden" name="token" value={token} />
      <button type="submit">{plan === undefined ? 'Compute a plan' : 'Compute a new plan'}</button>
    </form>
  );
}

function PlanCard(props: { plan: Plan; connection: Connection }) {
  const { plan, connection } = props;
  return (
    <section class="card">
      <div class="row">
        <h2>
          Plan of <Moment atMs={plan.createdAtMs} timeZone={connection.timeZone} />
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
        <a href={`/app/plans/${plan.id}`}>See every operation</a>
      </p>
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
            aria-label="Progress"
          />{' '}
          {plan.progressDone} of {plan.progressTotal === 0 ? '…' : plan.progressTotal} done
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

/** `GET /app/plans/{planId}`: every operation before it is carried out, and the button to do so. */
export async function planPage(
  ports: Ports,
  viewer: Viewer,
  planId: string,
  cursor: number | null,
): Promise<Response> {
  const { connection, session } = viewer;
  const plan = await findPlan(ports.db, connection.id, planId);
  if (plan === undefined) return notFoundPage(ports, true);
  const operations = await listOperations(
    ports.db,
    connection.id,
    planId,
    cursor,
    OPERATIONS_PER_PAGE,
  );
  const token = await formToken(session, applyPath(planId));
  const stopToken = await formToken(session, stopPath(planId));
  return page(ports, 200, {
    title: 'Plan',
    ...frameOf(viewer),
    at: '/app/catalog',
    ...(isMoving(plan) ? { refreshSeconds: REFRESH_SECONDS } : {}),
    children: (
      <>
        <p>
          <a href="/app/plans">Plans</a>
        </p>
        <div class="row head">
          <h1>
            Plan of <Moment atMs={plan.createdAtMs} timeZone={connection.timeZone} />
          </h1>
          <Tag {...sayPlan(plan.status)} />
        </div>
        {plan.error === null ? null : (
          <p class="note bad" role="alert">
            {plan.error}
          </p>
        )}
        <section class="card">
          <PlanCounts plan={plan} />
          <ApplyForm plan={plan} token={token} />
          <StopForm plan={plan} token={stopToken} />
        </section>
        <Operations
          plan={plan}
          items={operations.items}
          next={operations.nextCursor}
          connection={connection}
        />
      </>
    ),
  });
}

function ApplyForm(props: { plan: Plan; token: string }) {
  const { plan, token } = props;
  if (plan.status !== 'ready' && plan.status !== 'needs_decision') return null;
  return (
    <form method="post" action={applyPath(plan.id)} id="apply">
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="hash" value={plan.hash} />
      <button type="submit">Apply this plan</button>
    </form>
  );
}

function StopForm(props: { plan: Plan; token: string }) {
  if (!isMoving(props.plan)) return null;
  return (
    <form method="post" action={stopPath(props.plan.id)}>
      <input type="hidden" name="token" value={props.token} />
      <button type="submit" class="risk">
        Stop
      </button>
    </form>
  );
}

function Operations(props: {
  plan: Plan;
  items: readonly PlanOperation[];
  next: number | null;
  connection: Connection;
}) {
  const { plan, items, next, connection } = props;
  return (
    <section class="card">
      <h2>Operations</h2>
      {items.length === 0 ? (
        <p class="soft">None.</p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label={FRAME.table}>
          <table>
            <thead>
              <tr>
                <th scope="col">SKU</th>
                <th scope="col">What</th>
                <th scope="col">Before → after</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {items.map((operation) => (
                <OperationRow operation={operation} connection={connection} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next === null ? null : <a href={`/app/plans/${plan.id}?after=${next}`}>Next page</a>}
    </section>
  );
}

function OperationRow(props: { operation: PlanOperation; connection: Connection }) {
  const { operation, connection } = props;
  return (
    <tr>
      <td class="sku">{operation.sku}</td>
      <td>
        {sayCount(operation.kind)}
        {operation.reason === null ? null : (
          <div class="soft small">{sayPlacesIn(operation.reason, connection)}</div>
        )}
      </td>
      <td>
        {movesOf(operation).map(({ place, level, target }) => (
          <div>
            {sayPlace(place, connection)}: {sayLevel(level)}
            {target === undefined || target === level ? '' : ` → ${target}`}
          </div>
        ))}
        <FieldMoves operation={operation} currency={connection.currency} />
      </td>
      <td>
        <Tag {...sayOutcome(operation.outcome)} />
      </td>
    </tr>
  );
}

interface Move {
  readonly place: string;
  readonly level: number | null;
  /** Absent: the place is not written. */
  readonly target: number | undefined;
}

/** What an operation finds at each place and leaves there; empty when it is not about levels. */
function movesOf(operation: PlanOperation): Move[] {
  const targets = new Map(placesOf(operation.after).map(({ place, target }) => [place, target]));
  return placesOf(operation.before).map(({ place, level }) => ({
    place,
    level: level ?? null,
    target: targets.get(place),
  }));
}

/** Stored plans are JSON of an earlier release perhaps: what does not fit is not shown. */
const shownPlaces = v.object({
  places: v.array(
    v.object({
      place: v.string(),
      level: v.nullish(v.number()),
      target: v.optional(v.number()),
    }),
  ),
});

function placesOf(value: unknown): v.InferOutput<typeof shownPlaces>['places'] {
  const parsed = v.safeParse(shownPlaces, value);
  return parsed.success ? parsed.output.places : [];
}
