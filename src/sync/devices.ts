/** Sales from a register that stands in no pool (S10): counted all the same, and a person hears that it may be elsewhere. */
import { cloverPlace, type MerchantId } from '../domain/ids.ts';
import type { RegisterOrder } from '../platforms/clover/orders.ts';
import type { Ports } from '../ports.ts';
import { closeFailuresOf, parkFailure } from '../store/failures.ts';
import { locationOfDevice, locationOfPlace, poolsOfMerchant } from './pools.ts';
import type { Cause, Scope } from './scope.ts';

const SOURCE = 'stock:device';

/** The pool of the order's device; undefined: its merchant's first. One failure per device that no pool names. */
export async function poolOfOrder(
  scope: Scope,
  cause: Cause,
  merchantId: MerchantId,
  order: Pick<RegisterOrder, 'orderId' | 'deviceId' | 'paidAtMs' | 'createdTime'>,
): Promise<number | undefined> {
  const { connection, eventId } = cause;
  const { deviceId, orderId } = order;
  const locationId = locationOfDevice(connection, merchantId, deviceId);
  const isStray =
    locationId === undefined &&
    deviceId !== null &&
    poolsOfMerchant(connection, merchantId).length > 1;
  if (!isStray) return locationId;
  const first = locationOfPlace(connection, cloverPlace(merchantId));
  await parkFailure(scope.ports.db, {
    connectionId: connection.id,
    code: 'device_unassigned',
    message:
      `Device ${deviceId} of merchant ${merchantId} is in no pool of stock.pools, so what it sells is counted at ` +
      `location ${first}, the first (order ${orderId}). Name it at the location where it stands.`,
    source: SOURCE,
    subject: `${merchantId}:${deviceId}`,
    platform: 'clover',
    eventId,
    // Of the order, not of this look at it: the same order read again is no second case.
    atMs: order.paidAtMs ?? order.createdTime ?? cause.receivedAtMs,
    replay: null,
  });
  return undefined;
}

/** The pools changed: a device that still stands nowhere is told of again with its next sale. */
export async function forgetStrayDevices(
  ports: Pick<Ports, 'db'>,
  connectionId: string,
): Promise<void> {
  await closeFailuresOf(ports.db, connectionId, SOURCE);
}
