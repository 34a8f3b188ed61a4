/** The two ways an alert leaves: a signed webhook, and e-mail through the Worker's own binding. */
import { alertUrlProblem } from '../domain/alerts.ts';
import type { Failure } from '../domain/failure.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { ALERT_TIMEOUT_MS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { AlertMessage } from '../store/alerts.ts';
import type { Connection } from '../store/connections.ts';
import { faultText } from '../store/faults.ts';
import { signAlert } from './alert-secret.ts';
import { alertText } from './alert-words.ts';

export type ChannelPorts = Pick<Ports, 'config' | 'db' | 'fetch' | 'timer' | 'email' | 'now'>;

/**
 * One try. Failures: `config_missing` for what a person has to set up, `rejected` for an answer other than 2xx (a
 * redirect too: it may lead inside), `timeout`, `network`.
 */
export function sendMessage(
  ports: ChannelPorts,
  connection: Connection,
  message: AlertMessage,
): Promise<Result<void, Failure>> {
  return message.channel === 'webhook'
    ? sendWebhook(ports, connection, message)
    : sendEmail(ports, connection, message);
}

async function sendWebhook(
  ports: ChannelPorts,
  connection: Connection,
  message: AlertMessage,
): Promise<Result<void, Failure>> {
  const { webhookUrl } = connection.settings.alerts;
  if (webhookUrl === '' || alertUrlProblem(webhookUrl) !== null) {
    return fail({ code: 'config_missing', message: 'No webhook address is set.' });
  }
  const atSeconds = Math.floor(ports.now() / 1_000);
  const body = JSON.stringify(webhookBody(connection, message));
  const signature = await signAlert(ports, connection.id, { id: message.id, atSeconds, body });
  if (signature === undefined) {
    const what = 'There is no signing secret; make one under Settings, Alerts.';
    return fail({ code: 'config_missing', message: what });
  }
  const controller = new AbortController();
  const request = new Request(webhookUrl, {
    method: 'POST',
    redirect: 'manual',
    signal: controller.signal,
    body,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Onhand-Alerts/1',
      'webhook-id': message.id,
      'webhook-timestamp': String(atSeconds),
      'webhook-signature': signature,
    },
  });
  return withinTime(
    ports,
    async () => {
      const answer = await ports.fetch(request);
      await answer.body?.cancel();
      if (answer.ok) return ok(undefined);
      const what = `The webhook's address answered ${answer.status}; only 2xx counts as received.`;
      return fail({ code: 'rejected', message: what });
    },
    () => {
      controller.abort();
    },
  );
}

function webhookBody(connection: Connection, message: AlertMessage) {
  return {
    type: message.isTest ? 'alert.test' : 'alert.raised',
    id: message.id,
    at: new Date(message.createdAtMs).toISOString(),
    connectionId: connection.id,
    shop: connection.name,
    count: message.count,
    subject: message.subject,
    alerts: message.groups,
  };
}

async function sendEmail(
  ports: ChannelPorts,
  connection: Connection,
  message: AlertMessage,
): Promise<Result<void, Failure>> {
  const { email } = ports;
  const { emails: to } = connection.settings.alerts;
  if (email === null) {
    const what =
      'This installation cannot send e-mail: whoever hosts it has to add the send_email binding EMAIL and set ALERT_EMAIL_FROM.';
    return fail({ code: 'config_missing', message: what });
  }
  if (to.length === 0) return fail({ code: 'config_missing', message: 'Nobody is to be told.' });
  const text = alertText(message.groups, message.isTest);
  return withinTime(ports, async () => {
    await email({ to, subject: message.subject, text });
    return ok(undefined);
  });
}

/** `send`, or the failure that says why not; it is given up after 10 s. */
async function withinTime(
  ports: Pick<Ports, 'timer'>,
  send: () => Promise<Result<void, Failure>>,
  giveUp: () => void = () => undefined,
): Promise<Result<void, Failure>> {
  let stop = (): void => undefined;
  const late = new Promise<Result<void, Failure>>((resolve) => {
    stop = ports.timer(ALERT_TIMEOUT_MS, () => {
      giveUp();
      const message = `There was no answer within ${ALERT_TIMEOUT_MS / 1_000} s.`;
      resolve(fail({ code: 'timeout', message }));
    });
  });
  const sent = send().catch((error: unknown): Result<void, Failure> =>
    fail({ code: 'network', message: `It could not be delivered: ${faultText(error)}` }),
  );
  const result = await Promise.race([sent, late]);
  stop();
  return result;
}
