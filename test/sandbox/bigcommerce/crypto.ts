/** Hashes, signatures and ids through Web Crypto, so that they run in workerd as well. */
import type { SandboxRuntime } from '../runtime.ts';

const encoder = new TextEncoder();

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function base64url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** HMAC-SHA256 keyed with the UTF-8 bytes of the secret. */
async function hmac(secret: string, text: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
}

/** `v1,<base64>` over `id.timestamp.body` (bigcommerce.md 2.5, Standard Webhooks). */
export async function webhookSignature(
  secret: string,
  message: { id: string; timestampSeconds: number; body: string },
): Promise<string> {
  const text = `${message.id}.${message.timestampSeconds}.${message.body}`;
  return `v1,${base64(await hmac(secret, text))}`;
}

/** A compact HS256 JWT (bigcommerce.md 1.3). */
export async function signJwt(secret: string, claims: unknown): Promise<string> {
  const part = (value: unknown) => base64url(encoder.encode(JSON.stringify(value)));
  const text = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}`;
  return `${text}.${base64url(await hmac(secret, text))}`;
}

export async function sha1Hex(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', encoder.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Hex digits of the seeded stream, so that a run repeats with its seed. */
export function randomHex(runtime: SandboxRuntime, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(runtime.random() * 16).toString(16)).join(
    '',
  );
}

export function uuid(runtime: SandboxRuntime): string {
  const hex = randomHex(runtime, 31);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(12, 15)}`];
  return [...groups, `a${hex.slice(15, 18)}`, hex.slice(18, 30)].join('-');
}
