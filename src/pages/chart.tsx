/** Charts as SVG made on the server: attributes and classes only, because the policy lets no style attribute through. */

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 10;

export interface Bars {
  readonly label: string;
  /** Drawn beside each other, from the lesser to the greater; null: none. */
  readonly values: readonly [number | null, number | null];
}

/** Pairs of bars on a logarithmic scale, for durations that reach from milliseconds to hours. */
export function BarChart(props: {
  bars: readonly Bars[];
  title: string;
  /** Values of the lines across, ascending; the first is the ground. */
  steps: readonly number[];
  say: (value: number) => string;
}) {
  const { bars, title, steps, say } = props;
  const ground = Math.log(steps[0] ?? 1);
  const top = Math.log(steps.at(-1) ?? 10);
  const y = (value: number): number => {
    const share = (Math.log(value) - ground) / (top - ground);
    return HEIGHT - BOTTOM - Math.min(1, Math.max(0.02, share)) * (HEIGHT - BOTTOM - TOP);
  };
  const step = (WIDTH - LEFT) / Math.max(1, bars.length);
  const width = Math.min(14, step * 0.36);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
      {steps.map((value) => (
        <>
          <line class="axis" x1={LEFT} x2={WIDTH} y1={round(y(value))} y2={round(y(value))} />
          <text x={LEFT - 8} y={round(y(value) + 4)} text-anchor="end">
            {say(value)}
          </text>
        </>
      ))}
      {bars.map(({ label, values }, index) => {
        const middle = LEFT + step * (index + 0.5);
        return (
          <>
            {values.map((value, side) =>
              value === null ? null : (
                <rect
                  class={side === 0 ? 'bar1' : 'bar2'}
                  x={round(middle + (side === 0 ? -width - 1 : 1))}
                  y={round(y(value))}
                  width={round(width)}
                  height={round(HEIGHT - BOTTOM - y(value))}
                />
              ),
            )}
            {index % Math.ceil(bars.length / 8) === 0 ? (
              <text x={round(middle)} y={HEIGHT - 6} text-anchor="middle">
                {label}
              </text>
            ) : null}
          </>
        );
      })}
    </svg>
  );
}

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** A count over time: it stays until the next point, so the line goes in steps. Points by time. */
export function StepChart(props: {
  points: readonly Point[];
  untilMs: number;
  title: string;
  sayTime: (atMs: number) => string;
}) {
  const { points, untilMs, title, sayTime } = props;
  const [first] = points;
  if (first === undefined) return null;
  const values = points.map(({ value }) => value);
  const low = Math.min(0, ...values);
  const high = Math.max(1, ...values);
  const spanMs = Math.max(1, untilMs - first.atMs);
  const x = (atMs: number): number => LEFT + ((atMs - first.atMs) / spanMs) * (WIDTH - LEFT - 10);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - BOTTOM - TOP);
  const path = points.map(({ atMs, value }, index) =>
    index === 0 ? `M${round(x(atMs))} ${round(y(value))}` : `H${round(x(atMs))}V${round(y(value))}`,
  );
  const lines = [...new Set([low, Math.round((low + high) / 2), high])];
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
      {lines.map((value) => (
        <>
          <line class="axis" x1={LEFT} x2={WIDTH - 10} y1={round(y(value))} y2={round(y(value))} />
          <text x={LEFT - 8} y={round(y(value) + 4)} text-anchor="end">
            {value}
          </text>
        </>
      ))}
      <path class="line" d={`${path.join('')}H${round(x(untilMs))}`} />
      <text x={LEFT} y={HEIGHT - 6}>
        {sayTime(first.atMs)}
      </text>
      <text x={WIDTH - 10} y={HEIGHT - 6} text-anchor="end">
        {sayTime(untilMs)}
      </text>
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
