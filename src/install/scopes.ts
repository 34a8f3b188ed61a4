/**
 * The least that the app must be granted for stock to travel (bigcommerce.md 1.5). Each need is met by any scope of
 * its list, so a developer may grant read-only scopes where reading is enough. Webhooks need no scope.
 */
const NEEDS: readonly { readonly need: string; readonly anyOf: readonly string[] }[] = [
  { need: 'read products', anyOf: ['store_v2_products_read_only', 'store_v2_products'] },
  { need: 'read and adjust inventory', anyOf: ['store_inventory'] },
  { need: 'read locations', anyOf: ['store_locations_read_only', 'store_locations'] },
  { need: 'read orders', anyOf: ['store_v2_orders_read_only', 'store_v2_orders'] },
  {
    need: 'read store information',
    anyOf: ['store_v2_information_read_only', 'store_v2_information'],
  },
];

/** What was not granted, in words with the scope that is lacking: empty when all is well. */
export function missingScopes(granted: readonly string[]): string[] {
  return NEEDS.filter(({ anyOf }) => !anyOf.some((scope) => granted.includes(scope))).map(
    ({ need, anyOf }) => `${need} (${anyOf[0]})`,
  );
}
