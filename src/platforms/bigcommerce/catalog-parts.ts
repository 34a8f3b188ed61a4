/** Writes to options, modifiers and categories, each with its values one by one (bigcommerce.md 4.1, 4.6). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { readCategory, readModifier, type CatalogModifier, type Category } from './catalog-full.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, oneOf, wholeNumber } from './wire.ts';
import { wireCategory, wireModifier, wireOption } from './wire-catalog.ts';

export interface CatalogOption {
  readonly optionId: number;
  readonly values: readonly { readonly valueId: number; readonly label: string }[];
}

/** Adds an option, which makes no variants by itself. `conflict` when the product has one of this name. */
export async function createOption(
  session: BigCommerceSession,
  productId: number,
  option: { readonly name: string; readonly labels: readonly string[] },
): Promise<Result<CatalogOption, Failure>> {
  const answer = await session.call({
    operation: 'catalog.create_option',
    method: 'POST',
    path: `/v3/catalog/products/${productId}/options`,
    body: {
      display_name: option.name,
      type: 'rectangles',
      option_values: option.labels.map((label, index) => ({ label, sort_order: index })),
    },
    accepts: oneOf(wireOption),
  });
  if (!answer.ok) return answer;
  const { id, option_values: values } = answer.value.body;
  return ok({
    optionId: id,
    values: values.map((value) => ({ valueId: value.id, label: value.label })),
  });
}

const MADE = oneOf(v.object({ id: wholeNumber }));

/** Adds a value to an option; its id. `rejected` when it has one of this label. */
export async function createOptionValue(
  session: BigCommerceSession,
  option: { readonly productId: number; readonly optionId: number },
  value: { readonly label: string; readonly sortOrder: number },
): Promise<Result<number, Failure>> {
  const answer = await session.call({
    operation: 'catalog.create_option_value',
    method: 'POST',
    path: `/v3/catalog/products/${option.productId}/options/${option.optionId}/values`,
    body: { label: value.label, sort_order: value.sortOrder },
    accepts: MADE,
  });
  return answer.ok ? ok(answer.value.body.id) : answer;
}

export interface NewModifier {
  readonly name: string;
  readonly type: 'dropdown' | 'radio_buttons' | 'rectangles';
  readonly isRequired: boolean;
}

/** Adds a modifier without values; they follow one by one. `conflict` when the product has one of this name. */
export async function createModifier(
  session: BigCommerceSession,
  productId: number,
  modifier: NewModifier,
): Promise<Result<CatalogModifier, Failure>> {
  const answer = await session.call({
    operation: 'catalog.create_modifier',
    method: 'POST',
    path: `/v3/catalog/products/${productId}/modifiers`,
    body: {
      display_name: modifier.name,
      type: modifier.type,
      required: modifier.isRequired,
    },
    accepts: oneOf(wireModifier),
  });
  return answer.ok ? ok(readModifier(answer.value.body)) : answer;
}

/** Adds a value to a modifier, with what it adds to the price; its id. `rejected` when it has one of this label. */
export async function createModifierValue(
  session: BigCommerceSession,
  modifier: { readonly productId: number; readonly modifierId: number },
  value: { readonly label: string; readonly sortOrder: number; readonly priceChange: number },
): Promise<Result<number, Failure>> {
  const answer = await session.call({
    operation: 'catalog.create_modifier_value',
    method: 'POST',
    path: `/v3/catalog/products/${modifier.productId}/modifiers/${modifier.modifierId}/values`,
    body: {
      label: value.label,
      sort_order: value.sortOrder,
      adjusters: { price: { adjuster: 'relative', adjuster_value: value.priceChange } },
    },
    accepts: MADE,
  });
  return answer.ok ? ok(answer.value.body.id) : answer;
}

const NOTHING = v.unknown();

/** Deletes a modifier with its values. Failures: `not_found`, and those of `session.call`. */
export async function deleteModifier(
  session: BigCommerceSession,
  productId: number,
  modifierId: number,
): Promise<Result<null, Failure>> {
  const answer = await session.call({
    operation: 'catalog.delete_modifier',
    method: 'DELETE',
    path: `/v3/catalog/products/${productId}/modifiers/${modifierId}`,
    accepts: NOTHING,
  });
  return answer.ok ? ok(null) : answer;
}

/** Makes categories below their parents (0: at the top). `rejected` when a parent has one of this name. */
export async function createCategories(
  session: BigCommerceSession,
  treeId: number,
  categories: readonly { readonly name: string; readonly parentId: number }[],
): Promise<Result<readonly Category[], Failure>> {
  const answer = await session.call({
    operation: 'catalog.create_categories',
    method: 'POST',
    path: '/v3/catalog/trees/categories',
    body: categories.map(({ name, parentId }) => ({ name, parent_id: parentId, tree_id: treeId })),
    accepts: listOf(wireCategory),
  });
  return answer.ok ? ok(answer.value.body.data.map(readCategory)) : answer;
}
