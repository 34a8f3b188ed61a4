/** What alerts say. A translation replaces this file too. */
import type { AlertGroup, AlertKind } from '../domain/alerts.ts';

const KINDS: Readonly<Record<AlertKind, string>> = {
  oversell: 'Oversold',
  parked: 'Out of attempts',
  reauthorise: 'Access ended',
  'mass-guard': 'Stopped by the mass guard',
  drift: 'Out of step for long',
  'hook-off': 'Webhook switched off',
};

/** `Onhand: 3 things need you at My Shop`; one line, whatever the shop is called. */
export function alertSubject(shop: string, count: number, isTest: boolean): string {
  const name = shop.replaceAll(/\s+/g, ' ').trim().slice(0, 100);
  if (isTest) return `Onhand: a test alert of ${name}`;
  return `Onhand: ${count === 1 ? '1 thing needs' : `${count} things need`} you at ${name}`;
}

export function alertText(groups: readonly AlertGroup[], isTest: boolean): string {
  if (isTest) return 'This is a test. Alerts of this shop arrive here.\n';
  const lines = groups.map(({ kind, count, message, skus, orderIds }) => {
    const about = [
      ...(skus.length === 0 ? [] : [`SKUs: ${skus.join(', ')}`]),
      ...(orderIds.length === 0 ? [] : [`orders: ${orderIds.join(', ')}`]),
    ].join('; ');
    const title = count === 1 ? KINDS[kind] : `${KINDS[kind]} (${count} times)`;
    return `${title}\n  ${message}${about === '' ? '' : `\n  ${about}`}`;
  });
  return [
    ...lines,
    'Open Onhand from Apps in your BigCommerce control panel; the inbox says what to do.',
    '',
  ].join('\n\n');
}

export const ALERT_NOTICES = {
  drift: (skus: number, minutes: number, oldest: string) =>
    `${skus} ${skus === 1 ? 'SKU differs' : 'SKUs differ'} from where they should be, the oldest (${oldest}) for longer than ${minutes} minutes.`,
  hookOff: (scope: string) =>
    `BigCommerce had switched off the webhook ${scope}. It is on again; what it missed is found by sweeps and polls.`,
  merchantGone: (name: string) =>
    `Onhand was uninstalled at the Clover merchant ${name}: its register is not kept in step any more.`,
  accessEnded: (platform: string) =>
    `${platform} no longer accepts our access. Open the app there again to renew it.`,
} as const;
