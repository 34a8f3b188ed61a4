/** Links and plans as CSV files, and decisions back in, row by row. */
import type { Context } from 'hono';
import * as z from 'zod';
import { attachment } from '../attachment.ts';
import type { Ports } from '../ports.ts';
import { findPlan } from '../store/plans.ts';
import { linksCsv, planCsv } from '../sync/csv-out.ts';
import { readLinkFile, readPlanFile, type LineProblem } from '../sync/decision-file.ts';
import { decidePlan } from '../sync/plan-decisions.ts';
import { startChosen, unlink } from '../sync/unlink.ts';
import { notFound, problem, refuse } from './errors.ts';
import {
  type Api,
  type ApiEnv,
  audit,
  byWhom,
  CONNECTION,
  describe,
  whileInstalled,
} from './routing.ts';

const PROBLEMS_SHOWN = 100;
const PLAN = `${CONNECTION}/plans/:planId`;

export function registerDecisionFiles(api: Api, ports: Ports): void {
  registerFiles(api, ports);
  registerLinkFile(api, ports);
  registerPlanFile(api, ports);
}

function registerFiles(api: Api, ports: Ports): void {
  api.get(
    `${CONNECTION}/links.csv`,
    describe({
      tag: 'Links',
      summary: 'All links, as CSV',
      answer: [200, 'One line per item of a link.', z.string()],
    }),
    async (context) => attachment('links.csv', linksCsv(ports.db, context.var.connection.id)),
  );
  api.get(
    `${PLAN}/operations.csv`,
    describe({
      tag: 'Plans',
      summary: "A plan's operations, as CSV",
      answer: [200, 'One line per operation, with an empty `decision` to fill in.', z.string()],
    }),
    async (context) => {
      const { id } = context.var.connection;
      const plan = await findPlan(ports.db, id, context.req.param('planId'));
      if (plan === undefined) return notFound(context, 'such plan');
      return attachment('plan.csv', planCsv(ports.db, id, plan.id));
    },
  );
}

function registerLinkFile(api: Api, ports: Ports): void {
  api.post(
    `${CONNECTION}/links/decisions`,
    describe({
      tag: 'Links',
      summary: 'Decide about links by a file',
      description:
        'CSV with the columns decision (link, unlink), sku or variant_id, item_id or clover_sku, and merchant_id. ' +
        'Nothing is done unless every line is right. Links become a plan; what is to be unlinked is unlinked at once.',
      answer: [
        202,
        'What was decided; `id` of the plan, null without links to make.',
        z.object({ id: z.string().nullable(), links: z.int(), unlinked: z.int() }),
      ],
      errors: { 409: 'Another plan is at work.' },
    }),
    whileInstalled,
    async (context) => {
      const { connection } = context.var;
      const read = await readLinkFile(ports, connection, await context.req.text());
      if (!read.ok) return wrongLines(context, read.failure);
      const { links, unlinks } = read.value;
      const started = links.length === 0 ? null : await startChosen(ports, connection.id, links);
      if (started !== null && !started.ok) return refuse(context, started.failure);
      const by = byWhom(context.var.caller);
      for (const linkId of unlinks) await unlink(ports, connection.id, linkId, by);
      audit(ports, context, {
        operation: 'link.decide',
        message: `A file decided: ${links.length} to link, ${unlinks.length} unlinked.`,
      });
      const id = started === null ? null : started.value.id;
      return context.json({ id, links: links.length, unlinked: unlinks.length }, 202);
    },
  );
}

function registerPlanFile(api: Api, ports: Ports): void {
  api.post(
    `${PLAN}/decisions.csv`,
    describe({
      tag: 'Plans',
      summary: 'Approve or reject operations by a file',
      description:
        'The CSV of the plan with its column decision filled in: approve, reject, or empty. Other columns are not read.',
      answer: [200, 'The new hash.', z.object({ status: z.string(), hash: z.string() })],
      errors: { 409: 'The plan does not wait to be applied.' },
    }),
    whileInstalled,
    async (context) => {
      const { id } = context.var.connection;
      const planId = context.req.param('planId');
      if ((await findPlan(ports.db, id, planId)) === undefined)
        return notFound(context, 'such plan');
      const read = readPlanFile(await context.req.text());
      if (!read.ok) return wrongLines(context, read.failure);
      const decided = await decidePlan(ports, id, planId, read.value);
      if (!decided.ok) return refuse(context, decided.failure);
      const { status, hash } = decided.value;
      return context.json({ status, hash });
    },
  );
}

/** Every wrong line with its number; nothing of the file was carried out. */
function wrongLines(context: Context<ApiEnv>, problems: readonly LineProblem[]): Response {
  const details = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(({ line, message }) => ({ path: `line ${line}`, message }));
  const more = problems.length > PROBLEMS_SHOWN ? `, the first ${PROBLEMS_SHOWN} are listed` : '';
  const message = `Nothing was decided: ${problems.length} lines are wrong${more}.`;
  return problem(context, 400, 'invalid_input', message, details);
}
