/**
 * One object per order. For now it shares reads: an order's many webhooks, arriving together, cost one read. What it
 * remembers is in memory only; forgetting it costs one read too many, never a lost one, because the event that was
 * handed the read is not acknowledged before the read is processed.
 */
import { DurableObject } from 'cloudflare:workers';
import { isCovered } from '../domain/stock/wake.ts';
import { CALL_TIMEOUT_MS, COALESCE_MS } from '../limits.ts';
import type { OrderRelayApi } from '../ports.ts';
import { portsFor } from '../wiring.ts';

/** How long a read that was handed out counts as under way. */
const OPEN_READ_MS = CALL_TIMEOUT_MS + 10_000;

export class OrderRelay extends DurableObject<Env> implements OrderRelayApi {
  #open: { readonly startsAtMs: number; readonly eventId: string } | null = null;
  #lastReadStartedAtMs = 0;

  async wake(
    receivedAtMs: number,
    eventId: string,
  ): Promise<{ read: false } | { read: true; startAtMs: number }> {
    const nowMs = portsFor(this.env).now();
    if (isCovered(receivedAtMs, this.#lastReadStartedAtMs)) return { read: false };
    const open = this.#open;
    const isOpen = open !== null && nowMs < open.startsAtMs + OPEN_READ_MS;
    if (isOpen && open.eventId !== eventId && isCovered(receivedAtMs, open.startsAtMs)) {
      return { read: false };
    }
    this.#open = { startsAtMs: nowMs + COALESCE_MS, eventId };
    return { read: true, startAtMs: nowMs + COALESCE_MS };
  }

  async done(startedAtMs: number): Promise<void> {
    this.#lastReadStartedAtMs = Math.max(this.#lastReadStartedAtMs, startedAtMs);
    if (this.#open !== null && this.#open.startsAtMs <= startedAtMs) this.#open = null;
  }
}
