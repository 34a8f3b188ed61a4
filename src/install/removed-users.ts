/**
 * Users that a store removed (X4). The address that opened the app stays good for a day in a browser's history
 * (bigcommerce.md 1.3), and a ticket for ten minutes: neither lets a removed user in again. One that is made after the
 * removal does, because the user was added again.
 */
import type { Ports } from '../ports.ts';
import { sha256Hex } from '../store/digest.ts';
import { extendCode, findCode } from '../store/one-time-codes.ts';
import type { SessionOwner } from './session.ts';

/** Longer than whatever opens a session is good for: a callback's token lives for 24 hours. */
const REMEMBERED_MS = 48 * 3_600_000;

/** `atMs`: when BigCommerce signed the removal, epoch milliseconds of its clock. */
export async function rememberRemoval(
  ports: Pick<Ports, 'db'>,
  user: SessionOwner,
  atMs: number,
): Promise<void> {
  await extendCode(ports.db, {
    hash: await markOf(user),
    purpose: 'jwt',
    connectionId: user.connectionId,
    boundTo: null,
    expiresAtMs: atMs + REMEMBERED_MS,
  });
}

/** True when the user was removed after this moment; BigCommerce's clock tells whole seconds. */
export async function wasRemovedSince(
  ports: Pick<Ports, 'db' | 'now'>,
  user: SessionOwner,
  sinceMs: number,
): Promise<boolean> {
  const mark = await findCode(ports.db, await markOf(user), 'jwt', ports.now());
  return mark !== undefined && mark.expiresAtMs - REMEMBERED_MS > sinceMs;
}

function markOf({ connectionId, userId }: SessionOwner): Promise<string> {
  return sha256Hex(`removed:${connectionId}:${userId}`);
}
