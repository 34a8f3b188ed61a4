/**
 * Goal: pushing works as well where Clover turns out to be what its documents leave open: orders made over the API move
 * the stock, take every field at once, answer lines in another envelope, and may be deleted when paid. And an order of
 * more lines than a nested list shows is whole. Method: as `push.test.ts`, with the switches turned.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { openPushShop } from '../support/push-shop.ts';
import { openStage, type Stage } from '../support/stage.ts';

let stage: Stage;
let shop: ReturnType<typeof openPushShop>;

beforeAll(async () => {
  stage = openStage({
    clover: {
      apiOrdersDecrement: true,
      orderCreateFields: 'all',
      bulkLineItemsAnswer: 'items',
      emptyTaxRates: 'none',
      paidOrdersDeletable: true,
      voidRestocks: false,
    },
  });
  shop = openPushShop(stage, 'pushswitches');
  for (const sku of ['A', 'B', 'MANY']) shop.add(sku, 500, 500);
  await shop.enable({ apiOrdersMoveStock: 'yes' });
  await shop.settle();
  stage.clover.switches.replicaLagMs = 300;
});

describe('a register of the other kind', () => {
  it('[S8] that counts pushed orders itself is lowered once', async () => {
    const order = shop.sellOnline('A', 3);
    await shop.pushed(order.id);
    await shop.settle();
    await shop.settlesAt('A', 497);
  });

  it('[O1] has all 230 lines of an order of 230 units', async () => {
    const order = shop.sellOnline('MANY', 230);
    const { row, lines, payments } = await shop.pushed(order.id);
    expect(lines).toHaveLength(230);
    expect(row.total).toBe(230_000);
    expect(payments.map(({ amount }) => amount)).toEqual([230_000]);
    // A second look reads all of them, and finds nothing to add.
    stage.bigcommerce.setOrderStatus(shop.hash, order.id, 2);
    await shop.settle();
    expect(shop.ordersFor(order.id)[0]?.lines).toHaveLength(230);
  });

  it('[O4] lets a cancelled order be taken off', async () => {
    const order = shop.sellOnline('B');
    await shop.pushed(order.id);
    stage.bigcommerce.cancelOrder(shop.hash, order.id);
    await shop.becomes(order.id, 'removed');
    expect(shop.ordersFor(order.id)).toEqual([]);
  });
});
