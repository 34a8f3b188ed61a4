/** Goal: a sealed token opens for its owner with its key, and for nobody else. */
import { describe, expect, it } from 'vitest';
import type { EncryptionKey } from '../../../src/config.ts';
import { open, seal, type VaultPorts } from '../../../src/objects/vault.ts';
import { failureOf, valueOf } from '../../support/platform-ports.ts';

const key = (id: string, fill: number): EncryptionKey => ({
  id,
  bytes: new Uint8Array(32).fill(fill),
});
const K1 = key('k1', 1);
const K2 = key('k2', 2);
const OWNER = 'clover:MERCHANT00001|abc123';

function vault(...keys: [EncryptionKey, ...EncryptionKey[]]): VaultPorts {
  return { keys, randomBytes: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)) };
}

describe('the vault', () => {
  it('[X3] opens what it sealed, and shows nothing of it', async () => {
    const sealed = await seal(vault(K1), OWNER, 'the-token ü');
    expect(sealed).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
    expect(sealed).not.toContain('the-token');
    expect(valueOf(await open(vault(K1), OWNER, sealed))).toEqual({
      text: 'the-token ü',
      isOld: false,
    });
  });

  it('[X3] takes a new random IV each time', async () => {
    const ivs = new Set<string | undefined>();
    for (let index = 0; index < 20; index += 1) {
      ivs.add((await seal(vault(K1), OWNER, 'same')).split('.')[2]);
    }
    expect(ivs.size).toBe(20);
  });

  it('[X3] seals with the newest key and still opens with the older one', async () => {
    const old = await seal(vault(K1), OWNER, 'text');
    expect(valueOf(await open(vault(K2, K1), OWNER, old))).toEqual({ text: 'text', isOld: true });
    expect(await seal(vault(K2, K1), OWNER, 'text')).toMatch(/^v1\.k2\./);
  });

  it('[X3] names a key that is not configured any more', async () => {
    const sealed = await seal(vault(K1), OWNER, 'text');
    const failure = failureOf(await open(vault(K2), OWNER, sealed));
    expect(failure).toMatchObject({ code: 'config_missing' });
    expect(failure.message).toContain('k1');
  });

  it('[X3] does not open for another account or connection', async () => {
    const sealed = await seal(vault(K1), OWNER, 'text');
    for (const other of ['clover:MERCHANT00002|abc123', 'clover:MERCHANT00001|other', '']) {
      expect(failureOf(await open(vault(K1), other, sealed)).code).toBe('internal');
    }
  });

  it('[X3] does not open when anything in it was changed', async () => {
    const sealed = await seal(vault(K1), OWNER, 'text');
    const swap = (text: string) =>
      text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`;
    const [format = '', id = '', iv = '', data = ''] = sealed.split('.');
    const changed = [
      ['v2', id, iv, data],
      [format, id, swap(iv), data],
      [format, id, iv, swap(data)],
      [format, id, iv, data.slice(0, -4)],
      [format, id, iv],
      ['nonsense'],
    ];
    for (const parts of changed) {
      const failure = failureOf(await open(vault(K1), OWNER, parts.join('.')));
      expect(failure.code).toBe('internal');
      if (data !== '') expect(failure.message).not.toContain(data);
    }
    // The key's name is not encrypted, but another key's name opens nothing.
    const renamed = [format, 'k2', iv, data].join('.');
    expect(failureOf(await open(vault(K2, K1), OWNER, renamed)).code).toBe('internal');
  });
});
