/** The rival of `create.ts`: as a plain connector does it, as fast as the register's limits let it. */
import { createPermitQueue } from '../../src/objects/permit-queue.ts';
import { CLOVER_TOKEN_CONCURRENT_MAX } from '../../src/limits.ts';
import { fetchInto } from '../sandbox/kernel.ts';
import { CONFIG } from '../support/platform-ports.ts';
import type { World } from './world.ts';
import { LIMITS } from './world-objects.ts';

export const SIZES = ['S', 'M', 'L', 'XL'];
export const LEVEL = 5;
/** Of the SKUs, those that are variants of products with options. */
const GROUPED_SHARE = 0.4;
const MINUTE_MS = 60_000;
const HOURS_MAX_MS = 6 * 60 * MINUTE_MS;

/** Products with options among so many SKUs, each with one SKU per size. */
export function groupsOf(skus: number): number {
  return Math.floor((skus * GROUPED_SHARE) / SIZES.length);
}

export interface RivalRun {
  readonly calls: number;
  readonly minutes: number;
  readonly skus: number;
}

type Call = (method: string, path: string, body?: unknown) => Promise<{ id: string }>;

/** Every step of every item is a call. Throws when the platform refuses one. */
export async function playCreateRival(world: World, skus: number): Promise<RivalRun> {
  const { clock } = world;
  const wire = openRivalWire(world);
  const jobs = jobsOf(wire.call, skus);
  const startMs = clock.now();
  let left = jobs.length;
  const worker = async (): Promise<void> => {
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      await job();
      left -= 1;
    }
  };
  const workers = Promise.all(Array.from({ length: CLOVER_TOKEN_CONCURRENT_MAX }, worker));
  const done = clock.runUntil(async () => left === 0, 1_000, HOURS_MAX_MS);
  // A refused call ends the run at once.
  await Promise.race([Promise.all([workers, done]), workers.then(() => done)]);
  return { calls: wire.calls(), minutes: (clock.now() - startMs) / MINUTE_MS, skus };
}

function jobsOf(call: Call, skus: number): (() => Promise<void>)[] {
  const makeItem = async (sku: string, group: { id: string } | null, option: string | null) => {
    await call('GET', `/items?filter=sku=${sku}`);
    const item = { name: sku, sku, price: 1_000, ...(group === null ? {} : { itemGroup: group }) };
    const { id } = await call('POST', '/items', item);
    if (option !== null) {
      const elements = [{ option: { id: option }, item: { id } }];
      await call('POST', '/option_items', { elements });
    }
    await call('GET', `/item_stocks/${id}?forceRealTime=true`);
    await call('POST', `/item_stocks/${id}`, { quantity: LEVEL });
  };
  const makeGroup = async (n: number) => {
    const { id } = await call('POST', '/item_groups', { name: `Shirt ${n}` });
    const attribute = await call('POST', '/attributes', { name: 'Size', itemGroup: { id } });
    for (const size of SIZES) {
      const option = await call('POST', `/attributes/${attribute.id}/options`, { name: size });
      await makeItem(`G${n}-${size}`, { id }, option.id);
    }
  };
  const groups = groupsOf(skus);
  const simple = skus - groups * SIZES.length;
  return [
    ...Array.from({ length: groups }, (_, n) => () => makeGroup(n)),
    ...Array.from({ length: simple }, (_, n) => () => makeItem(`M${n}`, null, null)),
  ];
}

/** Calls within the limits of one token, as the relay's own budget keeps them. */
function openRivalWire({ clock, clover, merchantId }: World): { call: Call; calls(): number } {
  let calls = 0;
  let ids = 0;
  const into = fetchInto(clover.app);
  const ports = {
    now: () => clock.now(),
    newId: () => `r${(ids += 1)}`,
    timer: (ms: number, task: () => void) => clock.after(ms, task),
  };
  const queue = createPermitQueue(ports, LIMITS.clover);
  return {
    calls: () => calls,
    async call(method, path, body) {
      const permit = await queue.take('', 'interactive', HOURS_MAX_MS);
      if (!permit.ok) throw new Error(permit.failure.message);
      calls += 1;
      const headers = {
        Authorization: 'Bearer register-token',
        'User-Agent': 'Rival/1.0 (+https://rival.example)',
        'Content-Type': 'application/json',
      };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const url = `${CONFIG.clover.apiOrigin}/v3/merchants/${merchantId}${path}`;
      const answer = await into(new Request(url, { method, headers, ...sent }));
      queue.release(permit.value, { status: answer.status });
      if (!answer.ok) {
        throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
      }
      return answer.json<{ id: string }>();
    },
  };
}
