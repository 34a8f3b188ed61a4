/** Joining rows by hand: the candidates that a plan names, or a search on the other side. */
import type { Context } from 'hono';
import * as v from 'valibot';
import type { MirrorRow } from '../domain/catalog/mirror.ts';
import { parseMerchantId } from '../domain/ids.ts';
import type { Ports } from '../ports.ts';
import { findMirrors, searchMirrors } from '../store/catalog.ts';
import type { Connection } from '../store/connections.ts';
import type { PlanOperation } from '../store/plans.ts';
import type { ChosenLink } from '../sync/chosen-links.ts';
import { startChosen } from '../sync/unlink.ts';
import { JOIN } from './catalog-english.ts';
import { goTo } from './enter.tsx';
import { Form, type Tokens, tokensFor } from './form.tsx';
import {
  auditPage,
  failurePage,
  frameOf,
  notFoundPage,
  type OwnForm,
  type Viewer,
} from './gate.ts';
import { page } from './page.tsx';

export const JOIN_FORM = '/app/catalog/join';
const FOUND_MAX = 20;
const TYPED_CHARS_MAX = 100;

/** Stored plans are JSON of an earlier release perhaps: what does not fit is not shown. */
const candidates = v.object({
  bigcommerce: v.array(v.object({ variantId: v.number(), sku: v.string(), name: v.string() })),
  clover: v.array(
    v.object({
      merchantId: v.string(),
      itemId: v.string(),
      sku: v.string(),
      name: v.string(),
    }),
  ),
});

/** Lets a person choose among the rows of an operation, or look for what is missing. Nothing when it names none. */
export function JoinForm(props: {
  operation: PlanOperation;
  connection: Connection;
  tokens: Tokens;
}) {
  const { operation, connection, tokens } = props;
  const parsed = v.safeParse(candidates, operation.before);
  if (!parsed.success || operation.outcome === 'applied') return null;
  const { bigcommerce: web, clover } = parsed.output;
  const [variant] = web;
  const [item] = clover;
  if (variant === undefined && item === undefined) return null;
  if (variant === undefined || item === undefined) {
    const query =
      variant === undefined
        ? `item=${item?.merchantId}:${item?.itemId}`
        : `variant=${variant.variantId}`;
    return (
      <p>
        <a href={`${JOIN_FORM}?${query}`}>{JOIN.find}</a>
      </p>
    );
  }
  return (
    <Form action={JOIN_FORM} tokens={tokens} inline>
      <Pick
        name="variantId"
        label="BigCommerce"
        options={web.map(({ variantId, sku, name }) => [String(variantId), `${name} (${sku})`])}
      />
      {[...Map.groupBy(clover, ({ merchantId }) => merchantId)].map(([merchantId, own]) => (
        <Pick
          name="item"
          label={merchantName(connection, merchantId)}
          options={own.map(({ itemId, sku, name }) => [
            `${merchantId}:${itemId}`,
            `${name} (${sku}, ${itemId})`,
          ])}
        />
      ))}
      <button type="submit" class="plain">
        {JOIN.join}
      </button>
    </Form>
  );
}

function Pick(props: {
  name: string;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
}) {
  return (
    <select name={props.name} aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <option value={value}>{text}</option>
      ))}
    </select>
  );
}

function merchantName(connection: Connection, merchantId: string): string {
  const merchant = connection.merchants.find((each) => each.merchantId === merchantId);
  return merchant?.name ?? merchantId;
}

/** `GET /app/catalog/join?variant=&find=` or `?item=&find=` */
export async function joinPage(ports: Ports, viewer: Viewer, context: Context): Promise<Response> {
  const { connection, session } = viewer;
  const variant = context.req.query('variant');
  const own = variant ?? context.req.query('item') ?? '';
  const platform = variant === undefined ? 'clover' : 'bigcommerce';
  const row = (await findMirrors(ports.db, connection.id, platform, [own])).get(own);
  if (row === undefined) return notFoundPage(ports, true);
  const typed = (context.req.query('find') ?? row.sku).trim().slice(0, TYPED_CHARS_MAX);
  const other = platform === 'clover' ? 'bigcommerce' : 'clover';
  const found =
    typed === '' ? [] : await searchMirrors(ports.db, connection.id, other, typed, FOUND_MAX);
  const tokens = await tokensFor(session, [JOIN_FORM]);
  return page(ports, 200, {
    ...frameOf(viewer),
    title: JOIN.title,
    at: '/app/catalog',
    children: (
      <>
        <h1>{JOIN.title}</h1>
        <section class="card">
          <p>
            {JOIN.this} <strong>{sayRow(row, connection)}</strong>
          </p>
          <form method="get" action={JOIN_FORM} class="inline">
            <input type="hidden" name={variant === undefined ? 'item' : 'variant'} value={own} />
            <input
              type="text"
              name="find"
              aria-label={JOIN.typed}
              maxlength={TYPED_CHARS_MAX}
              value={typed}
            />
            <button type="submit" class="plain">
              {JOIN.search}
            </button>
          </form>
          <p class="soft small">{JOIN.typed}</p>
        </section>
        <section class="card">
          <h2>{JOIN.found}</h2>
          {found.length === 0 ? <p class="soft">{JOIN.none}</p> : null}
          <ul>
            {found.map((each) => (
              <li>
                {sayRow(each, connection)}{' '}
                <Form
                  action={JOIN_FORM}
                  tokens={tokens}
                  inline
                  hidden={
                    platform === 'clover'
                      ? { variantId: each.id, item: own }
                      : { variantId: own, item: each.id }
                  }
                >
                  <button type="submit" class="plain">
                    {JOIN.join}
                  </button>
                </Form>
              </li>
            ))}
          </ul>
          {found.length === FOUND_MAX ? <p class="soft small">{JOIN.more(FOUND_MAX)}</p> : null}
        </section>
      </>
    ),
  });
}

function sayRow(row: MirrorRow, connection: Connection): string {
  const where =
    row.platform === 'clover' ? merchantName(connection, row.merchantId) : 'BigCommerce';
  return `${where}: ${row.sku === '' ? '–' : row.sku} ${String(row.values.name ?? '')}`;
}

/** `POST /app/catalog/join`: a plan of exactly these rows, which is looked at like any other. */
export async function joinForm(ports: Ports, form: OwnForm): Promise<Response> {
  const { connection, fields } = form;
  const chosen = chosenOf(fields);
  if (chosen === undefined) return notFoundPage(ports, true);
  const started = await startChosen(ports, connection.id, [chosen]);
  if (!started.ok) return failurePage(ports, started.failure);
  auditPage(ports, form, {
    operation: 'link.choose',
    eventId: started.value.id,
    message: 'A link was chosen on a page.',
    detail: chosen,
  });
  return goTo(`/app/plans/${started.value.id}`);
}

function chosenOf(fields: URLSearchParams): ChosenLink | undefined {
  const variantId = fields.get('variantId') ?? '';
  const items = fields.getAll('item').flatMap((text) => {
    const [merchant = '', itemId = ''] = text.split(':');
    const merchantId = parseMerchantId(merchant);
    return merchantId === undefined || !/^\w{1,64}$/u.test(itemId) ? [] : [{ merchantId, itemId }];
  });
  if (!/^\d{1,10}$/u.test(variantId) || items.length === 0) return undefined;
  return { variantId: Number(variantId), items };
}
