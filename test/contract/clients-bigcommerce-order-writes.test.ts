/** Goal: a register's sale becomes a BigCommerce order once, to the cent, and can be changed afterwards. */
import { describe, expect, it } from 'vitest';
import {
  createOrder,
  findByExternalId,
  updateOrder,
  type NewOrder,
} from '../../src/platforms/bigcommerce/order-writes.ts';
import { getSale } from '../../src/platforms/bigcommerce/sales.ts';
import { HASH, specs, type BenchOptions } from '../support/bigcommerce.ts';
import { openClients } from '../support/bigcommerce-clients.ts';
import { failureOf, valueOf } from '../support/platform-ports.ts';

async function openShop(options: BenchOptions = {}) {
  const clients = await openClients(options);
  const { sandbox } = clients.bench;
  const mug = sandbox.addProduct(HASH, { name: 'Mug', sku: 'MUG', price: 10, levels: { 1: 9 } });
  const channel = sandbox.addChannel(HASH, { name: 'Clover', type: 'pos', platform: 'clover' });
  const [variantId = 0] = mug.variantIds;
  const sale = (quantity: number, more: Partial<NewOrder> = {}): NewOrder => ({
    statusId: 10,
    channelId: channel.id,
    externalSource: 'onhand',
    externalOrderId: 'clover:M1:O1',
    paymentMethod: 'Clover',
    staffNotes: 'Clover order O1',
    currency: 'USD',
    createdAtMs: Date.UTC(2026, 10, 20, 15, 0, 5),
    billingAddress: { firstName: 'In-store', lastName: 'Sale', zip: '78751', countryIso2: 'US' },
    lines: [
      { productId: mug.id, variantId, quantity, price: { exTax: '10', incTax: '10.83' } },
      { name: 'Misc', sku: 'X1', quantity: 1, price: { exTax: '5.5', incTax: '5.5' } },
    ],
    ...more,
  });
  return { ...clients, sandbox, variantId, sale, productId: mug.id };
}

describe.skipIf(specs === undefined)('BigCommerce orders made by API', () => {
  it('hold lines, fees, discount and totals, and are found by their external id', async () => {
    const { session, sale, sandbox, variantId } = await openShop();
    expect(valueOf(await findByExternalId(session, 'clover:M1:O1'))).toEqual([]);
    const made = valueOf(
      await createOrder(
        session,
        sale(2, {
          discount: '1.00',
          fees: [{ name: 'Tip', exTax: '3', incTax: '3' }],
          shipping: { exTax: '0', incTax: '0' },
        }),
      ),
    );
    expect(made).toMatchObject({ statusId: 10, totalIncTax: '29.1600' });
    expect(valueOf(await findByExternalId(session, 'clover:M1:O1'))).toEqual([made]);
    expect(sandbox.level(HASH, variantId)).toBe(7);
    expect(valueOf(await getSale(session, made.orderId))).toMatchObject({
      externalOrderId: 'clover:M1:O1',
      externalSource: 'onhand',
      source: 'external',
      createdAtMs: Date.UTC(2026, 10, 20, 15, 0, 5),
      fees: [{ name: 'Tip', incTax: '3.0000' }],
      discount: '1.0000',
      lines: [
        { sku: 'MUG', quantity: 2 },
        { sku: 'X1', productId: null },
      ],
    });
  });

  it('given totals win over computed ones', async () => {
    const { session, sale } = await openShop();
    const total = { exTax: '15.5', incTax: '16.34' };
    const made = valueOf(await createOrder(session, sale(1, { total, subtotal: total })));
    expect(made.totalIncTax).toBe('16.3400');
  });

  it('without stock are refused as a whole; custom lines go through', async () => {
    const { session, sale, sandbox, variantId } = await openShop();
    expect(failureOf(await createOrder(session, sale(10)))).toMatchObject({
      code: 'stock_insufficient',
      status: 409,
    });
    expect(sandbox.level(HASH, variantId)).toBe(9);
    const price = { exTax: '10', incTax: '10.83' };
    const custom = sale(10, { lines: [{ name: 'Mug', sku: 'MUG', quantity: 10, price }] });
    valueOf(await createOrder(session, custom));
    expect(sandbox.level(HASH, variantId)).toBe(9);
    expect(failureOf(await createOrder(session, sale(1, { channelId: 77 }))).code).toBe('rejected');
  });

  it.each([
    [true, 4],
    [false, 7],
  ])('edited lines move stock (%s), notes and status follow', async (moves, level) => {
    const { session, sale, sandbox, variantId } = await openShop({
      switches: { orderEditsMoveStock: moves },
    });
    const { orderId } = valueOf(await createOrder(session, sale(2)));
    const [mug, misc] = valueOf(await getSale(session, orderId)).lines;
    const change = {
      statusId: 2,
      staffNotes: 'Edited',
      lines: [
        { lineId: mug?.lineId ?? 0, quantity: 5 },
        { lineId: misc?.lineId ?? 0, quantity: 0 },
        { name: 'Bag', quantity: 1, price: { exTax: '0.1', incTax: '0.1' } },
      ],
    };
    const changed = valueOf(await updateOrder(session, orderId, change));
    expect(changed).toMatchObject({ statusId: 2, totalIncTax: '54.2500' });
    const after = valueOf(await getSale(session, orderId));
    expect(after.lines.map(({ name, quantity }) => [name, quantity])).toEqual([
      ['Mug', 5],
      ['Bag', 1],
    ]);
    expect(after.staffNotes).toBe('Edited');
    expect(sandbox.level(HASH, variantId)).toBe(level);
    const tooMany = { lines: [{ lineId: mug?.lineId ?? 0, quantity: 99 }] };
    const refused = await updateOrder(session, orderId, tooMany);
    expect(refused.ok).toBe(!moves);
    if (!refused.ok) expect(refused.failure.code).toBe('stock_insufficient');
    expect(failureOf(await updateOrder(session, 9_999, { staffNotes: 'x' })).code).toBe(
      'not_found',
    );
  });

  it('cancelled in a store that restocks give their stock back', async () => {
    const { session, sale, sandbox, variantId } = await openShop();
    sandbox.setInventorySettings(HASH, { refund_order_stock_adjustment: true });
    const { orderId } = valueOf(await createOrder(session, sale(2)));
    valueOf(await updateOrder(session, orderId, { statusId: 5 }));
    expect(sandbox.level(HASH, variantId)).toBe(9);
  });
});
