/**
 * Bundles and their components (S9): two kinds of ledgers that never share a transaction. Every step has a key and may be
 * repeated: a component counts each sold line once, a bundle takes in the newest word of each component, and either
 * ledger asks again until it is told that the other one knows.
 */
import type { Failure } from '../domain/failure.ts';
import type { EventId } from '../domain/ids.ts';
import { ok, type Result } from '../domain/result.ts';
import type { LedgerView, Sale } from '../domain/stock/api.ts';
import { bundlesWith } from '../domain/stock/bundle-parts.ts';
import {
  partSale,
  type BundleJob,
  type Owed,
  type ToldComponent,
} from '../domain/stock/bundles.ts';
import type { Work } from '../queue/messages.ts';
import type { Connection } from '../store/connections.ts';
import { findLinksBySku, type Link } from '../store/links.ts';
import { stockPolicy } from './policy.ts';
import type { Cause, Scope } from './scope.ts';
import { awaitLedger, findWork } from './stock.ts';

type Handled = Result<void, Failure>;

/** A bundle asked for it: its components count what it sold, and it hears what they allow then. */
export async function performBundle(scope: Scope, message: Work<'bundle'>): Promise<Handled> {
  const found = await findWork(scope, message);
  if (!found.ok) return found;
  const { connection, link } = found.value;
  return settleBundle(scope, { connection, eventId: message.eventId as EventId }, link);
}

/** A component's count moved: every bundle that is made of it hears what all of its components allow now. */
export async function tellBundles(scope: Scope, message: Work<'bundles'>): Promise<Handled> {
  const found = await findWork(scope, message);
  if (!found.ok) return found;
  const { connection, link } = found.value;
  const eventId = message.eventId as EventId;
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  const view = await ledger.view();
  if (view === null) return ok(undefined);
  const skus = bundlesWith(connection.settings.bundles, link.sku);
  const bundles = await activeLinks(scope, connection, skus);
  for (const bundle of bundles.values()) {
    const told = await settleBundle(scope, { connection, eventId }, bundle);
    if (!told.ok) return told;
  }
  scope.keep(await ledger.bundlesTold(view.version, eventId));
  return ok(undefined);
}

type Asker = Pick<Cause, 'connection' | 'eventId'>;

async function settleBundle(scope: Scope, asker: Asker, bundle: Link): Promise<Handled> {
  const { connection, eventId } = asker;
  const ledger = scope.ports.objects.skuLedger(connection.id, bundle.linkId);
  const policy = stockPolicy(connection, bundle.sku);
  // The definition may have changed since the ledger last heard of the settings.
  scope.keep(await ledger.evaluate(policy, eventId, false));
  const job = await ledger.bundleJob();
  if (job === null) return ok(undefined);
  const skus = new Set(
    [...job.components, ...job.owed.flatMap(({ components }) => components)].map(({ sku }) => sku),
  );
  const links = await activeLinks(scope, connection, [...skus]);
  const told: ToldComponent[] = [];
  for (const sku of skus) {
    const heard = await askComponent(scope, asker, bundle, job, sku, links.get(sku));
    if (!heard.ok) return heard;
    told.push(heard.value);
  }
  const { version, owed: paid } = job;
  scope.keep(await ledger.tellBundle({ version, told, paid }, eventId, policy));
  return ok(undefined);
}

/** The component counts what is owed to it and says what it allows; one that is not linked allows nothing. */
async function askComponent(
  scope: Scope,
  asker: Asker,
  bundle: Link,
  job: BundleJob,
  sku: string,
  link: Link | undefined,
): Promise<Result<ToldComponent, Failure>> {
  const { connection } = asker;
  if (link === undefined) {
    skip(scope, asker, bundle.sku, sku);
    return ok({ sku, linkId: null, version: 0, pools: [] });
  }
  const view = await sellParts(scope, connection, link, partsOf(job.owed, bundle.sku, sku));
  if (view === null) {
    const opening = awaitLedger(scope, sku, link.createdAtMs);
    if (!opening.ok) return opening;
    skip(scope, asker, bundle.sku, sku);
    return ok({ sku, linkId: null, version: 0, pools: [] });
  }
  const pools = view.pools.map(({ locationId, onHand, reserved }) => {
    const free = onHand - reserved;
    return { locationId, free, web: free - view.buffer };
  });
  return ok({ sku, linkId: link.linkId, version: view.version, pools });
}

/** The lines of bundles as sales of one component, each under the key of its line. */
function partsOf(owed: readonly Owed[], bundleSku: string, sku: string): Sale[] {
  return owed.flatMap((line) => {
    const part = line.components.find((component) => component.sku === sku);
    return part === undefined ? [] : [partSale(line, bundleSku, part)];
  });
}

async function sellParts(
  scope: Scope,
  connection: Connection,
  link: Link,
  sales: readonly Sale[],
): Promise<LedgerView | null> {
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  const policy = stockPolicy(connection, link.sku);
  const view = sales.length === 0 ? await ledger.view() : await ledger.sell(sales, policy);
  if (view !== null) scope.keep(view);
  return view;
}

/** A line of a bundle that has no ledger of its own (not tracked, not linked): its components count it all the same. */
export async function sellUnlinkedBundle(
  scope: Scope,
  asker: Asker,
  bundleSku: string,
  line: Omit<Owed, 'units'>,
): Promise<Handled> {
  const { connection } = asker;
  const links = await activeLinks(
    scope,
    connection,
    line.components.map(({ sku }) => sku),
  );
  for (const part of line.components) {
    const link = links.get(part.sku);
    if (link === undefined) {
      skip(scope, asker, bundleSku, part.sku);
      continue;
    }
    const view = await sellParts(scope, connection, link, [partSale(line, bundleSku, part)]);
    const opening = view === null ? awaitLedger(scope, part.sku, link.createdAtMs) : ok(undefined);
    if (!opening.ok) return opening;
  }
  return ok(undefined);
}

async function activeLinks(
  scope: Scope,
  connection: Connection,
  skus: readonly string[],
): Promise<ReadonlyMap<string, Link>> {
  const links = await findLinksBySku(scope.ports.db, connection.id, skus);
  return new Map(
    links.flatMap((link) => (link.status === 'active' ? [[link.sku, link] as const] : [])),
  );
}

function skip(scope: Scope, { connection, eventId }: Asker, bundle: string, sku: string): void {
  scope.ports.log.add({
    kind: 'skip',
    atMs: scope.ports.now(),
    connectionId: connection.id,
    eventId,
    sku: bundle,
    operation: 'stock.bundle',
    outcome: 'skipped',
    code: 'unlinked',
    message: `Bundle ${bundle}: its component ${sku} is not linked, so it counts as none and nothing of it was counted.`,
  });
}
