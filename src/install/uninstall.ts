/** Stopping (R4): from the moment that an uninstall is known, nothing of ours calls the platform any more. */
import type { ConnectionId, MerchantId } from '../domain/ids.ts';
import type { Ports } from '../ports.ts';
import {
  findConnection,
  findMerchant,
  setConnectionStatus,
  setMerchantStatus,
} from '../store/connections.ts';
import { deleteHooks } from '../store/hooks.ts';
import { deleteApiKeys } from '../store/api-keys.ts';
import { deleteSessions } from '../store/sessions.ts';

type StopPorts = Pick<Ports, 'db' | 'now' | 'log' | 'objects'>;

/**
 * Stops a connection at once: tokens of the store and of its merchants are forgotten, so work in flight ends at its
 * next call; sessions go; rows stay, so that a new install finds its settings and links.
 * A repeat changes nothing. `reason` is told in the log, such as `The app was uninstalled.`
 */
export async function stopConnection(
  ports: StopPorts,
  connectionId: ConnectionId,
  reason: string,
): Promise<void> {
  await ports.objects.platformAccount('bigcommerce', connectionId).disconnect();
  const connection = await findConnection(ports.db, connectionId);
  if (connection === undefined) return;
  for (const { merchantId } of connection.merchants) {
    await ports.objects.platformAccount('clover', merchantId).disconnect();
    await setMerchantStatus(ports.db, connectionId, merchantId, 'disconnected');
  }
  await setConnectionStatus(ports.db, connectionId, 'uninstalled', ports.now());
  // BigCommerce deletes the hooks itself (bigcommerce.md 2.1).
  await deleteHooks(ports.db, connectionId);
  await deleteSessions(ports.db, connectionId);
  await deleteApiKeys(ports.db, connectionId);
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId,
    platform: 'bigcommerce',
    operation: 'connection.stop',
    outcome: 'ok',
    message: `The connection was stopped: ${reason}`,
    detail: { merchants: connection.merchants.map(({ merchantId }) => merchantId) },
  });
}

/** Stops one Clover merchant; the rest of its connection goes on. A repeat changes nothing. */
export async function stopMerchant(
  ports: StopPorts,
  merchantId: MerchantId,
  reason: string,
): Promise<void> {
  await ports.objects.platformAccount('clover', merchantId).disconnect();
  const merchant = await findMerchant(ports.db, merchantId);
  if (merchant === undefined) return;
  await setMerchantStatus(ports.db, merchant.connectionId, merchantId, 'disconnected');
  ports.log.add({
    kind: 'audit',
    atMs: ports.now(),
    connectionId: merchant.connectionId,
    platform: 'clover',
    operation: 'merchant.stop',
    outcome: 'ok',
    message: `Clover merchant ${merchantId} was stopped: ${reason}`,
  });
}
