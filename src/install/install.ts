import { Hono } from 'hono';
import { crashPage } from '../pages/crash.ts';
import { notFoundPage } from '../pages/gate.ts';
import { troublePage } from '../pages/page.tsx';
import type { Ports } from '../ports.ts';
import { addressOf, ASK_PERIOD_SECONDS } from '../request-rate.ts';
import { createBigCommerceCallbacks } from './bigcommerce.ts';
import { createCloverCallbacks } from './clover.tsx';

/** The app under `/`: what both platforms call to install, open, connect and uninstall. */
export function createInstall(ports: Ports): Hono {
  const app = new Hono();
  // Each of these calls a platform or writes a row before anybody has signed in.
  app.use('*', async (context, next) => {
    if (await ports.mayAsk(addressOf(context))) return next();
    return troublePage(ports, {
      status: 429,
      title: 'Too many requests',
      message: 'Too many requests came from your address.',
      advice: `Wait ${ASK_PERIOD_SECONDS} seconds and try again.`,
    });
  });
  app.route('/bigcommerce', createBigCommerceCallbacks(ports));
  app.route('/clover', createCloverCallbacks(ports));
  // A route, because a mounted app's `notFound` is not asked.
  app.all('*', () => notFoundPage(ports, false));
  app.onError((error) => crashPage(ports, error));
  return app;
}
