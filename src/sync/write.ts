/** Stock out: claim an effect, carry it out, confirm what came of it. Dying between any two steps loses nothing. */
import { FAILURES, type Failure } from '../domain/failure.ts';
import { effectId, type EventId } from '../domain/ids.ts';
import { ok, unreachable, type Result } from '../domain/result.ts';
import type {
  ClaimReply,
  LedgerView,
  SkuLedgerApi,
  WriteInstruction,
  WriteOutcome,
} from '../domain/stock/api.ts';
import type { Written } from '../domain/stock/timing.ts';
import { OUT_OF_ATTEMPTS } from '../domain/stock/write.ts';
import { adjustAbsolute, adjustRelative } from '../platforms/bigcommerce/inventory.ts';
import { openBigCommerce } from '../platforms/bigcommerce/session.ts';
import { writeStock } from '../platforms/clover/inventory.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { Work } from '../queue/messages.ts';
import type { Connection } from '../store/connections.ts';
import { CALL_TIMEOUT_MS, CLAIM_LEASE_MS, CLOCK_SKEW_MS } from '../limits.ts';
import { parkFailure } from '../store/failures.ts';
import { findWork, readLevel } from './stock.ts';
import type { Scope } from './scope.ts';
import { explainRefusal } from './structure.ts';

/** Carries one effect out. A repeat finds it claimed, superseded or done, and does nothing. */
export async function performWrite(
  scope: Scope,
  message: Work<'write'>,
): Promise<Result<void, Failure>> {
  const found = await findWork(scope, message);
  if (!found.ok) return found;
  const { connection, link } = found.value;
  const ledger = scope.ports.objects.skuLedger(connection.id, link.linkId);
  const claimed = await claimWrite(scope, message, connection, link.sku, ledger);
  if (!claimed.ok) {
    const view = await ledger.claimFailed(effectId(message.effectId), claimed.failure);
    scope.keep(view);
    await parkIfGivenUp(scope, message, link.sku, view, claimed.failure);
    return ok(undefined);
  }
  const reply = claimed.value;
  if (reply.claim === 'read_first') return ok(undefined);
  scope.keep(reply.view);
  if (reply.claim === 'none') {
    if (reply.reason === OUT_OF_ATTEMPTS) {
      await parkIfGivenUp(scope, message, link.sku, reply.view, null);
    }
    return ok(undefined);
  }
  const asker = { connection, eventId: reply.instruction.eventId };
  const sent = await send(scope, connection, reply.instruction);
  const outcome = await explainRefusal(scope, asker, link, reply.instruction.address, sent);
  const view = await ledger.confirm(reply.instruction.effectId, outcome);
  scope.keep(view);
  logDecision(scope, connection, reply.instruction, outcome, view?.timings ?? []);
  if (outcome.result !== 'applied') {
    await parkIfGivenUp(scope, message, link.sku, view, outcome.failure);
  }
  return ok(undefined);
}

/** BigCommerce effects are handed out as they are; Clover's after a fresh read of the level (S4). */
async function claimWrite(
  scope: Scope,
  message: Work<'write'>,
  connection: Connection,
  sku: string,
  ledger: SkuLedgerApi,
): Promise<Result<ClaimReply, Failure>> {
  const id = effectId(message.effectId);
  const first = await ledger.claim(id, null);
  if (first.claim !== 'read_first') return ok(first);
  const { address } = first;
  const eventId = message.eventId as EventId;
  const reading = await readLevel(scope, { connection, eventId }, sku, address);
  if (!reading.ok) return reading;
  const place =
    address.platform === 'clover'
      ? (`clover:${address.merchantId}` as const)
      : (`bigcommerce:${address.locationId}` as const);
  return ok(
    await ledger.claim(id, { place, eventId, source: 'read-before-write', ...reading.value }),
  );
}

/** One write; whatever happens becomes an outcome: carried out, certainly not, or nobody knows (S5). */
async function send(
  scope: Scope,
  connection: Connection,
  write: WriteInstruction,
): Promise<WriteOutcome> {
  const { ports } = scope;
  const startedAtMs = ports.now();
  const { address } = write;
  const context = {
    connectionId: connection.id,
    eventId: write.eventId,
    sku: write.sku,
    priority: 'interactive' as const,
    // Its answer, or its time-out, is in before the ledger gives the claim up and reads back.
    notAfterMs: startedAtMs + CLAIM_LEASE_MS - CALL_TIMEOUT_MS - CLOCK_SKEW_MS,
  };
  switch (address.platform) {
    case 'bigcommerce': {
      const session = openBigCommerce(ports, connection.id, context);
      const adjust = write.kind === 'relative' ? adjustRelative : adjustAbsolute;
      const sent = await adjust(session, `Onhand ${write.effectId}`, [
        { address, quantity: write.quantity },
      ]);
      if (!sent.ok) return failed(sent.failure, startedAtMs);
      return { result: 'applied', level: null, platformModifiedMs: null, startedAtMs };
    }
    case 'clover': {
      const session = openClover(ports, address.merchantId, context);
      const sent = await writeStock(session, address.itemId, write.quantity);
      if (!sent.ok) return failed(sent.failure, startedAtMs);
      // The answer of a POST is current (clover.md 0): it is the read-back.
      const { quantity, modifiedMs } = sent.value;
      return { result: 'applied', level: quantity, platformModifiedMs: modifiedMs, startedAtMs };
    }
    default:
      return unreachable(address);
  }
}

/** Out of attempts: a person sees it and can replay it; the ledger holds the write until then. */
async function parkIfGivenUp(
  scope: Scope,
  message: Work<'write'>,
  sku: string,
  view: LedgerView | null,
  failure: Failure | null,
): Promise<void> {
  const parked = view?.parked.find((each) => each.effectId === message.effectId);
  const code = failure?.code ?? 'platform_unavailable';
  if (parked === undefined || !FAILURES[code].park) return;
  const { db, now } = scope.ports;
  const { place, reason } = parked;
  await parkFailure(db, {
    connectionId: message.connectionId,
    code,
    message: `The level of ${sku} at ${place} could not be written: ${reason}`,
    source: 'work:write',
    subject: `${message.linkId}:${place}`,
    platform: place.startsWith('clover:') ? 'clover' : 'bigcommerce',
    sku,
    eventId: message.eventId,
    atMs: now(),
    replay: { queue: 'work', body: message },
  });
}

function failed(failure: Failure, startedAtMs: number): WriteOutcome {
  const result = failure.outcomeUnknown === true ? 'unknown' : 'refused';
  return { result, failure, startedAtMs };
}

function logDecision(
  scope: Scope,
  connection: Connection,
  write: WriteInstruction,
  outcome: WriteOutcome,
  timings: readonly Written[],
): void {
  const how = write.kind === 'relative' ? `by ${write.quantity}` : `to ${write.quantity}`;
  const endings = { applied: 'ok', refused: 'failed', unknown: 'unknown' } as const;
  const why = outcome.result === 'applied' ? '' : `: ${outcome.failure.message}`;
  scope.ports.log.add({
    kind: 'decision',
    atMs: scope.ports.now(),
    connectionId: connection.id,
    eventId: write.eventId,
    platform: write.address.platform,
    sku: write.sku,
    operation: 'stock.write',
    outcome: endings[outcome.result],
    ...(outcome.result === 'applied' ? {} : { code: outcome.failure.code }),
    message: `Level of ${write.sku} at ${write.place} ${how}: ${outcome.result}${why}`,
    ...(timings.length === 0 ? {} : { timings }),
    detail: { effectId: write.effectId, attempt: write.attempt, quantity: write.quantity },
  });
}
