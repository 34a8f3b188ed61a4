/** The API described by itself: an OpenAPI 3.1 document, and a page that lists it without any foreign script. */
import { generateSpecs } from 'hono-openapi';
import { html, raw } from 'hono/html';
import { exampleCall } from './examples.ts';
import type { Api } from './routing.ts';

const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

/** The OpenAPI document of every route registered so far. */
export async function openApi(api: Api, address: string) {
  return generateSpecs(api, {
    documentation: {
      info: {
        title: 'Onhand admin API',
        version: '1',
        description:
          'Errors are `{error: {code, message, details?}}`, or problem details (RFC 9457) to who accepts ' +
          '`application/problem+json`. Lists are `{items, nextCursor}`, times are ISO-8601 UTC. Any POST may carry an ' +
          '`Idempotency-Key`: a repeat within a day is told the first outcome. A key may ask 600 times a minute.',
      },
      servers: [{ url: address }],
      components: { securitySchemes: { admin: { type: 'http', scheme: 'bearer' } } },
    },
    defaultValidationErrorResponse: false,
  });
}

/** One HTML page with every route, from the same document. */
export async function docsPage(api: Api, address: string) {
  const { info, paths } = await openApi(api, address);
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>${info.title}</h1>
        <p>${info.description}</p>
        <p>
          Send <code>Authorization: Bearer …</code> with the admin token or a key of the connection.
          The whole contract: <a href="openapi.json">openapi.json</a>.
        </p>
        ${routes.map(
          ({ path, method, operation }) =>
            html`<section>
              <h2><b>${method.toUpperCase()}</b> <code>${path}</code></h2>
              <p>${operation.summary}. ${operation.description ?? ''}</p>
              ${parameterTable(operation.parameters)} ${bodyOf(operation.requestBody)}
              <table>
                ${Object.entries(operation.responses ?? {}).map(
                  ([status, answer]) =>
                    html`<tr>
                      <th>${status}</th>
                      <td>${'description' in answer ? answer.description : ''}</td>
                    </tr>`,
                )}
              </table>
              <pre>${exampleCall(address, method.toUpperCase(), path)}</pre>
            </section>`,
        )}
      </body>
    </html>`;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{font-size:1.05rem;margin:2rem 0 .25rem;border-top:1px solid #ccc;padding-top:1rem}
th{text-align:left;vertical-align:top;padding-right:1rem;font-weight:600;white-space:nowrap}
pre{background:#f4f4f4;padding:.5rem;overflow:auto;max-height:20rem}`;

function parameterTable(parameters: readonly object[] | undefined) {
  const named = (parameters ?? []).flatMap((each) =>
    'name' in each
      ? [each as { name: string; in: string; required?: boolean; description?: string }]
      : [],
  );
  if (named.length === 0) return '';
  return html`<table>
    ${named.map(
      (each) =>
        html`<tr>
          <th>
            ${each.name} <small>(${each.in}${each.required === true ? ', required' : ''})</small>
          </th>
          <td>${each.description ?? ''}</td>
        </tr>`,
    )}
  </table>`;
}

function bodyOf(body: object | undefined) {
  if (body === undefined || !('content' in body)) return '';
  const { content } = body as { content: Record<string, { schema?: unknown }> };
  const schema = content['application/json']?.schema;
  return html`<details>
    <summary>Body</summary>
    <pre>${JSON.stringify(schema, null, 2)}</pre>
  </details>`;
}
