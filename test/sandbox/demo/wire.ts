/**
 * The network between browser, platforms and relay. It plays DNS and TLS for the relay's public name: deliveries for
 * `https://onhand.localhost` reach the Worker on loopback, and so does a browser that opens the relay's local port.
 */

export interface Wire {
  /** Sends a request where its host's name leads; any other host is refused. */
  send(request: Request): Promise<Response>;
}

/** Hosts as origins, e.g. `https://onhand.localhost` to `http://127.0.0.1:49152`. */
export function createWire(hosts: ReadonlyMap<string, string>): Wire {
  return {
    async send(request) {
      const url = new URL(request.url);
      const origin = hosts.get(url.origin);
      if (origin === undefined) throw new TypeError(`The sandbox has no route to ${url.origin}`);
      return forward(request, `${origin}${url.pathname}${url.search}`, request.headers);
    },
  };
}

async function forward(request: Request, url: string, headers: Headers): Promise<Response> {
  const body = await request.arrayBuffer();
  return fetch(url, {
    method: request.method,
    headers,
    redirect: 'manual',
    ...(body.byteLength > 0 ? { body } : {}),
  });
}

/** Headers that belong to one connection or describe a body that `fetch` has already unpacked. */
const HOP_HEADERS = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
];

/**
 * The relay as a browser on this machine sees it: `http://localhost:{port}` outside, the public origin inside, so that
 * redirects and the check of a form's origin work as they do behind a real name.
 */
export function createDoor(options: {
  localOrigins: readonly string[];
  publicOrigin: string;
  workerOrigin: string;
}): (request: Request) => Promise<Response> {
  const { localOrigins, publicOrigin, workerOrigin } = options;
  return async (request) => {
    const url = new URL(request.url);
    const headers = new Headers(request.headers);
    for (const name of ['host', ...HOP_HEADERS]) headers.delete(name);
    headers.set('accept-encoding', 'identity');
    if (localOrigins.includes(headers.get('origin') ?? '')) headers.set('origin', publicOrigin);
    const answer = await forward(request, `${workerOrigin}${url.pathname}${url.search}`, headers);
    const shown = new Headers(answer.headers);
    for (const name of HOP_HEADERS) shown.delete(name);
    const location = shown.get('location');
    if (location?.startsWith(`${publicOrigin}/`) === true) {
      shown.set('location', `${url.origin}${location.slice(publicOrigin.length)}`);
    }
    return new Response(answer.body, { status: answer.status, headers: shown });
  };
}
