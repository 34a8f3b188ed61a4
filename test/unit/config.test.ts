/** Goal: a configuration that cannot work is refused by the names of its variables, and never shown. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';

const key = (byte: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(byte)));
const GOOD = {
  PUBLIC_ORIGIN: 'https://onhand.test',
  BIGCOMMERCE_CLIENT_ID: 'v4lue-a',
  BIGCOMMERCE_CLIENT_SECRET: 'v4lue-b',
  CLOVER_APP_ID: 'v4lue-c',
  CLOVER_APP_SECRET: 'v4lue-d',
  CLOVER_WEBHOOK_AUTH_CODES: 'v4lue-e',
  ADMIN_API_TOKEN: 'v4lue-f',
  TOKEN_ENCRYPTION_KEYS: `k2:${key(2)}, k1:${key(1)}`,
};

function refusal(change: Record<string, unknown>): string {
  const config = parseConfig({ ...GOOD, ...change });
  if (config.ok) throw new Error('the configuration was accepted');
  expect(config.failure.code).toBe('config_missing');
  expect(config.failure.message).not.toMatch(/v4lue|AQEB|AgIC/);
  return config.failure.message;
}

describe('configuration', () => {
  it('[X8] is taken whole, newest key first', () => {
    const config = parseConfig(GOOD);
    expect(config.ok && config.value.encryptionKeys.map(({ id }) => id)).toEqual(['k2', 'k1']);
  });

  it.each(Object.keys(GOOD))('[X8] without %s is refused by that name', (name) => {
    expect(refusal({ [name]: undefined })).toContain(name);
    expect(refusal({ [name]: ' ' })).toContain(name);
  });

  it('[X3] two keys of one id are refused: what one encrypts, the other cannot open', () => {
    const keys = `k1:${key(2)},k1:${key(1)}`;
    expect(refusal({ TOKEN_ENCRYPTION_KEYS: keys })).toContain('TOKEN_ENCRYPTION_KEYS');
  });

  it('[X1] a list without a single webhook code is refused, not taken as nobody', () => {
    expect(refusal({ CLOVER_WEBHOOK_AUTH_CODES: ' , ,' })).toContain('CLOVER_WEBHOOK_AUTH_CODES');
  });

  it.each([
    'onhand.test',
    'https://onhand.test/',
    'https://onhand.test/path',
    'https://v4lue@onhand.test',
    'ftp://onhand.test',
    'javascript:alert(1)',
  ])('[X6] %s is no origin', (text) => {
    expect(refusal({ PUBLIC_ORIGIN: text })).toContain('PUBLIC_ORIGIN');
    expect(refusal({ CLOVER_WEB_ORIGIN: text })).toContain('CLOVER_WEB_ORIGIN');
  });

  it.each(['xx', 'constructor', '__proto__'])('[X6] %s is no region', (text) => {
    expect(refusal({ CLOVER_REGION: text })).toContain('CLOVER_');
  });
});
