/**
 * `npm run simulate -- --seeds 10000 --from 1`: runs seeds and prints what happened and what failed.
 * `--seed 42 --trace` tells the story of one seed; `--seed 42 --shrink` finds the least that still makes it fail
 * (with `--trace`: and tells its story).
 */
import { parseArgs } from 'node:util';
import { drawScenario } from './scenario.ts';
import { changesOf, shrink } from './shrink.ts';
import { simulate, type Verdict } from './simulate.ts';
import { addCounts } from './tally.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    /** Many writes without an answer. */
    harsh: { type: 'boolean', default: false },
    /** Pushed orders that move stock at the register as well. */
    pushes: { type: 'boolean', default: false },
    /** Stops at the first seed that fails. */
    first: { type: 'boolean', default: false },
  },
});

/** Ambiguous cases per 10,000 sales above which a run fails, once there are enough of them to tell. */
const GUESSES_MAX = 8;
const GUESSES_LEAST = 8;

function shrunk(seed: number): void {
  const drawn = drawScenario(seed, values.harsh, values.pushes);
  const { verdict } = simulate(seed, { scenario: drawn });
  if (verdict.kind === 'ok') {
    console.log(`seed ${seed} is fine: there is nothing to shrink`);
    return;
  }
  const smallest = shrink(
    drawn,
    (scenario) => simulate(seed, { scenario }).verdict.kind === verdict.kind,
  );
  const listen = values.trace ? { listen: (line: string) => console.log(line) } : {};
  const { steps, verdict: left } = simulate(seed, { scenario: smallest, ...listen });
  console.log(JSON.stringify({ seed, verdict, left, steps, change: changesOf(smallest, drawn) }));
  process.exitCode = 1;
}

function one(seed: number): void {
  const scenario = drawScenario(seed, values.harsh, values.pushes);
  const listen = values.trace ? { listen: (line: string) => console.log(line) } : {};
  const outcome = simulate(seed, { scenario, ...listen });
  console.log(JSON.stringify({ seed, verdict: outcome.verdict, steps: outcome.steps }));
  if (outcome.verdict.kind !== 'ok') process.exitCode = 1;
}

function many(from: number, seeds: number): void {
  const counts = new Map<string, number>();
  const failed = new Map<Verdict['kind'], number[]>();
  let steps = 0;
  let sales = 0;
  let ambiguous = 0;
  let cases = 0;
  const startedMs = performance.now();
  for (let seed = from; seed < from + seeds; seed += 1) {
    const outcome = simulate(seed, { scenario: drawScenario(seed, values.harsh, values.pushes) });
    steps += outcome.steps;
    sales += outcome.sales;
    addCounts(counts, outcome.tally.counts);
    const { verdict } = outcome;
    if (verdict.kind === 'ok') continue;
    if (verdict.kind === 'ambiguous') {
      ambiguous += verdict.units;
      cases += 1;
    } else {
      const seen = failed.get(verdict.kind) ?? [];
      if (seen.length < 5)
        console.log(`seed ${seed}: ${verdict.kind}: ${verdict.message.slice(0, 300)}`);
      failed.set(verdict.kind, [...seen, seed]);
      if (values.first) break;
    }
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  for (const [what, times] of [...counts].toSorted(([left], [right]) => left.localeCompare(right)))
    console.log(`${what.padEnd(34)} ${times}`);
  console.log(
    `${seeds} seeds, ${sales} sales, ${steps} events in ${seconds.toFixed(1)} s: ${Math.round(steps / seconds)} events/s`,
  );
  const per = (count: number): string => ((count / Math.max(1, sales)) * 10_000).toFixed(2);
  console.log(
    `ambiguous: ${cases} cases, ${ambiguous} units wrong: ${per(cases)} cases per 10,000 sales`,
  );
  for (const [kind, list] of failed)
    console.log(`${kind}: ${list.length} seeds, such as ${list.slice(0, 8).join(', ')}`);
  // Guessing is no way to pass: what is declared ambiguous must stay rare.
  const guesses = (cases / Math.max(1, sales)) * 10_000;
  const isRare = guesses <= GUESSES_MAX || cases < GUESSES_LEAST;
  const isFine = failed.size === 0 && isRare;
  console.log(isFine ? 'no unit lost or invented' : 'FAILED');
  process.exitCode = isFine ? 0 : 1;
}

if (values.seed === undefined) many(Number(values.from), Number(values.seeds));
else if (values.shrink) shrunk(Number(values.seed));
else one(Number(values.seed));
