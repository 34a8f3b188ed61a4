/** Why an account hands out no token, in words for a person. */
import type { Failure } from '../domain/failure.ts';
import type { Platform } from '../domain/ids.ts';

const NAMES: Readonly<Record<Platform, string>> = { bigcommerce: 'BigCommerce', clover: 'Clover' };

export function disconnected(platform: Platform): Failure {
  return { code: 'disconnected', message: `${NAMES[platform]} is not connected.` };
}

export function reauthorise(platform: Platform): Failure {
  return {
    code: 'reauthorise',
    message: `${NAMES[platform]} refuses our access. Open the app there again to renew it.`,
  };
}

export function tokenEnded(platform: Platform): Failure {
  return {
    code: 'busy',
    message: `The access token of ${NAMES[platform]} has ended and is being renewed.`,
  };
}

export function permissionMissing(): Failure {
  return {
    code: 'permission_missing',
    message:
      'Clover refuses this call with a fresh token, so a permission is missing. Grant it to the app, then uninstall ' +
      'and install the app at the merchant.',
  };
}
