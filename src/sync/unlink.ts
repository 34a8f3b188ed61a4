/** Links as a person changes them: chosen by hand, or taken apart. */
import type { Failure } from '../domain/failure.ts';
import { cloverPlace } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Ports } from '../ports.ts';
import { addLinkHistory } from '../store/link-history.ts';
import { findLink, setLinkStatus } from '../store/links.ts';
import type { ChosenLink } from './chosen-links.ts';
import { UNLINKED_RULE } from './existing-links.ts';
import { startPlan } from './link.ts';

type LinkPorts = Pick<Ports, 'db' | 'now' | 'newId' | 'queues' | 'log'>;

/** Starts the plan that makes these links. Failures: those of `startPlan`. */
export function startChosen(
  ports: LinkPorts,
  connectionId: string,
  links: readonly ChosenLink[],
): Promise<Result<{ id: string }, Failure>> {
  return startPlan(ports, connectionId, 'link', { links });
}

/**
 * Takes a link apart: nothing of it is kept in step any more, its registers leave its ledger, and its ledger is kept to
 * be looked up. It is linked again by a person only. A repeat is harmless. Failures: `not_found`.
 */
export async function unlink(
  ports: LinkPorts,
  connectionId: string,
  linkId: string,
  by: string,
): Promise<Result<void, Failure>> {
  const link = await findLink(ports.db, connectionId, linkId);
  if (link === undefined) return fail({ code: 'not_found', message: 'There is no such link.' });
  if (link.evidence['rule'] === UNLINKED_RULE && link.status === 'broken') return ok(undefined);
  const eventId = ports.newId();
  // Before the row: a repeat after a crash finds it active still, and sends them again.
  await ports.queues.work.sendAll(
    link.items.map(({ merchantId }) => ({
      v: 1,
      kind: 'place',
      connectionId,
      eventId,
      linkId: link.linkId,
      place: cloverPlace(merchantId),
      change: 'leave',
    })),
  );
  const evidence = { rule: UNLINKED_RULE, by, before: link.evidence };
  await setLinkStatus(ports.db, connectionId, linkId, 'broken', evidence);
  const atMs = ports.now();
  await addLinkHistory(ports.db, [{ link, act: 'unlinked', by, eventId, atMs }]);
  ports.log.add({
    kind: 'decision',
    atMs,
    connectionId,
    eventId,
    sku: link.sku,
    operation: 'link.unlink',
    outcome: 'ok',
    message: `${link.sku} was unlinked by ${by}: nothing of it is kept in step any more.`,
    detail: { linkId, items: link.items },
  });
  return ok(undefined);
}
