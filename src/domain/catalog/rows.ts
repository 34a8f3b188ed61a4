/** What matching reads and what it answers. */
import type { LinkId, MerchantId, PlaceKey } from '../ids.ts';
import type { Proposal } from './proposals.ts';

/** One variant that BigCommerce sells; a simple product's only variant is its base variant (bigcommerce.md 4.1). */
export interface Sellable {
  readonly productId: number;
  readonly variantId: number;
  /** As BigCommerce writes it; '' when blank. */
  readonly sku: string;
  readonly name: string;
  readonly tracking: 'product' | 'variant' | 'none';
  /** `physical` or `digital`. */
  readonly type: string;
  /** True for the one variant of a product without options. */
  readonly isBase: boolean;
  /** The SKU of the product itself; a base variant's SKU mirrors it. */
  readonly productSku: string;
  /** Absent: not read. */
  readonly barcode?: string;
  /** What makes it this variant, in the order of the product's options; absent for a base variant. */
  readonly optionValues?: readonly { readonly name: string; readonly label: string }[];
}

/** Hidden items are rows like any other: hiding only takes them off the Register (clover.md 9). */
export interface RegisterItem {
  readonly merchantId: MerchantId;
  readonly itemId: string;
  /** As Clover writes it; '' when blank. Not unique there (clover.md 4.1). */
  readonly sku: string;
  /** Barcode. */
  readonly code: string;
  readonly name: string;
  readonly deleted: boolean;
}

/** A join made earlier: it holds by platform ids, whatever the SKUs say today (C4). */
export interface ExistingLink {
  readonly linkId: LinkId;
  readonly sku: string;
  readonly productId: number;
  readonly variantId: number;
  readonly tracking: 'product' | 'variant' | 'none';
  readonly status: 'active' | 'broken';
  readonly items: readonly { readonly merchantId: MerchantId; readonly itemId: string }[];
  /** What its ledger last said of itself; null: it was never opened. */
  readonly ledger: {
    readonly onHand: number;
    readonly places: readonly PlaceKey[];
    /** The pools of each place, where its copy tells. */
    readonly standing: ReadonlyMap<PlaceKey, readonly number[]>;
  } | null;
  /** A person took it apart: it is joined again only when one says so. */
  readonly isParted?: boolean;
}

/**
 * How a link was found: `ids` it existed, `sku` both sides have exactly this SKU, `person` somebody chose it, else the
 * rule that suggested it.
 */
export type MatchRule = 'ids' | 'sku' | 'person' | Proposal['rule'];

export interface MatchedLink {
  readonly kind: 'link';
  readonly sku: string;
  readonly sellable: Sellable;
  /** At most one per merchant, in the order of merchant ids. */
  readonly items: readonly RegisterItem[];
  readonly rule: MatchRule;
  /** The link that existed, when there was one. */
  readonly existing: ExistingLink | null;
}

export type OpenReason =
  | 'blank_sku'
  | 'no_counterpart'
  | 'look_alike'
  | 'product_sku'
  | 'already_linked'
  | 'several_items'
  | 'several_variants'
  | 'sku_of_product_too'
  | 'tracking_none'
  | 'digital'
  | 'counted_per_product'
  | 'deleted';

/** Rows left out of every link, with the reason. */
export interface Unlinked {
  readonly kind: 'unmatched' | 'ambiguous' | 'skip';
  readonly sku: string;
  readonly sellables: readonly Sellable[];
  readonly items: readonly RegisterItem[];
  readonly reason: OpenReason;
  /** One plain sentence: what is wrong and what to do. */
  readonly message: string;
}

/** An existing link that lost its variant or all its items and found no new ones by its SKU. */
export interface BrokenLink {
  readonly link: ExistingLink;
  readonly message: string;
}

export interface Matching {
  /** By variant id. */
  readonly links: readonly MatchedLink[];
  /** By SKU, then by platform ids. */
  readonly unlinked: readonly Unlinked[];
  readonly broken: readonly BrokenLink[];
  /** What rules suggest, by variant id; absent before they were asked. */
  readonly proposals?: readonly Proposal[];
}

export interface Catalogs {
  readonly sellables: readonly Sellable[];
  readonly items: readonly RegisterItem[];
  readonly existing: readonly ExistingLink[];
  /** SKUs that are bundles: a variant of theirs needs no Clover item (S9). */
  readonly bundles?: ReadonlySet<string>;
}
