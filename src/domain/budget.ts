/**
 * A budget of calls: so many per window, so many at once, interactive work first, keys in turn (R5). It holds no clock
 * and starts nothing: every function takes the moment as an argument and changes only the budget that it is given.
 */
import { backoffMs } from './backoff.ts';

/** Interactive work (a sale, a person waiting) goes before background work (sweeps, plans). */
export type Urgency = 'interactive' | 'background';

export interface BudgetLimits {
  /** Leaves in any stretch of `windowMs`. */
  readonly perWindow: number;
  readonly windowMs: number;
  /** Leaves held at once. */
  readonly concurrent: number;
  /** Part of both that background work may take, so that a sale never waits for a sweep. */
  readonly backgroundShare: number;
  /** Part of the platform's quota, once its answers name one, that becomes `perWindow`. */
  readonly quotaShare: number;
  /** A leave nobody gave back ends after this. */
  readonly leaseMs: number;
  /** Longest pause after refusals without a wait of their own. */
  readonly pauseCapMs: number;
}

export interface Ticket {
  readonly id: string;
  /** Who waits; keys take turns. */
  readonly key: string;
  readonly urgency: Urgency;
  /** Gives up at this moment. */
  readonly untilMs: number;
}

/** What an answer said about the platform's limits. */
export interface RateNews {
  readonly status: number | null;
  /** Requests left in the window, its quota, its length, and milliseconds until it refills. */
  readonly remaining?: number;
  readonly quota?: number;
  readonly windowMs?: number;
  readonly resetMs?: number;
  readonly retryAfterMs?: number;
}

interface Held {
  readonly urgency: Urgency;
  readonly grantedAtMs: number;
  readonly untilMs: number;
}

/** Waiting tickets by key; the first key is the next in turn. */
type Line = Map<string, Ticket[]>;

export interface Budget {
  limits: BudgetLimits;
  /**
   * Moments at which leaves of the last window were given back, oldest first. The platform counts a call when it
   * arrives, somewhere between leave and answer: held leaves count too, and the answer is the latest it can have been.
   */
  returnedAtMs: number[];
  /** Those of them that background work had. */
  backgroundAtMs: number[];
  readonly held: Map<string, Held>;
  readonly waiting: Readonly<Record<Urgency, Line>>;
  /** Nothing is granted before this moment. */
  pausedUntilMs: number;
  /** Refusals in a row; those of calls that were under way when the last one came are the same trouble. */
  refusals: number;
  /** When the last of them was counted. */
  refusedAtMs: number;
}

export function createBudget(limits: BudgetLimits): Budget {
  return {
    limits,
    returnedAtMs: [],
    backgroundAtMs: [],
    held: new Map(),
    waiting: { interactive: new Map(), background: new Map() },
    pausedUntilMs: 0,
    refusals: 0,
    refusedAtMs: 0,
  };
}

/** Puts a ticket at the end of its key's line. `advance` says when it is its turn. */
export function join(budget: Budget, ticket: Ticket): void {
  const line = budget.waiting[ticket.urgency];
  const queue = line.get(ticket.key);
  if (queue === undefined) line.set(ticket.key, [ticket]);
  else queue.push(ticket);
}

/** Takes every waiting ticket out and answers their ids; leaves that are held stay held. */
export function leaveAll(budget: Budget): string[] {
  const ids: string[] = [];
  for (const line of Object.values(budget.waiting)) {
    for (const tickets of line.values()) ids.push(...tickets.map((ticket) => ticket.id));
    line.clear();
  }
  return ids;
}

export interface Turn {
  /** Tickets that have leave now, by id; give it back under the same id. */
  readonly granted: readonly string[];
  /** Tickets whose time was up. */
  readonly gaveUp: readonly string[];
  /** When to call again, if nothing happens before; null while nobody waits. */
  readonly nextAtMs: number | null;
}

/** Hands out as much leave as the limits allow at `nowMs`. Call it after every other function, and when it says. */
export function advance(budget: Budget, nowMs: number): Turn {
  expire(budget, nowMs);
  const gaveUp = giveUp(budget, nowMs);
  const granted: string[] = [];
  for (;;) {
    const urgency = (['interactive', 'background'] as const).find(
      (kind) => budget.waiting[kind].size > 0 && blockedUntilMs(budget, kind, nowMs) <= nowMs,
    );
    const ticket = urgency === undefined ? undefined : takeNext(budget.waiting[urgency]);
    if (ticket === undefined) break;
    budget.held.set(ticket.id, {
      urgency: ticket.urgency,
      grantedAtMs: nowMs,
      untilMs: nowMs + budget.limits.leaseMs,
    });
    granted.push(ticket.id);
  }
  return { granted, gaveUp, nextAtMs: nextAtMs(budget, nowMs) };
}

/** Ends a leave and answers when it was granted; null for an unknown or expired one, which changes nothing. */
export function giveBack(budget: Budget, ticketId: string, nowMs: number): number | null {
  expire(budget, nowMs);
  const held = budget.held.get(ticketId);
  if (held === undefined) return null;
  endLeave(budget, ticketId, held, nowMs);
  return held.grantedAtMs;
}

function endLeave(budget: Budget, ticketId: string, held: Held, atMs: number): void {
  budget.held.delete(ticketId);
  budget.returnedAtMs.push(atMs);
  if (held.urgency === 'background') budget.backgroundAtMs.push(atMs);
}

/**
 * Takes in what an answer said: quota and window, what is left of it, and how long to wait. `grantedAtMs`: when its call
 * got leave, null when that is not known any more (a restart, an ended lease), so long ago. Calls that were under way
 * together and are refused together are one refusal, not a row of them.
 */
export function learn(
  budget: Budget,
  news: RateNews,
  nowMs: number,
  grantedAtMs: number | null = nowMs,
): void {
  learnQuota(budget, news);
  // Calls answered out of order: only those sent after the last refusal say how it is now.
  const isLater = (grantedAtMs ?? 0) >= budget.refusedAtMs;
  if (news.status === 429) {
    if (!isLater) {
      if (news.retryAfterMs !== undefined) pauseUntil(budget, nowMs + news.retryAfterMs);
      return;
    }
    budget.refusals += 1;
    budget.refusedAtMs = nowMs;
    // Without a wait of its own a refusal means load: longer and longer pauses (bigcommerce.md 3.1, clover.md 3).
    const { pauseCapMs } = budget.limits;
    const bounds = { baseMs: Math.min(1_000, pauseCapMs), capMs: pauseCapMs };
    pauseUntil(budget, nowMs + (news.retryAfterMs ?? backoffMs(budget.refusals, 0.5, bounds)));
    return;
  }
  if (isLater && news.status !== null && news.status < 500) budget.refusals = 0;
  // Other apps share the quota: what is left has to cover our own calls that are still under way.
  const isSpent = news.remaining !== undefined && news.remaining <= budget.held.size;
  if (isSpent && news.resetMs !== undefined) pauseUntil(budget, nowMs + news.resetMs);
}

/** Calls that have leave at this moment. */
export function heldCount(budget: Budget): number {
  return budget.held.size;
}

function learnQuota(budget: Budget, news: RateNews): void {
  const { limits } = budget;
  const windowMs =
    news.windowMs !== undefined && news.windowMs > 0 ? news.windowMs : limits.windowMs;
  const perWindow =
    news.quota !== undefined && news.quota > 0
      ? Math.max(1, Math.floor(news.quota * limits.quotaShare))
      : limits.perWindow;
  if (perWindow !== limits.perWindow || windowMs !== limits.windowMs) {
    budget.limits = { ...limits, perWindow, windowMs };
  }
}

function pauseUntil(budget: Budget, untilMs: number): void {
  budget.pausedUntilMs = Math.max(budget.pausedUntilMs, untilMs);
}

/** Ends leases that are over and drops leaves out of the window. */
function expire(budget: Budget, nowMs: number): void {
  // Whoever held it may have made the call: an ended lease counts as an answer at its end. Done before every other
  // giving back, so the moments stay in order.
  for (const [id, held] of budget.held) {
    if (held.untilMs <= nowMs) endLeave(budget, id, held, held.untilMs);
  }
  const fromMs = nowMs - budget.limits.windowMs;
  // A leave given back exactly one window ago is out of it: any window holds at most `perWindow`.
  budget.returnedAtMs = dropUpTo(budget.returnedAtMs, fromMs);
  budget.backgroundAtMs = dropUpTo(budget.backgroundAtMs, fromMs);
}

function dropUpTo(momentsMs: number[], fromMs: number): number[] {
  const first = momentsMs.findIndex((atMs) => atMs > fromMs);
  if (first === 0) return momentsMs;
  return first === -1 ? [] : momentsMs.slice(first);
}

function giveUp(budget: Budget, nowMs: number): string[] {
  const gone: string[] = [];
  for (const line of Object.values(budget.waiting)) {
    for (const [key, tickets] of line) {
      const staying = tickets.filter((ticket) => ticket.untilMs > nowMs);
      if (staying.length === tickets.length) continue;
      gone.push(...tickets.filter((ticket) => ticket.untilMs <= nowMs).map((ticket) => ticket.id));
      if (staying.length === 0) line.delete(key);
      else line.set(key, staying);
    }
  }
  return gone;
}

/** The next ticket of the key in turn, which goes to the end of the turns. */
function takeNext(line: Line): Ticket | undefined {
  for (const [key, tickets] of line) {
    const [ticket, ...rest] = tickets;
    line.delete(key);
    if (rest.length > 0) line.set(key, rest);
    return ticket;
  }
  return undefined;
}

/** The background's part of a limit: never all of it, unless it is one, never nothing. */
function backgroundPart(limit: number, share: number): number {
  return limit <= 1 ? limit : Math.min(limit - 1, Math.max(1, Math.floor(limit * share)));
}

/** From when on this urgency may go, if no leave is given back before. */
function blockedUntilMs(budget: Budget, urgency: Urgency, nowMs: number): number {
  const { perWindow, windowMs, concurrent, backgroundShare } = budget.limits;
  const held = [...budget.held.values()];
  const untilMs = Math.max(
    nowMs,
    budget.pausedUntilMs,
    freeAtMs(budget.returnedAtMs, held, perWindow, windowMs),
    slotAtMs(held, concurrent),
  );
  if (urgency === 'interactive') return untilMs;
  const background = held.filter((one) => one.urgency === 'background');
  return Math.max(
    untilMs,
    freeAtMs(
      budget.backgroundAtMs,
      background,
      backgroundPart(perWindow, backgroundShare),
      windowMs,
    ),
    slotAtMs(background, backgroundPart(concurrent, backgroundShare)),
  );
}

/**
 * When the window has room again, if no leave is given back before: one that never is ends with its lease and counts
 * one window longer. Returned moments lie before the ends of leases, and both are in order.
 */
function freeAtMs(
  returnedAtMs: readonly number[],
  held: readonly Held[],
  limit: number,
  windowMs: number,
): number {
  const over = returnedAtMs.length + held.length - limit;
  if (over < 0) return 0;
  const lastMs = returnedAtMs[over] ?? held[over - returnedAtMs.length]?.untilMs ?? 0;
  return lastMs + windowMs;
}

/** When a slot is free at the latest: leases end even if nobody gives them back. */
function slotAtMs(held: readonly Held[], limit: number): number {
  if (held.length < limit) return 0;
  const endsMs = held.map((one) => one.untilMs).toSorted((left, right) => left - right);
  return endsMs[held.length - limit] ?? Number.POSITIVE_INFINITY;
}

function nextAtMs(budget: Budget, nowMs: number): number | null {
  const moments: number[] = [];
  for (const urgency of ['interactive', 'background'] as const) {
    const line = budget.waiting[urgency];
    if (line.size === 0) continue;
    moments.push(blockedUntilMs(budget, urgency, nowMs));
    for (const tickets of line.values()) {
      moments.push(...tickets.map((ticket) => ticket.untilMs));
    }
  }
  return moments.length === 0 ? null : Math.max(nowMs, Math.min(...moments));
}
