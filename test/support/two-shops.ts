/** Two connections: `mine`, who asks, and `theirs`, of whom nothing may ever be seen or changed. */
import { expect } from 'vitest';
import { findConnection } from '../../src/store/connections.ts';
import { addErasure } from '../../src/store/erasures.ts';
import { findFailure, parkFailure } from '../../src/store/failures.ts';
import { saveLedgerViews } from '../../src/store/ledger-copies.ts';
import { findLink, saveLinks } from '../../src/store/links.ts';
import { logId } from '../../src/store/log-blocks.ts';
import { insertLogs } from '../../src/store/logs.ts';
import { saveOrderLink } from '../../src/store/order-links.ts';
import { createPlan, findPlan, insertOperations, setPlanStatus } from '../../src/store/plans.ts';
import { ledgerView, START_MS, type TestPorts } from './ports.ts';
import { install, link, linked, MERCHANT, OTHER_MERCHANT } from './store.ts';

/** Everything in `theirs` carries this word. */
export const SECRET = 'THEIRSECRET';

export interface TwoShops {
  readonly ports: TestPorts;
  /** A route's own parameters, filled with ids that exist in `theirs`. */
  filled(path: string): string;
  /** Fails unless `theirs` is as it was made. */
  isUntouched(): Promise<void>;
}

/** Fills an empty database. */
export async function openTwoShops(ports: TestPorts): Promise<TwoShops> {
  const { db } = ports;
  await install(db, 'mine');
  await linked(db, 'mine', OTHER_MERCHANT);
  await install(db, 'theirs');
  await linked(db, 'theirs');
  await addStock(ports);
  await addOrders(ports);
  const failureId = await addFailure(ports);
  const logRecordId = await addLog(ports);
  return {
    ports,
    filled: (path) =>
      path
        .replace(':id', 'mine')
        .replace(':merchantId', MERCHANT)
        .replace(':planId', 'theirplan')
        .replace(':sku', SECRET)
        .replace(':linkId', 'theirs-l1')
        .replace(':platform', 'bigcommerce')
        .replace(':orderId', '4711')
        .replace(':logId', logRecordId)
        .replace(':eventId', 'theirevent')
        .replace(':failureId', failureId)
        .replace(':erasureId', 'theirerasure'),
    isUntouched: () => isUntouched(ports, failureId),
  };
}

async function addStock(ports: TestPorts): Promise<void> {
  const { db } = ports;
  await saveLinks(db, [link('theirs', 1, { sku: SECRET, name: SECRET })]);
  const view = ledgerView('theirs', 'theirs-l1', { sku: SECRET, outstandingSinceMs: START_MS });
  await saveLedgerViews(db, [view], START_MS);
  ports.ledgers.set('theirs:theirs-l1', { view, entries: [] });
  await createPlan(db, { id: 'theirplan', connectionId: 'theirs', kind: 'link', nowMs: START_MS });
  await insertOperations(db, 'theirplan', [
    {
      seq: 0,
      kind: 'link',
      sku: SECRET,
      outcome: 'planned',
      reason: null,
      before: null,
      after: null,
      payload: null,
    },
  ]);
  await setPlanStatus(db, 'theirs', 'theirplan', {
    from: ['computing'],
    to: 'ready',
    nowMs: START_MS,
    hash: 'h',
  });
}

function addFailure({ db }: TestPorts): Promise<string> {
  return parkFailure(db, {
    connectionId: 'theirs',
    code: 'timeout',
    message: SECRET,
    source: 'work:hooks',
    subject: SECRET,
    atMs: START_MS,
    replay: { queue: 'work', body: { v: 1, kind: 'hooks', connectionId: 'theirs', eventId: 'e1' } },
  });
}

async function addOrders({ db }: TestPorts): Promise<void> {
  await saveOrderLink(db, {
    connectionId: 'theirs',
    platform: 'bigcommerce',
    orderId: '4711',
    merchantId: MERCHANT,
    otherId: SECRET,
    status: 'parked',
    reason: SECRET,
    fix: SECRET,
    currency: 'USD',
    totalMinor: 1,
    taxMinor: 0,
    breakdown: null,
    payments: [{ method: SECRET, amountMinor: 1 }],
    soldAtMs: START_MS,
    updatedAtMs: START_MS,
  });
  await addErasure(db, {
    id: 'theirerasure',
    connectionId: 'theirs',
    status: 'done',
    subject: null,
    report: { erased: {}, remains: [SECRET] },
    askedBy: SECRET,
    askedAtMs: START_MS,
    doneAtMs: START_MS,
  });
}

async function addLog({ db }: TestPorts): Promise<string> {
  const logRecordId = logId(START_MS, 'm', 0);
  await insertLogs(db, [
    {
      id: logRecordId,
      record: {
        kind: 'event',
        atMs: START_MS,
        connectionId: 'theirs',
        eventId: 'theirevent',
        operation: 'x',
        outcome: 'ok',
        message: SECRET,
        detail: { request: SECRET },
      },
    },
  ]);
  return logRecordId;
}

async function isUntouched({ db }: TestPorts, failureId: string): Promise<void> {
  const theirs = await findConnection(db, 'theirs');
  expect(theirs?.savedSettings).toEqual({});
  expect(theirs?.merchants.map(({ merchantId, status }) => [merchantId, status])).toEqual([
    [MERCHANT, 'connected'],
  ]);
  expect((await findPlan(db, 'theirs', 'theirplan'))?.status).toBe('ready');
  expect((await findFailure(db, 'theirs', failureId))?.status).toBe('open');
  expect((await findLink(db, 'theirs', 'theirs-l1'))?.status).toBe('active');
}
