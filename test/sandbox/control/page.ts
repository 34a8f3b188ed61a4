/** The control page's HTML; `page.js` fills in what changes. */
import { html } from 'hono/html';
import type { ControlParts } from './shelf.ts';

const times = (few: number) => html`
  <label>
    How many
    <input name="times" type="number" min="1" max="1000" value="${few}" required />
  </label>
`;

const PLATFORM = html`
  <label>
    Of
    <select name="platform">
      <option value="both">both platforms</option>
      <option value="bigcommerce">BigCommerce</option>
      <option value="clover">Clover</option>
    </select>
  </label>
`;

const FAULTS = html`
  <section class="card faults" aria-labelledby="faults-title">
    <h2 id="faults-title">Break things</h2>
    <form data-post="/control/webhook-faults">
      <label>
        The next webhooks
        <select name="fault">
          <option value="drop">get lost</option>
          <option value="duplicate">come three times</option>
          <option value="delay">come 10 s late</option>
        </select>
      </label>
      ${PLATFORM} ${times(10)}
      <button type="submit">Arm</button>
    </form>
    <form data-post="/control/call-faults">
      <label>
        The next calls
        <select name="fault">
          <option value="error">answer 500</option>
          <option value="busy">answer 429, wait 3 s</option>
          <option value="refuse">answer 401</option>
          <option value="lose-request">never arrive</option>
          <option value="lose-answer">succeed, the answer is lost</option>
        </select>
      </label>
      ${PLATFORM} ${times(3)}
      <button type="submit">Arm</button>
    </form>
    <div class="row">
      <form data-post="/control/sweep"><button type="submit">Run a sweep now</button></form>
      <form data-post="/control/mend"><button type="submit">Mend everything</button></form>
      <button type="button" id="rush">Rush: 10 sales</button>
    </div>
    <ul id="armed" class="chips" aria-label="Faults that wait for their victim"></ul>
  </section>
`;

const SHELF = html`
  <section class="card shelf" aria-labelledby="shelf-title">
    <div class="head">
      <h2 id="shelf-title">The shelf</h2>
      <label class="search">
        <span class="hidden">Search by name or SKU</span>
        <input id="search" type="search" placeholder="Search name or SKU" autocomplete="off" />
      </label>
    </div>
    <table>
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col">Web</th>
          <th scope="col">Register</th>
          <th scope="col">On hand</th>
        </tr>
      </thead>
      <tbody id="rows"></tbody>
    </table>
  </section>
`;

const DIALOG = html`
  <dialog id="count" aria-labelledby="count-title">
    <form method="dialog" id="count-form">
      <h2 id="count-title">Set a level by hand</h2>
      <p id="count-what"></p>
      <label>
        New level
        <input id="count-level" type="number" min="0" max="100000" step="1" required />
      </label>
      <div class="row">
        <button type="submit" value="set" class="strong">Set</button>
        <button type="submit" value="cancel" formnovalidate>Cancel</button>
      </div>
    </form>
  </dialog>
`;

/** The whole page. */
export function controlPage({ shop, relayOrigin }: ControlParts) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Onhand sandbox</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/page.css" />
        <script type="module" src="/page.js"></script>
      </head>
      <body>
        <header>
          <div>
            <h1>Onhand <span>sandbox</span></h1>
            <p>
              BigCommerce store <code>${shop.hash}</code>, Clover merchant
              <code>${shop.merchantId}</code>
            </p>
          </div>
          <nav aria-label="Elsewhere">
            <a href="/control/open" target="_blank">Merchant's pages</a>
            <a href="${relayOrigin}/api/v1/docs" target="_blank">Admin API</a>
          </nav>
          <p id="activity" class="pill" role="status">Connecting …</p>
        </header>
        <main>
          ${SHELF}
          <div class="side">
            <section class="card sales" aria-labelledby="sales-title">
              <h2 id="sales-title">Sales and their lag</h2>
              <p id="lag" class="figure"></p>
              <ol id="sales" class="list"></ol>
            </section>
            ${FAULTS}
            <section class="card events" aria-labelledby="events-title">
              <h2 id="events-title">What happens</h2>
              <ol id="events" class="list log" tabindex="0" aria-labelledby="events-title"></ol>
            </section>
          </div>
        </main>
        <p id="toast" role="status" aria-live="polite"></p>
        ${DIALOG}
      </body>
    </html>`;
}
