/** Which register receives a web order: where it is picked up, then where it is shipped to, then the one that is set. */

export interface RouteRules {
  /** `by-location`: an order that is picked up goes to the register of its location. */
  readonly merchantRule: 'first' | 'by-location';
  /** By state as BigCommerce writes it, or by a country's two letters. */
  readonly merchantByState: Readonly<Record<string, string>>;
  /** null: the first register of the first pool. */
  readonly defaultMerchantId: string | null;
}

export interface RoutedOrder {
  /** null: shipped, or a location that nobody knows. */
  readonly pickupLocationId: number | null;
  /** Of the first shipping address; blank: none. */
  readonly state: string;
  readonly countryIso2: string;
}

export interface RoutePool {
  readonly locationId: number;
  readonly merchantIds: readonly string[];
}

/**
 * The merchant that the rules name, connected or not: an order must not go to another register than the one that was
 * chosen for it. null: no rule names one and no merchant is connected.
 */
export function routeOf(
  order: RoutedOrder,
  rules: RouteRules,
  pools: readonly RoutePool[],
  connected: readonly string[],
): string | null {
  const firstOf = (pool: RoutePool | undefined) =>
    pool?.merchantIds.find((id) => connected.includes(id));
  if (rules.merchantRule === 'by-location' && order.pickupLocationId !== null) {
    const there = pools.find(({ locationId }) => locationId === order.pickupLocationId);
    const picked = firstOf(there) ?? there?.merchantIds[0];
    if (picked !== undefined) return picked;
  }
  const byState = new Map(
    Object.entries(rules.merchantByState).map(([place, id]) => [place.trim().toLowerCase(), id]),
  );
  const shipped =
    byState.get(order.state.trim().toLowerCase()) ??
    byState.get(order.countryIso2.trim().toLowerCase());
  return shipped ?? rules.defaultMerchantId ?? firstOf(pools[0]) ?? connected[0] ?? null;
}
