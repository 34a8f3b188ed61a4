/** Categories and tax rates of a merchant (clover.md 4.4, 4.5); which items have them: `linkItems`. */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_PAGE, SMALL_LIST_PAGES_MAX } from '../../limits.ts';
import type { PlatformRequest } from '../http.ts';
import type { CloverSession } from './session.ts';
import { elementsOf, id, maybe, textOrEmpty } from './wire.ts';

export interface Category {
  readonly categoryId: string;
  /** At most 127 characters; not unique. */
  readonly name: string;
  readonly sortOrder: number;
}

const wireCategory = v.object({ id, name: textOrEmpty, sortOrder: maybe(v.number()) });
type WireCategory = v.InferOutput<typeof wireCategory>;
const CATEGORY_LIST = elementsOf(wireCategory);

const readCategory = (wire: WireCategory): Category => ({
  categoryId: wire.id,
  name: wire.name,
  sortOrder: wire.sortOrder ?? 0,
});

/** Every row of a list, from the primary: rows beyond the first 1,000 count as well. */
async function wholeList<Wire, Row>(
  session: CloverSession,
  operation: string,
  path: string,
  accepts: v.GenericSchema<unknown, { elements: Wire[] }>,
  read: (wire: Wire) => Row,
): Promise<Result<readonly Row[], Failure>> {
  const rows: Row[] = [];
  for (let page = 0; page < SMALL_LIST_PAGES_MAX; page += 1) {
    const query = { limit: CLOVER_PAGE, offset: rows.length, forceRealTime: true };
    const answer = await session.call({ operation, method: 'GET', path, query, accepts });
    if (!answer.ok) return answer;
    const { elements } = answer.value.body;
    rows.push(...elements.map(read));
    // No list tells its length: the last page is the one that is not full (clover.md 0).
    if (elements.length < CLOVER_PAGE) return ok(rows);
  }
  const message = `The merchant lists more than ${rows.length} rows of ${path}: that many are not kept in step.`;
  return fail({ code: 'too_large', message });
}

/** The merchant's living categories, from the primary. `too_large` for more than 10,000 of them. */
export function getCategories(
  session: CloverSession,
): Promise<Result<readonly Category[], Failure>> {
  return wholeList(session, 'categories.list', '/categories', CATEGORY_LIST, readCategory);
}

export interface CategoryFields {
  readonly name?: string;
  readonly sortOrder?: number;
}

const categoryPath = (categoryId: string): string =>
  `/categories/${encodeURIComponent(categoryId)}`;

function saveCategoryRequest(
  operation: string,
  path: string,
  fields: CategoryFields,
): PlatformRequest<WireCategory> {
  return { operation, method: 'POST', path, body: fields, accepts: wireCategory };
}

async function saveCategory(
  session: CloverSession,
  request: PlatformRequest<WireCategory>,
): Promise<Result<Category, Failure>> {
  const answer = await session.call(request);
  return answer.ok ? ok(readCategory(answer.value.body)) : answer;
}

/** Creates a category; look with `getCategories` first. */
export function createCategory(
  session: CloverSession,
  fields: CategoryFields & { readonly name: string },
): Promise<Result<Category, Failure>> {
  return saveCategory(session, saveCategoryRequest('categories.create', '/categories', fields));
}

/** Changes what is named and nothing else. `not_found` for an unknown or deleted category. */
export function updateCategory(
  session: CloverSession,
  categoryId: string,
  fields: CategoryFields,
): Promise<Result<Category, Failure>> {
  const path = categoryPath(categoryId);
  return saveCategory(session, saveCategoryRequest('categories.update', path, fields));
}

/** Deletes a category, softly, and takes it off its items; `not_found` when it is gone already. */
export async function deleteCategory(
  session: CloverSession,
  categoryId: string,
): Promise<Result<null, Failure>> {
  const answer = await session.call({
    operation: 'categories.delete',
    method: 'DELETE',
    path: categoryPath(categoryId),
    accepts: v.unknown(),
  });
  return answer.ok ? ok(null) : answer;
}

// --- Tax rates -----------------------------------------------------------------------------------------------------

export interface TaxRate {
  readonly taxRateId: string;
  /** A rate NO_TAX_APPLIED always exists (clover.md 4.4). */
  readonly name: string;
  /** 10,000,000 is 100 %. */
  readonly rate: number;
  /** A flat tax instead, minor units; 0 for a rate. */
  readonly taxAmount: number;
  /** Applies to items whose `defaultTaxRates` is on. */
  readonly isDefault: boolean;
  /** `VAT_TAXABLE`, `INTERNAL_TAX` and so on; empty when Clover tells none. */
  readonly taxType: string;
}

const wireTaxRate = v.object({
  id,
  name: textOrEmpty,
  rate: maybe(v.number()),
  taxAmount: maybe(v.number()),
  isDefault: maybe(v.boolean()),
  taxType: textOrEmpty,
});
type WireTaxRate = v.InferOutput<typeof wireTaxRate>;
const TAX_RATE_LIST = elementsOf(wireTaxRate);

const readTaxRate = (wire: WireTaxRate): TaxRate => ({
  taxRateId: wire.id,
  name: wire.name,
  rate: wire.rate ?? 0,
  taxAmount: wire.taxAmount ?? 0,
  isDefault: wire.isDefault ?? false,
  taxType: wire.taxType,
});

/** The merchant's living tax rates, from the primary. `too_large` for more than 10,000 of them. */
export function getTaxRates(session: CloverSession): Promise<Result<readonly TaxRate[], Failure>> {
  return wholeList(session, 'tax_rates.list', '/tax_rates', TAX_RATE_LIST, readTaxRate);
}

export interface NewTaxRate {
  readonly name: string;
  /** 10,000,000 is 100 %. */
  readonly rate: number;
  readonly isDefault: boolean;
}

/** Creates a tax rate; look with `getTaxRates` first. */
export async function createTaxRate(
  session: CloverSession,
  taxRate: NewTaxRate,
): Promise<Result<TaxRate, Failure>> {
  const answer = await session.call({
    operation: 'tax_rates.create',
    method: 'POST',
    path: '/tax_rates',
    body: taxRate,
    accepts: wireTaxRate,
  });
  return answer.ok ? ok(readTaxRate(answer.value.body)) : answer;
}
