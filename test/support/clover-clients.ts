/** The Clover clients over the sandbox; every request is held against the contract before it gets there. */
import { afterEach } from 'vitest';
import { openClover } from '../../src/platforms/clover/session.ts';
import type { CloverSwitches } from '../sandbox/clover/index.ts';
import { fetchInto } from '../sandbox/kernel.ts';
import { API_ORIGIN, APP_ID, APP_SECRET, createHarness, MERCHANT_ID } from './clover-harness.ts';
import { CONFIG, CONTEXT, openPlatformBench } from './platform-ports.ts';
import type { CloverSpecs } from './specs-clover.ts';

/** What was wrong with requests: collected, because a client turns whatever its fetch throws into a failure. */
const problems: string[] = [];

/** Adds to what the test at hand fails with. */
export const complain = (found: readonly string[]): void => {
  problems.push(...found);
};

/** Fails each test of the file whose requests broke the contract. */
export function failOnProblems(): void {
  afterEach(() => {
    const found = problems.splice(0);
    if (found.length > 0) throw new Error(`requests against the contract: ${found.join('; ')}`);
  });
}

export async function openClients(specs: CloverSpecs, switches: Partial<CloverSwitches> = {}) {
  const harness = await createHarness(specs, switches);
  const fetchSandbox = fetchInto(harness.clover.app);
  const calls: string[] = [];
  const platform = openPlatformBench(async (request) => {
    complain(await specs.validateRequest(request.clone()));
    const { pathname, search } = new URL(request.url);
    calls.push(`${request.method} ${pathname}${search}`);
    const answer = await fetchSandbox(request.clone());
    complain(await specs.validateResponse(request, answer.clone()));
    return answer;
  });
  const clover = { ...CONFIG.clover, appId: APP_ID, appSecret: APP_SECRET, apiOrigin: API_ORIGIN };
  const ports = { ...platform.ports, config: { ...CONFIG, clover } };
  const live = { token: harness.token };
  platform.account.acquire = async () => ({
    ok: true,
    value: { permitId: 'permit', accessToken: live.token },
  });
  const session = openClover(ports, MERCHANT_ID, CONTEXT);
  return { ...harness, platform, ports, calls, session, live };
}
