/** Webhooks of Clover: one static code proves the sender, and a body carries many changes (clover.md 2). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { parseMerchantId } from '../../domain/ids.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { CLOVER_CHANGES_MAX } from '../../limits.ts';
import type { CloverChange } from '../../queue/messages.ts';

export type CloverWebhook =
  /** Sent once when the callback URL is set up: a person types the code into Clover's dashboard. */
  | { readonly kind: 'verification'; readonly code: string }
  | {
      readonly kind: 'changes';
      readonly appId: string;
      readonly changes: readonly CloverChange[];
      /** Changes of a shape that nobody knows; their neighbours are not lost for them. */
      readonly unreadable: number;
    };

const verification = v.object({
  verificationCode: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
});

const change = v.object({
  objectId: v.pipe(v.string(), v.regex(/^[A-Z]{1,8}:[0-9A-Za-z-]{1,64}$/)),
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(16)),
  /** The newer IS and IA updates are not known to carry it. */
  ts: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
});
const envelope = v.object({
  appId: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  merchants: v.record(v.string(), v.array(v.unknown())),
});

/**
 * Reads a webhook's JSON; `receivedAtMs` stands in for a change without a time of its own. `invalid_input` when it is
 * neither envelope nor handshake or carries more than `CLOVER_CHANGES_MAX` changes; the message quotes no value.
 */
export function parseWebhook(body: unknown, receivedAtMs: number): Result<CloverWebhook, Failure> {
  const handshake = v.safeParse(verification, body);
  if (handshake.success) {
    return ok({ kind: 'verification', code: handshake.output.verificationCode });
  }
  const parsed = v.safeParse(envelope, body, { abortEarly: true });
  if (!parsed.success) return malformed('it is neither an envelope nor a verification code');
  const changes: CloverChange[] = [];
  let unreadable = 0;
  for (const [name, updates] of Object.entries(parsed.output.merchants)) {
    const merchantId = parseMerchantId(name);
    if (merchantId === undefined) return malformed('it names no merchant');
    if (changes.length + unreadable + updates.length > CLOVER_CHANGES_MAX) {
      return malformed(`it carries more than ${CLOVER_CHANGES_MAX} changes`);
    }
    for (const update of updates) {
      const read = readChange(merchantId, update, receivedAtMs);
      if (read === undefined) unreadable += 1;
      else changes.push(read);
    }
  }
  if (changes.length === 0 && unreadable > 0) return malformed('none of its changes can be read');
  return ok({ kind: 'changes', appId: parsed.output.appId, changes, unreadable });
}

function readChange(
  merchantId: string,
  update: unknown,
  receivedAtMs: number,
): CloverChange | undefined {
  const parsed = v.safeParse(change, update);
  if (!parsed.success) return undefined;
  const { objectId, type, ts } = parsed.output;
  const colon = objectId.indexOf(':');
  return {
    merchantId,
    key: objectId.slice(0, colon),
    objectId: objectId.slice(colon + 1),
    type,
    tsMs: ts ?? receivedAtMs,
  };
}

function malformed(why: string): Result<never, Failure> {
  return fail({ code: 'invalid_input', message: `The webhook is malformed: ${why}.` });
}

/** The header that every message carries. */
export const AUTH_CODE_HEADER = 'X-Clover-Auth';

/**
 * True when the header's code is one of ours; several are accepted while a code is rotated. Digests of both sides are
 * compared in full and every code is looked at, so that the time taken tells nothing.
 */
export async function isAuthCode(header: string, codes: readonly string[]): Promise<boolean> {
  const given = await digest(header);
  let matches = 0;
  for (const code of codes) {
    matches |= isSame(given, await digest(code)) ? 1 : 0;
  }
  return header !== '' && matches === 1;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [position, byte] of left.entries()) difference |= byte ^ (right[position] ?? 0);
  return difference === 0;
}
