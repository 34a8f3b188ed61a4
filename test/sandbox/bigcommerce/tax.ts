/** GET /v2/tax_classes and /v3/tax/settings (tax_classes.v2.yml, tax_settings.v3.yml, bigcommerce.md 10). */
import { iso } from './clock.ts';
import { data, ok, Refusal } from './errors.ts';
import { pageV2, PAGING_FILTERS } from './paging.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';

/** What a new store has beside the default class 0. */
const NAMES = ['Non-Taxable Products', 'Shipping', 'Gift Wrapping'];

function classes(call: Call) {
  const own = call.store.taxRates.map(({ classId, className }) => ({
    id: classId,
    name: className,
  }));
  const all = [...NAMES.map((name, index) => ({ id: index + 1, name })), ...own];
  const rows = new Map(all.filter(({ id }) => id > 0).map((row) => [row.id, row]));
  const at = iso(0);
  return [...rows.values()]
    .toSorted((a, b) => a.id - b.id)
    .map((row) => ({ id: String(row.id), name: row.name, created_at: at, updated_at: at }));
}

function readClass(call: Call): Response {
  const found = classes(call).find(({ id }) => id === String(call.id('id')));
  if (found === undefined) throw new Refusal(404, 'The requested resource was not found.');
  return ok(found);
}

function settings(call: Call): Response {
  const strategy = call.store.isPriceEnteredWithTax ? 'INCLUSIVE' : 'EXCLUSIVE';
  return data({
    tax_entered_with_prices: call.store.isPriceEnteredWithTax,
    price_display_settings: {
      control_panel_price_display_strategy: strategy,
      invoice_price_display_strategy: strategy,
    },
    fallback_strategy: 'BASIC',
    should_subtract_store_tax: false,
    should_use_geolocation_to_determine_guest_shopper_tax_zone: false,
    guest_shopper_tax_zone_id: 1,
    store_tax_zone_id: 1,
    document_submission_strategy: 'ON_PAYMENT_CAPTURE',
    rounding_strategy: 'RATE_ROUNDING',
  });
}

const scopes = reading('store_v2_information');

export const taxRoutes: readonly Route[] = [
  {
    method: 'GET',
    version: 'v2',
    path: '/tax_classes',
    scopes,
    query: PAGING_FILTERS,
    handle: (call) => pageV2(call, classes(call), (row) => row),
  },
  { method: 'GET', version: 'v2', path: '/tax_classes/:id{[0-9]+}', scopes, handle: readClass },
  { method: 'GET', version: 'v3', path: '/tax/settings', scopes, handle: settings },
];
