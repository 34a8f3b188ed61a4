/** Servers on loopback. */
import { createServer } from 'node:net';
import { serve } from '@hono/node-server';
import { PORT_VARIABLES, type DemoPorts } from './options.ts';

const HOST = '127.0.0.1';

type Handler = (request: Request) => Response | Promise<Response>;

/** Throws a sentence that names the port, what it is for and how to choose another one, when it is taken. */
export async function requireFree(ports: DemoPorts): Promise<void> {
  for (const name of Object.keys(PORT_VARIABLES) as (keyof DemoPorts)[]) {
    const { what, variable } = PORT_VARIABLES[name];
    if (await isFree(ports[name])) continue;
    throw new Error(
      `Port ${ports[name]}, meant for ${what}, is in use. Stop what uses it, or choose another one: ${variable}=… npm start`,
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

/** A port that nobody uses right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** Serves a handler on loopback; the answer stops it and cuts connections that are kept alive. */
export function listen(port: number, fetch: Handler): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: HOST }, () => resolve(close));
    server.once('error', reject);
    function close(): Promise<void> {
      return new Promise((closed) => {
        server.close(() => closed());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
    }
  });
}
