/**
 * Configuration: vars and secrets parsed once into one frozen value. A missing or malformed one is named, its value
 * never is.
 */
import { fail, ok, type Result } from './domain/result.ts';
import type { Failure } from './domain/failure.ts';

export interface EncryptionKey {
  readonly id: string;
  /** 32 bytes, AES-256. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Config {
  /** Without trailing slash. */
  readonly publicOrigin: string;
  readonly bigcommerce: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly apiOrigin: string;
    readonly loginOrigin: string;
  };
  readonly clover: {
    readonly appId: string;
    readonly appSecret: string;
    /** Accepted `X-Clover-Auth` codes, newest first. */
    readonly webhookAuthCodes: readonly string[];
    readonly apiOrigin: string;
    readonly webOrigin: string;
  };
  readonly adminApiToken: string;
  /** Sender of alerts by e-mail; empty: none are sent. */
  readonly alertEmailFrom: string;
  /** Newest first: the first one encrypts, all of them decrypt. */
  readonly encryptionKeys: readonly [EncryptionKey, ...EncryptionKey[]];
}

/** Hosts per region (clover.md 0). */
const CLOVER_REGIONS: Readonly<Record<string, { api: string; web: string }>> = {
  na: { api: 'https://api.clover.com', web: 'https://www.clover.com' },
  eu: { api: 'https://api.eu.clover.com', web: 'https://www.eu.clover.com' },
  la: { api: 'https://api.la.clover.com', web: 'https://www.la.clover.com' },
  sandbox: { api: 'https://apisandbox.dev.clover.com', web: 'https://sandbox.dev.clover.com' },
};

const REQUIRED = [
  'PUBLIC_ORIGIN',
  'BIGCOMMERCE_CLIENT_ID',
  'BIGCOMMERCE_CLIENT_SECRET',
  'CLOVER_APP_ID',
  'CLOVER_APP_SECRET',
  'CLOVER_WEBHOOK_AUTH_CODES',
  'ADMIN_API_TOKEN',
  'TOKEN_ENCRYPTION_KEYS',
] as const;

/** The variables that this Worker reads; each is text or absent. */
export type ConfigSource = Readonly<Record<string, unknown>>;

/**
 * Reads the configuration. The failure (`config_missing`) names every variable that is missing or malformed at once.
 */
export function parseConfig(source: ConfigSource): Result<Config, Failure> {
  const read = (name: string): string => {
    const value = source[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  const wrong: string[] = REQUIRED.filter((name) => read(name) === '').map(
    (name) => `${name} is missing`,
  );
  const origin = (name: string, fallback: string): string => {
    const text = read(name) === '' ? fallback : read(name);
    if (text !== '' && !isOrigin(text)) wrong.push(`${name} is not an origin such as https://host`);
    return text;
  };
  const webhookAuthCodes = list(read('CLOVER_WEBHOOK_AUTH_CODES'));
  if (webhookAuthCodes.length === 0 && read('CLOVER_WEBHOOK_AUTH_CODES') !== '') {
    wrong.push('CLOVER_WEBHOOK_AUTH_CODES names no code');
  }
  const regionName = read('CLOVER_REGION') === '' ? 'na' : read('CLOVER_REGION');
  const region = Object.hasOwn(CLOVER_REGIONS, regionName) ? CLOVER_REGIONS[regionName] : undefined;
  if (region === undefined) wrong.push('CLOVER_REGION is none of na, eu, la, sandbox');
  const encryptionKeys = parseKeys(read('TOKEN_ENCRYPTION_KEYS'));
  if (encryptionKeys === undefined && read('TOKEN_ENCRYPTION_KEYS') !== '') {
    wrong.push(
      'TOKEN_ENCRYPTION_KEYS is not a comma list of kid:base64 with 32 bytes and a kid of its own each',
    );
  }
  const config = {
    publicOrigin: origin('PUBLIC_ORIGIN', ''),
    bigcommerce: {
      clientId: read('BIGCOMMERCE_CLIENT_ID'),
      clientSecret: read('BIGCOMMERCE_CLIENT_SECRET'),
      apiOrigin: origin('BIGCOMMERCE_API_ORIGIN', 'https://api.bigcommerce.com'),
      loginOrigin: origin('BIGCOMMERCE_LOGIN_ORIGIN', 'https://login.bigcommerce.com'),
    },
    clover: {
      appId: read('CLOVER_APP_ID'),
      appSecret: read('CLOVER_APP_SECRET'),
      webhookAuthCodes,
      apiOrigin: origin('CLOVER_API_ORIGIN', region?.api ?? ''),
      webOrigin: origin('CLOVER_WEB_ORIGIN', region?.web ?? ''),
    },
    adminApiToken: read('ADMIN_API_TOKEN'),
    alertEmailFrom: read('ALERT_EMAIL_FROM'),
  };
  if (wrong.length > 0 || encryptionKeys === undefined) {
    return fail({
      code: 'config_missing',
      message: `Configuration is incomplete: ${wrong.join('; ')}. See .dev.vars.example.`,
    });
  }
  return ok({ ...config, encryptionKeys });
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function parseKeys(text: string): readonly [EncryptionKey, ...EncryptionKey[]] | undefined {
  const keys: EncryptionKey[] = [];
  for (const part of list(text)) {
    const [id = '', base64 = ''] = part.split(/:(.*)/s);
    const bytes = decodeBase64(base64);
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || bytes?.length !== 32) return undefined;
    // What the second of two namesakes encrypted could never be opened again.
    if (keys.some((key) => key.id === id)) return undefined;
    keys.push({ id, bytes });
  }
  const [first, ...rest] = keys;
  return first === undefined ? undefined : [first, ...rest];
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
