/** Links that exist, as matching takes them. */
import type { ExistingLink } from '../domain/catalog/rows.ts';
import type { PlaceKey } from '../domain/ids.ts';
import type { SkuRow } from '../store/ledger-copies.ts';
import type { Link } from '../store/links.ts';

/** `rule` of the evidence of a link that a person took apart. */
export const UNLINKED_RULE = 'unlinked';

export function existingLink(link: Link, copy: SkuRow['ledger']): ExistingLink {
  const { linkId, sku, productId, variantId, tracking, status, items, evidence } = link;
  const ledger =
    copy === null
      ? null
      : {
          onHand: copy.onHand,
          places: copy.places.map(({ place }) => place as PlaceKey),
          standing: standingOf(copy),
        };
  const parted = evidence['rule'] === UNLINKED_RULE ? { isParted: true } : {};
  return { linkId, sku, productId, variantId, tracking, status, items, ledger, ...parted };
}

function standingOf(copy: NonNullable<SkuRow['ledger']>): ReadonlyMap<PlaceKey, readonly number[]> {
  return new Map(
    copy.places.flatMap(({ place, locationId, alsoAt = [] }) =>
      locationId === undefined ? [] : [[place as PlaceKey, [locationId, ...alsoAt]]],
    ),
  );
}
