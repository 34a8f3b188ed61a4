/** Words of the alerts page. A translation replaces this file too. */

export const ALERTS = {
  intro:
    'Alerts tell you what waits for a person, each thing once. After a message there is silence for a while, and what comes up meanwhile is told together. Receivers get no more than the inbox shows.',
  webhook: 'Webhook',
  secretNone:
    'No signing secret yet: nothing is sent to the webhook until you make one. Your receiver checks with it that a message is ours.',
  secretSince: 'Messages are signed with the secret made on',
  secretMake: 'Make a signing secret',
  secretAgain: 'Make a new secret',
  secretAgainMore: 'The present one ends at once.',
  secretMade:
    'Copy the secret now: it is shown this once. Each message has the headers webhook-id, webhook-timestamp and webhook-signature, as the Standard Webhooks specification says, so its libraries check them.',
  email: 'E-mail',
  emailReady: 'This installation can send e-mail.',
  emailNone:
    'This installation cannot send e-mail: whoever hosts Onhand has to add Cloudflare’s send_email binding and a sender. Until then use the webhook.',
  test: 'Send a test alert',
  testNowhere: 'Save a webhook address or an e-mail address first; then a test can be sent.',
  tested: 'The test was sent; what became of it stands first in the list below.',
  testedSoon: 'A test was sent a moment ago; look at the list below.',
  sent: 'What was sent',
  sentNone: 'Nothing was sent yet. That is good news.',
  when: 'When',
  by: 'By',
  what: 'What',
  outcome: 'Outcome',
  details: 'What it said',
  isTest: 'test',
  channels: { webhook: 'webhook', email: 'e-mail' },
  arrived: 'received',
  failed: 'not received',
  trying: (attempts: number) => `tried ${attempts} of 5 times, goes on`,
  times: (count: number) => `${count} ×`,
} as const;
