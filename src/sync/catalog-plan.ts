/**
 * What makes the fields of linked SKUs equal, worked out from the mirrors. Links that are settled are remembered as such
 * here; nothing is written to a platform. Only a chunk of links stands in memory at a time, and the ids of those that
 * differ.
 */
import {
  exceedsPriceCap,
  mergeFieldLink,
  movesPrice,
  planFieldLink,
  type FieldLink,
  type FieldRules,
} from '../domain/catalog/field-plan.ts';
import type { Books } from '../domain/catalog/books.ts';
import type { MirrorRow, RegisterMirror, StoreFacts } from '../domain/catalog/mirror.ts';
import type { Merge } from '../domain/catalog/ownership.ts';
import type { Operation } from '../domain/catalog/plan.ts';
import type { LinkId, MerchantId } from '../domain/ids.ts';
import { FIELD_LINKS_CHUNK } from '../limits.ts';
import type { Database, Ports } from '../ports.ts';
import { chunksOf } from '../store/bulk.ts';
import {
  changedLinks,
  findBases,
  findMirrors,
  giveUpMirrors,
  saveBases,
  settleMirrors,
} from '../store/catalog.ts';
import type { Connection } from '../store/connections.ts';
import { countLinks, findLinks } from '../store/links.ts';
import { merchantFacts, registerRowId } from './catalog-mirror.ts';

type FieldPorts = Pick<Ports, 'db' | 'now'>;

/** A link by its ids: what a plan of any size can hold in memory. */
export interface FieldSeed {
  /** null: the same plan makes the link. */
  readonly linkId: LinkId | null;
  readonly sku: string;
  readonly variantId: number;
  /** The leading merchant first. */
  readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
}

export interface FieldSurvey {
  readonly differing: readonly FieldSeed[];
  /** Set when the prices of too many SKUs would move (C3). */
  readonly heldByCap: { readonly moved: number; readonly total: number } | null;
}

export function fieldRules(
  { settings, ...connection }: Connection,
  store: StoreFacts,
  books: Books,
): FieldRules {
  const { owners, blanks, guards, toRegister: transforms } = settings.catalog;
  return {
    owners,
    blanks,
    guards,
    store,
    books,
    transforms,
    merchants: merchantFacts({ settings, ...connection }),
  };
}

/** Links with a row that changed since both sides were found settled, in chunks. */
export async function* changedSeeds(
  db: Database,
  connectionId: string,
  withGivenUp: boolean,
): AsyncGenerator<FieldSeed[], void> {
  for (let after = ''; ;) {
    const query = { afterLinkId: after, limit: FIELD_LINKS_CHUNK, withGivenUp };
    const ids = await changedLinks(db, connectionId, query);
    const last = ids.at(-1);
    if (last === undefined) return;
    yield (await findLinks(db, connectionId, ids)).map(({ linkId, sku, variantId, items }) => ({
      linkId,
      sku,
      variantId,
      items,
    }));
    after = last;
  }
}

/**
 * Merges every link of the seeds. Settled ones get their base and wait no more. `onlyAgreed`: links that never agreed
 * on anything are left to a plan that a person looks at.
 */
export async function surveyFields(
  ports: FieldPorts,
  connection: Connection,
  rules: FieldRules,
  seeds: AsyncIterable<readonly FieldSeed[]>,
  onlyAgreed: boolean,
): Promise<FieldSurvey> {
  const differing: FieldSeed[] = [];
  let moved = 0;
  for await (const chunk of seeds) {
    const comparedAtMs = ports.now();
    const rows = await mergeChunk(ports.db, connection, rules, chunk);
    const settled = rows.filter(({ merge }) => merge.writes.length === 0);
    await settle(ports, connection.id, settled, comparedAtMs);
    const unknown = rows.filter(({ link, merge }) => link.base === null && merge.writes.length > 0);
    if (onlyAgreed)
      await giveUp(
        ports.db,
        connection.id,
        unknown.map(({ link }) => link),
      );
    for (const { seed, link, merge } of rows) {
      if (merge.writes.length === 0 && merge.problems.length === 0) continue;
      if (onlyAgreed && link.base === null) continue;
      differing.push(seed);
      if (movesPrice(merge)) moved += 1;
    }
  }
  const total = Math.max(await countLinks(ports.db, connection.id), differing.length);
  return { differing, heldByCap: exceedsPriceCap(moved, total, rules) ? { moved, total } : null };
}

/** The operations of a survey, chunk by chunk. */
export async function* fieldOperations(
  ports: FieldPorts,
  connection: Connection,
  rules: FieldRules,
  { differing, heldByCap }: FieldSurvey,
): AsyncGenerator<Operation[], void> {
  for (const chunk of chunksOf(differing, FIELD_LINKS_CHUNK)) {
    const rows = await mergeChunk(ports.db, connection, rules, chunk);
    yield rows.flatMap(({ link, merge }) => planFieldLink(link, merge, rules, heldByCap));
  }
}

interface Merged {
  readonly seed: FieldSeed;
  readonly link: FieldLink;
  readonly merge: Merge;
}

/** Links without a mirrored row on either side are left out: there is nothing to compare. */
async function mergeChunk(
  db: Database,
  connection: Connection,
  rules: FieldRules,
  seeds: readonly FieldSeed[],
): Promise<Merged[]> {
  const itemIds = seeds.flatMap(({ items }) => items.map(rowIdOf));
  const linkIds = seeds.flatMap(({ linkId }) => linkId ?? []);
  const [web, registers, bases] = await Promise.all([
    findMirrors(
      db,
      connection.id,
      'bigcommerce',
      seeds.map(({ variantId }) => String(variantId)),
    ),
    findMirrors(db, connection.id, 'clover', itemIds),
    findBases(db, connection.id, linkIds),
  ]);
  return seeds.flatMap((seed): Merged[] => {
    const row = web.get(String(seed.variantId));
    const own = seed.items.flatMap((item) => registerOf(registers.get(rowIdOf(item))));
    if (row?.platform !== 'bigcommerce' || own.length === 0) return [];
    const base = seed.linkId === null ? null : (bases.get(seed.linkId) ?? null);
    const link: FieldLink = { linkId: seed.linkId, sku: seed.sku, web: row, registers: own, base };
    return [{ seed, link, merge: mergeFieldLink(link, rules) }];
  });
}

function registerOf(row: MirrorRow | undefined): RegisterMirror[] {
  return row?.platform === 'clover' ? [row] : [];
}

function rowIdOf({ merchantId, itemId }: FieldSeed['items'][number]): string {
  return registerRowId(merchantId, itemId);
}

/** They wait for a person: looking at them each time would cost a merchant who never asked for it. */
async function giveUp(
  db: Database,
  connectionId: string,
  links: readonly FieldLink[],
): Promise<void> {
  const registerIds = links.flatMap(({ registers }) => registers.map(({ id }) => id));
  await giveUpMirrors(
    db,
    connectionId,
    'bigcommerce',
    links.map(({ web }) => web.id),
  );
  await giveUpMirrors(db, connectionId, 'clover', registerIds);
}

/** A link that the plan itself is about to make has no base yet: it is settled after that. */
async function settle(
  { db, now }: FieldPorts,
  connectionId: string,
  rows: readonly Merged[],
  comparedAtMs: number,
): Promise<void> {
  const linked = rows.filter(({ link }) => link.linkId !== null);
  if (linked.length === 0) return;
  const bases = linked.flatMap(({ link, merge }) =>
    link.linkId === null || isAgreed(link, merge)
      ? []
      : [{ linkId: link.linkId, agreed: merge.agreed }],
  );
  await saveBases(db, connectionId, bases, now());
  const webIds = linked.map(({ link }) => link.web.id);
  const registerIds = linked.flatMap(({ link }) => link.registers.map(({ id }) => id));
  await settleMirrors(db, connectionId, 'bigcommerce', webIds, comparedAtMs);
  await settleMirrors(db, connectionId, 'clover', registerIds, comparedAtMs);
}

function isAgreed({ base }: FieldLink, { agreed }: Merge): boolean {
  if (base === null) return false;
  const known = new Map(Object.entries(base));
  return Object.entries(agreed).every(([field, value]) => known.get(field) === value);
}
