import type { Config } from '../config.ts';
import { toHex } from '../domain/encoding.ts';
import { HOOK_SECRET_HEADER, isHookSecret } from '../platforms/bigcommerce/hook-secret.ts';
import { checkSignature, parseWebhook } from '../platforms/bigcommerce/webhook.ts';
import type { IntakeMessage } from '../queue/messages.ts';
import type { Delivery, Verdict } from './intake.ts';
import { parseJson } from './json.ts';

/**
 * Judges a BigCommerce webhook: our secret header must be right for the store that it names, and where the signature
 * headers are present the signature must be right too. A timestamp beyond the tolerance is only recorded: whether
 * retries refresh it is unconfirmed, and refusing them would lose sales (bigcommerce.md 2.5).
 */
export async function judgeBigCommerce(config: Config, delivery: Delivery): Promise<Verdict> {
  const { headers, bytes, receivedAtMs } = delivery;
  const signature = await checkSignature(
    bytes,
    headers,
    [config.bigcommerce.clientSecret],
    receivedAtMs,
  );
  if (signature.present && !signature.valid) return { accepted: false, reason: 'signature_wrong' };
  // The secret depends on the store, so the store has to be read first. Nothing else is done with unproven content.
  const webhook = parseWebhook(parseJson(bytes));
  if (!webhook.ok) return { accepted: false, reason: 'malformed' };
  const { connectionId, scope, data, createdAtMs } = webhook.value;
  const secret = headers.get(HOOK_SECRET_HEADER);
  if (secret === null) {
    return { accepted: false, reason: 'secret_missing', sample: { store: connectionId } };
  }
  if (!(await isHookSecret(config, connectionId, secret))) {
    return { accepted: false, reason: 'secret_wrong', sample: { store: connectionId } };
  }
  const message: IntakeMessage = {
    v: 1,
    platform: 'bigcommerce',
    eventId: await eventIdOf(connectionId, bytes),
    connectionId,
    receivedAtMs,
    scope,
    data,
    createdAtMs,
  };
  if (!signature.stale) return { accepted: true, message };
  const sample = { store: connectionId, ageMs: signature.ageMs ?? 'unreadable' };
  return { accepted: true, message, notice: { reason: 'stale_timestamp', sample } };
}

/** The same delivery has the same id, however often it comes (R2). */
async function eventIdOf(connectionId: string, bytes: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(`${connectionId}|`);
  const keyed = new Uint8Array(head.byteLength + bytes.byteLength);
  keyed.set(head);
  keyed.set(bytes, head.byteLength);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', keyed));
  return `bc_${toHex(digest.subarray(0, 16))}`;
}
