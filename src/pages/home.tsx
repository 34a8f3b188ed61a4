import type { Ports } from '../ports.ts';
import { page } from './page.tsx';

/** `GET /`: what this is, for somebody who came without an invitation. */
export function homePage(ports: Pick<Ports, 'config' | 'randomBytes'>): Response {
  return page(ports, 200, {
    title: 'One count for web shop and registers',
    children: (
      <>
        <h1>One count for the web shop and the registers</h1>
        <section class="card">
          <p>
            Onhand keeps one BigCommerce store and its Clover registers telling the same truth. A
            sale on either side reaches the other in about a second, every unit is accounted for,
            and nothing is written before you have seen the plan.
          </p>
          <ol>
            <li>Install Onhand from Apps in your BigCommerce control panel.</li>
            <li>Connect your Clover merchant with one click.</li>
            <li>Look at the plan that links your SKUs, and apply it.</li>
          </ol>
          <p>
            <a class="button" href="/app">
              Open Onhand
            </a>
          </p>
        </section>
      </>
    ),
  });
}
