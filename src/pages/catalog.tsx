/** The catalog: links with their evidence, what is left open, owners of fields. */
import type { Context } from 'hono';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { countLinks, listLinks, type Link } from '../store/links.ts';
import { findLatestPlan, listOpenOperations, type PlanOperation } from '../store/plans.ts';
import { CATALOG, PLAN } from './catalog-english.ts';
import { FRAME } from './english.ts';
import { type Tokens, tokensFor } from './form.tsx';
import { frameOf, type Viewer } from './gate.ts';
import { JOIN_FORM, JoinForm } from './join.tsx';
import { page } from './page.tsx';
import { Moment, sayCount, sayPlacesIn, Tag } from './words.tsx';

const LINKS_PER_PAGE = 100;
const OPEN_SHOWN = 50;

const TABS = [
  { path: '/app/catalog', label: CATALOG.links },
  { path: '/app/catalog/findings', label: CATALOG.findings },
  { path: '/app/catalog/owners', label: CATALOG.owners },
  { path: '/app/plans', label: CATALOG.plans },
];

export function CatalogTabs(props: { at: string }) {
  return (
    <nav class="tabs" aria-label={FRAME.catalog}>
      {TABS.map(({ path, label }) => (
        <a href={path} aria-current={props.at === path ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}

/** `GET /app/catalog?after=` */
export async function catalogPage(
  ports: Ports,
  viewer: Viewer,
  context: Context,
): Promise<Response> {
  const { connection } = viewer;
  const after = context.req.query('after') ?? null;
  const [count, listed, plan] = await Promise.all([
    countLinks(ports.db, connection.id),
    listLinks(ports.db, connection.id, after, LINKS_PER_PAGE),
    findLatestPlan(ports.db, connection.id),
  ]);
  const open =
    plan === undefined
      ? []
      : await listOpenOperations(ports.db, connection.id, plan.id, OPEN_SHOWN);
  const tokens = await tokensFor(viewer.session, [JOIN_FORM]);
  return page(ports, 200, {
    ...frameOf(viewer),
    title: FRAME.catalog,
    at: '/app/catalog',
    children: (
      <>
        <h1>{FRAME.catalog}</h1>
        <CatalogTabs at="/app/catalog" />
        {plan === undefined || open.length === 0 ? null : (
          <OpenCard planId={plan.id} open={open} connection={connection} tokens={tokens} />
        )}
        <section class="card">
          <div class="row">
            <h2>{CATALOG.linked}</h2>
            <span>
              <span class="tag">{count.toLocaleString('en')}</span>{' '}
              <a href="/app/catalog/links.csv">{CATALOG.csv}</a>
            </span>
          </div>
          <Links links={listed.items} connection={connection} />
          {listed.nextCursor === null ? null : (
            <a href={`/app/catalog?after=${encodeURIComponent(listed.nextCursor)}`}>{FRAME.next}</a>
          )}
        </section>
      </>
    ),
  });
}

function OpenCard(props: {
  planId: string;
  open: readonly PlanOperation[];
  connection: Connection;
  tokens: Tokens;
}) {
  const { planId, open, connection } = props;
  return (
    <section class="card">
      <h2>{CATALOG.open}</h2>
      <p class="soft">{CATALOG.openMore}</p>
      <ul>
        {open.map(({ kind, sku, reason, ...operation }) => (
          <li>
            <strong>{sku === '' ? '–' : sku}</strong> <Tag tone="warn" text={sayCount(kind)} />
            {reason === null ? null : <div class="small">{sayPlacesIn(reason, connection)}</div>}
            <JoinForm
              operation={{ kind, sku, reason, ...operation }}
              connection={connection}
              tokens={props.tokens}
            />
          </li>
        ))}
      </ul>
      <p>
        <a href={`/app/plans/${planId}`}>{PLAN.see}</a>
      </p>
    </section>
  );
}

function Links(props: { links: readonly Link[]; connection: Connection }) {
  if (props.links.length === 0) return <p class="soft">–</p>;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={CATALOG.linked}>
      <table>
        <thead>
          <tr>
            <th scope="col">SKU</th>
            <th scope="col">{CATALOG.why}</th>
            <th scope="col">{CATALOG.since}</th>
          </tr>
        </thead>
        <tbody>
          {props.links.map((link) => (
            <tr>
              <td class="sku">
                <a href={`/app/skus/${encodeURIComponent(link.linkId)}`}>{link.sku}</a>
                <div class="soft small name">{link.name}</div>
                {link.status === 'broken' ? <Tag tone="bad" text={CATALOG.broken} /> : null}
              </td>
              <td class="wide">
                <a href={`/app/catalog/links/${encodeURIComponent(link.linkId)}`}>
                  {sayRule(link.evidence)}
                </a>{' '}
                · {CATALOG.items(link.items.length)}
                <div class="soft small">
                  variant {link.variantId} = {link.items.map(({ itemId }) => itemId).join(', ')}
                </div>
              </td>
              <td>
                <Moment atMs={link.createdAtMs} timeZone={props.connection.timeZone} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** By which rule both sides were found to be one. */
export function sayRule({ rule }: Link['evidence']): string {
  if (rule === 'person') return CATALOG.byPerson;
  if (rule === 'unlinked') return CATALOG.unlinked;
  if (rule === 'exact' || rule === 'sku') return CATALOG.exact;
  return typeof rule === 'string' ? CATALOG.rule(rule) : CATALOG.exact;
}

/** `GET /app/catalog/owners` */
export function ownersPage(ports: Ports, viewer: Viewer): Response {
  const { catalog } = viewer.connection.settings;
  return page(ports, 200, {
    ...frameOf(viewer),
    title: CATALOG.owners,
    at: '/app/catalog',
    children: (
      <>
        <div class="row head">
          <h1>{CATALOG.owners}</h1>
          <a class="button plain" href="/app/settings/catalog">
            {CATALOG.ownersChange}
          </a>
        </div>
        <CatalogTabs at="/app/catalog/owners" />
        {catalog.enabled ? null : <p class="note">{CATALOG.ownersOff}</p>}
        <section class="card">
          <p class="soft">{CATALOG.ownersIntro}</p>
          <table>
            <thead>
              <tr>
                <th scope="col">{CATALOG.field}</th>
                <th scope="col">{CATALOG.owner}</th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(catalog.owners).map(([field, owner]) => (
                <tr>
                  <td>{CATALOG.fields[field] ?? field}</td>
                  <td>{CATALOG.ownerWords[owner]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </>
    ),
  });
}
