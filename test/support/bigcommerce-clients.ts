/** The BigCommerce clients in front of a strict store, each of their requests judged by the official documents. */
import { afterEach, vi } from 'vitest';
import { openBigCommerce } from '../../src/platforms/bigcommerce/session.ts';
import { fetchInto } from '../sandbox/kernel.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  HASH,
  openBench,
  specs,
  type BenchOptions,
} from './bigcommerce.ts';
import { CONFIG, CONTEXT, openPlatformBench } from './platform-ports.ts';

/** What was wrong with requests: collected, because a client turns whatever its fetch throws into a failure. */
const problems: string[] = [];
afterEach(() => {
  const found = problems.splice(0);
  if (found.length > 0) throw new Error(`requests against the contract: ${found.join('; ')}`);
});

/** The clients in front of a strict store; a request that the documents do not know fails the test. */
export async function openClients(options: BenchOptions = {}) {
  const bench = await openBench(options);
  const fetchSandbox = fetchInto(bench.sandbox.app);
  const calls: string[] = [];
  const platform = openPlatformBench(async (request) => {
    const url = new URL(request.url);
    const path = url.pathname + url.search;
    if (path.startsWith('/stores/')) {
      const text = await request.clone().text();
      const { method, headers } = request;
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      problems.push(...(specs?.validateRequest({ method, path, headers, body }) ?? []));
      calls.push(`${method} ${path.slice(`/stores/${HASH}`.length)}`);
    }
    return fetchSandbox(request);
  });
  const config = {
    ...CONFIG,
    bigcommerce: { ...CONFIG.bigcommerce, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
  };
  const ports = { ...platform.ports, config };
  platform.account.acquire = async () => ({
    ok: true,
    value: { permitId: 'permit', accessToken: bench.token },
  });
  return { bench, platform, ports, calls, session: openBigCommerce(ports, HASH, CONTEXT) };
}

export type Clients = Awaited<ReturnType<typeof openClients>>;

/** Scopes of the webhooks so far, once as many arrived: judging the first of a kind takes its time. */
export async function heard({ bench }: Pick<Clients, 'bench'>, count: number): Promise<string[]> {
  await bench.scopes();
  await vi.waitFor(() => {
    if (bench.received.length < count) throw new Error(`${bench.received.length} of ${count}`);
  });
  return bench.received.map(({ payload }) => payload.scope);
}
