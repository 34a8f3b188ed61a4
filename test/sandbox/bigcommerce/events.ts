/**
 * What happens becomes webhooks here: which hooks an event reaches, and the envelope they carry
 * (bigcommerce.md 2).
 */
import { send } from './delivery.ts';
import type { Platform } from './platform.ts';
import type { Store } from './state.ts';

/** A subscription nothing happened on for so long is switched off (2.1). */
const IDLE_LIMIT_MS = 90 * 86_400_000;

/** Whether a hook's scope covers an event's: the same scope, or a prefix that ends in a star. */
export function covers(hookScope: string, eventScope: string, deep: boolean): boolean {
  if (hookScope === eventScope) return true;
  if (!hookScope.endsWith('/*')) return false;
  const prefix = hookScope.slice(0, -1);
  return eventScope.startsWith(prefix) && (deep || !eventScope.slice(prefix.length).includes('/'));
}

/** Switches off what was idle for 90 days. */
export function retireIdleHooks(store: Store, nowMs: number): void {
  for (const hook of Object.values(store.hooks)) {
    if (!hook.isActive || nowMs - hook.lastActivityAtMs < IDLE_LIMIT_MS) continue;
    hook.isActive = false;
    hook.deactivated = true;
  }
}

/**
 * Fires one event: every active hook that covers its scope gets its own delivery. Returns at once;
 * deliveries run later, `afterMs` milliseconds from now at the earliest.
 */
export function emit(
  platform: Platform,
  store: Store,
  scope: string,
  data: unknown,
  afterMs = 0,
): void {
  const nowMs = platform.runtime.now();
  const { hookWarmUpMs, wildcardIsDeep } = platform.switches;
  if (platform.runtime.hookTap !== undefined) {
    const tapped = { account: store.hash, topic: scope, data, type: '', atMs: nowMs, afterMs };
    platform.runtime.hookTap({ platform: 'bigcommerce', ...tapped });
    return;
  }
  retireIdleHooks(store, nowMs);
  for (const hook of Object.values(store.hooks)) {
    if (!hook.isActive || nowMs < hook.createdAtMs + hookWarmUpMs) continue;
    if (covers(hook.scope, scope, wildcardIsDeep))
      send(platform, store, hook, scope, data, afterMs);
  }
}
