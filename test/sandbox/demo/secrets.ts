/** The secrets and addresses that the relay of `npm start` runs with, in `dev.vars` as `wrangler dev` reads it. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** BigCommerce delivers hooks over https on port 443 only, so this name stands for the relay (see `wire.ts`). */
export const PUBLIC_ORIGIN = 'https://onhand.localhost';

export interface Secrets {
  readonly BIGCOMMERCE_CLIENT_ID: string;
  readonly BIGCOMMERCE_CLIENT_SECRET: string;
  readonly CLOVER_APP_ID: string;
  readonly CLOVER_APP_SECRET: string;
  readonly CLOVER_WEBHOOK_AUTH_CODES: string;
  readonly ADMIN_API_TOKEN: string;
  readonly TOKEN_ENCRYPTION_KEYS: string;
}

const secretsPath = (directory: string) => join(directory, 'dev.vars');

const makers: Readonly<Record<keyof Secrets, () => string>> = {
  BIGCOMMERCE_CLIENT_ID: () => randomBytes(16).toString('hex'),
  BIGCOMMERCE_CLIENT_SECRET: () => randomBytes(32).toString('hex'),
  // Clover's ids are 13 characters of base 32.
  CLOVER_APP_ID: () => randomBytes(13).toString('hex').toUpperCase().slice(0, 13),
  CLOVER_APP_SECRET: () => randomBytes(18).toString('hex'),
  CLOVER_WEBHOOK_AUTH_CODES: () => randomBytes(16).toString('hex'),
  ADMIN_API_TOKEN: () => randomBytes(32).toString('hex'),
  TOKEN_ENCRYPTION_KEYS: () => `k1:${randomBytes(32).toString('base64')}`,
};

/** The secrets of an earlier start, or null when there are none or one is missing. */
export function readSecrets(directory: string): Secrets | null {
  const known = readVars(secretsPath(directory));
  const secret = (name: keyof Secrets) => known.get(name) ?? '';
  const secrets = mapSecrets(secret);
  return Object.values(secrets).includes('') ? null : secrets;
}

export function makeSecrets(): Secrets {
  return mapSecrets((name) => makers[name]());
}

function mapSecrets(value: (name: keyof Secrets) => string): Secrets {
  return {
    BIGCOMMERCE_CLIENT_ID: value('BIGCOMMERCE_CLIENT_ID'),
    BIGCOMMERCE_CLIENT_SECRET: value('BIGCOMMERCE_CLIENT_SECRET'),
    CLOVER_APP_ID: value('CLOVER_APP_ID'),
    CLOVER_APP_SECRET: value('CLOVER_APP_SECRET'),
    CLOVER_WEBHOOK_AUTH_CODES: value('CLOVER_WEBHOOK_AUTH_CODES'),
    ADMIN_API_TOKEN: value('ADMIN_API_TOKEN'),
    TOKEN_ENCRYPTION_KEYS: value('TOKEN_ENCRYPTION_KEYS'),
  };
}

/** Writes the file for this start; gives its path. */
export function writeVars(
  directory: string,
  secrets: Secrets,
  origins: { bigcommerce: string; clover: string },
): string {
  const vars = {
    PUBLIC_ORIGIN,
    ...secrets,
    BIGCOMMERCE_API_ORIGIN: origins.bigcommerce,
    BIGCOMMERCE_LOGIN_ORIGIN: origins.bigcommerce,
    CLOVER_API_ORIGIN: origins.clover,
    CLOVER_WEB_ORIGIN: origins.clover,
  };
  const path = secretsPath(directory);
  mkdirSync(directory, { recursive: true });
  const lines = Object.entries(vars).map(([name, value]) => `${name}="${value}"`);
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}

function readVars(path: string): Map<string, string> {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return new Map();
  }
  return new Map(
    [...text.matchAll(/^([A-Z_]+)="(.*)"$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}
