/**
 * The webhooks of one store as they should be (R4): one active hook per scope, at our address, with the secret of the
 * newest key; nothing else of ours. BigCommerce is the truth: rows are written from what it lists, so a crash between
 * a creation and its row, or two runs at once, are healed by the next run.
 */
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import {
  currentSecretKeyId,
  HOOK_SECRET_HEADER,
  hookSecret,
} from '../platforms/bigcommerce/hook-secret.ts';
import {
  createHook,
  deleteHook,
  listHooks,
  updateHook,
  type Hook,
  type HookValues,
} from '../platforms/bigcommerce/hooks.ts';
import { openBigCommerce, type BigCommerceSession } from '../platforms/bigcommerce/session.ts';
import {
  CATALOG_HOOK_SCOPES,
  CUSTOMER_HOOK_SCOPES,
  HOOK_SCOPES,
} from '../platforms/bigcommerce/webhook.ts';
import type { Ports } from '../ports.ts';
import { addNotice } from '../store/alerts.ts';
import { findConnection, type Connection } from '../store/connections.ts';
import { saveHooks } from '../store/hooks.ts';
import { ALERT_NOTICES } from './alert-words.ts';

type HookPorts = Pick<Ports, 'config' | 'now' | 'timer' | 'fetch' | 'log' | 'db' | 'objects'>;

/** What one run did, as counts of hooks. */
export interface HooksOutcome {
  readonly created: number;
  /** Re-activated, or given the secret of the newest key. */
  readonly renewed: number;
  readonly removed: number;
  readonly kept: number;
}

export interface HookSteps {
  readonly keep: readonly Hook[];
  readonly renew: readonly Hook[];
  readonly remove: readonly Hook[];
  /** Scopes without a hook. */
  readonly create: readonly string[];
}

/**
 * Compares what is listed with what is wanted. Of several hooks for one scope the oldest stays, so two runs at once
 * agree. A secret that the list does not show counts as old: renewing is harmless, a missing header refuses sales.
 */
export function compareHooks(
  listed: readonly Hook[],
  wanted: { scopes: readonly string[]; destination: string; secret: string },
): HookSteps {
  const keep: Hook[] = [];
  const renew: Hook[] = [];
  const create: string[] = [];
  const chosen = new Set<number>();
  for (const scope of wanted.scopes) {
    const [oldest] = listed
      .filter((hook) => hook.scope === scope && hook.destination === wanted.destination)
      .toSorted((one, other) => one.hookId - other.hookId);
    if (oldest === undefined) {
      create.push(scope);
      continue;
    }
    chosen.add(oldest.hookId);
    const fresh = oldest.isActive && headerOf(oldest, HOOK_SECRET_HEADER) === wanted.secret;
    (fresh ? keep : renew).push(oldest);
  }
  return { keep, renew, create, remove: listed.filter(({ hookId }) => !chosen.has(hookId)) };
}

function headerOf(hook: Hook, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(hook.headers).find(([header]) => header.toLowerCase() === wanted)?.[1];
}

/**
 * Brings the store's hooks to the wanted state and their rows with them. Idempotent. One scope's failure does not keep
 * the others from being mended; the first failure is the answer then, and a repeat does what is left.
 */
export async function ensureHooks(
  ports: HookPorts,
  connection: Pick<Connection, 'id'>,
  eventId?: string,
): Promise<Result<HooksOutcome, Failure>> {
  const session = openBigCommerce(ports, connection.id, {
    connectionId: connection.id,
    ...(eventId === undefined ? {} : { eventId }),
    priority: 'background',
  });
  const listed = await listHooks(session);
  if (!listed.ok) return listed;
  const secret = await hookSecret(ports.config, connection.id);
  const destination = `${ports.config.publicOrigin}/webhooks/bigcommerce`;
  const settings = (await findConnection(ports.db, connection.id))?.settings;
  const scopes = [
    ...HOOK_SCOPES,
    ...(settings?.catalog.enabled === true ? CATALOG_HOOK_SCOPES : []),
    ...(settings?.customers.enabled === true ? CUSTOMER_HOOK_SCOPES : []),
  ];
  const steps = compareHooks(listed.value, { scopes, destination, secret });
  const valuesOf = (scope: string): HookValues => ({
    scope,
    destination,
    headers: { [HOOK_SECRET_HEADER]: secret },
  });
  const done = await carryOut(session, steps, valuesOf);
  await saveHooks(
    ports.db,
    done.hooks.map(({ scope, hookId }) => ({
      connectionId: connection.id,
      scope,
      hookId,
      secretKeyId: currentSecretKeyId(ports.config),
      checkedAtMs: ports.now(),
    })),
  );
  await noticeSilenced(ports, connection.id, steps);
  report(ports, connection.id, eventId, done);
  return done.failure === undefined ? ok(done.outcome) : fail(done.failure);
}

/** A hook that the platform switched off is news, although it is on again: once per scope and day. */
async function noticeSilenced(
  ports: Pick<Ports, 'db' | 'now'>,
  connectionId: string,
  { renew }: HookSteps,
): Promise<void> {
  const atMs = ports.now();
  for (const { scope, isActive } of renew) {
    if (isActive) continue;
    const key = `hook:${scope}:${new Date(atMs).toISOString().slice(0, 10)}`;
    const message = ALERT_NOTICES.hookOff(scope);
    await addNotice(ports.db, { connectionId, key, kind: 'hook-off', message, atMs });
  }
}

interface Done {
  /** What is at the store now, as far as it is right. */
  readonly hooks: readonly Hook[];
  readonly outcome: HooksOutcome;
  readonly failure: Failure | undefined;
}

async function carryOut(
  session: BigCommerceSession,
  steps: HookSteps,
  valuesOf: (scope: string) => HookValues,
): Promise<Done> {
  const failures: Failure[] = [];
  const hooks: Hook[] = [...steps.keep];
  const missing = [...steps.create];
  let removed = 0;
  // Removals first: a leftover at our address delivers twice.
  for (const { hookId } of steps.remove) {
    const answer = await deleteHook(session, hookId);
    if (answer.ok || answer.failure.code === 'not_found') removed += 1;
    else failures.push(answer.failure);
  }
  let renewed = 0;
  for (const { hookId, scope } of steps.renew) {
    const answer = await updateHook(session, hookId, valuesOf(scope));
    if (answer.ok) {
      hooks.push(answer.value);
      renewed += 1;
    } else if (answer.failure.code === 'not_found') missing.push(scope);
    else failures.push(answer.failure);
  }
  let created = 0;
  for (const scope of missing) {
    const answer = await createOrFind(session, valuesOf(scope));
    if (answer.ok) {
      hooks.push(answer.value.hook);
      created += answer.value.created ? 1 : 0;
    } else failures.push(answer.failure);
  }
  const outcome = { created, renewed, removed, kept: hooks.length - created - renewed };
  return { hooks, outcome, failure: failures[0] };
}

/** Takes every hook of ours off a store that is being left. What cannot be taken off is logged as calls are; nothing waits for it. */
export async function removeHooks(ports: HookPorts, connectionId: string): Promise<void> {
  const context = { connectionId, priority: 'interactive' as const };
  const session = openBigCommerce(ports, connectionId, context);
  const listed = await listHooks(session);
  if (!listed.ok) return;
  for (const { hookId } of listed.value) {
    const removed = await deleteHook(session, hookId);
    // Without access there is no use in asking for the others.
    if (!removed.ok && removed.failure.code !== 'not_found') return;
  }
}

/** BigCommerce refuses a second hook of one scope and destination: then another run of ours made it just now. */
async function createOrFind(
  session: BigCommerceSession,
  values: HookValues,
): Promise<Result<{ hook: Hook; created: boolean }, Failure>> {
  const answer = await createHook(session, values);
  if (answer.ok) return ok({ hook: answer.value, created: true });
  if (answer.failure.code !== 'conflict' && answer.failure.code !== 'rejected') return answer;
  const listed = await listHooks(session);
  if (!listed.ok) return listed;
  const hook = listed.value.find(
    ({ scope, destination }) => scope === values.scope && destination === values.destination,
  );
  return hook === undefined ? answer : ok({ hook, created: false });
}

function report(
  ports: Pick<Ports, 'log' | 'now'>,
  connectionId: string,
  eventId: string | undefined,
  done: Done,
): void {
  const { created, renewed, removed, kept } = done.outcome;
  if (created + renewed + removed === 0 && done.failure === undefined) return;
  ports.log.add({
    kind: 'decision',
    atMs: ports.now(),
    connectionId,
    ...(eventId === undefined ? {} : { eventId }),
    platform: 'bigcommerce',
    operation: 'hooks.ensure',
    outcome: done.failure === undefined ? 'ok' : 'failed',
    ...(done.failure === undefined ? {} : { code: done.failure.code }),
    message: `Webhooks: ${created} created, ${renewed} renewed, ${removed} removed, ${kept} as they should be.`,
    detail: done.outcome,
  });
}
