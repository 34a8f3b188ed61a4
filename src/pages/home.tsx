import type { Ports } from '../ports.ts';
import { page } from './page.tsx';
import { HOME } from './words-english.ts';

/** `GET /`: what this is, for somebody who came without an invitation. */
export function homePage(ports: Pick<Ports, 'config' | 'randomBytes'>): Response {
  return page(ports, 200, {
    title: HOME.title,
    children: (
      <>
        <h1>{HOME.heading}</h1>
        <section class="card">
          <p>{HOME.what}</p>
          <ol>
            {HOME.steps.map((step) => (
              <li>{step}</li>
            ))}
          </ol>
          <p>
            <a class="button" href="/app">
              {HOME.open}
            </a>
          </p>
        </section>
      </>
    ),
  });
}
