/** A browser as far as OAuth needs one: cookies per host, redirects, and links to click on. */
import type { Wire } from './wire.ts';

const REDIRECTS_MAX = 10;

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

export interface Browser {
  /** Opens an address and follows its redirects. Throws a sentence when a page is an error. */
  open(url: string): Promise<Page>;
}

/** The address of the link on a page that `wanted` accepts, absolute. */
export function linkOn(page: Page, wanted: (href: string) => boolean): string | undefined {
  const links = [...page.text.matchAll(/href="([^"]+)"/g)].map(([, href = '']) =>
    new URL(href.replaceAll('&amp;', '&'), page.url).toString(),
  );
  return links.find(wanted);
}

export function createBrowser(wire: Wire): Browser {
  const jar = new Map<string, Map<string, string>>();

  const visit = async (url: string): Promise<Response> => {
    const { host } = new URL(url);
    const cookies = jar.get(host) ?? new Map<string, string>();
    jar.set(host, cookies);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }) };
    const answer = await wire.send(new Request(url, { headers }));
    for (const line of answer.headers.getSetCookie()) keepCookie(cookies, line);
    return answer;
  };

  return {
    async open(start) {
      let url = start;
      for (let hop = 0; hop < REDIRECTS_MAX; hop += 1) {
        const answer = await visit(url);
        const location = answer.headers.get('location');
        if (answer.status < 300 || answer.status > 399 || location === null) {
          const page = { url, status: answer.status, text: await answer.text() };
          if (page.status >= 400) throw new Error(describeError(page));
          return page;
        }
        url = new URL(location, url).toString();
      }
      throw new Error(`${start} redirects more than ${REDIRECTS_MAX} times`);
    },
  };
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const [name = '', ...value] = pair.split('=');
  const ends = attributes.some((attribute) => /^\s*max-age\s*=\s*0\s*$/i.test(attribute));
  if (ends) cookies.delete(name.trim());
  else cookies.set(name.trim(), value.join('=').trim());
}

/** Without the query: it may hold a code. */
function describeError(page: Page): string {
  const { origin, pathname } = new URL(page.url);
  const words = page.text
    .replace(/<(style|script|head)[^]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  return `${origin}${pathname} answered ${page.status}: ${words.trim().slice(0, 400)}`;
}
