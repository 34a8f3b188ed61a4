/** The sources as a whole. Each check is run on the project and, to show that it can fail, on a bad snippet. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  importDirection,
  leftovers,
  rulesTested,
  specAgreement,
  specRules,
  typesOnly,
  type SourceFile,
} from '../support/tidy.ts';

const ROOT = join(import.meta.dirname, '../..');

function read(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: ROOT }).map((path) => ({
    path: path.replaceAll('\\', '/'),
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));
}

const sources = read('src/**/*.{ts,tsx}');
const tests = read('test/**/*.{ts,tsx}');
const documents = read('{*.md,migrations/*.sql,wrangler.toml,.ci/run,.dev.vars.example}');
const spec = readFileSync(join(ROOT, 'SPEC.md'), 'utf8');

const at = (path: string, text: string): SourceFile[] => [{ path, text }];

describe('the project', () => {
  test('is found at all', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(tests.length).toBeGreaterThan(20);
    expect(documents.map((file) => file.path)).toContain('README.md');
  });

  test('imports point one way', () => {
    expect(importDirection(sources)).toEqual([]);
  });

  test('ports.ts is types only', () => {
    expect(sources.filter((file) => file.path === 'src/ports.ts').flatMap(typesOnly)).toEqual([]);
  });

  test('nothing unfinished, no machine path, no banned call is left', () => {
    const self = (file: SourceFile) => !/test\/(support|unit)\/tidy(\.test)?\.ts$/.test(file.path);
    expect(leftovers([...sources, ...tests.filter(self), ...documents])).toEqual([]);
  });

  test('SPEC.md and the titles of the tests agree', () => {
    const titled = tests.filter((file) => file.path.endsWith('.test.ts'));
    const rules = specRules(spec);
    // 12 stock, 9 catalog, 9 orders, 8 relay, 8 security.
    expect(rules).toHaveLength(47);
    expect(
      specAgreement(
        rules,
        titled.filter((file) => !file.path.includes('tidy')),
      ),
    ).toEqual([]);
  });
});

describe('the check of imports fails on', () => {
  test.each([
    ['src/domain/stock/ledger.ts', "import { x } from '../../store/links.ts';", 'is pure'],
    ['src/domain/money.ts', "import * as v from 'valibot';", 'is pure'],
    [
      'src/platforms/clover/items.ts',
      "import { a } from '../bigcommerce/wire.ts';",
      'never import',
    ],
    ['src/platforms/bigcommerce/wire.ts', "export * from '../clover/wire.ts';", 'never import'],
    ['src/store/links.ts', "import { sync } from '../sync/stock.ts';", 'point down'],
    ['src/sync/stock.ts', "import { page } from '../pages/page.tsx';", 'point down'],
    ['src/sync/stock.ts', "const a = await import('../intake/intake.ts');", 'point down'],
    ['src/sync/stock.ts', "import {\n  a,\n} from '../objects/sku-ledger.ts';", 'ports only'],
    ['src/api/logs.ts', "import { portsFor } from '../wiring.ts';", 'from the ports'],
    ['src/sync/stock.ts', "import { help } from '../../test/support/x.ts';", 'from test'],
    ['src/ports.ts', "import { links } from './store/schema.ts';", 'point down'],
    ['src/helpers/x.ts', "import { a } from '../store/links.ts';", 'no level'],
  ])('%s with %s', (path, text, complaint) => {
    expect(importDirection(at(path, text))).toEqual([expect.stringContaining(complaint)]);
  });

  test.each([
    ['src/api/logs.ts', "import { listLogs } from '../store/logs.ts';"],
    ['src/objects/sku-ledger.ts', "import { portsFor } from '../wiring.ts';"],
    ['src/store/logs.ts', "import type { Ports } from '../ports.ts';"],
    ['src/domain/stock/ledger.ts', "import { ok } from '../result.ts';"],
  ])('but not on %s with %s', (path, text) => {
    expect(importDirection(at(path, text))).toEqual([]);
  });
});

describe('the other checks fail on', () => {
  test('a port that runs', () => {
    const [file] = at('src/ports.ts', "import { a } from './x.ts';\nexport const now = 1;");
    expect(file === undefined ? [] : typesOnly(file)).toHaveLength(2);
  });

  test.each([
    ['test/x.ts', '// TODO later', 'unfinished'],
    ['test/x.ts', "const dir = '/home/somebody/onhand';", 'machine'],
    ['src/x.ts', 'const at = new Date();', '`now`'],
    ['src/x.ts', 'const at = Date.now();', '`now`'],
    ['src/x.ts', 'const die = Math.random();', '`random`'],
    ['src/x.ts', '// eslint-disable-next-line no-console', 'without a reason'],
    ['src/x.ts', '// @ts-ignore', 'fix the type'],
  ])('%s with %s', (path, text, complaint) => {
    expect(leftovers(at(path, text))).toEqual([expect.stringContaining(complaint)]);
  });

  test('what is allowed stays allowed', () => {
    expect(leftovers(at('src/wiring.ts', 'now: () => Date.now(),'))).toEqual([]);
    expect(leftovers(at('test/x.ts', 'const at = new Date();'))).toEqual([]);
    expect(leftovers(at('src/x.ts', '// oxlint-disable-next-line no-console -- a reason'))).toEqual(
      [],
    );
  });
});

describe('the check of SPEC.md', () => {
  const rules = specRules('- **S1** (built) a\n- **R2** (first version) b\n- **O1** (planned) c');

  test('demands a test for each built rule and none for a planned one', () => {
    const file = at('test/unit/a.test.ts', "test('[S1] a', () => {});");
    expect(specAgreement(rules, file)).toEqual([expect.stringContaining('[R2]')]);
  });

  test('refuses a title whose rule does not exist, and a rule that exists twice', () => {
    const file = at(
      'test/unit/a.test.ts',
      "test('[S1][R2] a', () => {});\nit('[X9] b', () => {});",
    );
    expect(specAgreement(rules, file)).toEqual([expect.stringContaining('[X9]')]);
    expect(specAgreement([...rules, ...rules.slice(0, 1)], file)).toHaveLength(2);
  });

  test('reads titles in all their forms and nothing but titles', () => {
    const text = [
      "test('[S1, S2] a', () => {});",
      'describe(`[R1] b`, () => {});',
      "test.each([['[X1]']])('[C4] %s', () => {});",
      "it(\n  '[O1] long',\n);",
      "expect('[X8]').toBe(1);",
    ].join('\n');
    const found = at('test/unit/a.test.ts', text).flatMap(rulesTested);
    expect(found.toSorted()).toEqual(['C4', 'O1', 'R1', 'S1', 'S2']);
  });

  test('refuses an unknown status', () => {
    expect(() => specRules('- **S1** (done) a')).toThrow('unknown status "done"');
  });
});
