/**
 * Where webhooks arrive (R1, X1): read a bounded body, verify, key, one queue send, 200 with nothing in it. No
 * database and no object is asked on this way: the senders switch off receivers that are slow or unwell, and for
 * BigCommerce one unwell answer counts against every store at once (bigcommerce.md 2.4).
 */
import { Hono, type Context } from 'hono';
import type { Config } from '../config.ts';
import type { Platform } from '../domain/ids.ts';
import { INTAKE_MESSAGE_BYTES_MAX, WEBHOOK_BODY_BYTES_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { IntakeMessage } from '../queue/messages.ts';
import { judgeBigCommerce } from './bigcommerce.ts';
import { readBounded } from '../request-body.ts';
import { judgeClover } from './clover.ts';
import {
  tally,
  type NoticeReason,
  type RefusalReason,
  type Sample,
  type Tallies,
} from './refusals.ts';

/** What a webhook turned out to be. */
export type Verdict =
  /** `message` is null when there is nothing to pass on. */
  | { readonly accepted: true; readonly message: IntakeMessage | null; readonly notice?: Notice }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly sample?: Sample };

interface Notice {
  readonly reason: NoticeReason;
  readonly sample: Sample;
}

export type IntakePorts = Pick<Ports, 'config' | 'now' | 'sleep' | 'log'> & {
  readonly queues: Pick<Ports['queues'], 'intake'>;
};

/** One received webhook: its bytes as they were signed, and when it came. */
export interface Delivery {
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly receivedAtMs: number;
}

type Judge = (config: Config, delivery: Delivery) => Promise<Verdict>;

const ANSWERS: Readonly<Record<RefusalReason, { status: 400 | 401 | 413; message: string }>> = {
  too_large: {
    status: 413,
    message: `A webhook has at most ${WEBHOOK_BODY_BYTES_MAX} bytes, and less where it grows when it is read.`,
  },
  malformed: { status: 400, message: 'The body is not a webhook of this platform.' },
  secret_missing: { status: 401, message: 'The secret header is missing.' },
  secret_wrong: { status: 401, message: 'The secret header is wrong.' },
  signature_wrong: { status: 401, message: 'The signature is wrong.' },
  auth_code_missing: { status: 401, message: 'X-Clover-Auth is missing.' },
  auth_code_wrong: { status: 401, message: 'X-Clover-Auth is wrong.' },
  // Proven to be Clover's, but not meant for us: nothing in it is authorised here.
  foreign_app: { status: 401, message: 'The webhook belongs to another app.' },
};

/** Counters live as long as the isolate, not as long as the ports of one request. */
const isolateTallies: Tallies = new Map();

/** The app under `/webhooks`: `POST /bigcommerce` and `POST /clover`. */
export function createIntake(ports: IntakePorts, tallies: Tallies = isolateTallies): Hono {
  const app = new Hono();
  const route = (platform: Platform, judge: Judge) => {
    app.post(`/${platform}`, (context) => receive(ports, tallies, platform, judge, context));
    app.all(`/${platform}`, () =>
      refusal(405, 'method_not_allowed', 'Webhooks are sent with POST.', { Allow: 'POST' }),
    );
  };
  route('bigcommerce', judgeBigCommerce);
  route('clover', judgeClover);
  // A route, because a mounted app's `notFound` is not asked.
  app.all('*', () => refusal(404, 'not_found', 'No platform sends webhooks here.'));
  app.onError((error, context) => failed(ports, context, error));
  return app;
}

async function receive(
  ports: IntakePorts,
  tallies: Tallies,
  platform: Platform,
  judge: Judge,
  context: Context,
): Promise<Response> {
  const receivedAtMs = ports.now();
  const { headers } = context.req.raw;
  const note = (reason: RefusalReason | NoticeReason, sample: Sample) =>
    tally(tallies, ports, { platform, reason, sample }, keepAlive(context));
  const facts = { userAgent: (headers.get('user-agent') ?? '').slice(0, 100) };

  const body = await readBounded(context.req.raw, WEBHOOK_BODY_BYTES_MAX);
  const verdict: Verdict = body.ok
    ? bounded(await judge(ports.config, { headers, bytes: body.value, receivedAtMs }))
    : { accepted: false, reason: body.failure === 'cut' ? 'malformed' : 'too_large' };
  if (!verdict.accepted) {
    const bytes = body.ok ? { bytes: body.value.byteLength } : {};
    note(verdict.reason, { ...facts, ...bytes, ...verdict.sample });
    const { status, message } = ANSWERS[verdict.reason];
    return refusal(status, verdict.reason, message);
  }
  if (verdict.notice !== undefined) note(verdict.notice.reason, verdict.notice.sample);
  if (verdict.message !== null) {
    // Resolves once the message is on disk; when it is not, `failed` has the sender keep it.
    await ports.queues.intake.send(verdict.message);
  }
  return new Response(null, { status: 200 });
}

/** What no queue takes would be sent to us again for days: it is refused by its size, not answered with a 5xx. */
function bounded(verdict: Verdict): Verdict {
  if (!verdict.accepted || verdict.message === null) return verdict;
  return isSendable(verdict.message) ? verdict : { accepted: false, reason: 'too_large' };
}

function isSendable(message: IntakeMessage): boolean {
  try {
    const bytes = new TextEncoder().encode(JSON.stringify(message)).byteLength;
    return bytes <= INTAKE_MESSAGE_BYTES_MAX;
  } catch {
    // Nested deeper than the stack: it can be parsed, but never be written again.
    return false;
  }
}

/** A failure of ours (the queue, above all) is the one case where a 5xx is right: the sender tries again. */
function failed(ports: IntakePorts, context: Context, error: Error): Response {
  ports.log.add({
    kind: 'event',
    atMs: ports.now(),
    connectionId: '',
    operation: 'intake.receive',
    outcome: 'failed',
    code: 'platform_unavailable',
    message: `A webhook could not be taken in (${context.req.path}): ${error.message}`,
  });
  return refusal(503, 'busy', 'Try again later.', { 'Retry-After': '60' });
}

/** Without an execution context (tests in Node) a task runs on by itself. */
function keepAlive(context: Context): (task: Promise<unknown>) => void {
  return (task) => {
    try {
      context.executionCtx.waitUntil(task);
    } catch {
      void task.catch(() => undefined);
    }
  };
}

function refusal(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error: { code, message } }, { status, headers });
}
