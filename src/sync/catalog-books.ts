/** Reads the categories and tax rates of both platforms, only where an owner cares about them. */
import {
  categoryBook,
  NO_BOOKS,
  rateNames,
  type Books,
  type NamedThing,
  type WebCategory,
} from '../domain/catalog/books.ts';
import type { Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import { BIGCOMMERCE_PRODUCT_PAGE, PAGES_MAX } from '../limits.ts';
import { getCategories as getWebCategories } from '../platforms/bigcommerce/catalog-full.ts';
import { getCategories, getTaxRates } from '../platforms/clover/categories.ts';
import type { CatalogRead } from './catalog-read.ts';

/** Failures: those of the platforms. */
export async function readBooks(read: CatalogRead): Promise<Result<Books, Failure>> {
  const { owners, categories: wanted, taxClasses } = read.connection.settings.catalog;
  if (owners.categories === 'off' && owners.taxClass === 'off') return ok(NO_BOOKS);
  const merchants = read.connection.merchants
    .filter(({ status }) => status === 'connected')
    .map(({ merchantId }) => merchantId);
  let { categories, tax } = NO_BOOKS;
  if (owners.categories !== 'off') {
    const web = await webCategories(read);
    if (!web.ok) return web;
    const registers = await ofEach(merchants, async (merchantId) => {
      const found = await getCategories(read.sessions.clover(merchantId));
      return found.ok ? ok(found.value.map(({ categoryId: id, name }) => ({ id, name }))) : found;
    });
    if (!registers.ok) return registers;
    categories = categoryBook(web.value, registers.value, wanted.names, wanted.create);
  }
  if (owners.taxClass !== 'off') {
    const rates = await ofEach(merchants, async (merchantId) => {
      const found = await getTaxRates(read.sessions.clover(merchantId));
      return found.ok ? ok(found.value.map(({ taxRateId: id, name }) => ({ id, name }))) : found;
    });
    if (!rates.ok) return rates;
    const registers = new Map([...rates.value].map(([id, own]) => [id, rateNames(own)]));
    tax = { mappings: taxClasses, registers };
  }
  return ok({ categories, tax });
}

async function webCategories({ sessions }: CatalogRead): Promise<Result<WebCategory[], Failure>> {
  const all: WebCategory[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const found = await getWebCategories(sessions.bigcommerce(), page);
    if (!found.ok) return found;
    for (const { categoryId, parentId, name } of found.value)
      all.push({ id: String(categoryId), parentId: String(parentId), name });
    if (found.value.length < BIGCOMMERCE_PRODUCT_PAGE) break;
  }
  return ok(all);
}

async function ofEach(
  merchants: readonly MerchantId[],
  get: (merchantId: MerchantId) => Promise<Result<NamedThing[], Failure>>,
): Promise<Result<Map<MerchantId, NamedThing[]>, Failure>> {
  const found = new Map<MerchantId, NamedThing[]>();
  for (const merchantId of merchants) {
    const own = await get(merchantId);
    if (!own.ok) return own;
    found.set(merchantId, own.value);
  }
  return ok(found);
}
