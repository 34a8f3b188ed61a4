/** Rows that several tests of the store begin with. */
import type { ConnectionId, MerchantId } from '../../src/domain/ids.ts';
import { linkId } from '../../src/domain/ids.ts';
import type { Database } from '../../src/ports.ts';
import { type CloverMerchant, linkMerchant, saveInstall } from '../../src/store/connections.ts';
import type { Link } from '../../src/store/links.ts';
import { START_MS } from './ports.ts';

export const MERCHANT = 'MERCHANT00001' as MerchantId;
export const OTHER_MERCHANT = 'MERCHANT00002' as MerchantId;

export async function install(db: Database, id: string, nowMs = START_MS): Promise<ConnectionId> {
  await saveInstall(db, {
    id: id as ConnectionId,
    name: `Store ${id}`,
    currency: 'USD',
    timeZone: 'America/New_York',
    planLevel: 'Plus',
    scopes: ['store_v2_products', 'store_inventory'],
    nowMs,
  });
  return id as ConnectionId;
}

export function merchant(
  connectionId: string,
  merchantId: MerchantId = MERCHANT,
  changes: Partial<CloverMerchant> = {},
): CloverMerchant {
  return {
    merchantId,
    connectionId: connectionId as ConnectionId,
    status: 'connected',
    name: 'Main street',
    currency: 'USD',
    timeZone: 'America/New_York',
    trackStock: true,
    updateStock: true,
    vat: false,
    planCode: '',
    saleMoment: null,
    apiOrdersMove: null,
    linkedAtMs: START_MS,
    ...changes,
  };
}

export async function linked(db: Database, connectionId: string, merchantId = MERCHANT) {
  const result = await linkMerchant(db, merchant(connectionId, merchantId));
  if (!result.ok) throw new Error(result.failure.message);
}

/** Link `l{n}` of variant `n` and item `ITEM{n}`. */
export function link(connectionId: string, n: number, changes: Partial<Link> = {}): Link {
  return {
    linkId: linkId(`${connectionId}-l${n}`),
    connectionId: connectionId as ConnectionId,
    sku: `SKU-${String(n).padStart(5, '0')}`,
    name: `Product ${n}`,
    productId: 1_000 + Math.floor(n / 2),
    variantId: n,
    tracking: 'variant',
    status: 'active',
    evidence: { rule: 'sku' },
    createdAtMs: START_MS,
    items: [{ merchantId: MERCHANT, itemId: `ITEM${n}` }],
    ...changes,
  };
}
