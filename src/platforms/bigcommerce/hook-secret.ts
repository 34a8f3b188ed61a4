/**
 * The secret header of BigCommerce webhooks, derived instead of stored, so that intake can check it without a
 * lookup: `X-Onhand-Secret: {kid}.{base64url(HMAC-SHA256(encryption key kid, "hook:" + store hash))}`.
 * BigCommerce replays custom headers on every delivery and shows them only to the client that made the hook
 * (bigcommerce.md 2.5).
 */
import type { Config, EncryptionKey } from '../../config.ts';
import { fromBase64Url, toBase64Url } from '../../domain/encoding.ts';
import type { ConnectionId } from '../../domain/ids.ts';

export const HOOK_SECRET_HEADER = 'X-Onhand-Secret';

type Keys = Pick<Config, 'encryptionKeys'>;

const imported = new WeakMap<EncryptionKey, CryptoKey>();

async function hmacKey(key: EncryptionKey): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const made = await crypto.subtle.importKey('raw', key.bytes, algorithm, false, [
    'sign',
    'verify',
  ]);
  imported.set(key, made);
  return made;
}

const subject = (connectionId: ConnectionId): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(`hook:${connectionId}`));

/** Id of the key that derives new hook secrets: the newest one. A hook made with another is renewed. */
export function currentSecretKeyId(config: Keys): string {
  return config.encryptionKeys[0].id;
}

/** The header's value for a store's new hooks. */
export async function hookSecret(config: Keys, connectionId: ConnectionId): Promise<string> {
  const [newest] = config.encryptionKeys;
  const mac = await crypto.subtle.sign('HMAC', await hmacKey(newest), subject(connectionId));
  return `${newest.id}.${toBase64Url(new Uint8Array(mac))}`;
}

/**
 * True when the header is the store's secret under any configured key, so that hooks made before a rotation keep
 * working until they are renewed. Constant time: the comparison is Web Crypto's own.
 */
export async function isHookSecret(
  config: Keys,
  connectionId: ConnectionId,
  header: string,
): Promise<boolean> {
  const dot = header.indexOf('.');
  const key = config.encryptionKeys.find(({ id }) => id === header.slice(0, dot));
  const mac = fromBase64Url(header.slice(dot + 1));
  if (dot < 1 || key === undefined || mac === undefined) return false;
  return crypto.subtle.verify('HMAC', await hmacKey(key), mac, subject(connectionId));
}
