import { ONE_TIME_CODE_TTL_MS } from '../limits.ts';
import type { SignedCallback } from '../platforms/bigcommerce/oauth.ts';
import type { Ports } from '../ports.ts';
import { sha256Hex } from '../store/digest.ts';
import { saveCode, takeCode } from '../store/one-time-codes.ts';

/**
 * Remembers a callback's token until it ends. True the first time. The callbacks' tokens look alike, and one that came
 * through a browser (`/load`) is in its history: remembered here, it cannot be sent to `/uninstall` afterwards.
 */
export async function rememberCallback(
  ports: Pick<Ports, 'db'>,
  callback: SignedCallback,
): Promise<boolean> {
  return saveCode(ports.db, {
    hash: await callbackHash(callback),
    purpose: 'jwt',
    connectionId: callback.connectionId,
    boundTo: null,
    // Longer than the token itself is accepted, clock skew included.
    expiresAtMs: callback.expiresAtMs + ONE_TIME_CODE_TTL_MS,
  });
}

/**
 * Runs a task for the first request with this token only: a replayed uninstall must not stop a later install. A task
 * that throws has not happened, so the token may come again.
 */
export async function onceForCallback(
  ports: Pick<Ports, 'db' | 'now'>,
  callback: SignedCallback,
  task: () => Promise<void>,
): Promise<void> {
  if (!(await rememberCallback(ports, callback))) return;
  try {
    await task();
  } catch (error) {
    await takeCode(ports.db, await callbackHash(callback), 'jwt', ports.now());
    throw error;
  }
}

function callbackHash(callback: SignedCallback): Promise<string> {
  return sha256Hex(`jwt:${callback.connectionId}:${callback.jwtId}`);
}
