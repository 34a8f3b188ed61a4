import { toBase64Url } from '../domain/encoding.ts';
import type { Ports } from '../ports.ts';

/** 256 random bits as 43 URL-safe characters: a secret for a browser, to be stored only as its SHA-256. */
export function newSecret(ports: Pick<Ports, 'randomBytes'>): string {
  return toBase64Url(ports.randomBytes(32));
}

/** The value of a cookie made by `newSecret`, or undefined when it is absent or anything else. */
export function secretCookie(request: Request, name: string): string | undefined {
  const pairs = (request.headers.get('cookie') ?? '').split(';');
  const pair = pairs.map((part) => part.trim()).find((part) => part.startsWith(`${name}=`));
  const secret = pair?.slice(name.length + 1);
  return secret !== undefined && /^[A-Za-z0-9_-]{43}$/.test(secret) ? secret : undefined;
}
