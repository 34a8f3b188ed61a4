/**
 * Goal: every request of the BigCommerce clients is one that the official documents know, and every answer of a strict
 * store is understood. Method: the clients run against the sandbox; each request is judged before it gets there.
 */
import { describe, expect, it } from 'vitest';
import {
  getProduct,
  getProductPage,
  productPages,
} from '../../src/platforms/bigcommerce/catalog.ts';
import {
  createHook,
  deleteHook,
  listHooks,
  updateHook,
} from '../../src/platforms/bigcommerce/hooks.ts';
import {
  adjustAbsolute,
  adjustRelative,
  getInventoryPage,
  inventoryPages,
  readInventory,
} from '../../src/platforms/bigcommerce/inventory.ts';
import { getLocations } from '../../src/platforms/bigcommerce/locations.ts';
import { exchangeCode, verifyJwt } from '../../src/platforms/bigcommerce/oauth.ts';
import { getChangedOrders, getOrder } from '../../src/platforms/bigcommerce/orders.ts';
import { openBigCommerce } from '../../src/platforms/bigcommerce/session.ts';
import { getInventorySettings, getStore } from '../../src/platforms/bigcommerce/store.ts';
import {
  checkSignature,
  HOOK_SCOPES,
  parseWebhook,
  subjectOf,
} from '../../src/platforms/bigcommerce/webhook.ts';
import { openClients, type Clients } from '../support/bigcommerce-clients.ts';
import { APP_ORIGIN, CLIENT_SECRET, HASH, specs } from '../support/bigcommerce.ts';
import { CONTEXT, failureOf, valueOf } from '../support/platform-ports.ts';

function addShirt({ bench }: Clients, level = 9) {
  const product = bench.sandbox.addProduct(HASH, {
    name: 'Shirt',
    sku: 'SHIRT',
    upc: '0123',
    price: 10,
    levels: { 1: level },
  });
  const [variantId = 0] = product.variantIds;
  return { productId: product.id, variantId };
}

describe.skipIf(specs === undefined)('BigCommerce clients against the documents', () => {
  it('store, inventory settings and locations', async () => {
    const clients = await openClients();
    const { session, bench } = clients;
    expect(valueOf(await getStore(session))).toMatchObject({
      storeHash: HASH,
      currency: 'USD',
      decimalPlaces: 2,
      planLevel: expect.stringMatching(/\w/),
      timeZone: expect.stringMatching(/^\w+/),
    });
    bench.sandbox.setInventorySettings(HASH, {
      update_stock_behavior: 'order_completed_or_shipped',
    });
    expect(valueOf(await getInventorySettings(session)).takesStock).toBe(
      'order_completed_or_shipped',
    );
    bench.sandbox.addLocation(HASH, { code: 'SHOP-2', label: 'Second shop' });
    expect(valueOf(await getLocations(session))).toMatchObject([
      { locationId: 1, enabled: true },
      { code: 'SHOP-2', label: 'Second shop' },
    ]);
  });

  it('products with variants, one page after the other by id', async () => {
    const clients = await openClients();
    const { bench, session, calls } = clients;
    const { productId, variantId } = addShirt(clients);
    bench.sandbox.addProduct(HASH, {
      name: 'Mug',
      variants: [
        { sku: 'MUG-S', upc: '77', options: { Size: 'S' } },
        { sku: 'MUG-L', options: { Size: 'L' } },
      ],
    });
    bench.sandbox.addProduct(HASH, { name: 'Nothing counted', sku: 'FREE', tracking: 'none' });
    const [shirt, mug, free] = valueOf(await getProductPage(session, 0)).products;
    expect(shirt).toMatchObject({ productId, name: 'Shirt', tracking: 'product' });
    expect(shirt?.variants).toMatchObject([
      { variantId, productId, sku: 'SHIRT', barcode: '0123', options: '', isBase: true },
    ]);
    expect(mug).toMatchObject({ tracking: 'variant' });
    expect(mug?.variants).toMatchObject([
      { sku: 'MUG-S', barcode: '77', options: 'Size: S', isBase: false },
      { sku: 'MUG-L', barcode: '', options: 'Size: L', isBase: false },
    ]);
    expect(free?.tracking).toBe('none');
    expect(valueOf(await getProduct(session, productId)).variants).toHaveLength(1);
    expect(failureOf(await getProduct(session, 999_999)).code).toBe('not_found');
    expect(valueOf(await getProductPage(session, productId)).products).toHaveLength(2);
    expect(calls).toHaveLength(4);
  });

  it('a catalog longer than a page, each product once', async () => {
    const { bench, session, calls } = await openClients();
    for (let index = 0; index < 260; index += 1) {
      bench.sandbox.addProduct(HASH, { name: `P${index}`, sku: `S${index}` });
    }
    const ids: number[] = [];
    for await (const page of productPages(session))
      ids.push(...valueOf(page).map((one) => one.productId));
    expect(new Set(ids).size).toBe(260);
    expect(ids).toHaveLength(260);
    expect(calls).toHaveLength(2);
  });

  it('levels of a location and of chosen variants', async () => {
    const clients = await openClients();
    const { bench, session, calls } = clients;
    const { variantId, productId } = addShirt(clients, 9);
    const second = bench.sandbox.addLocation(HASH, { code: 'SHOP-2', label: 'Second shop' });
    const page = valueOf(await getInventoryPage(session, 1, 1));
    expect(page.levels).toMatchObject([
      { locationId: 1, variantId, productId, sku: 'SHIRT', level: 9 },
    ]);
    expect(page.nextPage).toBeNull();
    const one = valueOf(
      await readInventory(session, { variantIds: [variantId], locationIds: [1] }),
    );
    expect(one.levels).toMatchObject([{ locationId: 1, variantId, level: 9, availableToSell: 9 }]);
    const all = valueOf(await readInventory(session, { productIds: [productId] }));
    expect(all.levels.map(({ locationId }) => locationId)).toEqual([1, second.id]);
    expect(failureOf(await getInventoryPage(session, 77, 1)).code).toBe('not_found');
    expect(valueOf(await readInventory(session, { variantIds: [999_999] })).levels).toEqual([]);
    const before = calls.length;
    expect(failureOf(await readInventory(session, { variantIds: [] })).code).toBe('invalid_input');
    expect(calls).toHaveLength(before);
  });

  it('1,100 levels of a location are two pages; 400 chosen variants three calls', async () => {
    const { bench, session, calls } = await openClients();
    const variantIds: number[] = [];
    for (let index = 0; index < 1_100; index += 1) {
      const product = bench.sandbox.addProduct(HASH, {
        name: `P${index}`,
        sku: `S${index}`,
        levels: { 1: index },
      });
      variantIds.push(...product.variantIds);
    }
    const levels: (number | null)[] = [];
    for await (const page of inventoryPages(session, 1)) {
      levels.push(...valueOf(page).levels.map(({ level }) => level));
    }
    expect(levels).toHaveLength(1_100);
    expect(calls).toHaveLength(2);
    const some = valueOf(await readInventory(session, { variantIds: variantIds.slice(0, 400) }));
    expect(some.levels).toHaveLength(400);
    expect(calls).toHaveLength(5);
  });

  it('[S4] adjustments, by the identity that the tracking asks for', async () => {
    const clients = await openClients();
    const { bench, session } = clients;
    const { variantId, productId } = addShirt(clients, 9);
    const mug = bench.sandbox.addProduct(HASH, {
      name: 'Mug',
      variants: [{ sku: 'MUG-S', options: { Size: 'S' }, levels: { 1: 5 } }],
    });
    const [mugVariantId = 0] = mug.variantIds;
    const shirt = { locationId: 1, productId, variantId, tracking: 'product' as const };
    const small = {
      locationId: 1,
      productId: mug.id,
      variantId: mugVariantId,
      tracking: 'variant' as const,
    };
    const both = [
      { address: shirt, quantity: -2 },
      { address: small, quantity: 3 },
    ];
    expect((await adjustRelative(session, 'Onhand e-1', both)).ok).toBe(true);
    expect(bench.sandbox.level(HASH, variantId)).toBe(7);
    expect(bench.sandbox.level(HASH, mugVariantId)).toBe(8);
    expect(
      (await adjustAbsolute(session, 'Onhand e-2', [{ address: small, quantity: 0 }])).ok,
    ).toBe(true);
    expect(bench.sandbox.level(HASH, mugVariantId)).toBe(0);
  });

  it('[S4] refusals of adjustments are told apart, and nothing was moved', async () => {
    const clients = await openClients();
    const { bench, session } = clients;
    const { variantId, productId } = addShirt(clients, 9);
    const second = bench.sandbox.addLocation(HASH, { code: 'SHOP-2', label: 'Second shop' });
    const shirt = { locationId: 1, productId, variantId, tracking: 'product' as const };
    const relative = async (
      address: Parameters<typeof adjustRelative>[2][number]['address'],
      quantity: number,
    ) => failureOf(await adjustRelative(session, 'Onhand', [{ address, quantity }]));
    expect((await relative({ ...shirt, locationId: second.id }, 1)).code).toBe('baseline_required');
    expect((await relative({ ...shirt, tracking: 'variant' }, 1)).code).toBe('tracking_mismatch');
    const insufficient = await relative(shirt, -10);
    expect(insufficient.code).toBe('stock_insufficient');
    expect(insufficient.outcomeUnknown).toBeUndefined();
    expect((await relative({ ...shirt, locationId: 77 }, 1)).code).toBe('rejected');
    expect((await relative(shirt, 0.5)).code).toBe('invalid_input');
    const negative = [{ address: shirt, quantity: -1 }];
    expect(failureOf(await adjustAbsolute(session, 'Onhand', negative)).code).toBe('invalid_input');
    expect(failureOf(await adjustRelative(session, 'Onhand', [])).code).toBe('invalid_input');
    expect(bench.sandbox.level(HASH, variantId)).toBe(9);
  });

  it('an order with its lines in one call', async () => {
    const clients = await openClients();
    const { bench, session, calls } = clients;
    const { variantId, productId } = addShirt(clients);
    const placed = bench.sandbox.placeOrder(HASH, { lines: [{ variantId, quantity: 2 }] });
    const order = valueOf(await getOrder(session, placed.id));
    expect(order).toMatchObject({
      orderId: placed.id,
      statusId: 11,
      source: 'www',
      isDeleted: false,
      lines: [
        { productId, variantId, quantity: 2, sku: 'SHIRT', isBundleChild: false, type: 'physical' },
      ],
    });
    expect(order.createdAtMs).toBe(Math.floor(bench.clock.now() / 1_000) * 1_000);
    expect(calls).toHaveLength(1);
    expect(failureOf(await getOrder(session, 999_999)).code).toBe('not_found');
    const changedMs = order.modifiedAtMs ?? 0;
    const changed = valueOf(await getChangedOrders(session, changedMs, 1));
    expect(changed.orders).toContainEqual({
      orderId: String(placed.id),
      modifiedMs: changedMs,
      statusId: 11,
    });
    expect(changed.isLast).toBe(true);
    expect(valueOf(await getChangedOrders(session, changedMs + 60_000, 1)).orders).toEqual([]);
  });

  it('an order without an address: its lines come from their own endpoint', async () => {
    const clients = await openClients();
    const { bench, session, calls } = clients;
    const { variantId } = addShirt(clients);
    const placed = bench.sandbox.placeOrder(HASH, { lines: [{ variantId, quantity: 2 }] });
    const held = bench.sandbox.state.stores[HASH]?.orders[placed.id];
    if (held === undefined) throw new Error('the order is in the store');
    held.shippingAddresses.length = 0;
    const order = valueOf(await getOrder(session, placed.id));
    expect(order.lines).toMatchObject([{ variantId, quantity: 2 }]);
    expect(calls).toHaveLength(2);
    held.lines.length = 0;
    expect(valueOf(await getOrder(session, placed.id)).lines).toEqual([]);
  });

  it('[R4] hooks: made, listed, mended, removed, and their deliveries proven', async () => {
    const clients = await openClients();
    const { bench, session } = clients;
    const values = (scope: string) => ({
      scope,
      destination: `${APP_ORIGIN}/webhooks/bigcommerce`,
      headers: { 'X-Onhand-Secret': 'k1.secret' },
    });
    for (const scope of HOOK_SCOPES) valueOf(await createHook(session, values(scope)));
    const hooks = valueOf(await listHooks(session));
    expect(hooks.map(({ scope }) => scope).toSorted()).toEqual(HOOK_SCOPES.toSorted());
    expect(hooks.every(({ isActive }) => isActive)).toBe(true);
    expect(hooks[0]?.headers).toEqual({ 'X-Onhand-Secret': 'k1.secret' });
    expect(failureOf(await createHook(session, values(HOOK_SCOPES[0]))).code).toMatch(
      /conflict|rejected/,
    );
    const [hook] = hooks;
    const renewed = { ...values(hook?.scope ?? ''), headers: { 'X-Onhand-Secret': 'k2.secret' } };
    expect(valueOf(await updateHook(session, hook?.hookId ?? 0, renewed)).headers).toEqual(
      renewed.headers,
    );

    const { variantId, productId } = addShirt(clients);
    await bench.scopes();
    bench.received.length = 0;
    bench.sandbox.placeOrder(HASH, { lines: [{ variantId, quantity: 1 }] });
    await bench.clock.advance(1_000);
    const subjects = [];
    for (const { text, headers } of bench.received) {
      const bytes = new TextEncoder().encode(text);
      const check = await checkSignature(bytes, headers, [CLIENT_SECRET], bench.clock.now());
      expect(check).toMatchObject({ present: true, valid: true, stale: false });
      const { scope, data, connectionId } = valueOf(parseWebhook(JSON.parse(text)));
      expect(connectionId).toBe(HASH);
      subjects.push(subjectOf(scope, data));
    }
    expect(subjects).toContainEqual({ kind: 'stock', productId, variantId, locationId: 1 });
    expect(subjects.map(({ kind }) => kind)).toContain('order');

    expect((await deleteHook(session, hook?.hookId ?? 0)).ok).toBe(true);
    expect(failureOf(await deleteHook(session, hook?.hookId ?? 0)).code).toBe('not_found');
    expect(valueOf(await listHooks(session))).toHaveLength(HOOK_SCOPES.length - 1);
  });

  it('[X2] install and signed callbacks', async () => {
    const { bench, ports } = await openClients();
    const install = new URL(await bench.sandbox.installUrl(HASH)).searchParams;
    const code = {
      code: install.get('code') ?? '',
      scope: install.get('scope') ?? '',
      context: install.get('context') ?? '',
      redirectUri: `${APP_ORIGIN}/bigcommerce/auth`,
    };
    const installed = valueOf(await exchangeCode(ports, code));
    expect(installed.connectionId).toBe(HASH);
    bench.token = installed.grant.accessToken;
    expect((await getStore(openBigCommerce(ports, HASH, CONTEXT))).ok).toBe(true);
    // The code was used.
    expect((await exchangeCode(ports, code)).ok).toBe(false);
    const load = new URL(await bench.sandbox.loadUrl(HASH)).searchParams.get('signed_payload_jwt');
    const { bigcommerce } = ports.config;
    const callback = valueOf(await verifyJwt(load ?? '', bigcommerce, bench.clock.now()));
    expect(callback.connectionId).toBe(HASH);
    expect(
      failureOf(await verifyJwt(load ?? '', bigcommerce, bench.clock.now() + 2 * 86_400_000)).code,
    ).toBe('unauthorized');
  });

  it('[R4] a store that is gone refuses the token', async () => {
    const { bench, session, platform } = await openClients();
    platform.account.refused = async () => ({
      ok: false,
      failure: { code: 'reauthorise', message: 'gone' },
    });
    await bench.sandbox.uninstall(HASH);
    expect(failureOf(await getStore(session))).toMatchObject({ code: 'reauthorise', status: 401 });
  });

  it('[R5] what the store says about its quota reaches the account', async () => {
    const { session, platform } = await openClients();
    await getStore(session);
    expect(platform.reports[0]).toMatchObject({
      status: 200,
      quota: 150,
      windowMs: 30_000,
      remaining: expect.any(Number),
      resetMs: expect.any(Number),
    });
  });
});
