/** The figures of a connection in the text format of Prometheus (version 0.0.4). */
import type { Activity } from './activity.ts';
import type { Figures } from './metrics.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | null];

/**
 * Everything is a gauge: the figures are of the last day or hour, so they fall as well as rise. Times are seconds, as the
 * format's conventions want them. A figure that is not measured yet is left out.
 */
export function prometheusText(connectionId: string, figures: Figures, activity: Activity): string {
  const { lagMs, exposureMs, delivery, polling, calls, oversells, rows } = figures;
  const { received, decided, written, total } = lagMs;
  const steps = Object.entries({ received, decided, written, total });
  const quantiles = (of: Figures['exposureMs'], labels: Labels = {}): Sample[] => [
    [{ ...labels, quantile: '0.5' }, seconds(of.p50Ms)],
    [{ ...labels, quantile: '0.99' }, seconds(of.p99Ms)],
  ];
  const families: readonly (readonly [name: string, help: string, samples: readonly Sample[]])[] = [
    ['outstanding', 'What is left to do; 0: at rest.', [[{}, activity.outstanding]]],
    [
      'oldest_outstanding_seconds',
      'How long the oldest of it has waited.',
      [[{}, seconds(activity.oldestOutstandingMs)]],
    ],
    ['parked', 'Writes out of attempts: they wait for a person.', [[{}, activity.parked]]],
    [
      'lag_seconds',
      'How long levels took to follow what happened elsewhere, last 24 hours, by step.',
      steps.flatMap(([step, of]) => quantiles(of, { step })),
    ],
    [
      'lag_count',
      'Levels that followed in the last 24 hours, by step.',
      steps.map(([step, of]) => [{ step }, of.count]),
    ],
    [
      'exposure_seconds',
      'How long another place offered units that were gone, last 24 hours.',
      quantiles(exposureMs),
    ],
    [
      'delivery_score',
      'Share of changes that a webhook told before a poll found them.',
      delivery.map(({ platform, place, topic, score }) => [{ platform, place, topic }, score]),
    ],
    [
      'polling_minutes',
      'Minutes between two polls now.',
      [
        [{ of: 'stock' }, polling.stockMinutes],
        [{ of: 'orders' }, polling.ordersMinutes],
      ],
    ],
    [
      'platform_calls',
      'Calls to the platforms in the last hour.',
      calls.counts.map(({ platform, outcome, calls: count }) => [{ platform, outcome }, count]),
    ],
    ['oversells', 'How often more was sold than there was.', [[{}, oversells.incidents]]],
    ['oversells_open', 'Oversells that are not made good yet.', [[{}, oversells.open]]],
    ['links', 'Linked SKUs.', [[{}, rows.links]]],
  ];
  return families
    .map(([name, help, samples]) => familyText(`onhand_${name}`, help, connectionId, samples))
    .join('');
}

function familyText(
  name: string,
  help: string,
  connection: string,
  samples: readonly Sample[],
): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === null ? [] : [`${name}{${labelText({ connection, ...labels })}} ${value}`],
  );
  if (lines.length === 0) return '';
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines, ''].join('\n');
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, escaped)}"`)
    .join(',');
}

function escaped(char: string): string {
  return char === '\n' ? String.raw`\n` : `\\${char}`;
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
