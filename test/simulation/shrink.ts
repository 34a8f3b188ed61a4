/**
 * Makes a failing scenario smaller as long as it still fails: less trouble, fewer habits, a shorter day, one SKU. What is
 * left is what the defect needs, and stands in a named test afterwards.
 */
import { withoutLater, type Scenario } from './scenario.ts';

type Step = (scenario: Scenario) => Scenario;

/** `isFailing` runs a scenario; the answer is the smallest one found, `scenario` itself when nothing can be left out. */
export function shrink(scenario: Scenario, isFailing: (smaller: Scenario) => boolean): Scenario {
  let smallest = scenario;
  for (let changed = true; changed;) {
    changed = false;
    for (const step of stepsFor(smallest)) {
      const smaller = step(smallest);
      if (JSON.stringify(smaller) === JSON.stringify(smallest) || !isFailing(smaller)) continue;
      smallest = smaller;
      changed = true;
    }
  }
  return smallest;
}

/** What of a scenario differs from another, as it is written down beside the seed. */
export function changesOf(scenario: Scenario, drawn: Scenario): Partial<Scenario> {
  const changes = Object.entries(scenario).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(drawn[name as keyof Scenario]),
  );
  return Object.fromEntries(changes);
}

/** The boldest first: whole groups, then each by itself, then numbers. */
function stepsFor(scenario: Scenario): Step[] {
  return [
    (each) => ({ ...each, troubles: zeroed(each.troubles) }),
    (each) => ({ ...each, web: {}, register: {}, inventory: {} }),
    (each) => ({ ...each, registers: 1, sharing: null }),
    (each) => ({ ...each, hasBundle: false }),
    (each) => withoutLater(each),
    (each) => withoutLater(each, ['reserving']),
    (each) => withoutLater(each, ['pushing']),
    ...Object.keys(scenario.troubles).map((name): Step => (each) => ({
      ...each,
      troubles: { ...each.troubles, [name]: 0 },
    })),
    ...Object.keys(scenario.habits).map((name): Step => (each) => ({
      ...each,
      habits: { ...each.habits, [name]: 0 },
    })),
    ...(['web', 'register', 'inventory'] as const).flatMap((side) =>
      Object.keys(scenario[side]).map((name): Step => (each) => ({
        ...each,
        [side]: without(each[side], name),
      })),
    ),
    (each) => ({ ...each, webAheadMs: 0 }),
    (each) => ({ ...each, registerAheadMs: 0 }),
    (each) => ({ ...each, bufferUnits: 0 }),
    (each) => ({ ...each, skus: Math.max(1, each.skus - 1) }),
    (each) => ({ ...each, minutes: Math.max(1, Math.floor(each.minutes / 2)) }),
    (each) => ({ ...each, startUnits: Math.floor(each.startUnits / 2) }),
  ];
}

function zeroed<Rates extends object>(rates: Rates): Rates {
  return Object.fromEntries(Object.keys(rates).map((name) => [name, 0])) as Rates;
}

function without<Switches extends object>(switches: Switches, name: string): Switches {
  return Object.fromEntries(Object.entries(switches).filter(([each]) => each !== name)) as Switches;
}
