import { Hono, type Context } from 'hono';
import { attachment } from '../attachment.ts';
import { parseMerchantId } from '../domain/ids.ts';
import { redirectToClover } from '../install/clover.tsx';
import { sessionCookie } from '../install/session.ts';
import type { Ports } from '../ports.ts';
import { findConnection } from '../store/connections.ts';
import { linksCsv, planCsv } from '../sync/csv-out.ts';
import { catalogPage, ownersPage } from './catalog.tsx';
import { CLEANUP_FORM, cleanupForm } from './cleanup-form.tsx';
import {
  connectionPage,
  EXPORT,
  exportFile,
  registerForm,
  reviewRegister,
  reviewStop,
  STOP_REGISTER,
  STOP_STORE,
  stopForm,
} from './connection.tsx';
import { crashPage } from './crash.ts';
import { enterPage, enterWithTicket, sessionFromTicket } from './enter.tsx';
import {
  failurePage,
  notFoundPage,
  ownFormOf,
  viewerOf,
  type OwnForm,
  type Viewer,
} from './gate.ts';
import { findingsFile, findingsPage } from './findings.tsx';
import { homePage } from './home.tsx';
import { AGAIN, againForm, againPage } from './inbox-again.tsx';
import { inboxCasesPage } from './inbox-cases.tsx';
import {
  DISMISS,
  REPLAY,
  RESTOCK,
  dismissForm,
  inboxPage,
  replayForm,
  restockForm,
} from './inbox.tsx';
import { JOIN_FORM, joinForm, joinPage } from './join.tsx';
import { linkPage, unlinkForm } from './link-page.tsx';
import { orderPage, ordersPage } from './orders.tsx';
import { overviewPage, SWITCH, switchForm } from './overview.tsx';
import { registerPlanActs } from './plan-acts.ts';
import { planPage } from './plan-page.tsx';
import { plansPage } from './plans.tsx';
import { makeSecretForm, testAlertForm } from './settings-alerts-acts.tsx';
import { MAKE_SECRET, TEST_ALERT } from './settings-alerts.tsx';
import {
  DELETE_KEY,
  deleteKeyForm,
  historyPage,
  keysPage,
  MAKE_KEY,
  makeKeyForm,
} from './settings-keys.tsx';
import { reviewSettings, SAVE, saveSettingsForm, settingsPage } from './settings.tsx';
import { bufferForm, entriesFile, recountForm } from './sku-acts.tsx';
import { skuPage } from './sku.tsx';
import { skusPage } from './skus.tsx';
import { tieOutFile, tieOutPage } from './tie-out.tsx';

/** The hosted pages: `GET /` and everything under `/app`. They work without script. */
export function createPages(ports: Ports): Hono {
  const app = new Hono();
  const show: Show = (path, render) =>
    app.get(path, async (context) => {
      const viewer = await viewerOf(ports, context.req.raw);
      return viewer.ok ? render(viewer.value, context) : viewer.failure;
    });

  /** A form's handler; only our own page of the same session reaches it. */
  const act: Act = (path, carryOut) =>
    app.post(path, async (context) => {
      const form = await ownFormOf(ports, context);
      return form.ok ? carryOut(form.value, context) : form.failure;
    });

  app.get('/', () => homePage(ports));
  app.get('/app/enter', (context) => enterPage(ports, context));
  app.post('/app/enter', (context) => enterWithTicket(ports, context));
  app.post('/app/clover/connect', (context) => connectClover(ports, context));
  show('/app', (viewer, context) => overviewPage(ports, viewer, context));
  act(SWITCH, (form) => switchForm(ports, form));
  show('/app/skus', (viewer, context) => skusPage(ports, viewer, context));
  show('/app/skus/:linkId', (viewer, context) =>
    skuPage(ports, viewer, context, numberCursor(context)),
  );
  show('/app/skus/:linkId/entries.csv', (viewer, context) => entriesFile(ports, viewer, context));
  act('/app/skus/:linkId/buffer', (form, context) => bufferForm(ports, form, context));
  act('/app/skus/:linkId/recount', (form, context) => recountForm(ports, form, context));
  show('/app/plans', (viewer) => plansPage(ports, viewer));
  show('/app/plans/:planId', (viewer, context) =>
    planPage(ports, viewer, context.req.param('planId') ?? '', numberCursor(context)),
  );
  registerPlanActs(ports, act);
  show('/app/catalog', (viewer, context) => catalogPage(ports, viewer, context));
  show('/app/catalog/findings', (viewer) => findingsPage(ports, viewer));
  show('/app/catalog/findings.csv', (viewer) => findingsFile(ports, viewer));
  act(CLEANUP_FORM, (form) =>
    cleanupForm(ports, form, (problem) => findingsPage(ports, form, problem)),
  );
  show('/app/catalog/links.csv', async ({ connection }) =>
    attachment('links.csv', linksCsv(ports.db, connection.id)),
  );
  show('/app/plans/:planId/operations.csv', async ({ connection }, context) =>
    attachment('plan.csv', planCsv(ports.db, connection.id, context.req.param('planId') ?? '')),
  );
  show(JOIN_FORM, (viewer, context) => joinPage(ports, viewer, context));
  act(JOIN_FORM, (form) => joinForm(ports, form));
  show('/app/catalog/links/:linkId', (viewer, context) => linkPage(ports, viewer, context));
  act('/app/catalog/links/:linkId/unlink', (form, context) => unlinkForm(ports, form, context));
  show('/app/catalog/owners', async (viewer) => ownersPage(ports, viewer));
  show('/app/orders', (viewer, context) => ordersPage(ports, viewer, context));
  show('/app/orders/tie-out', (viewer, context) => tieOutPage(ports, viewer, context));
  show('/app/orders/tie-out.csv', (viewer, context) => tieOutFile(ports, viewer, context));
  show('/app/orders/:platform/:orderId', (viewer, context) => orderPage(ports, viewer, context));
  show('/app/inbox', (viewer, context) => inboxPage(ports, viewer, context));
  show('/app/inbox/cases', (viewer, context) => inboxCasesPage(ports, viewer, context));
  act(REPLAY, (form) => replayForm(ports, form));
  show(AGAIN, (viewer, context) => againPage(ports, viewer, context));
  act(AGAIN, (form) => againForm(ports, form));
  act(DISMISS, (form) => dismissForm(ports, form));
  act(RESTOCK, (form) => restockForm(ports, form));
  registerSettings(ports, show, act);
  // A route, because a mounted app's `notFound` is not asked.
  app.all('*', () => notFoundPage(ports, false));
  app.onError((error) => crashPage(ports, error));
  return app;
}

type Show = (path: string, render: (viewer: Viewer, context: Context) => Promise<Response>) => void;
export type Act = (
  path: string,
  carryOut: (form: OwnForm, context: Context) => Promise<Response>,
) => void;

function registerSettings(ports: Ports, show: Show, act: Act): void {
  show('/app/settings', (viewer, context) => settingsPage(ports, viewer, context));
  show('/app/settings/keys', (viewer, context) => keysPage(ports, viewer, context));
  show('/app/settings/history', (viewer, context) => historyPage(ports, viewer, context));
  show('/app/settings/connection', (viewer, context) => connectionPage(ports, viewer, context));
  show(STOP_STORE, (viewer, context) => reviewStop(ports, viewer, context));
  act(STOP_STORE, (form) => stopForm(ports, form));
  show(STOP_REGISTER, (viewer, context) => reviewRegister(ports, viewer, context));
  act(STOP_REGISTER, (form) => registerForm(ports, form));
  show(`${EXPORT}/:part`, async (viewer, context) => exportFile(ports, viewer, context));
  show('/app/settings/:section', (viewer, context) => settingsPage(ports, viewer, context));
  act(SAVE, (form) => saveSettingsForm(ports, form));
  act(MAKE_KEY, (form) => makeKeyForm(ports, form));
  act(DELETE_KEY, (form) => deleteKeyForm(ports, form));
  act(MAKE_SECRET, (form) => makeSecretForm(ports, form));
  act(TEST_ALERT, (form) => testAlertForm(ports, form));
  act('/app/settings/:section', (form, context) => reviewSettings(ports, form, context));
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

/** The last seen sequence number; anything else is the first page. */
function numberCursor(context: Context): number | null {
  const text = context.req.query('after') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
