/** What the buttons of the alerts page do. */
import type { Ports } from '../ports.ts';
import { listMessages } from '../store/alerts.ts';
import { makeAlertSecret } from '../sync/alert-secret.ts';
import { channelsOf, sendTestAlert } from '../sync/alerts.ts';
import { ALERTS } from './alerts-english.ts';
import { goTo } from './enter.tsx';
import { auditPage, type OwnForm } from './gate.ts';
import { renderSection } from './settings.tsx';

/** Between two tests: the button is no tool to flood a receiver with. */
const TEST_PAUSE_MS = 10_000;
const PAGE = '/app/settings/alerts';

/** `POST /app/settings/alerts/secret`: the secret is on the page that answers, and on no other. */
export async function makeSecretForm(ports: Ports, form: OwnForm): Promise<Response> {
  const secret = await makeAlertSecret(ports, form.connection.id);
  auditPage(ports, form, {
    operation: 'alert.secret',
    message: 'A new secret to sign alerts was made; the one before it ended.',
  });
  const told = (
    <section class="card" role="status">
      <p>
        <strong>{ALERTS.secretMade}</strong>
      </p>
      <code class="secret">{secret}</code>
    </section>
  );
  return renderSection(ports, form, 'alerts', { told });
}

/** `POST /app/settings/alerts/test` */
export async function testAlertForm(ports: Ports, form: OwnForm): Promise<Response> {
  const { connection } = form;
  if (channelsOf(connection).length === 0) return goTo(PAGE);
  const latest = await listMessages(ports.db, connection.id, 1);
  const isSoon = latest.some(
    ({ isTest, createdAtMs }) => isTest && ports.now() - createdAtMs < TEST_PAUSE_MS,
  );
  if (isSoon) return goTo(`${PAGE}?tested=soon`);
  await sendTestAlert(ports, connection);
  auditPage(ports, form, { operation: 'alert.test', message: 'A test alert was sent.' });
  return goTo(`${PAGE}?tested=1`);
}
