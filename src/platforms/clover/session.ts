/** Calls to one Clover merchant: leave from the merchant's own budget, then from the app's (clover.md 3). */
import type { Ports } from '../../ports.ts';
import type { CloverAppApi, PlatformAccountApi } from '../account-port.ts';
import {
  buildUrl,
  callForOutcome,
  type CallContext,
  type CallPorts,
  type PlatformCall,
  type PlatformRequest,
} from '../http.ts';
import { callWithPermit, type PlatformSession } from '../session.ts';

export interface CloverSession extends PlatformSession {
  readonly platform: 'clover';
}

export type CloverPorts = CallPorts &
  Pick<Ports, 'config'> & {
    readonly objects: {
      platformAccount(platform: 'clover', account: string): PlatformAccountApi;
      cloverApp(): CloverAppApi;
    };
  };

/** A session for one merchant. Nothing is sent or awaited here. */
export function openClover(
  ports: CloverPorts,
  merchantId: string,
  context: CallContext,
): CloverSession {
  const account = ports.objects.platformAccount('clover', merchantId);
  const shared = {
    acquire: () =>
      ports.objects.cloverApp().acquire(merchantId, context.priority, context.patienceMs),
    release: (permitId: string, report: Parameters<CloverAppApi['release']>[1]) =>
      ports.objects.cloverApp().release(permitId, report),
  };
  return {
    platform: 'clover',
    account: merchantId,
    context,
    call: (request) =>
      callWithPermit({ account, shared, context, now: ports.now }, (accessToken) =>
        callForOutcome(ports, merchantCall(ports, merchantId, request, accessToken, context)),
      ),
  };
}

/** The request as it goes out: paths are below `/v3/merchants/{mId}`. */
export function merchantCall<Body>(
  ports: Pick<Ports, 'config'>,
  merchantId: string,
  request: PlatformRequest<Body>,
  accessToken: string,
  context: CallContext,
): PlatformCall<Body> {
  const base = `${ports.config.clover.apiOrigin}/v3/merchants/${encodeURIComponent(merchantId)}`;
  return {
    platform: 'clover',
    operation: request.operation,
    method: request.method,
    url: buildUrl(base, request.path, request.query),
    // Tokens in the address stopped working in 2022 (clover.md 0).
    headers: { Authorization: `Bearer ${accessToken}` },
    ...(request.body === undefined ? {} : { body: request.body }),
    accepts: request.accepts,
    context,
  };
}
