/**
 * Tokens at rest (X3): AES-256-GCM, a random 96-bit IV each time, the key's id in the record so that keys can be
 * rotated, and the owner as associated data so that a record copied to another account does not open.
 */
import type { EncryptionKey } from '../config.ts';
import { fromBase64Url, toBase64Url } from '../domain/encoding.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';

const IV_BYTES = 12;
const FORMAT = 'v1';

export interface VaultPorts {
  /** Newest first: the first one seals, all of them open. */
  readonly keys: readonly [EncryptionKey, ...EncryptionKey[]];
  randomBytes(bytes: number): Uint8Array<ArrayBuffer>;
}

/** `v1.{kid}.{iv}.{ciphertext and tag}`, each part URL-safe base64 but the first two. */
export type Sealed = string;

/** Encrypts a text for its owner. */
export async function seal(ports: VaultPorts, owner: string, text: string): Promise<Sealed> {
  const [newest] = ports.keys;
  const iv = ports.randomBytes(IV_BYTES);
  const sealed = await crypto.subtle.encrypt(
    algorithm(iv, owner),
    await aesKey(newest),
    new TextEncoder().encode(text),
  );
  return [FORMAT, newest.id, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join('.');
}

export interface Opened {
  readonly text: string;
  /** Sealed with another key than the newest: seal it again at the next save. */
  readonly isOld: boolean;
}

/**
 * Decrypts a record. `config_missing` when its key is not configured any more, `internal` when it was changed or
 * belongs to another owner. The message never holds any part of it.
 */
export async function open(
  ports: VaultPorts,
  owner: string,
  sealed: Sealed,
): Promise<Result<Opened, Failure>> {
  const [format, keyId = '', ivText = '', dataText = ''] = sealed.split('.');
  const key = ports.keys.find((one) => one.id === keyId);
  if (format === FORMAT && key === undefined) {
    const message = `TOKEN_ENCRYPTION_KEYS lacks the key ${keyId}, which stored tokens are encrypted with.`;
    return fail({ code: 'config_missing', message });
  }
  const iv = fromBase64Url(ivText);
  const data = fromBase64Url(dataText);
  if (format !== FORMAT || key === undefined || iv?.length !== IV_BYTES || data === undefined) {
    return fail(unreadable());
  }
  try {
    const bytes = await crypto.subtle.decrypt(algorithm(iv, owner), await aesKey(key), data);
    return ok({ text: new TextDecoder().decode(bytes), isOld: key !== ports.keys[0] });
  } catch {
    return fail(unreadable());
  }
}

function unreadable(): Failure {
  return {
    code: 'internal',
    message: 'Stored tokens cannot be decrypted; connect the account again.',
  };
}

function algorithm(iv: Uint8Array<ArrayBuffer>, owner: string) {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(owner) };
}

const imported = new WeakMap<EncryptionKey, CryptoKey>();

async function aesKey(key: EncryptionKey): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const usages = ['encrypt', 'decrypt'] as const;
  const made = await crypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, [...usages]);
  imported.set(key, made);
  return made;
}
