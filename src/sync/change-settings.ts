/** A change of settings, whoever asks for it: validated as a whole, stored, and carried to everything it touches. */
import { isSame } from '../domain/equal.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import {
  applySettingsPatch,
  type Settings,
  type SettingsFailure,
  type SettingsProblem,
} from '../settings.ts';
import { type Connection, saveSettings } from '../store/connections.ts';
import { findLinksBySku } from '../store/links.ts';
import { beginCatalog } from './catalog.ts';
import { forgetStrayDevices } from './devices.ts';
import { beginCustomers } from './customer-feed.ts';
import { poolProblems } from './pools.ts';
import { taxProblems } from './tax-map.ts';
import { replayAfterChange } from './push-replay.ts';
import { reevaluate } from './reevaluate.ts';
import { readReservable } from './reservations.ts';

export interface ChangedSettings {
  readonly settings: Settings;
  /** What the change causes carries this event id. */
  readonly eventId: string;
  /** SKUs that work their targets out again. */
  readonly asked: number;
}

/**
 * Applies a JSON merge patch; nothing is stored unless the whole result is valid. A crash after storing is made good by
 * the same change asked for again, or by the next sweep. Failure `invalid_input` with every problem by path.
 */
export async function changeSettings(
  ports: Ports,
  connection: Connection,
  patch: unknown,
): Promise<Result<ChangedSettings, SettingsFailure>> {
  const result = await checkSettings(ports, connection, patch);
  if (!result.ok) return result;
  const since = sinceSwitchedOn(result.value.settings, ports.now());
  const dated =
    since === null ? result : await checkSettings(ports, connection, withSince(patch, since));
  if (!dated.ok) return dated;
  const { saved, settings } = dated.value;
  await saveSettings(ports.db, connection.id, saved, ports.now());
  const eventId = ports.newId();
  const asked = isStockChanged(connection.settings, settings)
    ? await reevaluate(ports, connection.id, eventId)
    : 0;
  if (!isSame(connection.settings.stock.pools, settings.stock.pools)) {
    await forgetStrayDevices(ports, connection.id);
  }
  await replayAfterChange(ports, connection.id, eventId, connection.settings, settings);
  if (settings.catalog.enabled !== connection.settings.catalog.enabled) {
    await beginCatalog(ports, connection.id);
  }
  if (settings.customers.enabled !== connection.settings.customers.enabled) {
    await beginCustomers(ports, connection.id, eventId);
  }
  if (isReservedChanged(connection.settings, settings)) {
    await readReservable(ports, connection.id, eventId);
  }
  return ok({ settings, eventId, asked });
}

/** Sales made before their orders were switched on are none of BigCommerce's; null: nothing was switched on (O5). */
function sinceSwitchedOn(after: Settings, nowMs: number): string | null {
  const isOn = ({ orders }: Settings) => orders.inStoreSales === 'bigcommerce-orders';
  const isDated = after.orders.inStoreSince !== null;
  return isOn(after) && !isDated ? new Date(nowMs).toISOString() : null;
}

function withSince(patch: unknown, inStoreSince: string): unknown {
  const orders = memberOf(patch, 'orders');
  return { ...Object(patch), orders: { ...Object(orders), inStoreSince } };
}

/** What a change would make of the settings, and every reason not to; nothing is stored. */
export async function checkSettings(
  ports: Ports,
  connection: Connection,
  patch: unknown,
): Promise<Result<{ saved: Record<string, unknown>; settings: Settings }, SettingsFailure>> {
  const result = applySettingsPatch(connection.savedSettings, patch);
  if (!result.ok) return result;
  const foreign = await foreignPools(ports, connection, patch, result.value.settings);
  const strange = await strangeComponents(ports, connection, patch, result.value.settings);
  const taxes = await strangeTaxes(ports, connection, patch, result.value.settings);
  const details = [...foreign, ...strange, ...taxes];
  if (details.length === 0) return result;
  const sentence = details.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return fail({
    code: 'invalid_input',
    message: `The settings were not changed: ${sentence}`,
    details,
  });
}

function isStockChanged(before: Settings, after: Settings): boolean {
  const relevant = ({ stock, bundles }: Settings) => JSON.stringify([stock, bundles]);
  return relevant(before) !== relevant(after);
}

function isReservedChanged(before: Settings, after: Settings): boolean {
  const ids = ({ stock }: Settings) => stock.reserveStatusIds.toSorted((one, two) => one - two);
  return ids(before).join() !== ids(after).join();
}

/** Pools are checked against both platforms when a patch sets them; other patches ask nobody. */
async function foreignPools(
  ports: Ports,
  connection: Connection,
  patch: unknown,
  after: Settings,
): Promise<readonly SettingsProblem[]> {
  if (memberOf(memberOf(patch, 'stock'), 'pools') === undefined) return [];
  return poolProblems(ports, connection, after.stock.pools, ports.newId());
}

/** A component is a linked SKU or a bundle itself; anything else would make the bundle unsellable without a word (S9). */
async function strangeComponents(
  ports: Ports,
  connection: Connection,
  patch: unknown,
  { bundles }: Settings,
): Promise<readonly SettingsProblem[]> {
  if (memberOf(patch, 'bundles') === undefined) return [];
  const parts = Object.entries(bundles).flatMap(([bundle, components]) =>
    components.map(({ sku }, index) => ({ sku, path: `bundles.${bundle}.${index}.sku` })),
  );
  const asked = parts.filter(({ sku }) => !Object.hasOwn(bundles, sku));
  const links = await findLinksBySku(
    ports.db,
    connection.id,
    asked.map(({ sku }) => sku),
  );
  const linked = new Set(links.map(({ sku }) => sku));
  return asked
    .filter(({ sku }) => !linked.has(sku))
    .map(({ sku, path }) => ({ path, message: `${sku} is no linked SKU: link it first` }));
}

/** Tax classes and rates are checked against both platforms when a patch sets them. */
async function strangeTaxes(
  ports: Ports,
  connection: Connection,
  patch: unknown,
  { catalog }: Settings,
): Promise<readonly SettingsProblem[]> {
  if (memberOf(memberOf(patch, 'catalog'), 'taxClasses') === undefined) return [];
  return taxProblems(ports, connection, catalog.taxClasses, ports.newId());
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
