import { toHex } from '../domain/encoding.ts';

/** SHA-256 of a text as 64 hexadecimal characters: how secrets are stored and subjects are named. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return toHex(new Uint8Array(digest));
}
