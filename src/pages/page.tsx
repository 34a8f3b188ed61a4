/** The frame of every page, the page for whatever went wrong, and the headers that both carry (X4). */
import type { Child } from 'hono/jsx';
import type { Config } from '../config.ts';
import { toBase64Url } from '../domain/encoding.ts';
import type { Ports } from '../ports.ts';
import { FRAME } from './english.ts';
import { STYLE } from './style.ts';

export interface PageProps {
  title: string;
  /** Navigation is shown only to somebody who is signed in. */
  signedIn?: boolean;
  /** Failures that wait in the inbox, for the navigation. */
  waiting?: number;
  /** Path of the page in the navigation. */
  at?: string;
  /** Look again by itself after this many seconds, while something is being worked on. */
  refreshSeconds?: number;
  children?: Child;
}

const NAVIGATION = [
  { path: '/app', label: FRAME.overview },
  { path: '/app/skus', label: FRAME.skus },
  { path: '/app/catalog', label: FRAME.catalog },
  { path: '/app/orders', label: FRAME.orders },
  { path: '/app/inbox', label: FRAME.inbox },
  { path: '/app/settings', label: FRAME.settings },
];

function Navigation(props: { at: string | undefined; waiting: number }) {
  return (
    <nav aria-label={FRAME.main}>
      {NAVIGATION.map(({ path, label }) => (
        <a href={path} aria-current={props.at === path ? 'page' : undefined}>
          {label}
          {path === '/app/inbox' && props.waiting > 0 ? (
            <span class="badge" aria-label={FRAME.waiting(props.waiting)} role="img">
              {props.waiting}
            </span>
          ) : null}
        </a>
      ))}
    </nav>
  );
}

/** Looks again without losing the place on the page; without script the page reloads as a whole. The style is cut off: its pass is for another page. */
const LIVE_SCRIPT = `(()=>{const again=()=>setTimeout(look,1000*document.querySelector('main').dataset.live);
const look=async()=>{try{const r=await fetch(location.href);const t=(await r.text()).split('</style>').pop();const d=new DOMParser().parseFromString(t,'text/html');
const m=d.querySelector('main');if(!r.ok||!m)return;document.querySelector('main').replaceWith(document.adoptNode(m));if(!m.dataset.live)return}catch{}again()};again()})()`;

/** The document around every page; `nonce` is the style's and the script's pass under the page's policy. */
export function Document(props: PageProps & { nonce?: string }) {
  const { refreshSeconds, nonce } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        {refreshSeconds === undefined ? null : (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
        <title>{`${props.title} · Onhand`}</title>
        <style nonce={nonce} dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#content">
          {FRAME.skip}
        </a>
        <header class="top">
          <div class="bar">
            <a class="mark" href={props.signedIn === true ? '/app' : '/'}>
              <i aria-hidden="true"></i>Onhand
            </a>
            {props.signedIn === true ? (
              <Navigation at={props.at} waiting={props.waiting ?? 0} />
            ) : null}
          </div>
        </header>
        <main id="content" tabindex={-1} data-live={refreshSeconds}>
          {props.children}
        </main>
        <footer>{FRAME.footer}</footer>
        {refreshSeconds === undefined ? null : (
          <script nonce={nonce} dangerouslySetInnerHTML={{ __html: LIVE_SCRIPT }} />
        )}
      </body>
    </html>
  );
}

type PagePorts = Pick<Ports, 'randomBytes'> & {
  readonly config: Pick<Config, 'bigcommerce' | 'clover'>;
};

/**
 * Headers of every page: framed by BigCommerce only, nothing loaded from elsewhere, forms to ourselves and, after a
 * redirect, to Clover's consent page (browsers apply form-action to redirects too). No X-Frame-Options: it cannot
 * name several origins. `same-origin` keeps the Origin header on our own forms; `no-referrer` would blank it.
 */
function pageHeaders(config: PagePorts['config'], nonce: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    `form-action 'self' ${config.clover.webOrigin}`,
    "base-uri 'none'",
    `frame-ancestors https://*.mybigcommerce.com ${config.bigcommerce.loginOrigin}`,
  ];
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  };
}

/** Renders a page with its headers. */
export function page(ports: PagePorts, status: number, props: PageProps): Response {
  const nonce = toBase64Url(ports.randomBytes(16));
  const html = `<!doctype html>${(<Document {...props} nonce={nonce} />).toString()}`;
  return new Response(html, { status, headers: pageHeaders(ports.config, nonce) });
}

export interface Trouble {
  /** HTTP status of the page. */
  status: number;
  title: string;
  /** What happened, in one or two plain sentences. */
  message: string;
  /** What the reader can do about it. */
  advice: string;
}

/** The page for everything that went wrong: what happened, what to do, and nothing about our insides (X8). */
export function troublePage(ports: PagePorts, trouble: Trouble, signedIn = false): Response {
  return page(ports, trouble.status, {
    title: trouble.title,
    signedIn,
    children: (
      <section class="card" role="alert">
        <h1>{trouble.title}</h1>
        <p>{trouble.message}</p>
        <p class="soft">{trouble.advice}</p>
      </section>
    ),
  });
}
