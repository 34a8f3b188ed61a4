/** What the copies of ledgers say of one whole place, for the look for items that are gone. */
import { sql } from 'drizzle-orm';
import { linkId, type LinkId, type PlaceKey } from '../domain/ids.ts';
import type { Database } from '../ports.ts';
import { ledgerCopies, linkItems, links } from './schema.ts';

/** Active links that have a count at this place and are not skipped there. Reads every copy of the connection. */
export async function countPlaces(
  db: Database,
  connectionId: string,
  place: PlaceKey,
): Promise<number> {
  const [row] = await db.all<{ counted: number }>(sql`
    select count(*) as counted from ${ledgerCopies} c, json_each(c.places) p
    cross join ${links} l on l.link_id = c.link_id
    where c.connection_id = ${connectionId} and ${isCountedAt(place)}`);
  return row?.counted ?? 0;
}

/** A page of them by link, each with the id that the platform's level list names it by. */
export async function listPlaceItems(
  db: Database,
  connectionId: string,
  place: PlaceKey,
  cursor: string,
  limit: number,
): Promise<{ linkId: LinkId; externalId: string }[]> {
  const [platform, account = ''] = place.split(':');
  const item =
    platform === 'bigcommerce'
      ? sql`l.variant_id`
      : sql`(select i.item_id from ${linkItems} i where i.link_id = l.link_id and i.merchant_id = ${account})`;
  const rows = await db.all<{ link_id: string; external_id: string | number | null }>(sql`
    select c.link_id, ${item} as external_id
    from ${ledgerCopies} c, json_each(c.places) p
    cross join ${links} l on l.link_id = c.link_id
    where c.connection_id = ${connectionId} and c.link_id > ${cursor} and ${isCountedAt(place)}
    order by c.link_id limit ${limit}`);
  return rows.map((row) => ({
    linkId: linkId(row.link_id),
    externalId: String(row.external_id ?? ''),
  }));
}

function isCountedAt(place: PlaceKey) {
  return sql`+l.connection_id = c.connection_id and l.status = 'active'
    and p.value ->> '$.place' = ${place} and p.value ->> '$.level' is not null
    and p.value ->> '$.skipped' is null`;
}
