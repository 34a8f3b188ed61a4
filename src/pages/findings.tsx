/** Findings of the audit, each with the way to mend it, and the form of a clean-up. */
import { attachment } from '../attachment.ts';
import type { Finding, FindingRow } from '../domain/catalog/audit.ts';
import { rowPage, type PlatformPages } from '../domain/platform-pages.ts';
import { missingScopes } from '../install/scopes.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { findLatestPlan } from '../store/plans.ts';
import { auditConnection, findingsCsv } from '../sync/audit.ts';
import { CATALOG, CLEANUP } from './catalog-english.ts';
import { CatalogTabs } from './catalog.tsx';
import { CLEANUP_FORM, CleanupCard, type CleanupProblem } from './cleanup-form.tsx';
import { Form, type Tokens, tokensFor } from './form.tsx';
import { frameOf, type Viewer } from './gate.ts';
import { page } from './page.tsx';
import { Moment, sayPlacesIn, Tag } from './words.tsx';

const FINDING_ROWS_SHOWN = 20;

/** `GET /app/catalog/findings` */
export async function findingsPage(
  ports: Ports,
  viewer: Viewer,
  problem: CleanupProblem | null = null,
): Promise<Response> {
  const { connection } = viewer;
  const tokens = await tokensFor(viewer.session, [CLEANUP_FORM]);
  const plan = await findLatestPlan(ports.db, connection.id);
  const isBusy = plan?.status === 'computing' || plan?.status === 'applying';
  const { findings, readAtMs } = await report(ports, connection);
  return page(ports, problem === null ? 200 : 400, {
    ...frameOf(viewer),
    title: CATALOG.findings,
    at: '/app/catalog',
    children: (
      <>
        <div class="row head">
          <h1>{CATALOG.findings}</h1>
          {findings.length === 0 ? null : (
            <a class="button plain" href="/app/catalog/findings.csv">
              {CATALOG.csv}
            </a>
          )}
        </div>
        <CatalogTabs at="/app/catalog/findings" />
        {readAtMs === null ? (
          <p class="note">{CATALOG.findingsNever}</p>
        ) : (
          <p class="soft">
            From both catalogs as they were read{' '}
            <Moment atMs={readAtMs} timeZone={connection.timeZone} />.
          </p>
        )}
        {findings.length === 0 && readAtMs !== null ? (
          <section class="card empty">
            <h2>{CATALOG.findingsNone}</h2>
          </section>
        ) : null}
        {findings.map((finding) => (
          <FindingCard
            finding={finding}
            tokens={isBusy ? null : tokens}
            pages={pagesOf(ports, connection)}
            connection={connection}
          />
        ))}
        <CleanupCard tokens={tokens} isBusy={isBusy} problem={problem} />
      </>
    ),
  });
}

/** `tokens` null: no clean-up can start now. */
function FindingCard(props: {
  finding: Finding;
  tokens: Tokens | null;
  pages: PlatformPages;
  connection: Connection;
}) {
  const { cleanup, title, fix, severity, count, rows } = props.finding;
  const shown = rows.slice(0, FINDING_ROWS_SHOWN);
  return (
    <section class="card">
      <div class="row">
        <h2>{title}</h2>
        <span>
          <Tag {...CATALOG.severity[severity]} /> <span class="tag">{CATALOG.rows(count)}</span>
        </span>
      </div>
      <p>{fix}</p>
      {cleanup === null || props.tokens === null ? null : (
        <Form action={CLEANUP_FORM} tokens={props.tokens} hidden={{ rules: cleanup }}>
          <button type="submit" class="plain">
            {CLEANUP.mend}
          </button>
        </Form>
      )}
      {shown.length === 0 ? null : (
        <details>
          <summary>{CATALOG.showRows}</summary>
          <ul>
            {shown.map((row) => (
              <FindingItem row={row} pages={props.pages} connection={props.connection} />
            ))}
          </ul>
          {shown.length < count ? (
            <p class="soft small">{CATALOG.more(shown.length, count)}</p>
          ) : null}
        </details>
      )}
    </section>
  );
}

function FindingItem(props: { row: FindingRow; pages: PlatformPages; connection: Connection }) {
  const { platform, sku, name, detail } = props.row;
  const href = rowPage(props.pages, props.row);
  const side = platform === 'clover' ? 'Clover' : 'BigCommerce';
  return (
    <li>
      {side}: <strong>{sku}</strong> {name}{' '}
      <span class="soft">{sayPlacesIn(detail, props.connection)}</span>{' '}
      {href === null ? null : (
        <a href={href} target="_blank" rel="noopener">
          {CATALOG.openThere(side)}
        </a>
      )}
    </li>
  );
}

function pagesOf({ config }: Pick<Ports, 'config'>, { id }: Connection): PlatformPages {
  return { connectionId: id, cloverOrigin: config.clover.webOrigin };
}

/** `GET /app/catalog/findings.csv` */
export async function findingsFile(ports: Ports, viewer: Viewer): Promise<Response> {
  const { findings } = await report(ports, viewer.connection);
  return attachment('findings.csv', findingsCsv(findings, pagesOf(ports, viewer.connection)));
}

function report(ports: Ports, connection: Connection) {
  return auditConnection(ports, connection, missingScopes(connection.scopes));
}
