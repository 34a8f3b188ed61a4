/**
 * Delivers webhooks: signature, retries over 48 hours, deactivation, and the block of a failing
 * domain (2.4, 2.5).
 */
import { takeHookFault } from '../faults.ts';
import { note } from '../journal.ts';
import { seconds } from './clock.ts';
import { sha1Hex, uuid, webhookSignature } from './crypto.ts';
import type { Platform } from './platform.ts';
import { nextId } from './state.ts';
import type { Delivery, DomainScore, Hook, Store } from './state.ts';

/** Seconds after the most recent failure (bigcommerce.md 2.4). */
const RETRY_DELAYS_S = [60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400];

const SCORE_WINDOW_MS = 120_000;
const SCORE_ATTEMPTS_MIN = 100;
const SCORE_SUCCESS_MIN = 0.9;
const BLOCK_MS = 180_000;

export const EXCEPTION_SCOPE = 'store/hook/deliveryException';
const EXCEPTION_RETRY_EVERY_MS = 600_000;

/** Puts one event on its way to one hook, through the fault that hits it. */
export function send(
  platform: Platform,
  store: Store,
  hook: Hook,
  scope: string,
  data: unknown,
  afterMs: number,
): void {
  const { runtime } = platform;
  const nowMs = runtime.now();
  const fault = takeHookFault(runtime.faults, 'bigcommerce', scope);
  hook.lastActivityAtMs = nowMs;
  if (fault?.kind === 'drop') {
    const row = { atMs: nowMs, platform: 'bigcommerce', topic: scope, outcome: 'dropped' } as const;
    note(runtime.journal.hooks, { ...row, status: 0 });
    return;
  }
  const delayMs = fault?.kind === 'delay' ? fault.delayMs : 0;
  const message = {
    hash: store.hash,
    hookId: hook.id,
    messageId: `msg_${uuid(runtime)}`,
    envelope: {
      scope,
      store_id: String(store.storeId),
      data,
      created_at: seconds(nowMs),
      producer: `stores/${store.hash}`,
    },
    signedAtMs: nowMs + afterMs,
    dueAtMs: nowMs + afterMs + runtime.faults.hookDelayMs + delayMs,
    attempts: 0,
  };
  const copies = 1 + (fault?.kind === 'duplicate' ? fault.times : 0);
  for (let copy = 0; copy < copies; copy += 1) {
    const delivery: Delivery = { id: nextId(platform.state, 'delivery', 1), ...message };
    platform.state.deliveries[delivery.id] = delivery;
    scheduleDelivery(platform, delivery);
  }
}

/** Starts the clock of one delivery. Also used to take up the deliveries of a restored snapshot. */
export function scheduleDelivery(platform: Platform, delivery: Delivery): void {
  const delayMs = Math.max(0, delivery.dueAtMs - platform.runtime.now());
  platform.runtime.schedule(delayMs, () => attempt(platform, delivery.id));
}

async function attempt(platform: Platform, deliveryId: number): Promise<void> {
  const { runtime, state, switches } = platform;
  const delivery = state.deliveries[deliveryId];
  if (delivery === undefined) return;
  const store = state.stores[delivery.hash];
  const hook = store?.hooks[delivery.hookId] ?? delivery.lastHook;
  if (store === undefined || hook === undefined || !hook.isActive) {
    delete state.deliveries[deliveryId];
    return;
  }
  const score = scoreOf(platform, hook);
  if (score.blockedUntilMs > runtime.now()) {
    journal(platform, delivery, 'failed', 0);
    retry(platform, store, hook, delivery, 90003, 'The destination domain is temporarily blocked.');
    return;
  }
  const answer = await post(platform, hook, delivery);
  const { status, failure } = answer;
  const acknowledged = switches.any2xxAcknowledges ? status >= 200 && status < 300 : status === 200;
  rate(platform, store, hook, score, status >= 200 && status < 300, failure);
  journal(platform, delivery, acknowledged ? 'delivered' : 'failed', status);
  if (acknowledged) {
    delete state.deliveries[deliveryId];
    return;
  }
  retry(platform, store, hook, delivery, 90001, failure);
}

/** One request; status 0 when no answer came. */
async function post(
  platform: Platform,
  hook: Hook,
  delivery: Delivery,
): Promise<{ status: number; failure: string }> {
  const { runtime, switches } = platform;
  const { scope, store_id, data, created_at, producer } = delivery.envelope;
  // The hash covers the rest of the payload, so a repeat of the same event has the same one (2.2).
  const hash = await sha1Hex(JSON.stringify(delivery.envelope));
  const body = JSON.stringify({ scope, store_id, data, hash, created_at, producer });
  const headers = new Headers(hook.headers ?? {});
  headers.set('content-type', 'application/json');
  if (switches.signHooks) await sign(platform, delivery, body, headers);
  const request = new Request(hook.destination, { method: 'POST', headers, body });
  try {
    const late = runtime.sleep(switches.hookTimeoutMs).then(() => undefined);
    const answers = [runtime.deliver(request), ...(switches.hookTimeoutMs > 0 ? [late] : [])];
    const response = await Promise.race(answers);
    if (response === undefined) return { status: 0, failure: 'Timed out' };
    return { status: response.status, failure: `Answered ${response.status}` };
  } catch {
    return { status: 0, failure: 'Could not connect' };
  }
}

async function sign(
  platform: Platform,
  delivery: Delivery,
  body: string,
  headers: Headers,
): Promise<void> {
  const { refreshTimestampOnRetry } = platform.switches;
  const atMs = refreshTimestampOnRetry ? platform.runtime.now() : delivery.signedAtMs;
  const message = { id: delivery.messageId, timestampSeconds: seconds(atMs), body };
  headers.set('webhook-id', message.id);
  headers.set('webhook-timestamp', String(message.timestampSeconds));
  headers.set('webhook-signature', await webhookSignature(platform.app.clientSecret, message));
}

function retry(
  platform: Platform,
  store: Store,
  hook: Hook,
  delivery: Delivery,
  errorCode: number,
  message: string,
): void {
  const delayS = RETRY_DELAYS_S[delivery.attempts];
  delivery.attempts += 1;
  if (delayS !== undefined) {
    delivery.dueAtMs = platform.runtime.now() + delayS * 1000;
    scheduleDelivery(platform, delivery);
    except(platform, store, hook, errorCode, message);
    return;
  }
  delete platform.state.deliveries[delivery.id];
  hook.isActive = false;
  hook.deactivated = true;
  hook.updatedAtMs = platform.runtime.now();
  except(platform, store, hook, 90002, 'Retries are exhausted; the hook was deactivated.');
}

/**
 * Tells the exception hook, if there is one; retries at most once per 10 minutes and destination
 * (2.3).
 */
function except(
  platform: Platform,
  store: Store,
  hook: Hook,
  errorCode: number,
  message: string,
): void {
  if (hook.scope === EXCEPTION_SCOPE) return;
  const nowMs = platform.runtime.now();
  if (errorCode === 90001) {
    const lastMs = store.exceptionsAtMs[hook.destination];
    if (lastMs !== undefined && nowMs - lastMs < EXCEPTION_RETRY_EVERY_MS) return;
    store.exceptionsAtMs[hook.destination] = nowMs;
  }
  const listener = Object.values(store.hooks).find((one) => one.scope === EXCEPTION_SCOPE);
  if (listener === undefined || !listener.isActive) return;
  const data = { type: 'webhook', id: hook.id, error_code: errorCode, message };
  send(platform, store, listener, EXCEPTION_SCOPE, data, 0);
}

function journal(
  platform: Platform,
  delivery: Delivery,
  outcome: 'delivered' | 'failed',
  status: number,
): void {
  note(platform.runtime.journal.hooks, {
    atMs: platform.runtime.now(),
    platform: 'bigcommerce',
    topic: delivery.envelope.scope,
    outcome,
    status,
  });
}

/** One score per host for the whole app: one tenant's failures stall all of them (2.4). */
function scoreOf(platform: Platform, hook: Hook): DomainScore {
  const { host } = new URL(hook.destination);
  const { domains } = platform.state;
  return (domains[host] ??= { attempts: [], blockedUntilMs: 0, failures: [] });
}

function rate(
  platform: Platform,
  store: Store,
  hook: Hook,
  score: DomainScore,
  ok: boolean,
  failure: string,
): void {
  const nowMs = platform.runtime.now();
  score.attempts.push({ atMs: nowMs, ok, failure });
  const fresh = score.attempts.findIndex((one) => one.atMs > nowMs - SCORE_WINDOW_MS);
  score.attempts.splice(0, fresh);
  const failed = score.attempts.filter((one) => !one.ok);
  const share = 1 - failed.length / score.attempts.length;
  if (score.attempts.length < SCORE_ATTEMPTS_MIN || share >= SCORE_SUCCESS_MIN) return;
  score.blockedUntilMs = nowMs + BLOCK_MS;
  const counts = Map.groupBy(failed, (one) => one.failure);
  score.failures = [...counts].map(([description, rows]) => ({
    description,
    count: rows.length,
    atMs: nowMs,
  }));
  score.attempts = [];
  except(platform, store, hook, 90003, 'The destination domain is temporarily blocked.');
}
