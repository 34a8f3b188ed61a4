/**
 * The control page of `npm start` and its JSON controls under /control: sell on either side, count a shelf, lose
 * webhooks, break calls, and watch the relay mend it. Bound to loopback; writes take JSON only, so that no other web
 * page can press the buttons.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono, type Context } from 'hono';
import * as v from 'valibot';
import type { CallFault, HookFault } from '../faults.ts';
import type { PlatformName } from '../runtime.ts';
import { controlPage } from './page.ts';
import { eventRows, saleRows, shelfRows, type ControlParts } from './shelf.ts';

const EVENTS_SHOWN = 120;
const SALES_SHOWN = 12;
const HOOK_DELAY_MS = 10_000;
const RATE_WAIT_MS = 3_000;

const units = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000));
const times = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000));
const platforms = v.picklist(['bigcommerce', 'clover', 'both']);

const saleSchema = v.strictObject({
  variantId: v.optional(v.number()),
  itemId: v.optional(v.string()),
  quantity: units,
});
const levelSchema = v.strictObject({
  variantId: v.optional(v.number()),
  itemId: v.optional(v.string()),
  level: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000)),
});
const hookFaultSchema = v.strictObject({
  platform: platforms,
  fault: v.picklist(['drop', 'duplicate', 'delay']),
  times,
});
const callFaultSchema = v.strictObject({
  platform: platforms,
  fault: v.picklist(['error', 'busy', 'refuse', 'lose-request', 'lose-answer']),
  times,
});

type HookFaultName = v.InferOutput<typeof hookFaultSchema>['fault'];
type CallFaultName = v.InferOutput<typeof callFaultSchema>['fault'];

const HOOK_FAULTS: Readonly<Record<HookFaultName, HookFault>> = {
  drop: { kind: 'drop' },
  duplicate: { kind: 'duplicate', times: 2 },
  delay: { kind: 'delay', delayMs: HOOK_DELAY_MS },
};

const CALL_FAULTS: Readonly<Record<CallFaultName, CallFault>> = {
  error: { kind: 'status', status: 500 },
  busy: { kind: 'rate-limited', waitMs: RATE_WAIT_MS },
  refuse: { kind: 'status', status: 401 },
  'lose-request': { kind: 'hang-before-commit' },
  'lose-answer': { kind: 'hang-after-commit' },
};

/** The page at `/`, its files, and the controls. */
export function createControl(parts: ControlParts): Hono {
  const app = new Hono();
  const file = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
  app.get('/', (context) => context.html(controlPage(parts)));
  app.get('/page.css', (context) =>
    context.body(file('page.css'), 200, { 'Content-Type': 'text/css' }),
  );
  app.get('/page.js', (context) =>
    context.body(file('page.js'), 200, { 'Content-Type': 'text/javascript' }),
  );
  app.get('/control/state', async (context) => context.json(await stateOf(parts)));
  app.get('/control/open', async (context) => {
    const url = await parts.bigcommerce.loadUrl(parts.shop.hash);
    return context.redirect(url.replace(parts.publicOrigin, parts.relayOrigin), 302);
  });
  shopControls(app, parts);
  faultControls(app, parts);
  app.onError((error, context) => context.json({ error: error.message }, 400));
  return app;
}

/** What people do. The answer is a sentence for the page. */
function shopControls(app: Hono, { bigcommerce, clover, shop, admin }: ControlParts): void {
  app.post('/control/sell-online', async (context) => {
    const { variantId, quantity } = await read(context, saleSchema);
    if (variantId === undefined) throw new Error('Say which variant is sold: variantId.');
    const order = bigcommerce.placeOrder(shop.hash, { lines: [{ variantId, quantity }] });
    return context.json({ said: `Web order ${order.id} was placed.` });
  });
  app.post('/control/ring-up', async (context) => {
    const { itemId, quantity } = await read(context, saleSchema);
    if (itemId === undefined) throw new Error('Say which item is sold: itemId.');
    const order = clover.ringUp(shop.merchantId, { lines: [{ itemId, quantity }] });
    return context.json({ said: `Register order ${order.id} was rung up.` });
  });
  app.post('/control/set-level', async (context) => {
    const { variantId, itemId, level } = await read(context, levelSchema);
    if (variantId !== undefined) bigcommerce.setLevel(shop.hash, variantId, level);
    else if (itemId !== undefined) clover.setStock(shop.merchantId, itemId, level);
    else throw new Error('Say what is counted: variantId or itemId.');
    return context.json({ said: `The level was set to ${level} by hand.` });
  });
  app.post('/control/sweep', async (context) => {
    await read(context, v.strictObject({}));
    await admin.reconcile();
    return context.json({ said: 'The sweep is on its way.' });
  });
}

/** What goes wrong. Rules are used up by the next webhooks and calls that they hit. */
function faultControls(app: Hono, { runtime }: ControlParts): void {
  const { faults } = runtime;
  app.post('/control/webhook-faults', async (context) => {
    const { platform, fault, times: count } = await read(context, hookFaultSchema);
    for (const name of named(platform)) {
      faults.hooks.push({ platform: name, match: /./, fault: HOOK_FAULTS[fault], times: count });
    }
    return context.json({ said: 'The next webhooks are in for it.' });
  });
  app.post('/control/call-faults', async (context) => {
    const { platform, fault, times: count } = await read(context, callFaultSchema);
    for (const name of named(platform)) {
      faults.calls.push({ platform: name, match: /./, fault: CALL_FAULTS[fault], times: count });
    }
    return context.json({ said: 'The next calls are in for it.' });
  });
  app.post('/control/mend', async (context) => {
    await read(context, v.strictObject({}));
    faults.hooks.splice(0);
    faults.calls.splice(0);
    return context.json({ said: 'All faults that were not used up are gone.' });
  });
}

function named(platform: PlatformName | 'both'): PlatformName[] {
  return platform === 'both' ? ['bigcommerce', 'clover'] : [platform];
}

/** The JSON body; throws a sentence that says what is wrong with it. */
async function read<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  if (!/^application\/json\b/i.test(context.req.header('Content-Type') ?? '')) {
    throw new Error('Send JSON: Content-Type must be application/json.');
  }
  const parsed = v.safeParse(schema, await context.req.json().catch(() => null));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`${v.getDotPath(issue) ?? 'The body'}: ${issue.message}`);
}

async function stateOf(parts: ControlParts) {
  const { admin, runtime } = parts;
  // A relay that is busy or down must not take the page with it.
  const [reports, activity] = await Promise.all([
    admin.skus().catch(() => null),
    admin.activity().catch(() => null),
  ]);
  return {
    nowMs: runtime.now(),
    reachable: reports !== null && activity !== null,
    activity,
    rows: shelfRows(parts, reports ?? []),
    sales: saleRows(parts, SALES_SHOWN),
    events: eventRows(parts, EVENTS_SHOWN),
    faults: [
      ...runtime.faults.hooks.map((rule) => ({ ...ruleOf(rule), of: 'webhooks' })),
      ...runtime.faults.calls.map((rule) => ({ ...ruleOf(rule), of: 'calls' })),
    ],
  };
}

function ruleOf(rule: { platform: PlatformName; times: number; fault: CallFault | HookFault }) {
  return { platform: rule.platform, fault: rule.fault.kind, times: rule.times };
}
