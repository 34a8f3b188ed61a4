/** The audit of both catalogs: what stands in the way of keeping them in step, as JSON and as CSV. */
import * as z from 'zod';
import { rowPage, type PlatformPages } from '../domain/platform-pages.ts';
import { missingScopes } from '../install/scopes.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { auditConnection, findingsCsv } from '../sync/audit.ts';
import { type Api, CONNECTION, describe, isoOrNull, isoTime } from './routing.ts';

const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  title: z.string(),
  fix: z.string(),
  cleanup: z.string().nullable().describe('The clean-up rule that mends it as a plan.'),
  count: z.int(),
  rows: z
    .array(
      z.object({
        platform: z.enum(['bigcommerce', 'clover']),
        row: z.string(),
        sku: z.string(),
        name: z.string(),
        detail: z.string(),
        page: z.string().nullable().describe("Where it can be mended on the platform's own pages."),
      }),
    )
    .describe('The first ones; `count` says how many there are.'),
});

const AUDIT = `${CONNECTION}/audit`;

export function registerAudit(api: Api, ports: Ports): void {
  api.get(
    AUDIT,
    describe({
      tag: 'Catalog',
      summary: 'Audit both catalogs',
      description:
        'From the catalogs as they were last read: a link plan reads them, and `reconcile` with scope `catalog`.',
      answer: [
        200,
        'The findings, most severe first.',
        z.object({ items: z.array(findingSchema), readAt: isoTime.nullable() }),
      ],
    }),
    async (context) => {
      const { connection } = context.var;
      const { findings, readAtMs } = await report(ports, connection);
      const pages = pagesOf(ports, connection);
      const items = findings.map(({ rows, ...finding }) => ({
        ...finding,
        rows: rows.map(({ platform, row, sku, name, detail, ...product }) => ({
          platform,
          row,
          sku,
          name,
          detail,
          page: rowPage(pages, { platform, row, ...product }),
        })),
      }));
      return context.json({ items, readAt: isoOrNull(readAtMs) });
    },
  );
  api.get(
    `${AUDIT}.csv`,
    describe({
      tag: 'Catalog',
      summary: 'Audit both catalogs, as CSV',
      answer: [200, 'One line per row of a finding.', z.string()],
    }),
    async (context) => {
      const { findings } = await report(ports, context.var.connection);
      return context.body(findingsCsv(findings, pagesOf(ports, context.var.connection)), 200, {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': 'attachment; filename="audit.csv"',
      });
    },
  );
}

function report(ports: Ports, connection: Connection) {
  return auditConnection(ports, connection, missingScopes(connection.scopes));
}

function pagesOf({ config }: Pick<Ports, 'config'>, { id }: Connection): PlatformPages {
  return { connectionId: id, cloverOrigin: config.clover.webOrigin };
}
