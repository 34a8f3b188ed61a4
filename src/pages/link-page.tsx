/** One link: what it joins, why, and what became of it. */
import type { Context } from 'hono';
import type { Ports } from '../ports.ts';
import { listLinkHistory } from '../store/link-history.ts';
import { findLink } from '../store/links.ts';
import { unlink } from '../sync/unlink.ts';
import { LINK } from './catalog-english.ts';
import { sayRule } from './catalog.tsx';
import { goTo } from './enter.tsx';
import { Form, tokensFor } from './form.tsx';
import {
  auditPage,
  failurePage,
  frameOf,
  notFoundPage,
  type OwnForm,
  type Viewer,
} from './gate.ts';
import { JOIN_FORM } from './join.tsx';
import { page } from './page.tsx';
import { Moment, Tag } from './words.tsx';

const HISTORY_SHOWN = 50;
const unlinkPath = (linkId: string): string => `/app/catalog/links/${linkId}/unlink`;

/** `GET /app/catalog/links/{linkId}` */
export async function linkPage(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const { connection, session } = viewer;
  const link = await findLink(ports.db, connection.id, context.req.param('linkId') ?? '');
  if (link === undefined) return notFoundPage(ports, true);
  const history = await listLinkHistory(ports.db, connection.id, link.linkId, HISTORY_SHOWN);
  const tokens = await tokensFor(session, [unlinkPath(link.linkId)]);
  return page(ports, 200, {
    ...frameOf(viewer),
    title: LINK.title(link.sku),
    at: '/app/catalog',
    children: (
      <>
        <p>
          <a href="/app/catalog">{LINK.all}</a>
        </p>
        <div class="row head">
          <h1>{LINK.title(link.sku)}</h1>
          <Tag tone={link.status === 'active' ? 'good' : 'bad'} text={LINK.status[link.status]} />
        </div>
        <section class="card">
          <dl class="facts">
            <dt>BigCommerce</dt>
            <dd>
              {link.name}, variant {link.variantId}
            </dd>
            <dt>Clover</dt>
            <dd>
              {link.items.map(({ merchantId, itemId }) => `${merchantId} ${itemId}`).join(', ')}
            </dd>
            <dt>{LINK.why}</dt>
            <dd>{sayRule(link.evidence)}</dd>
          </dl>
          <div class="acts">
            <a class="button plain" href={`/app/skus/${encodeURIComponent(link.linkId)}`}>
              {LINK.counts}
            </a>
            <a class="button plain" href={`${JOIN_FORM}?variant=${link.variantId}`}>
              {LINK.exchange}
            </a>
            {link.status === 'active' ? (
              <Form action={unlinkPath(link.linkId)} tokens={tokens}>
                <button type="submit" class="risk">
                  {LINK.unlink}
                </button>
              </Form>
            ) : null}
          </div>
          <p class="soft small">{LINK.unlinkMore}</p>
        </section>
        <section class="card">
          <h2>{LINK.history}</h2>
          {history.length === 0 ? <p class="soft">{LINK.noHistory}</p> : null}
          <ul>
            {history.map(({ act, atMs, by, sku, evidence, items }) => (
              <li>
                <Moment atMs={atMs} timeZone={connection.timeZone} />: {LINK.acts[act]} ({sku},{' '}
                {sayRule(evidence)}, {items.map(({ itemId }) => itemId).join(', ')}){' '}
                <span class="soft">{by}</span>
              </li>
            ))}
          </ul>
        </section>
      </>
    ),
  });
}

/** `POST /app/catalog/links/{linkId}/unlink` */
export async function unlinkForm(ports: Ports, form: OwnForm, context: Context): Promise<Response> {
  const linkId = context.req.param('linkId') ?? '';
  const done = await unlink(ports, form.connection.id, linkId, `user ${form.session.userId}`);
  if (!done.ok) return failurePage(ports, done.failure);
  auditPage(ports, form, {
    operation: 'link.unlink',
    message: `Link ${linkId} was taken apart on its page.`,
  });
  return goTo(`/app/catalog/links/${encodeURIComponent(linkId)}`);
}
