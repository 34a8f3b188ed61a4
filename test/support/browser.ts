/** A browser for worker tests: keeps cookies as one partition does, sends Origin with forms, follows our redirects. */
import { ORIGIN, type Stage } from './stage.ts';

export interface Browser {
  readonly cookies: Map<string, string>;
  get(url: string): Promise<Response>;
  /** Posts a form as a page of `origin` would; ours when left out. */
  post(path: string, fields: Record<string, string>, origin?: string): Promise<Response>;
  /** The same for forms in which a name stands several times. */
  postAll(path: string, fields: readonly (readonly [string, string])[]): Promise<Response>;
  /** `get`, and on through redirects within the relay. */
  open(url: string): Promise<Response>;
}

export function openBrowser(stage: Stage, cookies = new Map<string, string>()): Browser {
  const send = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie !== '') headers.set('Cookie', cookie);
    const response = await stage.visit(new URL(url, ORIGIN).href, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      cookies.set(name, value);
    }
    return response;
  };
  const open = async (url: string): Promise<Response> => {
    const response = await send(url);
    const location = response.headers.get('location');
    if (location === null) return response;
    const target = new URL(location, ORIGIN);
    await response.body?.cancel();
    return target.origin === ORIGIN ? open(target.href) : response;
  };
  const post = (path: string, fields: URLSearchParams, origin: string) =>
    send(path, {
      method: 'POST',
      headers: { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: fields.toString(),
    });
  return {
    cookies,
    open,
    get: (url) => send(url),
    post: (path, fields, origin = ORIGIN) => post(path, new URLSearchParams(fields), origin),
    postAll: (path, fields) =>
      post(path, new URLSearchParams(fields.map(([name, value]) => [name, value])), ORIGIN),
  };
}

/** Value of a hidden field in the form that posts to `action`. */
export function fieldOf(html: string, action: string, name: string): string {
  const form = html.split('<form').find((part) => part.includes(`action="${action}"`));
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(form ?? '')?.[1];
  if (value === undefined) throw new Error(`no field ${name} in a form to ${action}`);
  return value;
}
