/** Goal: whatever happened to a store's webhooks, one run makes them right and the next has nothing to do. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseConnectionId, type ConnectionId } from '../../src/domain/ids.ts';
import { hookSecret } from '../../src/platforms/bigcommerce/hook-secret.ts';
import { HOOK_SCOPES } from '../../src/platforms/bigcommerce/webhook.ts';
import type { Ports } from '../../src/ports.ts';
import { listHooks } from '../../src/store/hooks.ts';
import { ensureHooks } from '../../src/sync/hooks.ts';
import { portsFor } from '../../src/wiring.ts';
import type { Hook } from '../sandbox/bigcommerce/index.ts';
import { installStore, openStage, ORIGIN, until, type Stage } from '../support/stage.ts';

const DESTINATION = `${ORIGIN}/webhooks/bigcommerce`;
let stage: Stage;
let id: ConnectionId;
let count = 0;

const hooksOf = (): Hook[] => Object.values(stage.bigcommerce.state.stores[id]?.hooks ?? {});
const hookOf = (scope: string): Hook => {
  const hook = hooksOf().find((one) => one.scope === scope);
  if (hook === undefined) throw new Error(`no hook for ${scope}`);
  return hook;
};
const outcome = (change: Partial<Record<'created' | 'renewed' | 'removed' | 'kept', number>>) => ({
  ok: true,
  value: { created: 0, renewed: 0, removed: 0, kept: 0, ...change },
});

async function expectAllRight(ports: Ports = portsFor(env)): Promise<void> {
  expect(
    hooksOf()
      .map(({ scope }) => scope)
      .toSorted(),
  ).toEqual([...HOOK_SCOPES].toSorted());
  const secret = await hookSecret(ports.config, id);
  for (const hook of hooksOf()) {
    expect(hook).toMatchObject({
      isActive: true,
      destination: DESTINATION,
      headers: { 'X-Onhand-Secret': secret },
    });
  }
  const rows = await listHooks(ports.db, id);
  expect(rows.map(({ scope, hookId }) => [scope, hookId])).toEqual(
    hooksOf()
      .toSorted((one, other) => (one.scope < other.scope ? -1 : 1))
      .map((hook) => [hook.scope, hook.id]),
  );
  expect(new Set(rows.map(({ secretKeyId }) => secretKeyId))).toEqual(
    new Set([ports.config.encryptionKeys[0].id]),
  );
}

/** A store of its own for each test, after the run that its install ordered. */
beforeEach(async () => {
  stage ??= openStage();
  stage.runtime.faults.calls.length = 0;
  count += 1;
  const parsed = parseConnectionId(`hooks${count}`);
  if (parsed === undefined) throw new Error('no store hash');
  id = parsed;
  stage.bigcommerce.createStore({ hash: id });
  await installStore(stage, id);
  await until('the rows of the install’s own run', async () =>
    (await listHooks(portsFor(env).db, id)).length === HOOK_SCOPES.length ? true : undefined,
  );
});

describe('ensureHooks', () => {
  it('[R4] has nothing to do when all is right: one read, no write', async () => {
    await expectAllRight();
    const before = stage.runtime.journal.calls.length;
    expect(await ensureHooks(portsFor(env), { id })).toEqual(outcome({ kept: HOOK_SCOPES.length }));
    const calls = stage.runtime.journal.calls.slice(before).filter(({ account }) => account === id);
    expect(calls.map(({ method }) => method)).toEqual(['GET']);
  });

  it('[R4] makes missing ones and adopts those of a run that died before it noted them', async () => {
    const [lost, unnoted] = HOOK_SCOPES;
    delete stage.bigcommerce.state.stores[id]?.hooks[hookOf(lost).id];
    await env.DB.prepare('DELETE FROM hooks WHERE connection_id = ? AND scope = ?')
      .bind(id, unnoted)
      .run();
    expect(await ensureHooks(portsFor(env), { id })).toEqual(
      outcome({ created: 1, kept: HOOK_SCOPES.length - 1 }),
    );
    await expectAllRight();
  });

  it('[R4] switches those on that the platform switched off', async () => {
    const [scope] = HOOK_SCOPES;
    Object.assign(hookOf(scope), { isActive: false, deactivated: true });
    expect(await ensureHooks(portsFor(env), { id })).toEqual(
      outcome({ renewed: 1, kept: HOOK_SCOPES.length - 1 }),
    );
    await expectAllRight();
    // Healed, and told all the same: sales were not heard of while it was off.
    const notices = await env.DB.prepare(
      "SELECT key FROM alert_notices WHERE connection_id = ? AND kind = 'hook-off'",
    )
      .bind(id)
      .all<{ key: string }>();
    expect(notices.results.map(({ key }) => key)).toEqual([
      expect.stringMatching(`^hook:${scope}:`.replaceAll('*', '\\*')),
    ]);
  });

  it('[X1] gives them the secret of the newest key, and mends a secret that is missing or wrong', async () => {
    const ports = portsFor(env);
    const newest = { id: 'k2', bytes: new Uint8Array(32).fill(2) };
    const rotated: Ports = {
      ...ports,
      config: { ...ports.config, encryptionKeys: [newest, ...ports.config.encryptionKeys] },
    };
    expect(await ensureHooks(rotated, { id })).toEqual(outcome({ renewed: HOOK_SCOPES.length }));
    await expectAllRight(rotated);
    const [bare, wrong] = HOOK_SCOPES;
    hookOf(bare).headers = null;
    hookOf(wrong).headers = { 'X-Onhand-Secret': 'k2.wrong' };
    expect(await ensureHooks(rotated, { id })).toEqual(
      outcome({ renewed: 2, kept: HOOK_SCOPES.length - 2 }),
    );
    await expectAllRight(rotated);
  });

  it('[R4] removes duplicates, scopes of the past and old addresses', async () => {
    const [scope] = HOOK_SCOPES;
    const original = hookOf(scope);
    const store = stage.bigcommerce.state.stores[id];
    if (store === undefined) throw new Error('no store');
    for (const [position, change] of [
      {},
      { scope: 'store/customer/created' },
      { destination: 'https://old.onhand.test/webhooks/bigcommerce' },
    ].entries()) {
      const hookId = original.id + 1_000 + position;
      store.hooks[hookId] = { ...original, id: hookId, ...change };
    }
    expect(await ensureHooks(portsFor(env), { id })).toEqual(
      outcome({ removed: 3, kept: HOOK_SCOPES.length }),
    );
    expect(hookOf(scope).id).toBe(original.id);
    await expectAllRight();
  });

  it('[R4] two runs at once make each webhook once', async () => {
    const store = stage.bigcommerce.state.stores[id];
    if (store !== undefined) store.hooks = {};
    const runs = await Promise.all([
      ensureHooks(portsFor(env), { id }),
      ensureHooks(portsFor(env), { id }),
    ]);
    const made = runs.map((run) => (run.ok ? run.value.created : -1));
    expect(made.every((one) => one >= 0)).toBe(true);
    expect(made.reduce((sum, one) => sum + one, 0)).toBe(HOOK_SCOPES.length);
    await expectAllRight();
  });

  it('[R4] one failure does not keep the others from being made; the next run makes it', async () => {
    const store = stage.bigcommerce.state.stores[id];
    if (store !== undefined) store.hooks = {};
    stage.runtime.faults.calls.push({
      platform: 'bigcommerce',
      match: new RegExp(`^POST /stores/${id}/v3/hooks`),
      fault: { kind: 'status', status: 503 },
      times: 1,
    });
    expect(await ensureHooks(portsFor(env), { id })).toMatchObject({
      ok: false,
      failure: { code: 'platform_unavailable' },
    });
    expect(hooksOf()).toHaveLength(HOOK_SCOPES.length - 1);
    expect(await ensureHooks(portsFor(env), { id })).toMatchObject(
      outcome({ created: 1, kept: HOOK_SCOPES.length - 1 }),
    );
    await expectAllRight();
  });

  it('[R4] a listing that fails changes nothing', async () => {
    stage.runtime.faults.calls.push({
      platform: 'bigcommerce',
      match: new RegExp(`^GET /stores/${id}/v3/hooks`),
      fault: { kind: 'status', status: 500 },
      times: 1,
    });
    expect(await ensureHooks(portsFor(env), { id })).toMatchObject({ ok: false });
    await expectAllRight();
  });
});
