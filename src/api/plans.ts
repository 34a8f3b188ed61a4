/** Plans: computed before any write, shown operation by operation, applied by their hash. */
import type { Context } from 'hono';
import * as z from 'zod';
import {
  CLEANUP_RULES,
  DEFAULT_PATTERN,
  patternProblem,
  SKU_CHARS_MAX,
} from '../domain/catalog/cleanup-request.ts';
import type { Ports } from '../ports.ts';
import { findPlan, listOperations, type Plan } from '../store/plans.ts';
import { requestApply, startPlan, startUndo, stopPlan } from '../sync/link.ts';
import { decidePlan } from '../sync/plan-decisions.ts';
import { invalid, notFound, problemsOf, refuse } from './errors.ts';
import {
  type Api,
  byWhom,
  checked,
  CONNECTION,
  describe,
  iso,
  isoTime,
  pageOf,
  pageQuery,
  readCursor,
  whileInstalled,
  writeCursor,
} from './routing.ts';

const planSchema = z.object({
  id: z.string(),
  kind: z.enum(['link', 'resync', 'catalog', 'cleanup', 'undo']),
  origin: z.enum(['person', 'sync']).describe('sync: a change set that the relay made by itself.'),
  status: z.enum([
    'computing',
    'ready',
    'applying',
    'applied',
    'stopped',
    'stale',
    'failed',
    'needs_decision',
  ]),
  progress: z.object({ done: z.int(), total: z.int() }),
  counts: z.record(z.string(), z.int()).describe('Operations by kind.'),
  hash: z.string().nullable().describe('Send it back to apply; null until the plan is computed.'),
  error: z.string().nullable(),
  createdAt: isoTime,
  updatedAt: isoTime,
});

const operationSchema = z.object({
  seq: z.int(),
  kind: z
    .string()
    .describe(
      'link, relink, create, update, resync; sku, barcode and tracking of a clean-up; unmatched, ambiguous and skip are left to a person.',
    ),
  sku: z.string(),
  outcome: z.enum(['planned', 'open', 'applied', 'failed', 'skipped']),
  reason: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
});

const side = z.enum(['bigcommerce', 'clover', 'both']);

const planRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['link', 'resync', 'catalog']) }),
  z.strictObject({
    kind: z.literal('cleanup'),
    rules: z.array(z.enum(CLEANUP_RULES)).min(1).max(CLEANUP_RULES.length),
    side: side.default('both').describe('Whose rows may be changed.'),
    pattern: z
      .string()
      .min(1)
      .max(SKU_CHARS_MAX)
      .superRefine((pattern, context) => {
        const message = patternProblem(pattern);
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .default(DEFAULT_PATTERN)
      .describe(
        'How generate_skus makes SKUs: text with {id} or {n} in it; {productId}, {name} and {barcode} may be there ' +
          'too, {n:5} has five digits.',
      ),
    letterCase: z.enum(['upper', 'lower']).default('upper').describe('For recase_skus.'),
    believe: z
      .enum(['bigcommerce', 'clover'])
      .default('bigcommerce')
      .describe('For align_skus: whose SKU stays where two look alike.'),
  }),
]);

const UNDO = z.strictObject({
  created: z
    .enum(['keep', 'hide', 'delete'])
    .default('keep')
    .describe('What becomes of items and products that the plan created.'),
});

const TAG = 'Plans';
const PLAN = `${CONNECTION}/plans/:planId`;

export function registerPlans(api: Api, ports: Ports): void {
  registerStart(api, ports);
  registerReads(api, ports);
  registerApply(api, ports);
  registerDecisions(api, ports);
  registerEnds(api, ports);
}

function registerStart(api: Api, ports: Ports): void {
  api.post(
    `${CONNECTION}/plans`,
    describe({
      tag: TAG,
      summary: 'Compute a plan',
      description: 'Nothing is written to either platform before the plan is applied.',
      answer: [202, 'The plan is being computed.', z.object({ id: z.string() })],
      errors: { 409: 'The app is uninstalled, or the connection is not ready for a plan.' },
    }),
    whileInstalled,
    checked('json', planRequest),
    async (context) => {
      const { kind, ...rest } = context.req.valid('json');
      const request = kind === 'cleanup' ? rest : null;
      const started = await startPlan(ports, context.var.connection.id, kind, request);
      if (!started.ok) return refuse(context, started.failure);
      return context.json({ id: started.value.id }, 202);
    },
  );
}

function registerReads(api: Api, ports: Ports): void {
  api.get(
    PLAN,
    describe({ tag: TAG, summary: 'Show a plan', answer: [200, 'The plan.', planSchema] }),
    async (context) => {
      const { connection } = context.var;
      const plan = await findPlan(ports.db, connection.id, context.req.param('planId'));
      return plan === undefined ? notFound(context, 'such plan') : context.json(shown(plan));
    },
  );
  api.get(
    `${PLAN}/operations`,
    describe({
      tag: TAG,
      summary: "List a plan's operations",
      answer: [200, 'A page of operations, in the order of applying.', pageOf(operationSchema)],
    }),
    checked('query', z.strictObject(pageQuery)),
    async (context) => {
      const { connection } = context.var;
      const planId = context.req.param('planId');
      const { limit, cursor: text } = context.req.valid('query');
      const cursor = readCursor(text, z.int().min(0));
      if (!cursor.ok) return invalid(context, cursor.failure);
      const plan = await findPlan(ports.db, connection.id, planId);
      if (plan === undefined) return notFound(context, 'such plan');
      const page = await listOperations(ports.db, connection.id, planId, cursor.value, limit);
      return context.json({
        items: page.items.map(({ payload: _payload, ...operation }) => operation),
        nextCursor: writeCursor(page.nextCursor),
      });
    },
  );
}

function registerApply(api: Api, ports: Ports): void {
  api.post(
    `${PLAN}/apply`,
    describe({
      tag: TAG,
      summary: 'Apply a plan',
      description:
        'Carries out what is decided and leaves the rest open. Refused when the hash is not the one of the plan as ' +
        'it stands, so nobody applies what they have not seen.',
      answer: [202, 'The plan is being applied.', z.object({ id: z.string() })],
      errors: { 409: 'The plan is stale, or in no state to be applied.' },
    }),
    whileInstalled,
    checked('json', z.strictObject({ hash: z.string().min(1).max(128) })),
    async (context) => {
      const { connection } = context.var;
      const planId = context.req.param('planId');
      const plan = await findPlan(ports.db, connection.id, planId);
      if (plan === undefined) return notFound(context, 'such plan');
      const { hash } = context.req.valid('json');
      const by = byWhom(context.var.caller);
      const requested = await requestApply(ports, connection.id, planId, hash, by);
      if (!requested.ok) return refuse(context, requested.failure);
      return context.json({ id: planId }, 202);
    },
  );
}

/** Operations by their `seq`, by their kinds, or all of them. */
const chosen = z.union([
  z.literal('all'),
  z.array(z.int().min(0)).max(10_000),
  z.strictObject({ kinds: z.array(z.string().min(1).max(20)).min(1).max(20) }),
]);

function registerDecisions(api: Api, ports: Ports): void {
  api.post(
    `${PLAN}/decisions`,
    describe({
      tag: TAG,
      summary: 'Approve or reject operations',
      description:
        'Open operations that apply could carry out are approved by their `seq`, their kinds, or all; planned ones are ' +
        'left out when they are rejected. The plan has another hash afterwards.',
      answer: [200, 'The plan.', planSchema],
      errors: { 409: 'The plan does not wait to be applied.' },
    }),
    whileInstalled,
    checked(
      'json',
      z.strictObject({
        approve: chosen.default([]),
        reject: chosen.default([]),
      }),
    ),
    async (context) => {
      const { id } = context.var.connection;
      const decided = await decidePlan(
        ports,
        id,
        context.req.param('planId'),
        context.req.valid('json'),
      );
      return decided.ok ? context.json(shown(decided.value)) : refuse(context, decided.failure);
    },
  );
}

function registerEnds(api: Api, ports: Ports): void {
  api.post(
    `${PLAN}/undo`,
    describe({
      tag: TAG,
      summary: 'Take a plan back',
      description:
        'Computes a plan that writes the values of before; it is looked at and applied like any other. Links stay; ' +
        'what the plan created stays too, or is hidden or deleted, as `created` says.',
      answer: [202, 'The plan that takes it back is being computed.', z.object({ id: z.string() })],
      body: UNDO,
      errors: { 409: 'The plan was not applied, or another one is at work.' },
    }),
    whileInstalled,
    async (context) => {
      const { id } = context.var.connection;
      const asked = UNDO.safeParse(await bodyOrNone(context));
      if (!asked.success) return invalid(context, problemsOf('json', asked.error.issues));
      const { created } = asked.data;
      const started = await startUndo(ports, id, context.req.param('planId'), created);
      return started.ok
        ? context.json({ id: started.value.id }, 202)
        : refuse(context, started.failure);
    },
  );
  api.post(
    `${PLAN}/stop`,
    describe({
      tag: TAG,
      summary: 'Stop a plan',
      description: 'What was applied stays. A plan that is not at work is left as it is.',
      answer: [202, 'The plan stops before its next piece.', z.object({ id: z.string() })],
    }),
    whileInstalled,
    async (context) => {
      const { id } = context.var.connection;
      const planId = context.req.param('planId');
      const plan = await findPlan(ports.db, id, planId);
      if (plan === undefined) return notFound(context, 'such plan');
      await stopPlan(ports, id, planId);
      return context.json({ id: planId }, 202);
    },
  );
}

/** Callers that say nothing take the defaults; undefined when the body is no JSON. */
async function bodyOrNone(context: Context): Promise<unknown> {
  const text = await context.req.text();
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shown(plan: Plan) {
  const { id, kind, origin, status, counts, error } = plan;
  return {
    id,
    kind,
    origin,
    status,
    progress: { done: plan.progressDone, total: plan.progressTotal },
    counts,
    hash: plan.hash === '' ? null : plan.hash,
    error,
    createdAt: iso(plan.createdAtMs),
    updatedAt: iso(plan.updatedAtMs),
  };
}
