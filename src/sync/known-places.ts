/** Locations, registers and devices by name, for people who choose among them; asked of the platforms each time. */
import { getLocations } from '../platforms/bigcommerce/locations.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { getDevices } from '../platforms/clover/merchant.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';

export interface NamedId {
  readonly id: string;
  readonly name: string;
}

/** Empty lists: nothing is known now, so ids are typed. */
export interface KnownPlaces {
  readonly locations: readonly NamedId[];
  readonly merchants: readonly NamedId[];
  readonly devices: readonly NamedId[];
}

/**
 * What pools can be made of. Devices are asked for only where they matter: a register stands in several locations, so
 * there has to be more than one. A platform that does not answer leaves its list empty.
 */
export async function knownPlaces(ports: Ports, connection: Connection): Promise<KnownPlaces> {
  const context = {
    connectionId: connection.id,
    eventId: ports.newId(),
    priority: 'interactive' as const,
  };
  const connected = connection.merchants.filter(({ status }) => status === 'connected');
  const read =
    connection.status === 'active'
      ? await getLocations(openBigCommerce(ports, connection.id, context))
      : undefined;
  const locations = read?.ok === true ? read.value : [];
  const asked = locations.length > 1 ? connected : [];
  const devices = await Promise.all(
    asked.map(async ({ merchantId, name }) => {
      const found = await getDevices(openClover(ports, merchantId, context));
      return (found.ok ? found.value : []).map((device) => ({
        id: device.deviceId,
        name: `${device.name === '' ? device.serial : device.name} (${name})`,
      }));
    }),
  );
  return {
    locations: locations.map(({ locationId, label }) => ({ id: String(locationId), name: label })),
    merchants: connected.map(({ merchantId, name }) => ({
      id: merchantId,
      name: name === '' ? merchantId : name,
    })),
    devices: devices.flat(),
  };
}
