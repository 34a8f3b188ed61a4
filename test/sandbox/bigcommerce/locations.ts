/** GET /v3/inventory/locations, and the merchant's own edits of locations (bigcommerce.md 5). */
import { iso } from './clock.ts';
import { emit } from './events.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { storeId } from './platform.ts';
import type { Platform } from './platform.ts';
import { flag, integers, texts, words } from './query.ts';
import { reading } from './serve.ts';
import type { Call, Route } from './serve.ts';
import type { Location, Plan, Store } from './state.ts';
import { DEFAULT_LOCATION_ID } from './stock.ts';

const LIMIT_MAX = 1_000;

/** How many locations a plan has (5). */
const COUNT_MAX: Record<Plan, number> = { Standard: 4, Plus: 5, Pro: 8, Enterprise: 100 };

export interface LocationInput {
  label: string;
  code?: string;
  typeId?: 'PHYSICAL' | 'VIRTUAL';
  enabled?: boolean;
  managedByExternalSource?: boolean;
  storefrontVisibility?: boolean;
  timeZone?: string;
}

/** Adds a location and fires `inventory/location/created`. */
export function addLocation(platform: Platform, store: Store, input: LocationInput): Location {
  if (Object.keys(store.locations).length >= COUNT_MAX[store.plan]) {
    throw new Error(`The plan ${store.plan} has no more than ${COUNT_MAX[store.plan]} locations`);
  }
  const id = storeId(store, 'location');
  const nowMs = platform.runtime.now();
  const location: Location = {
    id,
    code: input.code ?? `BC-LOCATION-${id}`,
    label: input.label,
    typeId: input.typeId ?? 'PHYSICAL',
    enabled: input.enabled ?? true,
    managedByExternalSource: input.managedByExternalSource ?? false,
    storefrontVisibility: input.storefrontVisibility ?? true,
    timeZone: input.timeZone ?? 'Etc/UTC',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  store.locations[id] = location;
  emit(platform, store, 'store/inventory/location/created', { location_id: id });
  return location;
}

/** Edits a location and fires `inventory/location/updated`. */
export function editLocation(
  platform: Platform,
  store: Store,
  locationId: number,
  change: Partial<LocationInput>,
): Location {
  const location = store.locations[locationId];
  if (location === undefined) throw new Error(`No location ${locationId}`);
  Object.assign(location, change, { updatedAtMs: platform.runtime.now() });
  emit(platform, store, 'store/inventory/location/updated', { location_id: locationId });
  return location;
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function view(location: Location): Record<string, unknown> {
  const open = { open: true, opening: '09:00', closing: '17:00' };
  return {
    id: location.id,
    code: location.code,
    label: location.label,
    description: '',
    managed_by_external_source: location.managedByExternalSource,
    type_id: location.typeId,
    enabled: location.enabled,
    operating_hours: Object.fromEntries(DAYS.map((day) => [day, open])),
    time_zone: location.timeZone,
    created_at: iso(location.createdAtMs),
    updated_at: iso(location.updatedAtMs),
    address: {
      address1: '5th Ave',
      address2: '',
      city: 'New York',
      state: 'NY',
      zip: '10021',
      email: 'shop@example.com',
      phone: '800-555-0198',
      geo_coordinates: { latitude: 40.774378, longitude: -73.9653408 },
      country_code: 'US',
    },
    storefront_visibility: location.storefrontVisibility,
    special_hours: [],
  };
}

function list(call: Call): Response {
  const ids = integers(call, 'location_id:in');
  const codes = texts(call, 'location_code:in');
  const types = texts(call, 'type_id:in');
  const isDefault = flag(call, 'is_default');
  const external = flag(call, 'managed_by_external_source');
  const active = flag(call, 'is_active');
  const visible = flag(call, 'storefront_visibility');
  const rows = Object.values(call.store.locations).filter(
    (location) =>
      (ids === undefined || ids.includes(location.id)) &&
      (codes === undefined || codes.includes(location.code)) &&
      (types === undefined || types.includes(location.typeId)) &&
      (isDefault === undefined || (location.id === DEFAULT_LOCATION_ID) === isDefault) &&
      (external === undefined || location.managedByExternalSource === external) &&
      (active === undefined || location.enabled === active) &&
      (visible === undefined || location.storefrontVisibility === visible),
  );
  return pageV3(call, rows, view, { limitMax: LIMIT_MAX });
}

export const locationRoutes: readonly Route[] = [
  {
    method: 'GET',
    version: 'v3',
    path: '/inventory/locations',
    scopes: reading('store_locations'),
    query: [
      ...PAGING_FILTERS,
      ...words('location_id:in location_code:in type_id:in is_default'),
      ...words('managed_by_external_source is_active storefront_visibility'),
    ],
    // Documented for locations: 50 at a time (3.2).
    concurrency: { key: 'locations', max: 50 },
    handle: list,
  },
];
