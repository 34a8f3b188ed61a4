import { Hono, type Context } from 'hono';
import { parseMerchantId } from '../domain/ids.ts';
import { redirectToClover } from '../install/clover.tsx';
import { sessionCookie } from '../install/session.ts';
import type { Ports } from '../ports.ts';
import { findConnection } from '../store/connections.ts';
import type { SkuCursor } from '../store/ledger-copies.ts';
import { requestApply, startPlan } from '../sync/link.ts';
import { crashPage } from './crash.ts';
import { enterPage, enterWithTicket, goTo, sessionFromTicket } from './enter.tsx';
import { failurePage, notFoundPage, ownFormOf, viewerOf, type Viewer } from './gate.ts';
import { homePage } from './home.tsx';
import { overviewPage } from './overview.tsx';
import { applyPath, planPage, plansPage, START_PLAN } from './plans.tsx';
import { skuPage } from './sku.tsx';

/** The hosted pages: `GET /` and everything under `/app`. They work without script. */
export function createPages(ports: Ports): Hono {
  const app = new Hono();
  const show = (path: string, render: (viewer: Viewer, context: Context) => Promise<Response>) =>
    app.get(path, async (context) => {
      const viewer = await viewerOf(ports, context.req.raw);
      return viewer.ok ? render(viewer.value, context) : viewer.failure;
    });

  app.get('/', () => homePage(ports));
  app.get('/app/enter', (context) => enterPage(ports, context));
  app.post('/app/enter', (context) => enterWithTicket(ports, context));
  app.post('/app/clover/connect', (context) => connectClover(ports, context));
  show('/app', (viewer, context) => overviewPage(ports, viewer, skuCursor(context)));
  show('/app/skus/:linkId', (viewer, context) =>
    skuPage(ports, viewer, context.req.param('linkId') ?? '', numberCursor(context)),
  );
  show('/app/plans', (viewer) => plansPage(ports, viewer));
  show('/app/plans/:planId', (viewer, context) =>
    planPage(ports, viewer, context.req.param('planId') ?? '', numberCursor(context)),
  );
  app.post(START_PLAN, (context) => start(ports, context));
  app.post('/app/plans/:planId/apply', (context) => apply(ports, context));
  // A route, because a mounted app's `notFound` is not asked.
  app.all('*', () => notFoundPage(ports, false));
  app.onError((error) => crashPage(ports, error));
  return app;
}

/** In a new tab: the ticket of the form opens a session there, and Clover's consent page follows. */
async function connectClover(ports: Ports, context: Context): Promise<Response> {
  const entered = await sessionFromTicket(ports, context);
  if (entered instanceof Response) return entered;
  const { session, fields } = entered;
  const connection = await findConnection(ports.db, session.connectionId);
  if (connection === undefined || connection.status === 'uninstalled') {
    return failurePage(ports, { code: 'disconnected', message: 'Onhand was uninstalled.' });
  }
  const wanted = fields.get('merchantId');
  const merchantId = wanted === null ? undefined : parseMerchantId(wanted);
  const isOurs = connection.merchants.some((merchant) => merchant.merchantId === merchantId);
  if (wanted !== null && !isOurs) return notFoundPage(ports, true);
  const redirect = await redirectToClover(ports, connection.id, merchantId);
  redirect.headers.append('Set-Cookie', sessionCookie(session));
  return redirect;
}

async function start(ports: Ports, context: Context): Promise<Response> {
  const form = await ownFormOf(ports, context, START_PLAN);
  if (!form.ok) return form.failure;
  const started = await startPlan(ports, form.value.connection.id, 'link');
  return started.ok ? goTo(`/app/plans/${started.value.id}`) : failurePage(ports, started.failure);
}

async function apply(ports: Ports, context: Context): Promise<Response> {
  const planId = context.req.param('planId') ?? '';
  const form = await ownFormOf(ports, context, applyPath(planId));
  if (!form.ok) return form.failure;
  const { connection, fields } = form.value;
  const asked = await requestApply(ports, connection.id, planId, fields.get('hash') ?? '');
  return asked.ok ? goTo(`/app/plans/${planId}`) : failurePage(ports, asked.failure);
}

function skuCursor(context: Context): SkuCursor | null {
  const sku = context.req.query('sku');
  const linkId = context.req.query('link');
  return sku === undefined || linkId === undefined ? null : { sku, linkId };
}

/** The last seen sequence number; anything else is the first page. */
function numberCursor(context: Context): number | null {
  const text = context.req.query('after') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
