import type { Config } from '../config.ts';
import { toHex } from '../domain/encoding.ts';
import { AUTH_CODE_HEADER, isAuthCode, parseWebhook } from '../platforms/clover/webhook.ts';
import type { IntakeMessage } from '../queue/messages.ts';
import type { Delivery, Verdict } from './intake.ts';
import { parseJson } from './json.ts';

/**
 * Judges a Clover webhook: the static code in X-Clover-Auth is all the proof there is (clover.md 2). The handshake that
 * sets up the address comes before that code exists, so it is let through without it and does nothing but show its
 * code to the operator.
 */
export async function judgeClover(config: Config, delivery: Delivery): Promise<Verdict> {
  const { headers, bytes, receivedAtMs } = delivery;
  const authCode = headers.get(AUTH_CODE_HEADER);
  const isClover = await isAuthCode(authCode ?? '', config.clover.webhookAuthCodes);
  const webhook = parseWebhook(parseJson(bytes), receivedAtMs);
  const event = webhook.ok ? webhook.value : undefined;
  if (event?.kind === 'verification') return handshake(event.code);
  if (authCode === null) return { accepted: false, reason: 'auth_code_missing' };
  if (!isClover) return { accepted: false, reason: 'auth_code_wrong' };
  if (event === undefined) return { accepted: false, reason: 'malformed' };
  const { appId, changes, unreadable } = event;
  if (appId !== config.clover.appId) {
    return { accepted: false, reason: 'foreign_app', sample: { appId } };
  }
  if (changes.length === 0) return { accepted: true, message: null };
  const message: IntakeMessage = {
    v: 1,
    platform: 'clover',
    eventId: await eventIdOf(bytes),
    receivedAtMs,
    changes: [...changes],
  };
  const notice = { reason: 'unreadable_changes', sample: { unreadable } } as const;
  return { accepted: true, message, ...(unreadable === 0 ? {} : { notice }) };
}

/** Anybody may send one, so only what can be a code gets into the log. */
function handshake(code: string): Verdict {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(code)) return { accepted: false, reason: 'malformed' };
  return {
    accepted: true,
    message: null,
    notice: { reason: 'verification_code', sample: { handshake: code } },
  };
}

/** The same delivery has the same id, however often it comes (R2). */
async function eventIdOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `cl_${toHex(digest.subarray(0, 16))}`;
}
