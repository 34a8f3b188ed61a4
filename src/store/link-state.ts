/** What a connection's links look like as a whole, in one query: tells cheaply that none of them changed. */
import { sql } from 'drizzle-orm';
import type { Database } from '../ports.ts';
import { linkItems, links } from './schema.ts';

export interface LinkState {
  readonly links: number;
  readonly broken: number;
  readonly items: number;
  readonly newest: string;
  /** Moves when a link is given another variant. */
  readonly variantSum: number;
}

export async function readLinkState(db: Database, connectionId: string): Promise<LinkState> {
  const [row] = await db.all<{ [Key in keyof LinkState]: LinkState[Key] | null }>(sql`
    select count(*) as links, sum(status = 'broken') as broken, max(link_id) as newest,
      sum(variant_id) as "variantSum",
      (select count(*) from ${linkItems} where ${linkItems.connectionId} = ${connectionId}) as items
    from ${links} where connection_id = ${connectionId}`);
  return {
    links: row?.links ?? 0,
    broken: row?.broken ?? 0,
    items: row?.items ?? 0,
    newest: row?.newest ?? '',
    variantSum: row?.variantSum ?? 0,
  };
}
