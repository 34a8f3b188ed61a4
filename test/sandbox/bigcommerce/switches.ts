/**
 * Everything about BigCommerce that its public documents leave open (bigcommerce.md 15). Each
 * default is the harsher of the readings, or the one official text hints at; tests run the relay
 * both ways.
 */
export interface BigCommerceSwitches {
  /** Lifetime of a grant code, milliseconds. Only that it is "temporary" is documented (1.2). */
  grantLifetimeMs: number;
  /** Whether the token answer carries `owner`; the official sample does not require it (1.2). */
  tokenAnswerHasOwner: boolean;
  /** What a call with the token of an uninstalled store gets (3.3). */
  uninstallStatus: 401 | 403;
  /** Whether a plain uninstall fires `store/app/uninstalled` before the hooks are gone (2.3). */
  uninstallFiresHook: boolean;
  /** Whether a call without `User-Agent` is refused with 403; the docs only ask for one (1.1). */
  refuseMissingUserAgent: boolean;
  /** Whether unknown query filters are refused: V3 422 (channels.v3.yml), V2 400. */
  refuseUnknownFilters: boolean;
  /**
   * Largest `limit` of V2 lists; only 250 for tax classes is documented. Above it the call is
   * refused with 413.
   */
  limitMaxV2: number;
  /**
   * How many items make an inventory write a bulk one, of which a store may have one in flight
   * (3.2).
   */
  bulkInventoryItems: number;

  /** Whether deliveries carry the Standard Webhooks signature headers (2.5). */
  signHooks: boolean;
  /**
   * Whether a retry gets a fresh `webhook-timestamp`; if not, a 5-minute tolerance refuses every
   * late retry (2.5).
   */
  refreshTimestampOnRetry: boolean;
  /** Milliseconds until a new hook works; the docs say up to one minute (2.1). */
  hookWarmUpMs: number;
  /** Milliseconds until a silent destination counts as failed (2.4). 0 waits for ever. */
  hookTimeoutMs: number;
  /**
   * Whether any 2xx ends the retries, or only 200 as the text demands (2.4). Any 2xx counts to the
   * domain's score.
   */
  any2xxAcknowledges: boolean;
  /**
   * Whether `store/product/*` also brings deeper scopes such as `store/product/inventory/updated`
   * (2.3).
   */
  wildcardIsDeep: boolean;
  /** Meaning of `inventory.value` in inventory hooks (2.3, CONFLICT). */
  hookInventoryValue: 'level' | 'delta';
  /** Whether writing the level an item already has echoes (6.6). */
  echoUnchangedLevels: boolean;

  /** Milliseconds until a level written shows in reads (6.3: asynchronous). */
  inventoryLagMs: number;
  /** Whether stock hooks wait until the new level is readable. */
  stockHooksAfterLag: boolean;
  /** Whether an absolute adjustment to a negative quantity is refused (6.3). */
  refuseNegativeAbsolute: boolean;
  /**
   * Whether one bad item refuses the whole adjustment; otherwise the good items apply under the
   * same 422 (6.3).
   */
  batch422AllOrNothing: boolean;
  /** Whether adjusting an item with `inventory_tracking: none` is refused (6.4). */
  refuseUntrackedAdjustments: boolean;
  /**
   * Whether `sku` may name an item tracked by product; the spec tells to use `product_id`
   * (inventory.v3.yml).
   */
  skuNamesProductTracked: boolean;
  /** Whether items with `inventory_tracking: none` are listed by the Inventory API (6.4). */
  listUntrackedItems: boolean;
  /** Whether stock and variant edits bump the product's `date_modified` (4.5). */
  stockEditBumpsDateModified: boolean;
  /** Whether one bad item refuses a whole batch of products or variants; otherwise the good ones apply (4.6). */
  catalogBatchAllOrNothing: boolean;
  /** Whether a product made by API is in no channel until it is assigned (4.6, stores with several storefronts). */
  newProductsNeedChannel: boolean;
  /** What catalog levels mean (4.4, CONFLICT). */
  catalogLevel: 'default-location' | 'total-available';

  /**
   * Orders take stock from the default location; otherwise from the enabled location that has most
   * (6.5).
   */
  ordersUseDefaultLocation: boolean;
  /** Status ids that take stock under `order_completed_or_shipped` (7.4). */
  orderCompletedStatuses: readonly number[];
  /** Whether an order moved back from a restocked status takes its stock again. */
  reopenedOrderTakesStock: boolean;
  /** Whether POST /v2/orders also fires statusUpdated and updated (6.6: "maybe"). */
  apiOrderFiresStatusUpdated: boolean;
  /** Whether only partners may make channels of the platform `clover` (12). */
  refuseCloverChannels: boolean;
  /** Whether editing lines moves stock as the settings say; a guide says it does not (7.4, CONFLICT). */
  orderEditsMoveStock: boolean;
  /** Whether an order made by API, paid by name only, can be refunded through `custom` (8: likely). */
  apiOrdersRefundable: boolean;
  /** Whether GET /v2/orders lists archived orders (`is_deleted` is no documented filter). */
  listArchivedOrders: boolean;
}

export const DEFAULT_SWITCHES: BigCommerceSwitches = {
  grantLifetimeMs: 300_000,
  tokenAnswerHasOwner: true,
  uninstallStatus: 401,
  uninstallFiresHook: false,
  refuseMissingUserAgent: true,
  refuseUnknownFilters: true,
  limitMaxV2: 250,
  bulkInventoryItems: 10,
  signHooks: true,
  refreshTimestampOnRetry: false,
  hookWarmUpMs: 0,
  hookTimeoutMs: 10_000,
  any2xxAcknowledges: false,
  wildcardIsDeep: true,
  hookInventoryValue: 'delta',
  echoUnchangedLevels: false,
  inventoryLagMs: 0,
  stockHooksAfterLag: true,
  refuseNegativeAbsolute: true,
  batch422AllOrNothing: true,
  refuseUntrackedAdjustments: true,
  skuNamesProductTracked: false,
  listUntrackedItems: false,
  stockEditBumpsDateModified: false,
  catalogBatchAllOrNothing: true,
  newProductsNeedChannel: true,
  catalogLevel: 'default-location',
  ordersUseDefaultLocation: true,
  orderCompletedStatuses: [2, 10],
  reopenedOrderTakesStock: true,
  apiOrderFiresStatusUpdated: true,
  refuseCloverChannels: false,
  orderEditsMoveStock: true,
  apiOrdersRefundable: true,
  listArchivedOrders: false,
};
