/** Categories and tax rates of rows that are written: made where they are missing, then linked by their ids. */
import { idsIn, isDefaultRates, learn, taxClassIn, type Books } from '../domain/catalog/books.ts';
import type { FieldValue } from '../domain/catalog/fields.ts';
import type { RegisterMirror, WebMirror } from '../domain/catalog/mirror.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CLOVER_BULK_ITEMS_MAX } from '../limits.ts';
import { getCategoryTrees } from '../platforms/bigcommerce/catalog-full.ts';
import { createCategories } from '../platforms/bigcommerce/catalog-parts.ts';
import { createCategory } from '../platforms/clover/categories.ts';
import { linkItems, unlinkItems, type ItemLink } from '../platforms/clover/item-links.ts';
import type { CloverSession } from '../platforms/clover/session.ts';
import { chunksOf } from '../store/bulk.ts';
import type { CatalogRead } from './catalog-read.ts';
import type { RegisterRowChange, RowChange, WebRowChange } from './catalog-write.ts';

/**
 * Makes the categories that the changes name and their account lacks; books were read a moment ago, so what a crash left
 * is in them. Answers the rows whose categories could not be made. Failures: those that may pass.
 */
export async function makeCategories(
  read: CatalogRead,
  changes: readonly RowChange[],
  { categories: book }: Books,
): Promise<Result<Map<string, Failure>, Failure>> {
  const refused = new Map<string, Failure>();
  if (book === null) return ok(refused);
  for (const { row, fields } of changes) {
    const value = fields.get('categories');
    if (value === undefined) continue;
    const names = row.platform === 'clover' ? book.registers.get(row.merchantId) : book.web;
    for (const name of idsIn(names, value).missing) {
      const made = await makeCategory(
        read,
        row.platform === 'clover' ? row.merchantId : null,
        name,
      );
      if (made.ok) learn(names, name, made.value);
      else if (isRetryable(made.failure)) return made;
      else refused.set(row.id, made.failure);
    }
  }
  return ok(refused);
}

/** Its id. `merchantId` null: in BigCommerce. */
function makeCategory(
  read: CatalogRead,
  merchantId: MerchantId | null,
  name: string,
): Promise<Result<string, Failure>> {
  if (!read.connection.settings.catalog.categories.create) {
    const message = `There is no category "${name}": make it, or set catalog.categories.create.`;
    return Promise.resolve(fail({ code: 'mapping_missing', message }));
  }
  return merchantId === null ? makeOnWeb(read, name) : makeAtRegister(read, merchantId, name);
}

async function makeAtRegister(
  { sessions }: CatalogRead,
  merchantId: MerchantId,
  name: string,
): Promise<Result<string, Failure>> {
  const made = await createCategory(sessions.clover(merchantId), { name });
  return made.ok ? ok(made.value.categoryId) : made;
}

/** At the top of the tree that the new products' channel shows, else of the first one. */
async function makeOnWeb(
  { sessions, connection }: CatalogRead,
  name: string,
): Promise<Result<string, Failure>> {
  const session = sessions.bigcommerce();
  const trees = await getCategoryTrees(session);
  if (!trees.ok) return trees;
  const { channelIds } = connection.settings.catalog.newProducts;
  const tree =
    trees.value.find((each) => each.channelIds.some((id) => channelIds.includes(id))) ??
    trees.value[0];
  if (tree === undefined) {
    return fail({ code: 'mapping_missing', message: 'The store has no category tree: make one.' });
  }
  const made = await createCategories(session, tree.treeId, [{ name, parentId: 0 }]);
  if (!made.ok) return made;
  const [category] = made.value;
  return category === undefined
    ? fail({ code: 'malformed_answer', message: 'BigCommerce answered without the new category.' })
    : ok(String(category.categoryId));
}

/** What a product's row shows once the change is written. */
export function webLinks(
  { fields }: WebRowChange,
  { categories, tax }: Books,
): Partial<Pick<WebMirror, 'categoryIds' | 'taxClassId'>> {
  const wanted = fields.get('categories');
  const rates = fields.get('taxClass');
  const taxClassId = rates === undefined ? undefined : taxClassIn(tax, rates);
  return {
    ...(wanted === undefined ? {} : { categoryIds: idsIn(categories?.web, wanted).ids }),
    ...(taxClassId === undefined ? {} : { taxClassId }),
  };
}

/** What an item's row shows once the change is written; an answer to a write tells nothing of what stays. */
export function registerLinks(
  { row, fields }: RegisterRowChange,
  books: Books,
): Partial<Pick<RegisterMirror, 'categoryIds' | 'taxRateIds' | 'defaultTaxRates'>> {
  const { categoryIds, taxRateIds, defaultTaxRates } = row;
  const wanted = fields.get('categories');
  const rates = fields.get('taxClass');
  return {
    ...(categoryIds === undefined ? {} : { categoryIds }),
    ...(taxRateIds === undefined ? {} : { taxRateIds }),
    ...(defaultTaxRates === undefined ? {} : { defaultTaxRates }),
    ...(wanted === undefined ? {} : { categoryIds: thingIds(row, 'category', wanted, books) }),
    ...(rates === undefined ? {} : ratesOf(row, rates, books)),
  };
}

function ratesOf(row: RegisterMirror, value: FieldValue, books: Books) {
  const defaultTaxRates = isDefaultRates(value);
  // Rates of an item on the default ones do not count, so they stay.
  return defaultTaxRates
    ? { defaultTaxRates }
    : { defaultTaxRates, taxRateIds: thingIds(row, 'taxRate', value, books) };
}

function thingIds(
  { merchantId }: RegisterMirror,
  kind: 'category' | 'taxRate',
  value: FieldValue,
  { categories, tax }: Books,
): readonly string[] {
  const book = kind === 'category' ? categories : tax;
  return idsIn(book?.registers.get(merchantId), value).ids;
}

/** Links and unlinks what the changes say, in pairs; a repeat changes nothing. Failures: those of `session.call`. */
export async function linkThings(
  session: CloverSession,
  changes: readonly RegisterRowChange[],
  books: Books,
): Promise<Result<void, Failure>> {
  for (const kind of ['category', 'taxRate'] as const) {
    const { added, removed } = pairsOf(changes, kind, books);
    for (const chunk of chunksOf(added, CLOVER_BULK_ITEMS_MAX)) {
      const sent = await linkItems(session, kind, chunk);
      if (!sent.ok) return sent;
    }
    for (const chunk of chunksOf(removed, CLOVER_BULK_ITEMS_MAX)) {
      const sent = await unlinkItems(session, kind, chunk);
      if (!sent.ok) return sent;
    }
  }
  return ok(undefined);
}

function pairsOf(
  changes: readonly RegisterRowChange[],
  kind: 'category' | 'taxRate',
  books: Books,
): { readonly added: readonly ItemLink[]; readonly removed: readonly ItemLink[] } {
  const added: ItemLink[] = [];
  const removed: ItemLink[] = [];
  for (const { row, fields } of changes) {
    const value = fields.get(kind === 'category' ? 'categories' : 'taxClass');
    if (value === undefined || (kind === 'taxRate' && isDefaultRates(value))) continue;
    const wanted = thingIds(row, kind, value, books);
    const there = (kind === 'category' ? row.categoryIds : row.taxRateIds) ?? [];
    const pair = (thingId: string): ItemLink => ({ itemId: row.itemId, thingId });
    added.push(...wanted.filter((id) => !there.includes(id)).map(pair));
    removed.push(...there.filter((id) => !wanted.includes(id)).map(pair));
  }
  return { added, removed };
}
