/** What a bundle is made of, from the settings: plain data, whatever the ledgers hold. */

/** A component that one unit of a bundle consumes. */
export interface Component {
  readonly sku: string;
  /** Units per unit of the bundle, 1 or more. */
  readonly quantity: number;
}

export type Bundles = Readonly<Record<string, readonly Component[]>>;

/** Bundles of bundles beyond this are a mistake, and their quantities multiply. */
const DEPTH_MAX = 5;
/** Units of one component in one bundle, its inner bundles included. */
const UNITS_MAX = 100_000;

type Parts = readonly Component[];
/** Settings are read for every message: each set of bundles is taken apart once. */
const known = new WeakMap<Bundles, Map<string, Parts>>();

/** What one unit of this SKU consumes, inner bundles taken apart, by SKU; undefined: it is no bundle. */
export function componentsOf(bundles: Bundles, sku: string): Parts | undefined {
  if (!Object.hasOwn(bundles, sku)) return undefined;
  const memo = known.get(bundles) ?? new Map<string, Parts>();
  known.set(bundles, memo);
  return takeApart(bundles, sku, memo);
}

function takeApart(bundles: Bundles, sku: string, memo: Map<string, Parts>): Parts {
  const done = memo.get(sku);
  if (done !== undefined) return done;
  // A bundle that contains itself is refused before it is stored; should one come all the same, this ends it.
  memo.set(sku, [{ sku, quantity: 1 }]);
  const units = new Map<string, number>();
  for (const part of bundles[sku] ?? []) {
    const inner = Object.hasOwn(bundles, part.sku) ? takeApart(bundles, part.sku, memo) : undefined;
    for (const leaf of inner ?? [{ sku: part.sku, quantity: 1 }]) {
      units.set(leaf.sku, (units.get(leaf.sku) ?? 0) + part.quantity * leaf.quantity);
    }
  }
  const parts = [...units]
    .map(([part, quantity]) => ({ sku: part, quantity }))
    .toSorted((one, other) => (one.sku < other.sku ? -1 : 1));
  memo.set(sku, parts);
  return parts;
}

/** Bundles that consume this SKU, directly or through another bundle. */
export function bundlesWith(bundles: Bundles, sku: string): readonly string[] {
  return Object.keys(bundles).filter(
    (bundle) => componentsOf(bundles, bundle)?.some((part) => part.sku === sku) === true,
  );
}

export interface BundleProblem {
  readonly sku: string;
  readonly message: string;
}

/** Why these bundles make no sense, by bundle: one that contains itself, or too much. */
export function bundleProblems(bundles: Bundles): BundleProblem[] {
  const cycles = cyclesIn(bundles);
  if (cycles.length > 0) return cycles;
  const depths = new Map<string, number>();
  return Object.keys(bundles).flatMap((sku) => {
    if (depthOf(bundles, sku, depths) > DEPTH_MAX) {
      return [{ sku, message: `bundle ${sku} holds bundles more than ${DEPTH_MAX} deep` }];
    }
    const large = componentsOf(bundles, sku)?.find(({ quantity }) => quantity > UNITS_MAX);
    if (large === undefined) return [];
    const message = `bundle ${sku} would consume ${large.quantity} of ${large.sku}, more than ${UNITS_MAX}`;
    return [{ sku, message }];
  });
}

/** Each way from a bundle back to itself, told of its first bundle. Every bundle is walked once. */
function cyclesIn(bundles: Bundles): BundleProblem[] {
  const problems: BundleProblem[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (sku: string): void => {
    const start = path.indexOf(sku);
    if (start >= 0) {
      const cycle = [...path.slice(start), sku];
      const message =
        cycle.length === 2
          ? `bundle ${sku} names itself as its component`
          : `bundle ${sku} contains itself: ${cycle.join(' > ')}`;
      problems.push({ sku, message });
      return;
    }
    if (done.has(sku) || !Object.hasOwn(bundles, sku)) return;
    path.push(sku);
    for (const part of bundles[sku] ?? []) walk(part.sku);
    path.pop();
    done.add(sku);
  };
  Object.keys(bundles).forEach(walk);
  return problems;
}

function depthOf(bundles: Bundles, sku: string, depths: Map<string, number>): number {
  if (!Object.hasOwn(bundles, sku)) return 0;
  const depth =
    depths.get(sku) ??
    1 + Math.max(...(bundles[sku] ?? []).map((part) => depthOf(bundles, part.sku, depths)));
  depths.set(sku, depth);
  return depth;
}
