/** Opens a store and a merchant and fills both with the same shelf. */
import type { BigCommerceSandbox } from '../bigcommerce/index.ts';
import type { CloverSandbox } from '../clover/index.ts';
import { CATALOG, PROBLEMS, type CatalogProduct } from './catalog.ts';

const LOCATION_ID = 1;

export interface Shop {
  readonly hash: string;
  readonly merchantId: string;
}

const price = (cents: number) => (cents / 100).toFixed(2);

/** Seeds both platforms before the app is installed anywhere, so nothing is announced. */
export function seedShop(bigcommerce: BigCommerceSandbox, clover: CloverSandbox): Shop {
  const name = 'North Ridge Outfitters';
  const { hash } = bigcommerce.createStore({ name, timeZone: 'America/Chicago' });
  const { id: merchantId } = clover.createMerchant({
    name,
    timezone: 'America/Chicago',
    installed: false,
  });
  for (const product of CATALOG) {
    addToWeb(bigcommerce, hash, product);
    addToRegister(clover, merchantId, product);
  }
  addProblems(bigcommerce, clover, { hash, merchantId });
  return { hash, merchantId };
}

function addToWeb(bigcommerce: BigCommerceSandbox, hash: string, product: CatalogProduct): void {
  const [first] = product.variants;
  const { name, optionName } = product;
  if (optionName === null) {
    bigcommerce.addProduct(hash, {
      name,
      sku: first?.sku ?? '',
      price: price(product.priceCents),
      levels: { [LOCATION_ID]: first?.webLevel ?? 0 },
    });
    return;
  }
  bigcommerce.addProduct(hash, {
    name,
    price: price(product.priceCents),
    variants: product.variants.map((variant) => ({
      sku: variant.sku,
      options: { [optionName]: variant.option ?? '' },
      levels: { [LOCATION_ID]: variant.webLevel },
    })),
  });
}

function addToRegister(clover: CloverSandbox, merchantId: string, product: CatalogProduct): void {
  const { name, optionName, priceCents } = product;
  if (optionName === null) {
    const [first] = product.variants;
    const quantity = first?.registerLevel ?? 0;
    clover.addItem(merchantId, { name, price: priceCents, sku: first?.sku ?? '', quantity });
    return;
  }
  const options = product.variants.map((variant) => variant.option ?? '');
  clover.addItemGroup(merchantId, {
    name,
    attributes: [{ name: optionName, options }],
    variants: product.variants.map((variant) => ({
      options: [variant.option ?? ''],
      sku: variant.sku,
      price: priceCents,
      quantity: variant.registerLevel,
    })),
  });
}

function addProblems(bigcommerce: BigCommerceSandbox, clover: CloverSandbox, shop: Shop): void {
  const { unmatched, untracked, duplicate } = PROBLEMS;
  bigcommerce.addProduct(shop.hash, {
    name: unmatched.name,
    sku: unmatched.sku,
    price: price(unmatched.priceCents),
    levels: { [LOCATION_ID]: unmatched.webLevel },
  });
  bigcommerce.addProduct(shop.hash, {
    name: untracked.name,
    sku: untracked.sku,
    price: price(untracked.priceCents),
    tracking: 'none',
  });
  for (const item of [untracked, duplicate]) {
    clover.addItem(shop.merchantId, {
      name: item.name,
      sku: item.sku,
      price: item.priceCents,
      quantity: item.registerLevel,
    });
  }
}
