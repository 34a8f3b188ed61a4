/**
 * PUT /v3/inventory/adjustments/absolute and POST /v3/inventory/adjustments/relative
 * (bigcommerce.md 6.2-6.4).
 */
import { uuid } from './crypto.ts';
import { ok, Refusal } from './errors.ts';
import {
  findItem,
  nameOf,
  payloadError,
  readIdentity,
  trackingComplaint,
} from './inventory-identity.ts';
import type { Identity } from './inventory-identity.ts';
import type { Call, Route } from './serve.ts';
import { changeStock, LEVEL_MAX, stockOf } from './stock.ts';
import type { StockItem } from './stock.ts';

const ITEMS_MAX = 2_000;

interface Line {
  locationId: number;
  quantity: number;
  identity: Identity;
}

interface Move {
  identity: Identity;
  item: StockItem;
  locationId: number;
  onHand: number;
}

/**
 * Why one line is refused; lines refused for the same reason share one title, as in the documented
 * samples.
 */
interface Complaint {
  kind: 'tracking' | 'absolute-first' | 'insufficient' | 'level' | 'untracked';
  /** The item's name, or for `tracking` the whole sentence. */
  text: string;
}

function readLine(value: unknown, index: number): Line {
  const at = `items.${index}`;
  if (typeof value !== 'object' || value === null)
    throw payloadError({ [at]: 'Must be an object' });
  const { location_id: locationId, quantity } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(locationId)) {
    throw payloadError({ [`${at}.location_id`]: 'Must be an integer' });
  }
  if (!Number.isSafeInteger(quantity)) {
    throw payloadError({ [`${at}.quantity`]: 'Must be an integer' });
  }
  const identity = readIdentity(value, at);
  return { locationId: locationId as number, quantity: quantity as number, identity };
}

function readLines(call: Call): Line[] {
  const { body } = call;
  const items = (body as { items?: unknown } | null)?.items;
  if (!Array.isArray(items) || items.length === 0) throw payloadError({ items: 'Required' });
  if (items.length > ITEMS_MAX) {
    throw new Refusal(413, `The maximum items allowed in the array is ${ITEMS_MAX}`);
  }
  const { reason } = body as { reason?: unknown };
  if (reason !== undefined && typeof reason !== 'string') {
    throw payloadError({ reason: 'Must be a string' });
  }
  return items.map(readLine);
}

/** An unknown or disabled location refuses the request; stock there cannot be edited by API (5). */
function refuseLocation(call: Call, line: Line, index: number): void {
  const location = call.store.locations[line.locationId];
  if (location?.enabled) return;
  const problem = location === undefined ? 'not found' : 'disabled';
  throw payloadError({
    [`items.${index}.location_id`]: `Location with id ${line.locationId} is ${problem}`,
  });
}

type Mode = 'absolute' | 'relative';

/** What a line would do on top of the lines before it, or why it may not. */
function judge(
  call: Call,
  mode: Mode,
  line: Line,
  planned: ReadonlyMap<string, number>,
): Move | Complaint {
  const { switches } = call.platform;
  const { identity, locationId, quantity } = line;
  const item = findItem(call.store, identity);
  const name = nameOf(identity);
  if (item.product.tracking === 'none' && switches.refuseUntrackedAdjustments) {
    return { kind: 'untracked', text: name };
  }
  const mismatch = trackingComplaint(item, identity, switches.skuNamesProductTracked);
  if (mismatch !== undefined) return { kind: 'tracking', text: mismatch };

  const record = stockOf(call.store, item, locationId);
  const before = planned.get(keyOf(item, locationId)) ?? record.onHand;
  if (mode === 'relative' && before === null) return { kind: 'absolute-first', text: name };
  const onHand = mode === 'absolute' ? quantity : (before ?? 0) + quantity;
  if (mode === 'relative' && quantity < 0 && onHand < record.safetyStock) {
    return { kind: 'insufficient', text: name };
  }
  const negative = onHand < 0 && (mode === 'relative' || switches.refuseNegativeAbsolute);
  if (negative || onHand > LEVEL_MAX) return { kind: 'level', text: name };
  return { identity, item, locationId, onHand };
}

const keyOf = (item: StockItem, locationId: number) =>
  `${item.product.tracking === 'product' ? `p${item.product.id}` : item.variant.id} ${locationId}`;

/**
 * The first two titles are documented (6.4), the others are assumptions: no client may read them.
 */
function titleOf(complaints: readonly Complaint[]): string {
  const [first] = complaints;
  const texts = complaints
    .filter((complaint) => complaint.kind === first?.kind)
    .map((complaint) => complaint.text)
    .join(', ');
  switch (first?.kind) {
    case 'tracking':
      return `[${texts}]`;
    case 'absolute-first':
      return `Items with identity: [${texts}] requires absolute adjustment before relative`;
    case 'insufficient':
      return `Items with identity: [${texts}] have insufficient stock`;
    case 'untracked':
      return `Items with identity: [${texts}] are not tracked`;
    default:
      return `Items with identity: [${texts}] have an invalid quantity`;
  }
}

function adjust(call: Call, mode: Mode): Response {
  const { platform, store } = call;
  const lines = readLines(call);
  lines.forEach((line, index) => refuseLocation(call, line, index));
  const planned = new Map<string, number>();
  const moves: Move[] = [];
  const complaints: Complaint[] = [];
  for (const line of lines) {
    const verdict = judge(call, mode, line, planned);
    if ('kind' in verdict) {
      complaints.push(verdict);
    } else {
      moves.push(verdict);
      planned.set(keyOf(verdict.item, verdict.locationId), verdict.onHand);
    }
  }
  if (complaints.length === 0 || !platform.switches.batch422AllOrNothing) {
    for (const { item, locationId, onHand } of moves) {
      changeStock(platform, store, { item, locationId, onHand, cause: 'api' });
    }
  }
  if (complaints.length > 0) throw new Refusal(422, titleOf(complaints));
  // Nothing can be asked about a transaction id, and no webhook carries it (6.2).
  return ok({ transaction_id: uuid(platform.runtime) });
}

const bulk = { key: 'bulk inventory', max: 1, bulkOnly: true };

export const adjustmentRoutes: readonly Route[] = [
  {
    method: 'PUT',
    version: 'v3',
    path: '/inventory/adjustments/absolute',
    scopes: ['store_inventory'],
    concurrency: bulk,
    handle: (call) => adjust(call, 'absolute'),
  },
  {
    method: 'POST',
    version: 'v3',
    path: '/inventory/adjustments/relative',
    scopes: ['store_inventory'],
    concurrency: bulk,
    handle: (call) => adjust(call, 'relative'),
  },
];
