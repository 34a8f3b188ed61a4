import { Hono } from 'hono';
import { crashPage } from '../pages/crash.ts';
import { notFoundPage } from '../pages/gate.ts';
import type { Ports } from '../ports.ts';
import { createBigCommerceCallbacks } from './bigcommerce.ts';
import { createCloverCallbacks } from './clover.tsx';

/** The app under `/`: what both platforms call to install, open, connect and uninstall. */
export function createInstall(ports: Ports): Hono {
  const app = new Hono();
  app.route('/bigcommerce', createBigCommerceCallbacks(ports));
  app.route('/clover', createCloverCallbacks(ports));
  // A route, because a mounted app's `notFound` is not asked.
  app.all('*', () => notFoundPage(ports, false));
  app.onError((error) => crashPage(ports, error));
  return app;
}
