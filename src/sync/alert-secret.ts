/**
 * The secret that signs a connection's alerts, derived instead of stored: HMAC-SHA256 of a chance text under one of the
 * keys that encrypt tokens. A copy of the database forges nothing, and nothing of it can be shown a second time.
 */
import type { Config } from '../config.ts';
import { toBase64Url } from '../domain/encoding.ts';
import type { Ports } from '../ports.ts';
import { findSecretSeed, saveSecretSeed, type AlertSecretSeed } from '../store/alerts.ts';

const NONCE_BYTES = 16;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

type Keys = Pick<Config, 'encryptionKeys'>;

async function mac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey('raw', key, HMAC, false, ['sign']);
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes));
}

/** The secret's bytes; undefined once its key has left the configuration: then a new one has to be made. */
async function secretOf(
  { encryptionKeys }: Keys,
  { connectionId, keyId, nonce }: AlertSecretSeed,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const key = encryptionKeys.find(({ id }) => id === keyId);
  return key === undefined ? undefined : mac(key.bytes, `alert:${connectionId}:${nonce}`);
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** Makes a new secret, as `whsec_{base64}`; the one before it is over. It is in this answer and nowhere else. */
export async function makeAlertSecret(
  ports: Pick<Ports, 'config' | 'db' | 'now' | 'randomBytes'>,
  connectionId: string,
): Promise<string> {
  const [newest] = ports.config.encryptionKeys;
  const nonce = toBase64Url(ports.randomBytes(NONCE_BYTES));
  const seed = { connectionId, keyId: newest.id, nonce, madeAtMs: ports.now() };
  await saveSecretSeed(ports.db, seed);
  const secret = await secretOf(ports.config, seed);
  return `whsec_${base64(secret ?? new Uint8Array())}`;
}

/** When the secret that is in force was made; null: there is none. */
export async function alertSecretMadeAtMs(
  ports: Pick<Ports, 'config' | 'db'>,
  connectionId: string,
): Promise<number | null> {
  const seed = await findSecretSeed(ports.db, connectionId);
  const isUsable = ports.config.encryptionKeys.some(({ id }) => id === seed?.keyId);
  return seed !== undefined && isUsable ? seed.madeAtMs : null;
}

/**
 * `v1,{base64(HMAC-SHA256(secret, "{id}.{seconds}.{body}"))}`, as the Standard Webhooks specification says, so that
 * receivers can use its libraries. undefined: the connection has no secret.
 */
export async function signAlert(
  ports: Pick<Ports, 'config' | 'db'>,
  connectionId: string,
  signed: { readonly id: string; readonly atSeconds: number; readonly body: string },
): Promise<string | undefined> {
  const seed = await findSecretSeed(ports.db, connectionId);
  const secret = seed === undefined ? undefined : await secretOf(ports.config, seed);
  if (secret === undefined) return undefined;
  const { id, atSeconds, body } = signed;
  return `v1,${base64(await mac(secret, `${id}.${atSeconds}.${body}`))}`;
}
