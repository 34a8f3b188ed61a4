/** Replay of an event through the real Worker: what it is about is read anew, and nothing is done twice. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { openStage, until, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: Shop;

interface LogItem {
  readonly id: string;
  readonly kind: string;
  readonly eventId: string | null;
  readonly platform: string | null;
  readonly message: string;
}

/** What the log says once `pick` finds it there: records arrive some seconds after what they tell. */
async function logged<Found>(
  what: string,
  pick: (items: readonly LogItem[]) => Found | undefined | Promise<Found | undefined>,
): Promise<Found> {
  return until(what, async () => {
    const answer = await shop.api('GET', '/logs?limit=500');
    const { items } = await answer.json<{ items: LogItem[] }>();
    return pick(items);
  });
}

/** The newest webhook whose message fits and that is about `subject`, a platform's own id. */
function eventOf(message: RegExp, subject: string): Promise<string> {
  return logged(`a webhook about ${subject}`, async (items) => {
    for (const { id, kind, eventId, message: text } of items) {
      if (kind !== 'event' || eventId === null || !message.test(text)) continue;
      const { detail } = await (await shop.api('GET', `/logs/${id}`)).json<{ detail: unknown }>();
      if (JSON.stringify(detail).includes(subject)) return eventId;
    }
    return undefined;
  });
}

/** Both previews say what a replay will do, and do nothing themselves. */
async function previewTells(event: string, before: number | null, level: number): Promise<void> {
  const shown = await shop.api('POST', '/skus/A/preview');
  expect(shown.status).toBe(200);
  const preview = await shown.json<{ writes: unknown[] }>();
  expect(preview).toMatchObject({ before: { onHand: before }, after: { onHand: level } });
  expect(preview.writes).toMatchObject([{ from: before, to: level }]);
  const ofEvent = await shop.api('POST', `/events/${event}/preview`);
  expect(await ofEvent.json()).toMatchObject({ items: [preview], failed: [] });
  expect(await (await shop.api('GET', '/skus/A')).json()).toMatchObject({ onHand: before });
}

/** Everything that ever led to something for the SKU, page by page. */
async function replaySpan(): Promise<void> {
  const span = { since: '2026-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z', sku: 'A' };
  let replayed = 0;
  for (let cursor: string | null = null; ;) {
    const body: object = cursor === null ? span : { ...span, cursor };
    const answer = await shop.api('POST', '/events/replay', body);
    expect(answer.status).toBe(202);
    const page = await answer.json<{ replayed: number; nextCursor: string | null }>();
    replayed += page.replayed;
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(replayed).toBeGreaterThan(0);
}

beforeAll(async () => {
  stage = openStage();
  shop = openShop(stage, 'replaystore');
  shop.add('A', 20, 20);
  await shop.connect();
  await shop.settle();
  shop.sellOnline('A');
  await shop.settlesAt('A', 19);
  await shop.settle();
});

describe('[R7] replaying an event', () => {
  it('changes nothing when everything was done', async () => {
    const event = await eventOf(/^Webhook store\/order\//, '"type":"order"');
    const before = await (await shop.api('GET', '/skus/A/ledger')).json<{ items: unknown[] }>();
    const replayed = await shop.api('POST', `/events/${event}/replay`);
    expect(replayed.status).toBe(202);
    await shop.settle();
    await shop.settlesAt('A', 19);
    const after = await (await shop.api('GET', '/skus/A/ledger')).json<{ items: unknown[] }>();
    expect(after.items).toEqual(before.items);
  });

  it.each([
    ['bigcommerce', 11, /stock_changed$/],
    ['clover', 7, /^Webhook I/],
  ] as const)('finds what was lost since, by a webhook of %s', async (platform, level, message) => {
    const sku = 'A';
    const before = shop.web(sku);
    const isWeb = platform === 'bigcommerce';
    const { variantId, itemId } = shop.at(sku);
    const event = await eventOf(message, isWeb ? `"variant_id":${variantId}` : itemId);
    stage.runtime.faults.hooks.push({
      platform,
      match: /./,
      fault: { kind: 'drop' },
      times: 1_000,
    });
    if (isWeb) stage.bigcommerce.setLevel(shop.hash, variantId, level);
    else stage.clover.setStock(shop.merchantId, itemId, level);
    await shop.settle();
    expect(isWeb ? shop.register(sku) : shop.web(sku)).toBe(before);
    stage.runtime.faults.hooks.length = 0;
    await previewTells(event, before, level);
    if (isWeb) expect((await shop.api('POST', `/events/${event}/replay`)).status).toBe(202);
    else await replaySpan();
    await shop.settlesAt(sku, level);
    const chain = await until('the replay in the story of its event', async () => {
      const answer = await shop.api('GET', `/events/${event}`);
      const { items } = await answer.json<{ items: LogItem[] }>();
      return items.filter(({ kind }) => kind === 'event').length > 1 ? items : undefined;
    });
    // One replay is told in the story of its event, a span of them in one record of its own.
    expect(chain.some(({ kind }) => kind === 'audit')).toBe(isWeb);
  });

  it('says why when there is nothing to take in again', async () => {
    expect((await shop.api('POST', '/events/01nobodyknows/replay')).status).toBe(404);
    const sweep = await shop.api('POST', '/reconcile', { scope: 'stock' });
    expect(sweep.status).toBe(202);
    await shop.settle();
    const swept = await logged('the sweep', (items) => {
      return items.find(({ message }) => message.startsWith('Swept '))?.eventId ?? undefined;
    });
    const refused = await shop.api('POST', `/events/${swept}/replay`);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ error: { code: 'conflict' } });
  });
});
