/**
 * `npm run simulate:mutants`: breaks one rule of the ledger at a time, in a copy of the sources, and runs the simulation
 * on it. A mutant that survives its seeds is a rule that nothing proves. Rules that only keep the count from being wrong
 * for a while (a second look at rises, reads that come too early or too late, an older read of an order that the next
 * poll mends) are not among them: at rest the levels have told the truth anyway. Unit tests hold those.
 * `npm run simulate:mutants -- S6` runs those whose rule says S6.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTANTS, type Mutant } from './mutant-list.ts';

const SEEDS = 200;
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

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
    // A mutant that cannot run proves nothing.
    const crash = lines.find((line) => /Error/.test(line));
    if (crash !== undefined) throw new Error(`the mutant of ${mutant.rule} crashed: ${crash}`);
    return lines.find((line) => /^seed |^ambiguous/.test(line)) ?? 'failed';
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const [only] = process.argv.slice(2);
const chosen = MUTANTS.filter(({ rule }) => only === undefined || rule.includes(only));
let survivors = 0;
for (const mutant of chosen) {
  const caught = hunt(mutant);
  if (caught === null) survivors += 1;
  console.log(
    `${caught === null ? 'SURVIVED' : 'caught  '} ${mutant.rule}${caught === null ? '' : `: ${caught.slice(0, 110)}`}`,
  );
}
console.log(
  `${chosen.length - survivors} of ${chosen.length} mutants caught within ${SEEDS} seeds`,
);
process.exitCode = survivors === 0 ? 0 : 1;
