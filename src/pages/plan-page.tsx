/** One plan: every operation before it is carried out, what a person decides about each, and what became of it. */
import * as v from 'valibot';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import {
  countOperations,
  findPlan,
  listOperations,
  type OperationCount,
  type Plan,
  type PlanOperation,
} from '../store/plans.ts';
import { CATALOG, PLAN } from './catalog-english.ts';
import { FieldMoves } from './field-moves.tsx';
import { Form, type Tokens, tokensFor } from './form.tsx';
import { frameOf, notFoundPage, type Viewer } from './gate.ts';
import { FRAME } from './english.ts';
import { JOIN_FORM, JoinForm } from './join.tsx';
import { page } from './page.tsx';
import { applyPath, decidePath, stopPath, undoPath } from './plan-paths.ts';
import { isMoving, PlanCounts, REFRESH_SECONDS } from './plans.tsx';
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
const DECIDE = 'decide';

/** `GET /app/plans/{planId}?after=` */
export async function planPage(
  ports: Ports,
  viewer: Viewer,
  planId: string,
  cursor: number | null,
): Promise<Response> {
  const { connection, session } = viewer;
  const plan = await findPlan(ports.db, connection.id, planId);
  if (plan === undefined) return notFoundPage(ports, true);
  const [operations, counted] = await Promise.all([
    listOperations(ports.db, connection.id, planId, cursor, OPERATIONS_PER_PAGE),
    countOperations(ports.db, connection.id, planId),
  ]);
  const paths = [applyPath, stopPath, undoPath, decidePath].map((path) => path(planId));
  const tokens = await tokensFor(session, [...paths, JOIN_FORM]);
  return page(ports, 200, {
    title: PLAN.title,
    ...frameOf(viewer),
    at: '/app/catalog',
    ...(isMoving(plan) ? { refreshSeconds: REFRESH_SECONDS } : {}),
    children: (
      <>
        <p>
          <a href="/app/plans">{PLAN.all}</a>
        </p>
        <div class="row head">
          <h1>
            {PLAN.kinds[plan.kind]}{' '}
            <Moment atMs={plan.createdAtMs} timeZone={connection.timeZone} />
          </h1>
          <Tag {...sayPlan(plan.status)} />
        </div>
        {plan.origin === 'sync' ? <p class="soft">{PLAN.bySync}</p> : null}
        {plan.error === null ? null : (
          <p class="note bad" role="alert">
            {plan.error}
          </p>
        )}
        <section class="card">
          <PlanCounts plan={plan} />
          <Acts plan={plan} tokens={tokens} />
        </section>
        <Kinds plan={plan} counted={counted} tokens={tokens} after={cursor} />
        <Operations
          plan={plan}
          items={operations.items}
          next={operations.nextCursor}
          connection={connection}
          tokens={tokens}
        />
      </>
    ),
  });
}

const isWaiting = ({ status }: Plan): boolean => status === 'ready' || status === 'needs_decision';

/** Apply, stop or undo: what the plan's state allows. */
function Acts(props: { plan: Plan; tokens: Tokens }) {
  const { plan, tokens } = props;
  const { id, hash, status } = plan;
  if (isWaiting(plan)) {
    return plan.progressTotal === 0 ? (
      <p class="soft">{PLAN.nothing}</p>
    ) : (
      <div class="acts" id="apply">
        <Form action={applyPath(id)} tokens={tokens} hidden={{ hash }}>
          <button type="submit">{PLAN.apply}</button>
        </Form>
      </div>
    );
  }
  if (isMoving(plan)) {
    return (
      <Form action={stopPath(id)} tokens={tokens}>
        <button type="submit" class="risk">
          {PLAN.stop}
        </button>
      </Form>
    );
  }
  if ((status !== 'applied' && status !== 'stopped') || !isUndoable(plan)) return null;
  return (
    <>
      <p class="soft small">{PLAN.undoMore}</p>
      <Form action={undoPath(id)} tokens={tokens}>
        <button type="submit" class="plain">
          {PLAN.undo}
        </button>
      </Form>
    </>
  );
}

/** Links and created items are not taken back, so a plan of only those has nothing to undo. */
function isUndoable({ counts }: Plan): boolean {
  return ['update', 'sku', 'barcode', 'tracking'].some((kind) => (counts[kind] ?? 0) > 0);
}

/** Approve or reject all operations of a kind. The form that every button of the page belongs to stands here. */
function Kinds(props: {
  plan: Plan;
  counted: readonly OperationCount[];
  tokens: Tokens;
  after: number | null;
}) {
  const { plan, counted, tokens, after } = props;
  if (!isWaiting(plan) || counted.length === 0) return null;
  const kinds = Map.groupBy(
    counted.filter(({ decidable }) => decidable > 0),
    ({ kind }) => kind,
  );
  return (
    <section class="card">
      <h2>{PLAN.decide}</h2>
      <p class="soft">{PLAN.decideMore}</p>
      <Form
        action={decidePath(plan.id)}
        tokens={tokens}
        id={DECIDE}
        hidden={after === null ? {} : { after: String(after) }}
      />
      {kinds.size === 0 ? <p class="soft">{PLAN.undecidable}</p> : null}
      {[...kinds].map(([kind, rows]) => (
        <div class="acts">
          <strong>{sayCount(kind)}</strong>
          {rows.map(({ outcome, decidable }) =>
            outcome === 'open' ? (
              <DecideButton
                name="approve"
                value={`kind:${kind}`}
                text={PLAN.approveAll(decidable)}
              />
            ) : outcome === 'planned' ? (
              <DecideButton name="reject" value={`kind:${kind}`} text={PLAN.rejectAll(decidable)} />
            ) : null,
          )}
        </div>
      ))}
    </section>
  );
}

function DecideButton(props: {
  name: 'approve' | 'reject';
  value: string;
  text: string;
  label?: string;
}) {
  const { name, value, text, label } = props;
  return (
    <button type="submit" form={DECIDE} name={name} value={value} class="plain" aria-label={label}>
      {text}
    </button>
  );
}

function Operations(props: {
  plan: Plan;
  items: readonly PlanOperation[];
  next: number | null;
  connection: Connection;
  tokens: Tokens;
}) {
  const { plan, items, next, connection, tokens } = props;
  return (
    <section class="card">
      <div class="row">
        <h2>{PLAN.operations}</h2>
        <a class="button plain" href={`/app/plans/${plan.id}/operations.csv`}>
          {CATALOG.csv}
        </a>
      </div>
      {items.length === 0 ? (
        <p class="soft">{PLAN.none}</p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label={FRAME.table}>
          <table>
            <thead>
              <tr>
                <th scope="col">{PLAN.sku}</th>
                <th scope="col">{PLAN.what}</th>
                <th scope="col">{PLAN.change}</th>
                <th scope="col">{PLAN.state}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((operation) => (
                <OperationRow
                  operation={operation}
                  connection={connection}
                  tokens={tokens}
                  isOpen={isWaiting(plan)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next === null ? null : <a href={`/app/plans/${plan.id}?after=${next}`}>{FRAME.next}</a>}
    </section>
  );
}

function OperationRow(props: {
  operation: PlanOperation;
  connection: Connection;
  tokens: Tokens;
  isOpen: boolean;
}) {
  const { operation, connection, tokens, isOpen } = props;
  return (
    <tr>
      <td class="sku">{operation.sku}</td>
      <td>
        {sayCount(operation.kind)}
        {operation.reason === null ? null : (
          <div class="soft small">{sayPlacesIn(operation.reason, connection)}</div>
        )}
        <JoinForm operation={operation} connection={connection} tokens={tokens} />
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
        {isOpen && operation.payload !== null ? <Decide operation={operation} /> : null}
      </td>
    </tr>
  );
}

/** Its own button, told apart from the other rows' for who does not see the row. */
function Decide(props: { operation: PlanOperation }) {
  const { seq, outcome, sku } = props.operation;
  if (outcome === 'open') {
    const label = `${PLAN.approve} ${sku}`;
    return <DecideButton name="approve" value={String(seq)} text={PLAN.approve} label={label} />;
  }
  if (outcome !== 'planned') return null;
  const label = `${PLAN.reject} ${sku}`;
  return <DecideButton name="reject" value={String(seq)} text={PLAN.reject} label={label} />;
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
