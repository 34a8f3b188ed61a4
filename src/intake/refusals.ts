/**
 * What intake notices without keeping: a counter per reason and a few samples, never a body (R1). One log record per
 * reason, at most every `FLUSH_EVERY_MS` and isolate, so that a flood of forged webhooks cannot fill the log.
 */
import type { Platform } from '../domain/ids.ts';
import type { Ports } from '../ports.ts';

export type RefusalReason =
  | 'too_large'
  | 'malformed'
  | 'secret_missing'
  | 'secret_wrong'
  | 'signature_wrong'
  | 'auth_code_missing'
  | 'auth_code_wrong'
  | 'foreign_app';

/** Let through, but worth knowing. */
export type NoticeReason = 'stale_timestamp' | 'verification_code' | 'unreadable_changes';

/** What may be told of one request: facts about it, never its content. */
export type Sample = Readonly<Record<string, string | number>>;

/** Epoch milliseconds between two records of one reason. */
const FLUSH_EVERY_MS = 10_000;
const SAMPLES_MAX = 5;

interface Tally {
  count: number;
  samples: Sample[];
  /** When the last record was written; null: never. */
  flushedAtMs: number | null;
  /** A flush that is due later was promised at this moment by a request that still runs; null: none. */
  promisedAtMs: number | null;
}

/** Counters of one isolate: plain numbers and text, because nothing else may outlive the request that made it. */
export type Tallies = Map<string, Tally>;

const MESSAGES: Readonly<Record<RefusalReason | NoticeReason, string>> = {
  too_large: 'Webhooks were refused because their body is too large.',
  malformed: 'Webhooks were refused because they are malformed.',
  secret_missing: 'BigCommerce webhooks without our secret header were refused.',
  secret_wrong: 'BigCommerce webhooks with a wrong secret header were refused.',
  signature_wrong: 'BigCommerce webhooks with a wrong signature were refused.',
  auth_code_missing: 'Clover webhooks without X-Clover-Auth were refused.',
  auth_code_wrong:
    'Clover webhooks with an unknown X-Clover-Auth were refused: check CLOVER_WEBHOOK_AUTH_CODES.',
  foreign_app: 'Clover webhooks of another app were refused: check CLOVER_APP_ID.',
  stale_timestamp:
    'Signed BigCommerce webhooks were older than the tolerance; they were accepted, because retries may carry an old time.',
  unreadable_changes:
    'Clover webhooks carried changes of an unknown shape; those were left out, the others taken.',
  verification_code:
    'Clover sent a verification code for the webhook address: paste it into the developer dashboard and press Verify:',
};

const NOTICES: ReadonlySet<string> = new Set<NoticeReason>([
  'stale_timestamp',
  'verification_code',
  'unreadable_changes',
]);

type TallyPorts = Pick<Ports, 'now' | 'sleep' | 'log'>;

/**
 * Counts one request. The first of a reason is logged at once, later ones together, by a promise that `waitUntil`
 * keeps alive. Should that promise be lost, the next request after the interval writes the record.
 */
export function tally(
  tallies: Tallies,
  ports: TallyPorts,
  noticed: { platform: Platform; reason: RefusalReason | NoticeReason; sample: Sample },
  waitUntil: (task: Promise<unknown>) => void,
): void {
  const key = `${noticed.platform}:${noticed.reason}`;
  const entry = tallies.get(key) ?? {
    count: 0,
    samples: [],
    flushedAtMs: null,
    promisedAtMs: null,
  };
  tallies.set(key, entry);
  entry.count += 1;
  if (entry.samples.length < SAMPLES_MAX) entry.samples.push(noticed.sample);

  const nowMs = ports.now();
  const dueInMs = entry.flushedAtMs === null ? 0 : entry.flushedAtMs + FLUSH_EVERY_MS - nowMs;
  const flush = () => write(ports, entry, noticed.platform, noticed.reason);
  if (dueInMs <= 0) {
    waitUntil(flush());
    return;
  }
  const promised = entry.promisedAtMs !== null && nowMs - entry.promisedAtMs < FLUSH_EVERY_MS;
  if (promised) return;
  entry.promisedAtMs = nowMs;
  waitUntil(ports.sleep(dueInMs).then(() => (entry.count > 0 ? flush() : undefined)));
}

async function write(
  ports: TallyPorts,
  entry: Tally,
  platform: Platform,
  reason: RefusalReason | NoticeReason,
): Promise<void> {
  const { count, samples } = entry;
  entry.count = 0;
  entry.samples = [];
  entry.flushedAtMs = ports.now();
  entry.promisedAtMs = null;
  const notice = NOTICES.has(reason);
  ports.log.add({
    kind: notice ? 'event' : 'refused',
    atMs: ports.now(),
    connectionId: '',
    platform,
    operation: `intake.${reason}`,
    outcome: notice ? 'ok' : 'refused',
    // The operator has to read the codes; by their own key the log would hide them.
    message: [MESSAGES[reason], ...samples.flatMap(({ handshake }) => handshake ?? [])].join(' '),
    detail: { reason, count, samples },
  });
  await ports.log.flush();
}
