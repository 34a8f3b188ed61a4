/**
 * `npm run simulate:mutants`: breaks one rule of the ledger at a time, in a copy of the sources, and runs the simulation
 * on it. A mutant that survives its seeds is a rule that nothing proves. Rules that only keep the count from being wrong
 * for a while (a second look at rises, reads that come too early or too late) are not among them: at rest the levels
 * have told the truth anyway. Unit tests hold those.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SEEDS = 200;
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

interface Mutant {
  /** The rule that is broken. */
  readonly rule: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const STOCK = 'src/domain/stock';

const MUTANTS: readonly Mutant[] = [
  {
    rule: '[S2] a sale told twice counts once',
    file: 'src/objects/ledger-desk.ts',
    from: '[saleKey, this.#store.soldUnits(saleKey)]',
    to: '[saleKey, 0 * this.#store.soldUnits(saleKey)]',
  },
  {
    rule: '[S2] a sale that a window may have swallowed stays counted',
    file: `${STOCK}/windows.ts`,
    from: 'return place.windows.some(({ span, rowMs }) => {',
    to: 'return [].some(({ span, rowMs }: { span: null; rowMs: null }) => {',
  },
  {
    rule: '[S2] a register sale that the level has shown is not counted twice',
    file: `${STOCK}/awaited.ts`,
    from: 'const follows = change.state.policy.followsSales?.[place.place] === true;',
    to: 'const follows = false;',
  },
  {
    rule: '[S2] a fall explains the sale that caused it',
    file: `${STOCK}/falls.ts`,
    from: 'const part = Math.min(rest, shareOf(fall, sale));\n    if (part === 0) continue;',
    to: 'const part = 0 * Math.min(rest, shareOf(fall, sale));\n    if (part === 0) continue;',
  },
  {
    rule: '[S4] what changed since is folded in before a register is written',
    file: `${STOCK}/write.ts`,
    from: 'const observed = observe(state, observation, nowMs);',
    to: 'const observed = { ...observe(state, observation, nowMs), state, entries: [] };',
  },
  {
    rule: '[S4] a write to the web is relative',
    file: `${STOCK}/write.ts`,
    from: "const absolute = place.address.platform === 'clover' || shown === null;",
    to: 'const absolute = true;',
  },
  {
    rule: '[S5] a write without an answer is not repeated blindly',
    file: `${STOCK}/write.ts`,
    from: '      return {\n        state: withPlace(state, unanswered(state, place, effect, outcome, nowMs, jitter)),\n        entries: [],\n      };',
    to: '      return refused(state, place, effect, outcome.failure, nowMs, jitter);',
  },
  {
    rule: '[S5] a write without an answer is not taken for done',
    file: `${STOCK}/unknown.ts`,
    from: '  if (ifApplied === 0) return true;\n  if (ifNot === 0) return false;',
    to: '  if (delta !== 0 || ifApplied === ifNot) return true;',
  },
  {
    rule: '[S5] known sales are taken off before a read decides',
    file: `${STOCK}/unknown.ts`,
    from: 'const known = awaited.reduce((sum, { units }) => sum + units, 0);',
    to: 'const known = 0 * awaited.length;',
  },
  {
    rule: '[S5] a sale that surfaces late can turn a decision',
    file: `${STOCK}/unknown.ts`,
    from: 'const isTurned = kept !== 0 && turned === 0;',
    to: 'const isTurned = kept !== 0 && turned > 1_000;',
  },
  {
    rule: '[S6] the web keeps the buffer back',
    file: `${STOCK}/targets.ts`,
    from: 'return Math.max(0, free - state.policy.bufferUnits);',
    to: 'return Math.max(0, free);',
  },
  {
    rule: '[R4] a lost message is sent again by the alarm',
    file: `${STOCK}/ledger.ts`,
    from: 'const againMs = nowMs + POKE_LOST_AFTER_MS;',
    to: 'const againMs = nowMs + 1_000 * 24 * 3_600_000;',
  },
];

/** The first failing seed of a mutant, or null when it survived. */
function hunt(mutant: Mutant): string | null {
  const copy = mkdtempSync(join(tmpdir(), 'onhand-mutant-'));
  try {
    for (const part of ['src', 'test', 'package.json']) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const path = join(copy, mutant.file);
    const source = readFileSync(path, 'utf8');
    if (!source.includes(mutant.from)) throw new Error(`not in ${mutant.file}: ${mutant.from}`);
    writeFileSync(path, source.replace(mutant.from, mutant.to));
    const args = ['test/simulation/run.ts', '--seeds', String(SEEDS), '--first', '--harsh'];
    const run = spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (run.status === 0) return null;
    const lines = `${run.stdout}\n${run.stderr}`.split('\n');
    return lines.find((line) => /^seed |^ambiguous|Error/.test(line)) ?? 'failed';
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

let survivors = 0;
for (const mutant of MUTANTS) {
  const caught = hunt(mutant);
  if (caught === null) survivors += 1;
  console.log(
    `${caught === null ? 'SURVIVED' : 'caught  '} ${mutant.rule}${caught === null ? '' : `: ${caught.slice(0, 110)}`}`,
  );
}
console.log(
  `${MUTANTS.length - survivors} of ${MUTANTS.length} mutants caught within ${SEEDS} seeds`,
);
process.exitCode = survivors === 0 ? 0 : 1;
