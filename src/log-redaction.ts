/**
 * What may be kept of a request or an answer (R6, X8): secrets and personal data are taken out by key, texts that look
 * like an e-mail address by shape, and size is bounded before anything is copied.
 */
import { LOG_BODY_BYTES_MAX } from './limits.ts';

export const REDACTED = '[redacted]';

/** Compared with the key in lower case without `-`, `_` and spaces. */
const SECRET_KEYS = new Set([
  'authorization',
  'xauthtoken',
  'xauthclient',
  'xcloverauth',
  'xonhandsecret',
  'cookie',
  'setcookie',
  'code',
  'codeverifier',
  'verificationcode',
  'pin',
  'webhooksignature',
  'signature',
  'signedpayloadjwt',
  'apikey',
]);
const SECRET_PARTS = ['token', 'secret', 'password', 'passwd', 'authcode', 'jwt'];

const PERSONAL_KEYS = new Set([
  'firstname',
  'lastname',
  'fullname',
  'nickname',
  'username',
  'company',
  'businessname',
  'street1',
  'street2',
  'address1',
  'address2',
  'address3',
  'addressline1',
  'addressline2',
  'city',
  'zip',
  'postalcode',
  'customermessage',
  'staffnotes',
  'formfields',
  'ipaddress',
  'ipaddressv6',
  'iban',
  'bic',
  'last4',
  'cvv',
  'pan',
]);
const PERSONAL_PARTS = [
  'email',
  'phone',
  'accountnumber',
  'routingnumber',
  'bankprocessing',
  'cardtransaction',
  'cardnumber',
  'dateofbirth',
  'dob',
];
/** Objects about people: their plain `name` and `id` go too, the whole branch with them. */
const PEOPLE_KEYS = new Set([
  'billingaddress',
  'shippingaddress',
  'shippingaddresses',
  'address',
  'addresses',
  'customer',
  'customers',
  'employee',
  'employees',
  'owner',
  'user',
  'cards',
]);

/** `expires_at` beside a token is no secret, nor a token's expiration, nor what a token may still ask for. */
const HARMLESS_PARTS = ['expiration', 'expiresat', 'expiresin', 'tokentype', 'xratelimit'];

const EMAIL = /[\p{L}\p{N}._%+-]+(@|%40)[\p{L}\p{N}.-]+\.\p{L}{2,}/gu;
const ARRAY_ITEMS_MAX = 20;
const DEPTH_MAX = 12;
const STRING_CHARS_MAX = 1_000;

function isPrivateKey(key: string): boolean {
  const plain = key.toLowerCase().replaceAll(/[-_\s.]/g, '');
  if (HARMLESS_PARTS.some((part) => plain.includes(part))) return false;
  return (
    SECRET_KEYS.has(plain) ||
    PERSONAL_KEYS.has(plain) ||
    PEOPLE_KEYS.has(plain) ||
    SECRET_PARTS.some((part) => plain.includes(part)) ||
    PERSONAL_PARTS.some((part) => plain.includes(part))
  );
}

/** A text without e-mail addresses, cut at 1,000 characters. */
export function redactText(text: string): string {
  const cut = text.length > STRING_CHARS_MAX ? `${text.slice(0, STRING_CHARS_MAX)}…` : text;
  return cut.replaceAll(EMAIL, REDACTED);
}

/**
 * A copy of a JSON-like value that may be logged. Long arrays keep their first 20 items and the number of the rest, so
 * the work is bounded by what is kept, not by what came.
 */
export function redact(value: unknown): unknown {
  return redactAt(value, 0);
}

function redactAt(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) {
    const kept = value.slice(0, ARRAY_ITEMS_MAX).map((item) => redactAt(item, depth + 1));
    const more = value.length - kept.length;
    return more > 0 ? [...kept, `[${more} more]`] : kept;
  }
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const hide = isPrivateKey(key) && item !== null && item !== '';
    copy[key] = hide ? REDACTED : redactAt(item, depth + 1);
  }
  return copy;
}

/** `redact`, and what is still larger than `bytesMax` as JSON is replaced by its beginning. */
export function redactBody(value: unknown, bytesMax = LOG_BODY_BYTES_MAX): unknown {
  const clean = redact(value);
  const json = JSON.stringify(clean);
  if (json === undefined || json.length <= bytesMax) return clean;
  return { truncated: true, chars: json.length, head: json.slice(0, bytesMax) };
}

/** Headers as a plain object, secrets hidden; only those named in `keep` when given (lower case). */
export function redactHeaders(
  headers: Iterable<[string, string]>,
  keep?: (name: string) => boolean,
): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (keep !== undefined && !keep(name.toLowerCase())) continue;
    const shown = name.toLowerCase() === 'location' ? redactUrl(value) : redactText(value);
    copy[name] = isPrivateKey(name) ? REDACTED : shown;
  }
  return copy;
}

/** An address whose query keeps its names but hides private values; `state` of an OAuth round counts as secret here. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return redactText(url);
  const parsed = new URL(url);
  for (const name of new Set(parsed.searchParams.keys())) {
    if (isPrivateKey(name) || name === 'state') parsed.searchParams.set(name, REDACTED);
    // `filter=phoneNumber=555…`: the private name stands in the value.
    const [, filtered = ''] = /^(\w+)[=<>!]/.exec(parsed.searchParams.get(name) ?? '') ?? [];
    if (filtered !== '' && isPrivateKey(filtered)) {
      parsed.searchParams.set(name, `${filtered}=${REDACTED}`);
    }
  }
  return redactText(parsed.toString());
}
