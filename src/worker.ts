/**
 * The entry: a map of the flow, no logic. Webhooks come in through intake, wait in queues, are handled by consumers,
 * decided in objects; cron sweeps find what webhooks missed; pages and the admin API show it.
 */
import { Hono } from 'hono';
import { createApi } from './api/api.ts';
import { createInstall } from './install/install.ts';
import { createIntake } from './intake/intake.ts';
import { configMissingPage } from './pages/config-missing.tsx';
import { createPages } from './pages/pages.ts';
import { consume } from './queue/consume.ts';
import type { Ports } from './ports.ts';
import { runSchedule } from './sync/schedule.ts';
import { openPorts, portsFor } from './wiring.ts';

export { CloverApp } from './objects/clover-app.ts';
export { OrderRelay } from './objects/order-relay.ts';
export { PlatformAccount } from './objects/platform-account.ts';
export { SkuLedger } from './objects/sku-ledger.ts';

type Part = readonly [prefix: string, mountedAt: string, create: (ports: Ports) => Hono];

/** Which part of the relay answers below which path; the first that fits. Only that part is set up. */
const PARTS: readonly Part[] = [
  ['/webhooks/', '/webhooks', createIntake],
  ['/api/v1', '/api/v1', createApi],
  ['/bigcommerce/', '/', createInstall],
  ['/clover/', '/', createInstall],
  ['/', '/', createPages],
];

function partFor(path: string, ports: Ports): Hono {
  const part = PARTS.find(([prefix]) => path.startsWith(prefix));
  const [, mountedAt, create] = part ?? (['/', '/', createPages] satisfies Part);
  return new Hono().route(mountedAt, create(ports));
}

export default {
  async fetch(request, env, context) {
    const path = new URL(request.url).pathname;
    if (path === '/healthz') return Response.json({ status: 'ok' });
    const ports = openPorts(env);
    if (!ports.ok) {
      const { code, message } = ports.failure;
      if (!path.startsWith('/api/')) return configMissingPage(ports.failure);
      return Response.json({ error: { code, message } }, { status: 500 });
    }
    const response = await partFor(path, ports.value).fetch(request, env, context);
    context.waitUntil(ports.value.log.flush());
    return response;
  },

  async queue(batch, env) {
    await consume(portsFor(env), batch);
  },

  async scheduled(_controller, env) {
    await runSchedule(portsFor(env));
  },
} satisfies ExportedHandler<Env>;
