/** Goal: no call without leave, no leave kept, and a refused token is questioned once, never in a loop. */
import { describe, expect, it } from 'vitest';
import { fail, ok } from '../../../src/domain/result.ts';
import { getLocations } from '../../../src/platforms/bigcommerce/locations.ts';
import { openBigCommerce } from '../../../src/platforms/bigcommerce/session.ts';
import { readStock, writeStock } from '../../../src/platforms/clover/inventory.ts';
import { openClover } from '../../../src/platforms/clover/session.ts';
import {
  CONTEXT,
  failureOf,
  openPlatformBench,
  valueOf,
  type PlatformBench,
} from '../../support/platform-ports.ts';

const LOCATIONS = { data: [{ id: 1, label: 'Default' }], meta: {} };
const noPermission = { code: 'permission_missing', message: 'no' } as const;

function stores(bench: PlatformBench) {
  return openBigCommerce(bench.ports, 'abc123', CONTEXT);
}
function registers(bench: PlatformBench) {
  return openClover(bench.ports, 'MERCHANT00001', CONTEXT);
}

describe('a session', () => {
  it("sends the store's token in its header, at the store's address", async () => {
    const bench = openPlatformBench(() => Response.json(LOCATIONS));
    expect(valueOf(await getLocations(stores(bench)))).toHaveLength(1);
    expect(bench.sent[0]?.url).toBe(
      'https://api.bigcommerce.com/stores/abc123/v3/inventory/locations?limit=1000',
    );
    expect(bench.sent[0]?.headers.get('x-auth-token')).toBe('the-token');
    expect(bench.reports).toEqual([{ status: 200 }]);
  });

  it("sends the merchant's token as bearer, never in the address", async () => {
    const bench = openPlatformBench(() => Response.json({ item: { id: 'I' }, quantity: 4 }));
    expect(valueOf(await readStock(registers(bench), 'ITEM000000001'))).toMatchObject({
      quantity: 4,
    });
    expect(bench.sent[0]?.headers.get('authorization')).toBe('Bearer the-token');
    expect(bench.sent[0]?.url).not.toContain('the-token');
  });

  it('[R5] sends nothing without leave', async () => {
    const bench = openPlatformBench(() => Response.json(LOCATIONS));
    bench.account.acquire = async () => fail({ code: 'busy', message: 'full', retryAfterMs: 5 });
    expect(failureOf(await getLocations(stores(bench)))).toMatchObject({ code: 'busy' });
    bench.account.acquire = () => Promise.reject(new Error('object was reset'));
    expect(failureOf(await getLocations(stores(bench)))).toMatchObject({ code: 'busy' });
    expect(bench.sent).toEqual([]);
  });

  it('[S5] sends nothing after the moment until which its maker answers for it', async () => {
    const bench = openPlatformBench(() => Response.json({ item: { id: 'I' }, quantity: 4 }));
    const at = (notAfterMs: number) =>
      writeStock(
        openClover(bench.ports, 'MERCHANT00001', { ...CONTEXT, notAfterMs }),
        'ITEM000000001',
        4,
      );
    const late = failureOf(await at(bench.ports.now() - 1));
    expect(late.code).toBe('busy');
    expect(late.outcomeUnknown).toBeUndefined();
    expect(bench.sent).toEqual([]);
    // The leave taken for it is free again.
    expect(bench.reports).toEqual([{ status: null }]);
    expect(valueOf(await at(bench.ports.now()))).toMatchObject({ quantity: 4 });
  });

  it("[R5] gives the merchant's leave back when the app has none", async () => {
    const bench = openPlatformBench(() => Response.json({}));
    const asked: unknown[] = [];
    const app = {
      acquire: async (...who: unknown[]) => {
        asked.push(who);
        return fail({ code: 'busy' as const, message: 'full' });
      },
      release: async () => undefined,
    };
    const ports = { ...bench.ports, objects: { ...bench.ports.objects, cloverApp: () => app } };
    const session = openClover(ports, 'MERCHANT00001', { ...CONTEXT, priority: 'background' });
    expect(failureOf(await readStock(session, 'I')).code).toBe('busy');
    expect(asked).toEqual([['MERCHANT00001', 'background', undefined]]);
    expect(bench.reports).toEqual([{ status: null }]);
    expect(bench.sent).toEqual([]);
  });

  it('[R5] gives leave back after failures too, with what the answer said', async () => {
    const bench = openPlatformBench(
      () => new Response('{}', { status: 429, headers: { 'Retry-After': '2' } }),
    );
    expect(failureOf(await getLocations(stores(bench)))).toMatchObject({ retryAfterMs: 2_000 });
    expect(bench.reports).toEqual([{ status: 429, retryAfterMs: 2_000 }]);
  });

  it('does not let a lost release change the outcome', async () => {
    const bench = openPlatformBench(() => Response.json(LOCATIONS));
    bench.account.release = () => Promise.reject(new Error('object was reset'));
    expect((await getLocations(stores(bench))).ok).toBe(true);
  });
});

describe('a refused token', () => {
  it('is replaced once: the same call again with the new one', async () => {
    const bench = openPlatformBench((_request, index) =>
      index === 0
        ? Response.json({ message: '401' }, { status: 401 })
        : Response.json({ item: { id: 'I' }, quantity: 7 }),
    );
    const tokens = ['old', 'new'];
    bench.account.acquire = async () =>
      ok({ permitId: tokens[0] ?? '', accessToken: tokens.shift() ?? '' });
    const asked: string[] = [];
    bench.account.refused = async (permitId) => {
      asked.push(permitId);
      return ok('retry');
    };
    expect(valueOf(await writeStock(registers(bench), 'I', 7)).quantity).toBe(7);
    expect(asked).toEqual(['old']);
    expect(bench.sent.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer old',
      'Bearer new',
    ]);
  });

  it('ends after the second refusal, whatever the account says', async () => {
    const bench = openPlatformBench(() => Response.json({ message: '401' }, { status: 401 }));
    expect(failureOf(await readStock(registers(bench), 'I'))).toMatchObject({
      code: 'unauthorized',
      status: 401,
    });
    expect(bench.sent).toHaveLength(2);
    expect(bench.reports).toHaveLength(2);
  });

  it("ends at once with the account's verdict", async () => {
    const bench = openPlatformBench(() => Response.json({ message: '401' }, { status: 401 }));
    bench.account.refused = async () => fail(noPermission);
    expect(failureOf(await readStock(registers(bench), 'I'))).toEqual({
      ...noPermission,
      status: 401,
    });
    expect(bench.sent).toHaveLength(1);
    expect(bench.reports).toEqual([{ status: 401 }]);
  });
});
