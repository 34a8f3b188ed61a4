import type { PlatformName } from './runtime.ts';

/** What may go wrong with one API call. */
export type CallFault =
  | { kind: 'status'; status: 401 | 403 | 404 | 409 | 422 | 429 | 500 | 502 | 503 }
  /** 429 carrying the platform's own rate headers, waiting `waitMs`. */
  | { kind: 'rate-limited'; waitMs: number }
  /** No answer within any time-out; nothing is committed. */
  | { kind: 'hang-before-commit' }
  /** The call is carried out, its answer never arrives. */
  | { kind: 'hang-after-commit' }
  | { kind: 'slow'; latencyMs: number };

/** What may go wrong with one webhook. */
export type HookFault =
  | { kind: 'drop' }
  | { kind: 'duplicate'; times: number }
  | { kind: 'delay'; delayMs: number };

interface CallRule {
  platform: PlatformName;
  /** Matched against method and path, e.g. /^POST .*item_stocks/. */
  match: RegExp;
  fault: CallFault;
  /** How many calls it hits before it is used up. */
  times: number;
}

interface HookRule {
  platform: PlatformName;
  /** Matched against the topic: a BigCommerce scope or a Clover object key such as 'O'. */
  match: RegExp;
  fault: HookFault;
  times: number;
}

/** Faults by hand (rules, first match wins) and by latency; a seeded driver adds rules as it goes. */
export interface Faults {
  /** Answer delay added to every API call, milliseconds. */
  latencyMs: number;
  /** Delay between an event and its webhook, milliseconds. */
  hookDelayMs: number;
  readonly calls: CallRule[];
  readonly hooks: HookRule[];
}

export function createFaults(): Faults {
  return { latencyMs: 0, hookDelayMs: 0, calls: [], hooks: [] };
}

function take<Rule extends { platform: PlatformName; match: RegExp; times: number }>(
  rules: Rule[],
  platform: PlatformName,
  subject: string,
): Rule | undefined {
  const index = rules.findIndex((rule) => rule.platform === platform && rule.match.test(subject));
  const rule = rules[index];
  if (rule === undefined) return undefined;
  rule.times -= 1;
  if (rule.times <= 0) rules.splice(index, 1);
  return rule;
}

/** The fault that hits this call, used up by it; `subject` is `METHOD /path?query`. */
export function takeCallFault(
  faults: Faults,
  platform: PlatformName,
  subject: string,
): CallFault | undefined {
  return take(faults.calls, platform, subject)?.fault;
}

/** The fault that hits this webhook, used up by it. */
export function takeHookFault(
  faults: Faults,
  platform: PlatformName,
  topic: string,
): HookFault | undefined {
  return take(faults.hooks, platform, topic)?.fault;
}
