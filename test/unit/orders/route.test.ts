import { describe, expect, it } from 'vitest';
import { routeOf, type RoutedOrder, type RouteRules } from '../../../src/domain/orders/route.ts';

const RULES: RouteRules = { merchantRule: 'first', merchantByState: {}, defaultMerchantId: null };
const POOLS = [
  { locationId: 1, merchantIds: ['GONE', 'MAIN'] },
  { locationId: 7, merchantIds: ['HARBOUR'] },
];
const CONNECTED = ['MAIN', 'HARBOUR'];
const shipped: RoutedOrder = { pickupLocationId: null, state: 'California', countryIso2: 'US' };
const picked = { ...shipped, pickupLocationId: 7 };
const route = (order = shipped, rules: Partial<RouteRules> = {}, connected = CONNECTED) =>
  routeOf(order, { ...RULES, ...rules }, POOLS, connected);

describe('the register of a web order', () => {
  it('[O1] is the first connected one of the first pool, unless a default is set', () => {
    expect(route()).toBe('MAIN');
    expect(route(shipped, { defaultMerchantId: 'HARBOUR' })).toBe('HARBOUR');
    expect(route(shipped, {}, ['OTHER'])).toBe('OTHER');
    expect(route(shipped, {}, [])).toBeNull();
  });

  it('[O1] goes by the place of pickup where that is wanted, before anything else', () => {
    const rules = { merchantRule: 'by-location', merchantByState: { california: 'MAIN' } } as const;
    expect(route(picked, rules)).toBe('HARBOUR');
    expect(route(picked, { ...rules, merchantRule: 'first' })).toBe('MAIN');
    // Not connected: named all the same, so that the order waits for it.
    expect(route(picked, rules, ['MAIN'])).toBe('HARBOUR');
  });

  it('[O1] goes by state, then by country, whatever their case', () => {
    const merchantByState = { ' CALIFORNIA': 'HARBOUR', us: 'MAIN', DE: 'BERLIN' };
    expect(route(shipped, { merchantByState })).toBe('HARBOUR');
    expect(route({ ...shipped, state: 'Nevada' }, { merchantByState })).toBe('MAIN');
    expect(route({ ...shipped, state: '', countryIso2: 'DE' }, { merchantByState })).toBe('BERLIN');
    expect(route({ ...shipped, state: '', countryIso2: '' }, { merchantByState })).toBe('MAIN');
  });
});
