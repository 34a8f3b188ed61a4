/** Options and modifiers of a product with their values (bigcommerce.md 4.1). */
import { objectOf, refuseOthers } from './catalog-input.ts';
import type { Fields } from './catalog-input.ts';
import { modifierView, optionView } from './catalog-view.ts';
import { productOf } from './catalog.ts';
import { wholeSecond } from './clock.ts';
import { data, nothing, Refusal, refuse422 } from './errors.ts';
import { emit } from './events.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { storeId } from './platform.ts';
import { words } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Modifier, Option, Product } from './state.ts';

const LIMIT_MAX = 250;
const VALUES_MAX = 250;
const OPTION_TYPES = words(
  'radio_buttons rectangles dropdown product_list product_list_with_images swatch',
);
const MODIFIER_TYPES = [
  ...OPTION_TYPES,
  ...words('date checkbox file text multi_line_text numbers_only_text'),
];

function named(fields: Fields, types: readonly string[]): { displayName: string; type: string } {
  const { display_name: displayName, type } = fields;
  if (typeof displayName !== 'string' || displayName === '' || displayName.length > 255) {
    throw refuse422('display_name is invalid.', { display_name: '1 to 255 characters' });
  }
  if (typeof type !== 'string' || !types.includes(type)) {
    throw refuse422('type is invalid.', { type: types.join(', ') });
  }
  return { displayName, type };
}

function valuesOf(fields: Fields): Fields[] {
  const { option_values: values = [] } = fields;
  if (!Array.isArray(values) || values.length > VALUES_MAX) {
    throw refuse422('option_values is invalid.', { option_values: `at most ${VALUES_MAX}` });
  }
  return values.map(objectOf);
}

function labelOf(fields: Fields, taken: readonly { label: string }[]): string {
  const { label, sort_order: sortOrder } = fields;
  if (typeof label !== 'string' || label === '')
    throw refuse422('label is invalid.', { label: '' });
  if (typeof sortOrder !== 'number') throw refuse422('sort_order is invalid.', { sort_order: '' });
  if (taken.some((value) => value.label === label)) {
    throw refuse422('The label is a duplicate.', { label: 'duplicate' });
  }
  return label;
}

function touch(call: Call, product: Product): void {
  product.modifiedAtMs = wholeSecond(call.platform.runtime.now());
  const about = { type: 'product', id: product.id };
  emit(call.platform, call.store, 'store/product/updated', about);
}

function refuseTakenName(displayName: string, taken: readonly { displayName: string }[]): void {
  if (taken.some((one) => one.displayName === displayName)) {
    throw new Refusal(409, `The display name is a duplicate: ${displayName}`);
  }
}

function optionOf(call: Call): Option {
  const option = productOf(call).options.find(({ id }) => id === call.id('option'));
  if (option === undefined) throw new Refusal(404, 'The resource was not found.');
  return option;
}

const showOption = (product: Product) => (option: Option) =>
  optionView(product, option, product.options.indexOf(option));

function createOption(call: Call): Response {
  const product = productOf(call);
  const fields = objectOf(call.body);
  refuseOthers(fields, words('product_id display_name type sort_order option_values config'));
  const { displayName } = named(fields, OPTION_TYPES);
  refuseTakenName(displayName, product.options);
  const option: Option = { id: storeId(call.store, 'option'), displayName, values: [] };
  for (const value of valuesOf(fields)) {
    const label = labelOf(value, option.values);
    option.values.push({ id: storeId(call.store, 'optionValue'), label });
  }
  product.options.push(option);
  touch(call, product);
  return data(showOption(product)(option));
}

function createOptionValue(call: Call): Response {
  const product = productOf(call);
  const option = optionOf(call);
  const fields = objectOf(call.body);
  refuseOthers(fields, words('label sort_order is_default value_data'));
  const value = { id: storeId(call.store, 'optionValue'), label: labelOf(fields, option.values) };
  if (option.values.length >= VALUES_MAX) throw refuse422(`At most ${VALUES_MAX} values.`);
  option.values.push(value);
  touch(call, product);
  const more = { sort_order: option.values.length - 1, value_data: null, is_default: false };
  return data({ ...value, ...more });
}

/** Options that variants are made of stay; deleting one would change the variants' ids (4.1). */
function removeOption(call: Call): Response {
  const product = productOf(call);
  const option = optionOf(call);
  const isUsed = product.variantIds.some((id) =>
    call.store.variants[id]?.optionValues.some(({ optionId }) => optionId === option.id),
  );
  if (isUsed) throw refuse422('The option is used by variants.');
  product.options = product.options.filter((one) => one !== option);
  touch(call, product);
  return nothing();
}

type Value = Modifier['values'][number];

function valueIn(call: Call, fields: Fields, taken: readonly Value[]): Value {
  refuseOthers(fields, words('label sort_order is_default value_data adjusters'));
  const { adjusters } = fields;
  const { price } = adjusters === undefined ? {} : objectOf(adjusters);
  const adjuster = price === undefined || price === null ? undefined : objectOf(price);
  if (adjuster !== undefined && ![null, 'relative'].includes(adjuster['adjuster'] as never)) {
    throw new Refusal(501, 'The sandbox serves relative adjusters only.');
  }
  const amount = adjuster?.['adjuster_value'];
  return {
    id: storeId(call.store, 'modifierValue'),
    label: labelOf(fields, taken),
    sortOrder: Number(fields['sort_order']),
    isDefault: fields['is_default'] === true,
    price:
      adjuster?.['adjuster'] === 'relative' && typeof amount === 'number'
        ? Math.round(amount * 10_000)
        : null,
  };
}

function modifierOf(call: Call): Modifier {
  const modifier = productOf(call).modifiers.find(({ id }) => id === call.id('modifier'));
  if (modifier === undefined) throw new Refusal(404, 'The resource was not found.');
  return modifier;
}

const showModifier = (product: Product) => (modifier: Modifier) => modifierView(product, modifier);

function createModifier(call: Call): Response {
  const product = productOf(call);
  const fields = objectOf(call.body);
  refuseOthers(fields, words('display_name type required sort_order config option_values'));
  const { displayName, type } = named(fields, MODIFIER_TYPES);
  const { required, sort_order: sortOrder } = fields;
  if (typeof required !== 'boolean') throw refuse422('required is invalid.', { required: '' });
  refuseTakenName(displayName, [...product.modifiers, ...product.options]);
  const values: Value[] = [];
  for (const value of valuesOf(fields)) values.push(valueIn(call, value, values));
  const modifier: Modifier = {
    id: storeId(call.store, 'modifier'),
    displayName,
    type,
    required,
    sortOrder: typeof sortOrder === 'number' ? sortOrder : product.modifiers.length,
    values,
  };
  product.modifiers.push(modifier);
  touch(call, product);
  return data(modifierView(product, modifier));
}

function createModifierValue(call: Call): Response {
  const product = productOf(call);
  const modifier = modifierOf(call);
  const value = valueIn(call, objectOf(call.body), modifier.values);
  modifier.values.push(value);
  touch(call, product);
  const { option_values: shown } = modifierView(product, modifier);
  return data((shown as unknown[]).at(-1));
}

function removeModifier(call: Call): Response {
  const product = productOf(call);
  const modifier = modifierOf(call);
  product.modifiers = product.modifiers.filter((one) => one !== modifier);
  touch(call, product);
  return nothing();
}

const read = { method: 'GET', version: 'v3', scopes: reading('store_v2_products') } as const;
const write = { version: 'v3', scopes: ['store_v2_products'] } as const;
const product = '/catalog/products/:product{[0-9]+}';
const options = `${product}/options`;
const modifiers = `${product}/modifiers`;
const query = PAGING_FILTERS;

export const catalogPartRoutes: readonly Route[] = [
  {
    ...read,
    path: options,
    query,
    handle: (call) =>
      pageV3(call, productOf(call).options, showOption(productOf(call)), { limitMax: LIMIT_MAX }),
  },
  { ...write, method: 'POST', path: options, handle: createOption },
  { ...write, method: 'DELETE', path: `${options}/:option{[0-9]+}`, handle: removeOption },
  {
    ...write,
    method: 'POST',
    path: `${options}/:option{[0-9]+}/values`,
    handle: createOptionValue,
  },
  {
    ...read,
    path: modifiers,
    query,
    handle: (call) =>
      pageV3(call, productOf(call).modifiers, showModifier(productOf(call)), {
        limitMax: LIMIT_MAX,
      }),
  },
  { ...write, method: 'POST', path: modifiers, handle: createModifier },
  { ...write, method: 'DELETE', path: `${modifiers}/:modifier{[0-9]+}`, handle: removeModifier },
  {
    ...write,
    method: 'POST',
    path: `${modifiers}/:modifier{[0-9]+}/values`,
    handle: createModifierValue,
  },
];
