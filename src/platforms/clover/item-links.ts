/** What hangs on items, linked and unlinked in pairs (clover.md 0 "Associations"). Linking twice changes nothing. */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { PlatformRequest } from '../http.ts';
import type { CloverSession } from './session.ts';

/** One pair per option and item; likewise for the others. */
export type LinkKind = 'category' | 'taxRate' | 'modifierGroup' | 'option';

export interface ItemLink {
  readonly itemId: string;
  /** Of the category, tax rate, modifier group or option. */
  readonly thingId: string;
}

const PATHS: Readonly<Record<LinkKind, string>> = {
  category: '/category_items',
  taxRate: '/tax_rate_items',
  modifierGroup: '/item_modifier_groups',
  option: '/option_items',
};

function linkRequest(
  kind: LinkKind,
  links: readonly ItemLink[],
  isRemoval: boolean,
): PlatformRequest<unknown> {
  const elements = links.map(({ itemId, thingId }) => ({
    [kind]: { id: thingId },
    item: { id: itemId },
  }));
  return {
    operation: isRemoval ? `links.remove_${kind}` : `links.add_${kind}`,
    method: 'POST',
    path: PATHS[kind],
    ...(isRemoval ? { query: { delete: true } } : {}),
    body: { elements },
    // An echo of the pairs; it says nothing new.
    accepts: v.unknown(),
  };
}

async function send(
  session: CloverSession,
  request: PlatformRequest<unknown>,
): Promise<Result<null, Failure>> {
  const answer = await session.call(request);
  return answer.ok ? ok(null) : answer;
}

/** Links pairs; none is no call. A tax rate counts once the item's `defaultTaxRates` is off (clover.md 4.4). */
export async function linkItems(
  session: CloverSession,
  kind: LinkKind,
  links: readonly ItemLink[],
): Promise<Result<null, Failure>> {
  return links.length === 0 ? ok(null) : send(session, linkRequest(kind, links, false));
}

/** Unlinks pairs; none is no call. */
export async function unlinkItems(
  session: CloverSession,
  kind: LinkKind,
  links: readonly ItemLink[],
): Promise<Result<null, Failure>> {
  return links.length === 0 ? ok(null) : send(session, linkRequest(kind, links, true));
}
