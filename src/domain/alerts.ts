/** What is worth a message to a person, how it is told, and where it may be sent. Pure. */

export const ALERT_KINDS = [
  'oversell',
  'parked',
  'reauthorise',
  'mass-guard',
  'drift',
  'hook-off',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export type AlertChannel = 'webhook' | 'email';

/** Something to tell. */
export interface Alert {
  readonly kind: AlertKind;
  /** Alerts of one kind and cause are told together. */
  readonly cause: string;
  readonly message: string;
  readonly sku: string | null;
  readonly orderId: string | null;
}

/** What a message says of alerts with one cause. */
export interface AlertGroup {
  readonly kind: AlertKind;
  readonly count: number;
  /** Of the latest one. */
  readonly message: string;
  /** Some of the SKUs and orders concerned. */
  readonly skus: readonly string[];
  readonly orderIds: readonly string[];
}

/** Source of the failure that says an alert could not be sent; it is never told by an alert itself. */
export const ALERT_SOURCE = 'alert:send';

const ACCESS_CODES = new Set(['reauthorise', 'unauthorized', 'permission_missing', 'disconnected']);

/** The kind of alert that an open failure is; null: none. */
export function kindOfFailure(failure: {
  readonly source: string;
  readonly code: string;
}): AlertKind | null {
  const { source, code } = failure;
  if (source === ALERT_SOURCE) return null;
  if (code === 'oversold') return 'oversell';
  if (source === 'work:sweep' && code === 'stale') return 'mass-guard';
  return ACCESS_CODES.has(code) ? 'reauthorise' : 'parked';
}

const GROUPS_MAX = 20;
const NAMED_MAX = 5;
const MESSAGE_CHARS_MAX = 500;

/** One group per kind and cause, the urgent kinds first; of more than 20, the rest is counted in the subject alone. */
export function groupAlerts(alerts: readonly Alert[]): AlertGroup[] {
  const groups = Map.groupBy(alerts, ({ kind, cause }) => `${kind} ${cause}`);
  const distinct = (values: readonly (string | null)[]): string[] =>
    [...new Set(values.filter((value) => value !== null))].slice(0, NAMED_MAX);
  return [...groups.values()]
    .flatMap((members): AlertGroup[] => {
      const [first] = members;
      if (first === undefined) return [];
      return [
        {
          kind: first.kind,
          count: members.length,
          message: first.message.slice(0, MESSAGE_CHARS_MAX),
          skus: distinct(members.map(({ sku }) => sku)),
          orderIds: distinct(members.map(({ orderId }) => orderId)),
        },
      ];
    })
    .toSorted((one, other) => ALERT_KINDS.indexOf(one.kind) - ALERT_KINDS.indexOf(other.kind))
    .slice(0, GROUPS_MAX);
}

/** Tries of one message. With the pauses between them an outage of two and a half hours is outlasted. */
export const ALERT_TRIES = 5;
const PAUSES_MS = [60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000];

/** Milliseconds until the next try after this many; null: that was the last. */
export function alertPauseMs(attempts: number): number | null {
  return attempts >= ALERT_TRIES ? null : (PAUSES_MS[attempts - 1] ?? null);
}

const INSIDE = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|onion)$/;

/**
 * Why an address cannot receive alerts; null: it can. Only `https:` on its own port and a public host name: an address of
 * numbers, or one of an inside network, would make the relay knock where its host may and a merchant may not.
 */
export function alertUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'must be an address such as https://example.com/alerts';
  const { protocol, hostname, port, username, password } = new URL(text);
  if (protocol !== 'https:') return 'must begin with https://';
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  if (port !== '') return 'must not name a port: alerts go to 443';
  const host = hostname.replace(/\.$/, '');
  const isNumeric = host.startsWith('[') || /^[\d.]+$/.test(host);
  if (isNumeric) return 'must name a host, not an IP address';
  if (!host.includes('.') || INSIDE.test(host)) return 'must be a host on the public internet';
  return null;
}
