/** The mass guard (S11): a bad read or a wrong setting must not wipe a shop's stock before a person has seen it. */

/** Fewer SKUs than this are never a mass, whatever their share: in a shop of four, two sold-out SKUs are a good day. */
export const MASS_GUARD_MIN_SKUS = 3;

/** True when `affected` of `total` SKUs are more than the set share (0 to 1) and more than a handful. */
export function exceedsMassGuard(affected: number, total: number, share: number): boolean {
  return affected >= MASS_GUARD_MIN_SKUS && affected > share * total;
}
