/** Computes a plan from both catalogs and the links that exist; nothing is written but the plan itself. */
import { cleanupRequestOf } from '../domain/catalog/cleanup-request.ts';
import { draftLinkPlan } from '../domain/catalog/link-plan.ts';
import { matchCatalogs } from '../domain/catalog/matching.ts';
import { proposeLinks } from '../domain/catalog/proposals.ts';
import type { Operation, PlanDraft } from '../domain/catalog/plan.ts';
import type { Pool } from '../domain/catalog/pools.ts';
import { draftResyncPlan, isSettled, type ComparedLink } from '../domain/catalog/resync-plan.ts';
import { planRearranging } from '../domain/catalog/rearrange.ts';
import type { ExistingLink, Matching } from '../domain/catalog/rows.ts';
import { isRetryable, type Failure } from '../domain/failure.ts';
import type { MerchantId, PlaceKey } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { PlaceAddress } from '../domain/stock/state.ts';
import { PLAN_PAGE_ROWS } from '../limits.ts';
import { getMerchant } from '../platforms/clover/merchant.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../queue/messages.ts';
import { findConnection } from '../store/connections.ts';
import { listSkus, type SkuRow } from '../store/ledger-copies.ts';
import { findLinks, listLinks, type Link } from '../store/links.ts';
import { findPlan, setPlanStatus, updatePlan, type Plan } from '../store/plans.ts';
import { draftChangedFields, draftLinkedFields } from './catalog-draft.ts';
import { draftMissing } from './missing-draft.ts';
import { keepMirrors, openCatalogRead, type CatalogRead } from './catalog-read.ts';
import { chosenLinks, draftChosen } from './chosen-links.ts';
import { draftCleanup } from './cleanup-plan.ts';
import { undoOperations, undoRequest } from './plan-decisions.ts';
import { existingLink } from './existing-links.ts';
import { storePlan } from './plan-store.ts';
import { logPlan, planInputs, type PlanInputs } from './link-inputs.ts';
import {
  backgroundSessions,
  checkLocations,
  levelIn,
  readCatalogs,
  readLevels,
  type LevelBook,
  type ReadJob,
  type ReadPorts,
} from './link-read.ts';
import { stockPolicy } from './policy.ts';
import { addressOf } from './stock.ts';

type ComputePorts = ReadPorts & Pick<Ports, 'db'>;

/**
 * Computes the plan of a message from scratch; a repeat gives the same plan. A failure that may pass is answered, so
 * that the message comes back; any other one ends the plan as `failed` with its message.
 */
export async function computePlan(
  ports: ComputePorts,
  message: Work<'plan'>,
): Promise<Result<void, Failure>> {
  const { connectionId, planId } = message;
  const plan = await findPlan(ports.db, connectionId, planId);
  if (plan?.status !== 'computing') return ok(undefined);
  const made = await makePlan(ports, plan);
  if (made.ok) return ok(undefined);
  const { failure } = made;
  const nowMs = ports.now();
  if (isRetryable(failure)) {
    const error = `Waiting to try again: ${failure.message}`;
    await updatePlan(ports.db, connectionId, planId, { error }, nowMs);
    return made;
  }
  const ended = { from: ['computing'], to: 'failed', error: failure.message, nowMs } as const;
  if (await setPlanStatus(ports.db, connectionId, planId, ended)) {
    logPlan(ports, connectionId, planId, `plan.${plan.kind}`, 'failed', failure.message);
  }
  return ok(undefined);
}

async function makePlan(ports: ComputePorts, plan: Plan): Promise<Result<void, Failure>> {
  const inputs = planInputs(await findConnection(ports.db, plan.connectionId));
  if (!inputs.ok) return inputs;
  // Read before anything else: what changes while the plan is computed makes it stale.
  const hashed = await inputs.value.hashed(ports.db, plan.kind);
  const parts = await partsOf(ports, plan, inputs.value);
  if (!parts.ok) return parts;
  await storePlan(ports, plan, parts.value.draft, parts.value.fields, hashed);
  return ok(undefined);
}

interface Parts {
  readonly draft: PlanDraft | null;
  /** What makes fields equal; null where catalogs are not kept in step. */
  readonly fields: AsyncIterable<readonly Operation[]> | null;
}

async function partsOf(
  ports: ComputePorts,
  plan: Plan,
  inputs: PlanInputs,
): Promise<Result<Parts, Failure>> {
  const { connection } = inputs;
  const read = await openCatalogRead(ports, connection, plan.id);
  if (!read.ok) return read;
  const isKept = connection.settings.catalog.enabled;
  if (plan.kind === 'undo') {
    const request = undoRequest(plan) ?? { planId: '', created: 'keep' };
    return ok({ draft: null, fields: undoOperations(ports, connection.id, request) });
  }
  if (plan.kind === 'cleanup') {
    const request = cleanupRequestOf(plan.request);
    if (request === undefined) return fail({ code: 'invalid_input', message: NO_RULES });
    const operations = await draftCleanup(read.value, plan, request, inputs.pools);
    return operations.ok ? ok({ draft: null, fields: operations.value }) : operations;
  }
  if (plan.kind === 'link') {
    const drafted = await draftLink(ports, plan, inputs, read.value);
    if (!drafted.ok) return drafted;
    const { draft, matching, creates } = drafted.value;
    if (!isKept) return ok({ draft, fields: null });
    const fields = await draftLinkedFields(read.value, matching.links);
    return fields.ok ? ok({ draft, fields: inTurn(creates, fields.value) }) : fields;
  }
  const draft = plan.kind === 'resync' ? await draftResync(ports, plan, inputs) : ok(null);
  if (!draft.ok) return draft;
  if (!isKept) return ok({ draft: draft.value, fields: null });
  const fields = await draftChangedFields(read.value);
  return fields.ok ? ok({ draft: draft.value, fields: fields.value }) : fields;
}

const NO_RULES = 'The clean-up says nothing about what to mend: make a new plan.';

interface DraftedLink {
  readonly draft: PlanDraft;
  readonly matching: Matching;
  /** What either side lacks, or has no more. */
  readonly creates: AsyncIterable<readonly Operation[]>;
}

async function* inTurn<Item>(...parts: AsyncIterable<Item>[]): AsyncGenerator<Item, void> {
  for (const part of parts) yield* part;
}

async function draftLink(
  ports: ComputePorts,
  plan: Plan,
  inputs: PlanInputs,
  mirrors: CatalogRead,
): Promise<Result<DraftedLink, Failure>> {
  const { connection } = inputs;
  const sessions = backgroundSessions(ports, connection.id, plan.id);
  if (connection.settings.stock.pools.length > 0) {
    const checked = await checkLocations(sessions.bigcommerce(), inputs.pools);
    if (!checked.ok) return checked;
  }
  const tracked = await trackedPools(ports, plan, inputs.pools);
  if (!tracked.ok) return tracked;
  const { pools, notes } = tracked.value;
  const asPlan = { pools, settings: planSettings(connection), notes: [...inputs.notes, ...notes] };
  const chosen = chosenLinks(plan.request);
  if (chosen !== undefined) {
    const drafted = await draftChosen(mirrors, readJob(ports, plan, pools), chosen);
    if (!drafted.ok) return drafted;
    const { matching, levels } = drafted.value;
    const levelAt = (place: PlaceKey, id: number | string) => levelIn(levels, place, id);
    const draft = draftLinkPlan({ ...asPlan, matching, levelAt });
    return ok({ matching, draft, creates: inTurn<readonly Operation[]>() });
  }
  const read = await readCatalogs(ports, {
    ...readJob(ports, plan, pools),
    mirrors: keepMirrors(mirrors),
  });
  if (!read.ok) return read;
  const { sellables, items, levels } = read.value;
  const existing = await existingLinks(ports, connection.id);
  const bundles = asPlan.settings.bundles;
  const all = proposeLinks(matchCatalogs({ sellables, items, existing, bundles }));
  const levelAt = (place: PlaceKey, externalId: number | string) =>
    levelIn(levels, place, externalId);
  const drafted = await draftMissing(mirrors, { matching: all, sellables, items, pools, levelAt });
  if (!drafted.ok) return drafted;
  const { matching } = drafted.value;
  return ok({
    matching,
    creates: drafted.value.operations,
    draft: draftLinkPlan({ ...asPlan, matching, levelAt }),
  });
}

function planSettings(connection: PlanInputs['connection']) {
  const { baseline, massGuardShare, enabled, direction } = connection.settings.stock;
  return {
    baseline,
    massGuardShare,
    enabled,
    direction,
    bundles: new Set(Object.keys(connection.settings.bundles)),
    bufferUnits: (sku: string) => stockPolicy(connection, sku).bufferUnits,
  };
}

/** Without merchants whose Clover does not track stock: their counts mean nothing (S12). Asked now, it may change. */
async function trackedPools(
  ports: ComputePorts,
  plan: Plan,
  pools: readonly Pool[],
): Promise<Result<{ pools: readonly Pool[]; notes: readonly string[] }, Failure>> {
  const sessions = backgroundSessions(ports, plan.connectionId, plan.id);
  const untracked = new Set<MerchantId>();
  const notes: string[] = [];
  for (const merchantId of pools.flatMap(({ merchantIds }) => merchantIds)) {
    const merchant = await getMerchant(sessions.clover(merchantId));
    if (!merchant.ok) return merchant;
    if (merchant.value.trackStock) continue;
    untracked.add(merchantId);
    notes.push(
      `Clover merchant ${merchant.value.name} (${merchantId}) does not track stock: its items were not read. ` +
        'Switch "Track stock" on in its inventory settings and plan again.',
    );
  }
  const left = pools
    .map((pool) => ({
      ...pool,
      merchantIds: pool.merchantIds.filter((merchantId) => !untracked.has(merchantId)),
    }))
    .filter(({ merchantIds }) => merchantIds.length > 0);
  if (left.length === 0) return fail({ code: 'tracking_off', message: notes.join(' ') });
  return ok({ pools: left, notes });
}

/** Saves the progress after each page; stops reading when the plan is not being computed any more. */
function readJob(ports: ComputePorts, plan: Plan, pools: readonly Pool[]): ReadJob {
  const { connectionId, id } = plan;
  let pages = 0;
  return {
    connectionId,
    eventId: id,
    pools,
    onPage(open) {
      pages += 1;
      return setPlanStatus(ports.db, connectionId, id, {
        from: ['computing'],
        to: 'computing',
        progressDone: pages,
        // How many pages are left is not known: at least one of each list that is still open.
        progressTotal: pages + open,
        error: null,
        nowMs: ports.now(),
      });
    },
  };
}

async function existingLinks(ports: ComputePorts, connectionId: string): Promise<ExistingLink[]> {
  const ledgers = new Map<string, SkuRow['ledger']>();
  for await (const row of skuRows(ports, connectionId)) ledgers.set(row.linkId, row.ledger);
  const existing: ExistingLink[] = [];
  for await (const link of linkRows(ports, connectionId)) {
    existing.push(existingLink(link, ledgers.get(link.linkId) ?? null));
  }
  return existing;
}

async function draftResync(
  ports: ComputePorts,
  plan: Plan,
  inputs: PlanInputs,
): Promise<Result<PlanDraft, Failure>> {
  const { connection, pools } = inputs;
  const read = await readLevels(ports, readJob(ports, plan, pools));
  if (!read.ok) return read;
  const unledgered: { sku: string }[] = [];
  let settled = 0;
  const compared: ComparedLink[] = [];
  const rearranged: Operation[] = [];
  const { baseline } = connection.settings.stock;
  const bundles = new Set(Object.keys(connection.settings.bundles));
  const input = {
    pools,
    levelAt: (place: PlaceKey, id: number | string) => levelIn(read.value, place, id),
  };
  for await (const { link, sku, ledger } of activeRows(ports, connection.id)) {
    if (ledger === null) {
      unledgered.push({ sku });
      continue;
    }
    const places = ledger.places.map((place) => ({ ...place, place: place.place as PlaceKey }));
    const operation = planRearranging(
      input,
      { ...link, isBundle: bundles.has(link.sku), ledger: { ...ledger, places } },
      baseline,
    );
    if (operation !== undefined) {
      rearranged.push(operation);
      continue;
    }
    const row = comparedLink(inputs, link, ledger, read.value);
    if (isSettled(row)) settled += 1;
    else compared.push(row);
  }
  const { massGuardShare } = connection.settings.stock;
  return ok(draftResyncPlan(compared, unledgered, massGuardShare, rearranged, settled));
}

/** SKUs of active links, page by page with the links themselves: never all of them at once. */
async function* activeRows(
  ports: ComputePorts,
  connectionId: string,
): AsyncGenerator<SkuRow & { readonly link: Link }, void> {
  for (let cursor: Parameters<typeof listSkus>[2] = null; ;) {
    const page = await listSkus(ports.db, connectionId, cursor, PLAN_PAGE_ROWS);
    const ids = page.items.map(({ linkId }) => linkId);
    const links = await findLinks(ports.db, connectionId, ids);
    const active = new Map(links.map((link) => [link.linkId, link]));
    for (const row of page.items) {
      const link = active.get(row.linkId);
      if (link?.status === 'active') yield { ...row, link };
    }
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

function comparedLink(
  inputs: PlanInputs,
  link: Link,
  ledger: NonNullable<SkuRow['ledger']>,
  levels: LevelBook,
): ComparedLink {
  const { enabled, direction } = inputs.connection.settings.stock;
  const { onHand, buffer, pools } = ledger;
  return {
    linkId: link.linkId,
    sku: link.sku,
    onHand,
    buffer,
    pools,
    places: ledger.places.flatMap(({ platform, place: name, level, target, skipped, alsoAt }) => {
      const place = name as PlaceKey;
      const address = addressOf(link, place);
      // A place that is in no pool any more is not read; the next link plan takes it out of the ledger.
      if (address === undefined || !levels.has(place)) return [];
      const isOpen = direction === 'two-way' || direction === `to-${platform}`;
      const isWritten = enabled && isOpen && (skipped ?? null) === null;
      const externalId = address.platform === 'clover' ? address.itemId : address.variantId;
      const seen = levelIn(levels, place, externalId);
      const locationId = locationOf(inputs.pools, address);
      const also = alsoAt === undefined ? {} : { alsoAt };
      const common = { platform, place, locationId, ...also, address };
      return [{ ...common, believed: level, target, isWritten, seen }];
    }),
  };
}

function locationOf(pools: readonly Pool[], address: PlaceAddress): number {
  if (address.platform === 'bigcommerce') return address.locationId;
  const { merchantId } = address;
  return pools.find(({ merchantIds }) => merchantIds.includes(merchantId))?.locationId ?? 0;
}

async function* linkRows(ports: ComputePorts, connectionId: string): AsyncGenerator<Link, void> {
  for (let cursor: string | null = null; ;) {
    const page = await listLinks(ports.db, connectionId, cursor, PLAN_PAGE_ROWS);
    yield* page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

async function* skuRows(ports: ComputePorts, connectionId: string): AsyncGenerator<SkuRow, void> {
  for (let cursor: Parameters<typeof listSkus>[2] = null; ;) {
    const page = await listSkus(ports.db, connectionId, cursor, PLAN_PAGE_ROWS);
    yield* page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}
