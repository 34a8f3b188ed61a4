/** Making a connection's own keys to the admin API. */
import { toBase64Url } from '../domain/encoding.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { API_KEYS_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { type KeyScope, listApiKeys, saveApiKey } from '../store/api-keys.ts';

/** What a key may do, from looking to changing settings. */
export const KEY_SCOPES = ['read', 'operate', 'admin'] as const;
/** Keys begin with this, so that a leaked one is recognised by scanners and people. */
export const KEY_PREFIX = 'onhand_';
/** 256 bits: nobody guesses one. */
const KEY_BYTES = 32;

/** Makes a key; its text is in the answer and nowhere else. Failure `conflict`: the connection has too many. */
export async function makeApiKey(
  ports: Pick<Ports, 'db' | 'newId' | 'now' | 'randomBytes'>,
  connectionId: string,
  name: string,
  scope: KeyScope,
): Promise<Result<{ id: string; key: string }, Failure>> {
  const keys = await listApiKeys(ports.db, connectionId);
  if (keys.length >= API_KEYS_MAX) {
    const message = `A connection has at most ${API_KEYS_MAX} keys; delete one first.`;
    return fail({ code: 'conflict', message });
  }
  const id = ports.newId();
  const key = `${KEY_PREFIX}${toBase64Url(ports.randomBytes(KEY_BYTES))}`;
  await saveApiKey(ports.db, { id, connectionId, name, scope, createdAtMs: ports.now() }, key);
  return ok({ id, key });
}
