/** Goal: the log as a file and the figures for scraping, of one connection only. Method: rows in D1, the API over them. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { LOG_EXPORT_PAGE_RECORDS, LOG_EXPORT_RECORDS_MAX } from '../../src/limits.ts';
import { logId } from '../../src/store/log-blocks.ts';
import { insertLogs } from '../../src/store/logs.ts';
import { saveLinks } from '../../src/store/links.ts';
import { createApi } from '../../src/api/api.ts';
import { apiCaller } from '../support/api.ts';
import { ADMIN_TOKEN, START_MS, testPorts } from '../support/ports.ts';
import { install, link, linked, OTHER_MERCHANT } from '../support/store.ts';

const ports = testPorts(env.DB);
const call = apiCaller(ports);
const RECORDS = LOG_EXPORT_RECORDS_MAX + 10;

interface Line {
  readonly id?: string;
  readonly message?: string;
  readonly request?: unknown;
  readonly nextCursor?: string | null;
  readonly error?: { readonly code: string };
}

async function exported(query: string): Promise<Line[]> {
  const answer = await createApi(ports).request(`/connections/abc/logs.ndjson${query}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
  const text = new TextDecoder().decode(await answer.arrayBuffer());
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

beforeAll(async () => {
  await install(ports.db, 'abc');
  await linked(ports.db, 'abc');
  await install(ports.db, 'other');
  await linked(ports.db, 'other', OTHER_MERCHANT);
  const record = (index: number, connectionId: string) => ({
    id: logId(START_MS + index, `m${index}`, 0),
    record: {
      kind: 'attempt' as const,
      atMs: START_MS + index,
      connectionId,
      operation: 'x',
      outcome: 'ok' as const,
      platform: 'clover' as const,
      message: `${connectionId} ${index}`,
      detail: { request: { url: `/items/${index}` } },
      ...(index % 5_000 === 0 ? { sku: 'RARE' } : {}),
    },
  });
  for (let start = 0; start < RECORDS; start += 5_000) {
    const count = Math.min(5_000, RECORDS - start);
    await insertLogs(
      ports.db,
      Array.from({ length: count }, (_, index) => record(start + index, 'abc')),
    );
  }
  await insertLogs(ports.db, [record(3, 'other')]);
});

describe('the export of the log', () => {
  it('[R6] holds every record once, newest first, and says where the next one goes on', async () => {
    const first = await exported('');
    expect(first).toHaveLength(LOG_EXPORT_RECORDS_MAX + 1);
    expect(first[0]).toMatchObject({
      message: `abc ${RECORDS - 1}`,
      request: { url: `/items/${RECORDS - 1}` },
    });
    const cursor = first.at(-1)?.nextCursor ?? '';
    expect(first.at(-1)).toEqual({ nextCursor: expect.any(String) });
    const rest = await exported(`?cursor=${cursor}`);
    expect(rest).toHaveLength(10);
    const ids = [...first.slice(0, -1), ...rest].map(({ id }) => id);
    expect(new Set(ids).size).toBe(RECORDS);
    expect(ids).toEqual(ids.toSorted((one, other) => ((one ?? '') < (other ?? '') ? 1 : -1)));
  });

  it('takes the filters of the search, and refuses what it does not know', async () => {
    expect(await exported('?sku=RARE')).toHaveLength(5);
    expect(await exported('?sku=NONE')).toEqual([]);
    const bad = await call('GET', '/connections/abc/logs.ndjson?limit=5');
    expect([bad.status, bad.body.error.code]).toEqual([400, 'invalid_input']);
  });

  it('tells in its last line that it broke off, and from where to go on', async () => {
    let reads = 0;
    const breaking = new Proxy(env.DB, {
      get(target, name: keyof D1Database) {
        if (name === 'prepare' && (reads += 1) > 6) throw new Error('the disk is gone');
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const broken = testPorts(breaking);
    const answer = await createApi(broken).request('/connections/abc/logs.ndjson', {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const text = new TextDecoder().decode(await answer.arrayBuffer());
    const lines = text.trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as Line;
    expect(last.error?.code).toBe('internal');
    expect(text).not.toContain('the disk');
    expect(lines.length % LOG_EXPORT_PAGE_RECORDS).toBe(1);
    const rest = await exported(`?cursor=${last.nextCursor}&sku=RARE`);
    expect(rest.length).toBeGreaterThan(0);
  });
});

describe('metrics for scraping', () => {
  it('[R8] are in the text format of Prometheus, of this connection only', async () => {
    await saveLinks(ports.db, [link('abc', 1), link('other', 2), link('other', 3)]);
    const { status, headers, body } = await call('GET', '/connections/abc/metrics/prometheus');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines: string[] = body.trimEnd().split('\n');
    for (const line of lines) {
      expect(line).toMatch(/^(# (HELP|TYPE) onhand_\w+ .+|onhand_\w+\{[^}]*\} -?[\d.e+]+)$/);
    }
    expect(lines).toContain('onhand_links{connection="abc"} 1');
    expect(lines).toContain('onhand_outstanding{connection="abc"} 0');
    expect(lines).toContain('# TYPE onhand_polling_minutes gauge');
    // Not measured yet: left out, not zero.
    expect(lines.some((line) => line.startsWith('onhand_exposure_seconds'))).toBe(false);
  });
});
