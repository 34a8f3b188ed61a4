/** A plan: what linking would do, computed before any write, so that a person can look at it first (C7). */
import type { LinkId, MerchantId, PlaceKey, Platform } from '../ids.ts';
import type { Sharing } from '../stock/parts.ts';
import type { Joining } from '../stock/first-count.ts';
import type { PlaceAddress } from '../stock/state.ts';
import type { BaselineRule, SeenLevel } from './baseline.ts';
import type { Values } from './fields.ts';
import type { FieldWrite, LostValue } from './ownership.ts';

export type OperationKind =
  | 'link'
  | 'relink'
  | 'unmatched'
  | 'ambiguous'
  | 'skip'
  | 'resync'
  | 'create'
  | 'remove'
  | 'update'
  | CleanupField;

/** What a clean-up mends; tracking is BigCommerce's `inventory_tracking`. */
export type CleanupField = 'sku' | 'barcode' | 'tracking';

/** `open`: waits for a person. `skipped`: nothing to do, and why. The others tell how apply went. */
export type OperationOutcome = 'planned' | 'open' | 'applied' | 'failed' | 'skipped';

/** What apply needs of an operation; not shown. */
export type OperationPayload =
  | {
      readonly do: 'link';
      /** The link that exists already; null: apply makes one. */
      readonly linkId: LinkId | null;
      readonly name: string;
      readonly productId: number;
      readonly variantId: number;
      readonly tracking: 'product' | 'variant';
      readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
      readonly evidence: Readonly<Record<string, unknown>>;
      readonly rule: BaselineRule;
      readonly pools: readonly PlannedPool[];
    }
  /** Mark the link as broken: what it joined is gone. */
  | { readonly do: 'break'; readonly linkId: LinkId }
  /** Tell the ledger what these places show. */
  | { readonly do: 'resync'; readonly linkId: LinkId; readonly places: readonly PlannedPlace[] }
  /** Write fields of one link's rows; `agreed` becomes its base once all of them are written. */
  | FieldsPayload
  /** Create the items of a variant that no register sells, then link it. */
  | CreatePayload
  /** Write one field of one row, whether or not it is linked. */
  | CleanupPayload
  /** Create the variant of items that the web store lacks, then link it. */
  | CreateWebPayload
  /** Hide or delete one side's rows of a link. */
  | RemovePayload;

export interface RemovePayload {
  readonly do: 'remove';
  readonly side: Platform;
  /** `delete` ends the link too. */
  readonly how: 'hide' | 'delete';
  readonly linkId: LinkId;
  readonly productId: number;
  readonly variantId: number;
  readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
}

/** A new variant as BigCommerce takes it; amounts in minor units. */
export interface NewWebVariant {
  readonly sku: string;
  readonly price: number;
  readonly cost: number | null;
  readonly barcode: string | null;
  readonly isAvailable: boolean;
  /** Empty: a simple product. */
  readonly options: readonly { readonly name: string; readonly label: string }[];
}

export interface CreateWebPayload {
  readonly do: 'create-web';
  /** Of the product. */
  readonly name: string;
  /** SKU of the first variant of its product in the plan: how the product is found again. */
  readonly lead: string;
  /** The product that it becomes a variant of; null: one that the plan makes. */
  readonly productId: number | null;
  readonly rule: BaselineRule;
  readonly variant: NewWebVariant;
  readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
  /** The registers' places. */
  readonly pools: readonly PlannedPool[];
  /** A piece that held it was begun before: what it made is looked up first. */
  readonly tried?: boolean;
}

/** A new item as Clover takes it; amounts in minor units. */
export interface NewRegisterItem {
  readonly name: string;
  readonly sku: string;
  readonly price: number;
  readonly cost: number | null;
  readonly barcode: string | null;
  readonly isHidden: boolean;
  readonly isAvailable: boolean;
}

export interface CreatePayload {
  readonly do: 'create';
  readonly name: string;
  readonly productId: number;
  readonly variantId: number;
  readonly tracking: 'product' | 'variant';
  readonly rule: BaselineRule;
  readonly item: NewRegisterItem;
  /** The item group that it becomes a variant of; null: a simple item. */
  readonly group: {
    readonly name: string;
    readonly options: readonly { readonly name: string; readonly label: string }[];
    /** The first of its product in the plan: the group is made with it. */
    readonly isFirst: boolean;
  } | null;
  readonly pools: readonly {
    readonly locationId: number;
    readonly merchantIds: readonly MerchantId[];
    readonly web: PlannedPlace | null;
  }[];
  /** A piece that held it was begun before: what it made is looked up first. */
  readonly tried?: boolean;
}

export interface FieldsPayload {
  readonly do: 'fields';
  /** null: the same plan makes the link, found by its variant. */
  readonly linkId: LinkId | null;
  readonly productId: number;
  readonly variantId: number;
  readonly writes: readonly FieldWrite[];
  readonly agreed: Values;
  readonly lost: readonly LostValue[];
  /** What both sides agreed on is forgotten: nothing is written by itself before a person plans again. */
  readonly forgets?: boolean;
}

export interface CleanupPayload {
  readonly do: 'cleanup';
  readonly platform: Platform;
  /** Variant id, or `{merchantId}:{itemId}`. */
  readonly rowId: string;
  /** null at a register. */
  readonly productId: number | null;
  readonly field: CleanupField;
  readonly before: string | null;
  readonly after: string | null;
  /** What the variants of a product start with once it is tracked; absent: nothing is counted. */
  readonly counts?: readonly FirstCount[];
  /** A piece that held it was begun before: what is there already is its own work. */
  readonly tried?: boolean;
}

/** A variant's first count at BigCommerce, read from the register items of its SKU. */
export interface FirstCount {
  readonly sku: string;
  readonly variantId: number;
  readonly locationId: number;
  /** What it would be by the plan; read again when it is applied. */
  readonly level: number;
  readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
  /** Each register holds a part (S10). */
  readonly isShared: boolean;
}

export interface PlannedPlace {
  readonly address: PlaceAddress;
  readonly seen: SeenLevel;
}

export interface PlannedPool {
  readonly locationId: number;
  readonly places: readonly PlannedPlace[];
  /** Its registers hold a part each, which add up (S10). */
  readonly sharing?: Sharing;
  /** What its units are if it joins registers that were counted before; left out: counted. */
  readonly joins?: Joining;
}

export interface Operation {
  readonly kind: OperationKind;
  readonly sku: string;
  readonly outcome: OperationOutcome;
  /** Plain sentences; null when there is nothing to explain. */
  readonly reason: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly payload: OperationPayload | null;
}

/** A level before, or a target after, as shown to a person. */
export interface PlaceCount {
  readonly platform: Platform;
  readonly place: PlaceKey;
  readonly level?: number | null;
  readonly target?: number;
}

export type PlanCounts = Readonly<Record<OperationKind | 'unchanged' | 'open', number>>;

export interface PlanDraft {
  /** Made anew at each call, one after the other: a plan of 100,000 operations never stands in memory as a whole. */
  operations(): Iterable<Operation>;
  /** Operations per kind; `unchanged` SKUs that need none, `open` operations that wait for a person. */
  readonly counts: PlanCounts;
  /** `needs_decision` while anything is ambiguous or held back by the mass guard. */
  readonly status: 'ready' | 'needs_decision';
}

export const NO_COUNTS: PlanCounts = {
  link: 0,
  relink: 0,
  unmatched: 0,
  ambiguous: 0,
  skip: 0,
  resync: 0,
  create: 0,
  remove: 0,
  update: 0,
  sku: 0,
  barcode: 0,
  tracking: 0,
  unchanged: 0,
  open: 0,
};

export function draftOf(operations: () => Iterable<Operation>, unchanged: number): PlanDraft {
  const counts = { ...NO_COUNTS, unchanged };
  for (const { kind, outcome } of operations()) {
    counts[kind] += 1;
    if (outcome === 'open') counts.open += 1;
  }
  return { operations, counts, status: counts.open > 0 ? 'needs_decision' : 'ready' };
}

/** Leaves the operations that the mass guard stopped to a person, with the reason (S11). */
export function holdBack(
  operation: Operation,
  affected: number,
  total: number,
  share: number,
): Operation {
  const guard =
    `Held back by the mass guard: the plan would set to 0 or raise ${affected} of ${total} SKUs, more than ` +
    `${Math.round(share * 100)} %. Check the counts; to go on, change stock.baseline or raise ` +
    'stock.massGuardShare and plan again.';
  const reason = operation.reason === null ? guard : `${operation.reason} ${guard}`;
  return { ...operation, outcome: 'open', reason };
}

/**
 * What a person agrees to by applying the plan, as 64 hexadecimal characters: the first half is the SHA-256 of the
 * operations, the second half the one of the inputs, so that changed inputs are found without reading the operations.
 * Times of reading do not count: the same catalogs and settings give the same hash.
 */
export async function planHash(operations: Iterable<Operation>, inputs: unknown): Promise<string> {
  let chain = '';
  for (const chunk of inChunks(operations, HASH_CHUNK)) chain = await hashOn(chain, chunk);
  return hashEnd(chain, inputs);
}

/** The chain of hashes over one more list of operations; `''` begins it. */
export function hashOn(chain: string, operations: readonly Operation[]): Promise<string> {
  return sha256(chain + canonical(operations));
}

/** A plan's hash from the chain over all of its operations. */
export async function hashEnd(chain: string, inputs: unknown): Promise<string> {
  return `${(await sha256(chain)).slice(0, 32)}${await inputsHash(inputs)}`;
}

/** Cuts what comes one after the other into lists of `size`; the last one may be shorter. */
export function* inChunks<Item>(items: Iterable<Item>, size: number): Generator<Item[], void> {
  let chunk: Item[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** The hash of a plan after a person decided about some of its operations. */
export async function decidedHash(hash: string, decisions: unknown): Promise<string> {
  return `${(await sha256(hash + canonical(decisions))).slice(0, 32)}${hash.slice(32)}`;
}

/** The half of the hash that depends on the inputs alone. */
export async function inputsHash(inputs: unknown): Promise<string> {
  return (await sha256(canonical(inputs))).slice(0, 32);
}

const HASH_CHUNK = 500;
const NOT_HASHED: ReadonlySet<string> = new Set(['readStartedAtMs', 'platformModifiedMs']);

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    const entries = Object.entries(part).filter(([key]) => !NOT_HASHED.has(key));
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
