/** Goal: a merchant is told of an oversell once, and the row closes by itself. Method: views as ledgers answer them. */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { linkId } from '../../src/domain/ids.ts';
import type { LedgerView } from '../../src/domain/stock/api.ts';
import { closeFailure, listFailures } from '../../src/store/failures.ts';
import { saveLedgerViews } from '../../src/store/ledger-copies.ts';
import { countOversells } from '../../src/store/oversells.ts';
import { portsFor } from '../../src/wiring.ts';

const { db } = portsFor(env);
const STORE = 'oversold';

function view(version: number, endedAtMs: number | null, orders: string[] = []): LedgerView {
  const incident = { incidentId: 'l9-o1', locationId: 1, sinceMs: 1_000, units: 1 };
  return {
    connectionId: STORE,
    linkId: linkId('l9'),
    sku: 'LAST',
    version,
    onHand: -1,
    reserved: 0,
    buffer: 0,
    pools: [{ locationId: 1, onHand: -1, reserved: 0 }],
    places: [],
    oversells: [{ ...incident, orders, endedAtMs }],
    outstandingSinceMs: null,
    parked: [],
  };
}

const open = async () => (await listFailures(db, STORE, 'open', null, 10)).items;

it('[S7] an oversell is told once, learns its orders, and closes when it is made good', async () => {
  await saveLedgerViews(db, [view(1, null)], 2_000);
  await saveLedgerViews(db, [view(2, null, ['web order 100', 'register order R7'])], 3_000);
  await saveLedgerViews(db, [view(2, null, ['web order 100', 'register order R7'])], 4_000);
  expect(await open()).toMatchObject([
    { code: 'oversold', sku: 'LAST', count: 1, lastAtMs: 3_000 },
  ]);
  expect((await open())[0]?.message).toContain('web order 100 and register order R7');
  expect(await countOversells(db, STORE)).toEqual({ incidents: 1, open: 1 });
  await saveLedgerViews(db, [view(3, 5_000)], 5_000);
  expect(await open()).toEqual([]);
  expect(await countOversells(db, STORE)).toEqual({ incidents: 1, open: 0 });
  await saveLedgerViews(db, [view(2, null)], 6_000);
  expect(await open()).toEqual([]);
});

it('[S7] one that a person dismissed stays dismissed', async () => {
  const other = { ...view(1, null), connectionId: 'dismissed' };
  await saveLedgerViews(db, [other], 2_000);
  const [row] = (await listFailures(db, 'dismissed', 'open', null, 10)).items;
  await closeFailure(db, 'dismissed', row?.id ?? '', 'dismissed');
  await saveLedgerViews(db, [{ ...other, version: 2 }], 3_000);
  expect((await listFailures(db, 'dismissed', 'open', null, 10)).items).toEqual([]);
});
