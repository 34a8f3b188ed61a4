/** Calls to one BigCommerce store (bigcommerce.md 1.1, 3). */
import type { FailureCode } from '../../domain/failure.ts';
import type { Ports } from '../../ports.ts';
import type { PlatformAccountApi } from '../account-port.ts';
import {
  buildUrl,
  callForOutcome,
  type CallContext,
  type CallPorts,
  type PlatformCall,
  type PlatformRequest,
} from '../http.ts';
import { callWithPermit, type PlatformSession } from '../session.ts';

export interface BigCommerceSession extends PlatformSession {
  readonly platform: 'bigcommerce';
}

export type BigCommercePorts = CallPorts &
  Pick<Ports, 'config'> & {
    readonly objects: {
      platformAccount(platform: 'bigcommerce', account: string): PlatformAccountApi;
    };
  };

/** A session for one store; `connectionId` is its store hash. Nothing is sent or awaited here. */
export function openBigCommerce(
  ports: BigCommercePorts,
  connectionId: string,
  context: CallContext,
): BigCommerceSession {
  const account = ports.objects.platformAccount('bigcommerce', connectionId);
  return {
    platform: 'bigcommerce',
    account: connectionId,
    context,
    call: (request) =>
      callWithPermit({ account, context, now: ports.now }, (accessToken) =>
        callForOutcome(ports, storeCall(ports, connectionId, request, accessToken, context)),
      ),
  };
}

/** The request as it goes out: paths begin with the API's version (`/v3/…`, `/v2/…`). */
export function storeCall<Body>(
  ports: Pick<Ports, 'config'>,
  storeHash: string,
  request: PlatformRequest<Body>,
  accessToken: string,
  context: CallContext,
): PlatformCall<Body> {
  const base = `${ports.config.bigcommerce.apiOrigin}/stores/${encodeURIComponent(storeHash)}`;
  return {
    platform: 'bigcommerce',
    operation: request.operation,
    method: request.method,
    url: buildUrl(base, request.path, request.query),
    headers: { 'X-Auth-Token': accessToken },
    ...(request.body === undefined ? {} : { body: request.body }),
    accepts: request.accepts,
    context,
    refine: refineBigCommerce,
  };
}

/** Refusals that say more than their status (bigcommerce.md 6.4, 7.4). The insufficient-stock title is unconfirmed. */
const REFUSALS: readonly { readonly words: RegExp; readonly code: FailureCode }[] = [
  { words: /absolute adjustment before relative/i, code: 'baseline_required' },
  { words: /tracked by (product|variant)/i, code: 'tracking_mismatch' },
  {
    words:
      /insufficient|not enough|out[ -]of[ -]stock|below (the )?safety|negative (stock|inventory)/i,
    code: 'stock_insufficient',
  },
];

/** Reads the title of a 409 or 422. */
export function refineBigCommerce(status: number, words: string): FailureCode | undefined {
  if (status !== 409 && status !== 422) return undefined;
  return REFUSALS.find((refusal) => refusal.words.test(words))?.code;
}
