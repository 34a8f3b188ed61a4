/**
 * The admin API, `/api/v1/…`: JSON over the same store and use cases as the pages. Everything but its description asks
 * for the admin token or a connection's own key.
 */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { API_BODY_BYTES_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { registerActivity } from './activity.ts';
import { registerAudit } from './audit.ts';
import { requireCaller } from './auth.ts';
import { registerConnections } from './connections.ts';
import { registerCustomers } from './customers.ts';
import { docsPage, openApi } from './docs.ts';
import { answerThrown, problem } from './errors.ts';
import { registerDecisionFiles } from './decision-files.ts';
import { registerDrift } from './drift.ts';
import { registerEvents } from './events.ts';
import { registerFailures } from './failures.ts';
import { onceByKey } from './idempotency.ts';
import { registerKeys } from './keys.ts';
import { registerLinks } from './links.ts';
import { registerLogs } from './logs.ts';
import { registerMetrics } from './metrics.ts';
import { registerOrders } from './orders.ts';
import { registerPlans } from './plans.ts';
import { type Api, type ApiEnv, CONNECTION, withConnection } from './routing.ts';
import { registerSkuActs } from './sku-acts.ts';
import { registerSkus } from './skus.ts';
import { registerTieOut } from './tie-out.ts';

/** The API, to be mounted at `/api/v1`. */
export function createApi(ports: Ports): Hono {
  const api: Api = new Hono<ApiEnv>();
  const address = `${ports.config.publicOrigin}/api/v1`;
  api.onError(answerThrown(ports));
  api.use('*', async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
  });
  api.get('/openapi.json', async (context) => context.json(await openApi(api, address)));
  api.get('/docs', async (context) => {
    context.header('Content-Security-Policy', DOCS_POLICY);
    return context.html(docsPage(api, address));
  });
  api.use('*', requireCaller(ports));
  api.use('*', boundBody);
  api.use(`${CONNECTION}/*`, withConnection(ports));
  api.use('*', onceByKey(ports));
  registerConnections(api, ports);
  registerPlans(api, ports);
  registerAudit(api, ports);
  registerDecisionFiles(api, ports);
  registerLinks(api, ports);
  registerSkus(api, ports);
  registerSkuActs(api, ports);
  registerOrders(api, ports);
  registerDrift(api, ports);
  registerTieOut(api, ports);
  registerLogs(api, ports);
  registerEvents(api, ports);
  registerFailures(api, ports);
  registerActivity(api, ports);
  registerMetrics(api, ports);
  registerCustomers(api, ports);
  registerKeys(api, ports);
  refuseOtherMethods(api);
  api.all('*', (context) =>
    problem(context, 404, 'not_found', `There is no route ${context.req.path}.`),
  );
  return new Hono().route('/', api);
}

/** The one page here: static, loads nothing, stands in nobody's frame (X4). */
const DOCS_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const boundBody = bodyLimit({
  maxSize: API_BODY_BYTES_MAX,
  onError: (context) =>
    problem(context, 413, 'too_large', `A body holds at most ${API_BODY_BYTES_MAX} bytes here.`),
});

/** A known path under another method is 405 with what it does allow, not 404. */
function refuseOtherMethods(api: Api): void {
  const byPath = Map.groupBy(
    api.routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  );
  for (const [path, routes] of byPath) {
    const methods = [...new Set(routes.map(({ method }) => method))];
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    api.all(path, (context) => {
      context.header('Allow', allow.join(', '));
      const message = `${context.req.method} is not possible here; ${allow.join(', ')} is.`;
      return problem(context, 405, 'method_not_allowed', message);
    });
  }
}
