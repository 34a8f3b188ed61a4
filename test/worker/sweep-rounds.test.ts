/**
 * Goal: what sweeps and polls find first is healed, measured and answered with more frequent looks, and a round that
 * died goes on behind its page. Method: a linked shop on the stage whose webhooks are dropped, kind by kind.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Work } from '../../src/queue/messages.ts';
import { findSweepMark, moveSweepMark } from '../../src/store/sweep-marks.ts';
import { startSweep, sweepPage } from '../../src/sync/sweep.ts';
import { portsFor } from '../../src/wiring.ts';
import { recording } from '../support/link-shop.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { atRest, openStage, until, type Stage } from '../support/stage.ts';

const SKUS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P'];

let stage: Stage;
let shop: Shop;

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'rounds');
  for (const sku of [...SKUS, 'GONE1', 'GONE2']) shop.add(sku, 20, 20);
  await shop.connect();
  await shop.settle();
}, 60_000);

async function withoutHooks(happen: () => void | Promise<void>): Promise<void> {
  stage.runtime.faults.hooks.push(
    { platform: 'clover', match: /./, fault: { kind: 'drop' }, times: 10_000 },
    { platform: 'bigcommerce', match: /./, fault: { kind: 'drop' }, times: 10_000 },
  );
  await happen();
  await new Promise((resolve) => setTimeout(resolve, 300));
  stage.runtime.faults.hooks.length = 0;
}

const setRegister = (sku: string, level: number) =>
  stage.clover.setStock(shop.merchantId, shop.at(sku).itemId, level);
const setWeb = (sku: string, level: number) => {
  stage.bigcommerce.setLevel(shop.hash, shop.at(sku).variantId, level);
};

interface Measured {
  delivery: { platform: string; topic: string; score: number; told: number; found: number }[];
  polling: { stockMinutes: number; ordersMinutes: number };
}

const metrics = async () => (await shop.api('GET', '/metrics')).json<Measured>();

async function reconcile(scope: string): Promise<void> {
  expect((await shop.api('POST', '/reconcile', { scope })).status).toBe(202);
}

describe('events of each kind, their webhooks lost', () => {
  it.each([
    ['a register sale', 'A', 19, () => shop.ringUp('A')],
    ['a web sale', 'B', 18, () => shop.sellOnline('B', 2)],
    ['a count at the register, down', 'C', 15, () => setRegister('C', 15)],
    ['a count at the register, up', 'D', 26, () => setRegister('D', 26)],
    ['an edit in the store, down', 'E', 11, () => setWeb('E', 11)],
    ['an edit in the store, up', 'F', 23, () => setWeb('F', 23)],
  ] as const)('[R4] %s is found by the sweep and healed', async (_, sku, level, happen) => {
    await withoutHooks(() => void happen());
    await reconcile('stock');
    await shop.settlesAt(sku, level);
  });
});

describe('items deleted, their webhooks lost', () => {
  const skipped = async (sku: string, platform: string) => {
    const { places } = await shop.sku(sku);
    const place = places.find((each) => each.platform === platform);
    return (place as { skipped?: string | null } | undefined)?.skipped ?? null;
  };

  it.each([
    ['in the store', 'bigcommerce', 'GONE1'],
    ['on the register', 'clover', 'GONE2'],
  ] as const)(
    '[R4] [S12] %s: found by a full sweep, and skipped there',
    async (_, platform, sku) => {
      await withoutHooks(async () => {
        if (platform === 'clover') {
          stage.clover.deleteItem(shop.merchantId, shop.at(sku).itemId);
        } else {
          const row = await env.DB.prepare('SELECT product_id AS id FROM links WHERE sku = ?')
            .bind(sku)
            .first<{ id: number }>();
          stage.bigcommerce.deleteProduct(shop.hash, row?.id ?? 0);
        }
      });
      expect(await skipped(sku, platform)).toBeNull();
      await reconcile('stock');
      await until('the skip', async () =>
        (await skipped(sku, platform)) === null ? undefined : true,
      );
      await atRest(stage, shop.hash);
      // Known by now: nothing more is looked for.
      const before = stage.runtime.journal.calls.length;
      await reconcile('stock');
      await atRest(stage, shop.hash);
      expect(stage.runtime.journal.calls.slice(before)).toHaveLength(2);
    },
  );
});

describe('delivery scores', () => {
  it('[R4] [R8] fall with what is found first, and polls come more often', async () => {
    await withoutHooks(() => {
      for (const sku of SKUS.slice(6)) setWeb(sku, 10);
    });
    // Ten of sixteen fell, none to zero: no mass change.
    await reconcile('stock');
    await shop.settlesAt('P', 10);
    await atRest(stage, shop.hash);
    // The next round adds up what the ledgers counted in this one.
    await reconcile('stock');
    const after = await until('the score', async () => {
      const now = await metrics();
      const web = now.delivery.find(({ topic }) => topic.includes('stock_changed'));
      return web !== undefined && web.found >= 10 ? now : undefined;
    });
    const web = after.delivery.find(({ topic }) => topic.includes('stock_changed'));
    expect(web?.score).toBeLessThan(0.5);
    expect(after.polling.stockMinutes).toBeLessThan(15);
    const row = await env.DB.prepare(
      'SELECT sweep_due_at_ms AS due, stock_poll_minutes AS minutes FROM connections WHERE id = ?',
    )
      .bind(shop.hash)
      .first<{ due: number; minutes: number }>();
    expect(row?.minutes).toBe(after.polling.stockMinutes);
    expect(row?.due).toBeLessThanOrEqual(Date.now() + after.polling.stockMinutes * 60_000);
  });

  it.each([
    ['sales', 'O,P', 18, () => shop.ringUp('A')],
    ['levels', 'IS,I', 12, () => setRegister('A', 12)],
  ] as const)('[R4] rise with the %s that webhooks tell', async (_, topic, level, happen) => {
    const told = async () =>
      (await metrics()).delivery.find((each) => each.topic === topic)?.told ?? 0;
    const before = await told();
    happen();
    await shop.settlesAt('A', level);
    await reconcile('stock');
    await until('the score', async () => ((await told()) > before + 0.5 ? true : undefined));
  });
});

describe('a round of a sweep', () => {
  const mark = { place: 'bigcommerce:1', cursor: 7 };

  function pagesOf(sent: readonly { kind: string }[]): Work<'sweep'>[] {
    return sent.filter(
      (message): message is Work<'sweep'> =>
        message.kind === 'sweep' && (message as Work<'sweep'>).platform === 'bigcommerce',
    );
  }

  it('[R4] begins behind the page at which the last one died, and still reads everything', async () => {
    const { db } = portsFor(env);
    const connectionId = shop.hash;
    const old = { connectionId, ...mark, sweepId: '0', movedAtMs: Date.now() - 3_600_000 };
    await moveSweepMark(db, old);
    await env.DB.prepare('UPDATE sweep_marks SET done_at_ms = NULL WHERE place = ?')
      .bind(mark.place)
      .run();
    const { ports, sent } = recording();
    await startSweep(ports, shop.hash, { isScheduled: true });
    const [first] = pagesOf(sent);
    expect(first?.cursor).toBe(8);
    if (first === undefined) throw new Error('a page expected');
    sent.length = 0;
    expect((await sweepPage(ports, first)).ok).toBe(true);
    const [second] = pagesOf(sent);
    expect(second).toMatchObject({ cursor: 0, round: { start: 8, isWrapped: true } });
    if (second === undefined) throw new Error('a page expected');
    sent.length = 0;
    expect((await sweepPage(ports, second)).ok).toBe(true);
    expect(pagesOf(sent)).toEqual([]);
    const done = await findSweepMark(db, shop.hash, mark.place);
    expect(done).toMatchObject({ cursor: 0, pages: 2, sweepId: first.sweepId });
  });

  it('[R5] is not begun by schedule while one is under way, and ends when a newer one begins', async () => {
    const { ports, sent } = recording();
    const started = await startSweep(ports, shop.hash);
    if (!started.ok) throw new Error(started.failure.message);
    const [page] = pagesOf(sent);
    if (page === undefined) throw new Error('a page expected');
    const { sweepId } = started.value;
    const busy = { connectionId: shop.hash, ...mark, sweepId, movedAtMs: Date.now() + 1 };
    await moveSweepMark(ports.db, busy);
    sent.length = 0;
    await startSweep(ports, shop.hash, { isScheduled: true });
    expect(pagesOf(sent)).toEqual([]);
    await startSweep(ports, shop.hash);
    const [newer] = pagesOf(sent);
    expect(newer?.cursor).toBe(0);
    await moveSweepMark(ports.db, { ...busy, sweepId: newer?.sweepId ?? '' });
    const before = stage.runtime.journal.calls.length;
    expect((await sweepPage(ports, page)).ok).toBe(true);
    expect(stage.runtime.journal.calls.length).toBe(before);
  });

  it('[R4] that fails leaves its page, so that the next one begins behind it', async () => {
    const { ports, sent } = recording();
    await startSweep(ports, shop.hash);
    const page = pagesOf(sent).at(-1);
    if (page === undefined) throw new Error('a page expected');
    stage.runtime.faults.calls.push({
      platform: 'bigcommerce',
      match: /inventory/,
      fault: { kind: 'status', status: 503 },
      times: 1,
    });
    expect((await sweepPage(ports, page)).ok).toBe(false);
    const stands = await findSweepMark(ports.db, shop.hash, mark.place);
    expect(stands).toMatchObject({ sweepId: page.sweepId, cursor: 0 });
    expect((await sweepPage(ports, page)).ok).toBe(true);
    const done = await findSweepMark(ports.db, shop.hash, mark.place);
    expect(done?.doneAtMs).toBe(done?.movedAtMs);
  });
});
