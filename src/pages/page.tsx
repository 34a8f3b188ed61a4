/** The frame of every page, the page for whatever went wrong, and the headers that both carry (X4). */
import type { Child } from 'hono/jsx';
import type { Config } from '../config.ts';
import { toBase64Url } from '../domain/encoding.ts';
import type { Ports } from '../ports.ts';
import { STYLE } from './style.ts';

export interface PageProps {
  title: string;
  /** Navigation is shown only to somebody who is signed in. */
  signedIn?: boolean;
  /** Path of the page in the navigation. */
  at?: string;
  /** Reload by itself after this many seconds, while something is being worked on. */
  refreshSeconds?: number;
  children?: Child;
}

const NAVIGATION = [
  { path: '/app', label: 'Overview' },
  { path: '/app/plans', label: 'Linking' },
];

function Navigation(props: { at: string | undefined }) {
  return (
    <nav aria-label="Main">
      {NAVIGATION.map(({ path, label }) => (
        <a href={path} aria-current={props.at === path ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}

/** The document around every page; `nonce` is the style's pass under the page's policy. */
export function Document(props: PageProps & { nonce?: string }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        {props.refreshSeconds === undefined ? null : (
          <meta http-equiv="refresh" content={String(props.refreshSeconds)} />
        )}
        <title>{`${props.title} · Onhand`}</title>
        <style nonce={props.nonce} dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <header>
          <a class="mark" href={props.signedIn === true ? '/app' : '/'}>
            <i aria-hidden="true"></i>Onhand
          </a>
          {props.signedIn === true ? <Navigation at={props.at} /> : null}
        </header>
        <main>{props.children}</main>
        <footer>One count for the web shop and the registers.</footer>
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
