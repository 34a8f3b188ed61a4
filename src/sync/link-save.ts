/** Saves the links that a piece of a plan makes. */
import { linkId } from '../domain/ids.ts';
import type { Ports } from '../ports.ts';
import type { Connection } from '../store/connections.ts';
import { addLinkHistory } from '../store/link-history.ts';
import {
  findLinks,
  findLinksByVariant,
  saveLinks,
  setLinkStatus,
  type Link,
} from '../store/links.ts';
import type { PlanOperation } from '../store/plans.ts';
import { payloadOf } from './apply-pieces.ts';
import { unsettleLinks } from './catalog.ts';

/** On whose behalf links change: kept in their history. */
export interface LinkCause {
  readonly eventId: string;
  readonly by: string;
}

/** What these links join is gone: they are marked as broken, with the reason in their history. */
export async function breakLinks(
  ports: Pick<Ports, 'db' | 'now'>,
  connectionId: string,
  linkIds: readonly string[],
  cause: LinkCause,
): Promise<void> {
  const found = await findLinks(ports.db, connectionId, linkIds);
  const active = found.filter(({ status }) => status === 'active');
  for (const { linkId: id } of active) await setLinkStatus(ports.db, connectionId, id, 'broken');
  const atMs = ports.now();
  await addLinkHistory(
    ports.db,
    active.map((link) => ({ link, act: 'broken', atMs, ...cause })),
  );
}

/** The links of the chunk by variant, saved in one go; a variant that another link took meanwhile is left out. */
export async function saveChunkLinks(
  ports: Ports,
  connection: Connection,
  operations: readonly PlanOperation[],
  cause: LinkCause,
): Promise<ReadonlyMap<number, Link>> {
  const rows = operations.flatMap((operation) => {
    const payload = payloadOf(operation);
    return payload?.do === 'link' ? [{ sku: operation.sku, payload }] : [];
  });
  if (rows.length === 0) return new Map();
  const variantIds = rows.map(({ payload }) => payload.variantId);
  const known = await findLinksByVariant(ports.db, connection.id, variantIds);
  const given = new Set(rows.flatMap(({ payload }) => payload.linkId ?? []));
  const owner = new Map(known.map((link) => [link.variantId, link.linkId]));
  const wanted = rows.flatMap(({ sku, payload }): Link[] => {
    const { variantId, name, productId, tracking, items, evidence } = payload;
    const held = owner.get(variantId);
    if (payload.linkId !== null && held !== undefined && held !== payload.linkId) return [];
    return [
      {
        linkId: payload.linkId ?? held ?? linkId(ports.newId()),
        connectionId: connection.id,
        sku,
        name,
        productId,
        variantId,
        tracking,
        status: 'active',
        evidence,
        createdAtMs: ports.now(),
        items,
      },
    ];
  });
  await saveLinks(ports.db, wanted);
  await addLinkHistory(
    ports.db,
    wanted.map((link) => ({
      link,
      act: owner.has(link.variantId) || given.has(link.linkId) ? 'relinked' : 'linked',
      atMs: ports.now(),
      ...cause,
    })),
  );
  await unsettleLinks(ports, connection.id, wanted);
  return new Map(wanted.map((link) => [link.variantId, link]));
}
