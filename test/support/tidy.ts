/**
 * Rules about the sources that the linter cannot express: which folder may import which, sentences that must not be
 * left behind, and the agreement between SPEC.md and the titles of the tests. Each check takes text and gives back
 * complaints, so that the tests can show that it fails.
 */

export interface SourceFile {
  /** From the project's root, with forward slashes: `src/sync/stock.ts`. */
  readonly path: string;
  readonly text: string;
}

interface ImportEdge {
  /** Where it leads, from the project's root; package names stay as they are. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const IMPORT =
  /(?:^|\n)\s*(import|export)(\s+type)?\s+(?:[^'";]*?\sfrom\s*)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

/** Every static and dynamic import of a file. */
function importsOf(file: SourceFile): ImportEdge[] {
  return [...file.text.matchAll(IMPORT)].map(([, , type, fixed, dynamic]) => ({
    target: resolveTarget(file.path, fixed ?? dynamic ?? ''),
    typeOnly: type !== undefined,
  }));
}

function resolveTarget(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  const parts = from.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.join('/');
}

/** From the top of design to the bottom; a folder imports its own level and those below. */
const LEVELS: readonly (readonly string[])[] = [
  ['worker.ts'],
  ['intake', 'queue', 'install', 'pages', 'api'],
  ['sync', 'objects'],
  ['platforms', 'store'],
  [
    'ports.ts',
    'log.ts',
    'log-redaction.ts',
    'settings.ts',
    'settings-customers.ts',
    'settings-catalog.ts',
    'settings-orders.ts',
    'settings-alerts.ts',
    'request-body.ts',
    'attachment.ts',
    'request-rate.ts',
    'config.ts',
  ],
  ['limits.ts', 'domain'],
];

/** What both ends of a boundary share: anybody may know it. */
const CONTRACTS = ['src/ports.ts', 'src/queue/messages.ts', 'src/platforms/account-port.ts'];

/** Neighbours on one level that do not know each other. */
const STRANGERS: readonly (readonly [string, string])[] = [
  ['platforms', 'store'],
  ['sync', 'objects'],
];

const segmentOf = (path: string): string => path.split('/')[1] ?? '';
const levelOf = (segment: string): number =>
  LEVELS.findIndex((segments) => segments.includes(segment));

/** The direction of imports inside `src` (design: worker -> ... -> domain). */
export function importDirection(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap((edge) => {
      const complaint = judgeImport(file.path, edge);
      return complaint === null ? [] : [`${file.path} imports ${edge.target}: ${complaint}`];
    }),
  );
}

function judgeImport(from: string, edge: ImportEdge): string | null {
  const { target, typeOnly } = edge;
  if (from.startsWith('src/domain/') && !isPureTarget(target)) {
    return 'src/domain is pure: it imports its siblings and limits.ts only';
  }
  if (!target.startsWith('src/')) {
    return target.startsWith('test/') ? 'src never imports from test' : null;
  }
  if (bothPlatforms(from, target)) return 'bigcommerce/ and clover/ never import each other';
  if (from === 'src/ports.ts' && typeOnly) return null;
  if (from === 'src/wiring.ts') return target === 'src/worker.ts' ? 'wiring.ts is below it' : null;
  if (target === 'src/wiring.ts') {
    const allowed = from === 'src/worker.ts' || from.startsWith('src/objects/');
    return allowed ? null : 'take what you need from the ports; worker.ts and objects/ wire them';
  }
  if (CONTRACTS.includes(target)) return null;
  return judgeLevels(segmentOf(from), segmentOf(target));
}

function isPureTarget(target: string): boolean {
  return target.startsWith('src/domain/') || target === 'src/limits.ts';
}

function bothPlatforms(from: string, target: string): boolean {
  const platforms = ['src/platforms/bigcommerce/', 'src/platforms/clover/'];
  const [one, other] = platforms.map((folder) => [
    from.startsWith(folder),
    target.startsWith(folder),
  ]);
  return (one?.[0] === true && other?.[1] === true) || (other?.[0] === true && one?.[1] === true);
}

function judgeLevels(from: string, target: string): string | null {
  if (from === target) return null;
  if (levelOf(from) === -1) return `src/${from} has no level; give it one in test/support/tidy.ts`;
  if (levelOf(target) === -1)
    return `src/${target} has no level; give it one in test/support/tidy.ts`;
  if (levelOf(target) < levelOf(from)) return `imports point down, and ${target} is above ${from}`;
  const strange = STRANGERS.some((pair) => pair.includes(from) && pair.includes(target));
  return strange ? `${from} and ${target} meet through the ports only` : null;
}

/** `ports.ts` holds types and nothing that runs. */
export function typesOnly(file: SourceFile): string[] {
  const running = file.text
    .split('\n')
    .filter((line) => /^(import (?!type\b)|export (?!type\b|interface\b))/.test(line));
  return running.map((line) => `${file.path} is types only, but has: ${line}`);
}

interface Banned {
  readonly pattern: RegExp;
  readonly reason: string;
  /** Files that may, because this is their job. */
  readonly except?: RegExp;
}

const HOMES = '/root/|/home/|/Users/|/work/';

const BANNED: readonly Banned[] = [
  { pattern: /\b(FIXME|TODO|HACK)\b/, reason: 'unfinished business: do it or write it down' },
  { pattern: new RegExp(`(?<![\\w.])(${HOMES})`), reason: "a path of somebody's machine" },
  { pattern: /\bdebugger\b/, reason: 'a breakpoint was left behind' },
  { pattern: /@ts-(ignore|nocheck)/, reason: 'fix the type, or expect the error with a reason' },
  {
    pattern: /(eslint|oxlint)-disable(?!.*\s--\s\S)/,
    reason: 'a rule is switched off without a reason after `--`',
  },
];

const BANNED_IN_SRC: readonly Banned[] = [
  {
    pattern: /\bnew Date\(\s*\)|\bDate\(\s*\)|\bDate\.now\b/,
    reason: 'take `now` from the ports',
    except: /^src\/wiring\.ts$/,
  },
  {
    pattern: /\bMath\.random\b/,
    reason: 'take `random` from the ports',
    except: /^src\/wiring\.ts$/,
  },
  {
    pattern: /\.(transaction|exec)\(\s*['"`]\s*(BEGIN|COMMIT|SAVEPOINT)\b/i,
    reason: 'D1 and objects know no SQL transactions: batch, or transactionSync',
  },
  { pattern: /\beval\(|\bnew Function\(/, reason: 'code is not made from text' },
];

/** Leftovers, machine paths and calls that only the wiring may make, line by line. */
export function leftovers(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const rules = file.path.startsWith('src/') ? [...BANNED, ...BANNED_IN_SRC] : BANNED;
    const applied = rules.filter((rule) => rule.except?.test(file.path) !== true);
    return file.text
      .split('\n')
      .flatMap((line, index) =>
        applied
          .filter((rule) => rule.pattern.test(line))
          .map((rule) => `${file.path}:${index + 1} ${rule.reason}: ${line.trim().slice(0, 80)}`),
      );
  });
}

export interface SpecRule {
  readonly id: string;
  readonly status: 'built' | 'first version' | 'planned';
}

const RULE_LINE = /^- \*\*([SCORX]\d+)\*\* \(([a-z ]+)\)/;
const STATUSES: readonly SpecRule['status'][] = ['built', 'first version', 'planned'];

/** The numbered rules of SPEC.md; throws on a status that it does not know. */
export function specRules(markdown: string): SpecRule[] {
  return markdown.split('\n').flatMap((line) => {
    const [, id, text] = RULE_LINE.exec(line) ?? [];
    if (id === undefined) return [];
    const status = STATUSES.find((candidate) => candidate === text);
    if (status === undefined)
      throw new Error(`SPEC.md: rule ${id} has the unknown status "${text}"`);
    return [{ id, status }];
  });
}

const TITLE = /\b(?:test|it|describe)[.\w]*\(\s*(?:\n\s*)?(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
const TITLE_EACH = /\.each\([^]*?\)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;

/** The rules that the titles of a test file name: `[S1]`, `[S1][R2]` or `[S1, R2]`. */
export function rulesTested(file: SourceFile): string[] {
  const titles = [...file.text.matchAll(TITLE), ...file.text.matchAll(TITLE_EACH)];
  return titles.flatMap(([, , title = '']) =>
    [...title.matchAll(/\[([SCORX]\d+(?:,\s*[SCORX]\d+)*)\]/g)].flatMap(([, list = '']) =>
      list.split(/,\s*/),
    ),
  );
}

/** Rules that are built but untested, and rules that tests name but SPEC.md does not have. */
export function specAgreement(rules: readonly SpecRule[], tests: readonly SourceFile[]): string[] {
  const known = new Set(rules.map((rule) => rule.id));
  const tested = new Set(tests.flatMap(rulesTested));
  const untested = rules
    .filter((rule) => rule.status !== 'planned' && !tested.has(rule.id))
    .map(
      (rule) =>
        `SPEC.md says that ${rule.id} is ${rule.status}, but no test is titled [${rule.id}]`,
    );
  const unknown = tests.flatMap((file) =>
    rulesTested(file)
      .filter((id) => !known.has(id))
      .map((id) => `${file.path} names [${id}], which SPEC.md does not have`),
  );
  const twice = rules
    .filter((rule, index) => rules.findIndex((other) => other.id === rule.id) !== index)
    .map((rule) => `SPEC.md has ${rule.id} twice`);
  return [...untested, ...unknown, ...twice];
}
