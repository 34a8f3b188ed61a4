import { FAILURES, type Failure } from '../domain/failure.ts';
import { Document } from './page.tsx';
import { NOT_CONFIGURED } from './words-english.ts';

/**
 * The page of a Worker whose configuration is incomplete: it names the variables, never their values. Made without
 * ports, because there are none yet; the policy therefore allows the one inline style as such.
 */
export function configMissingPage(failure: Failure): Response {
  const html = (
    <Document title={NOT_CONFIGURED.title}>
      <section class="card" role="alert">
        <h1>{NOT_CONFIGURED.heading}</h1>
        <p>{failure.message}</p>
        <p class="soft">{NOT_CONFIGURED.todo}</p>
      </section>
    </Document>
  ).toString();
  return new Response(`<!doctype html>${html}`, {
    status: FAILURES[failure.code].status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    },
  });
}
