/**
 * What no source settles about Clover (clover.md section 10) and what a test turns up or down. Each default is
 * the reading that is least comfortable for an app, or the likelier one where neither side is.
 */
/** What Europe guards beyond CUSTOMERS_R and _W (clover.md 1). */
export type CustomerField =
  | 'ADDRESS'
  | 'EMAIL'
  | 'PHONE'
  | 'MARKETING'
  | 'BUSINESSNAME'
  | 'BIRTHDATE'
  | 'NOTE';

export interface CloverSwitches {
  /** Life of an access token, milliseconds. UNCONFIRMED 6: "about 30 minutes". */
  accessTokenTtlMs: number;
  /** Life of an authorization code, milliseconds; not documented. */
  codeTtlMs: number;
  /** Refresh tokens that live per app and merchant; the oldest die (clover.md 1, figure not documented). */
  liveRefreshTokensMax: number;
  /** Whether a refresh kills the access token of the old pair at once; not documented. */
  refreshKillsAccessToken: boolean;
  /** Status of a refused code or refresh token; OAuth failure bodies are not documented. */
  oauthRefusalStatus: 400 | 401;
  /** UNCONFIRMED 10: tokens stop working after uninstall. */
  uninstallKillsTokens: boolean;
  /** Whether consent on the authorize page installs an app that is not installed yet (clover.md 1). */
  consentInstalls: boolean;

  /** How far GETs lag behind the primary, milliseconds (clover.md 0). */
  replicaLagMs: number;
  /** forceRealTime reads honoured per token and minute, null for all: "overuse may be ignored". */
  realTimeReadsPerMinute: number | null;
  /** A limit over 1000: refused, or silently cut. Not documented. */
  overLimit: 'refuse' | 'clamp';
  /** An expanded collection without members: left out, or `{elements: []}`. Not documented. */
  emptyNested: 'absent' | 'elements';
  /** GET of a deleted item by its id: 404, or the item with deletedTime. Not documented. */
  deletedItemById: 'gone' | 'returned';
  /** Envelope of the bulk_items answer: unconfirmed in specs/clover. */
  bulkItemsAnswer: 'array' | 'elements' | 'items';
  /** isRevenue of an item created without it: the reference says false, the guide shows true. */
  itemRevenueDefault: boolean;
  /** Item fields whose change does not move modifiedTime (clover.md 9, a vendor's FAQ). */
  untouchedItemFields: string[];
  /** Whether `GET item_stocks` also lists items that never had stock; not documented. */
  stockListIncludesUnstocked: boolean;

  /** What deleting an item group with members does: refused, or they go with it. Not documented. */
  itemGroupDelete: 'refuse' | 'with-items';
  /** Whether a plan without variants and modifiers is refused them by the API too (clover.md 1 says both). */
  planRestrictsGroups: boolean;
  /** UNCONFIRMED 2: when a register sale lowers the count ("as orders are placed"). */
  decrementMoment: 'line-added' | 'paid';
  /** UNCONFIRMED 2: whether orders made over the API lower the count too. */
  apiOrdersDecrement: boolean;
  /** UNCONFIRMED 2: when they do; null: at the same moment as a sale at the register. */
  apiDecrementMoment: 'line-added' | 'paid' | null;
  /** What `POST /orders` takes: the eight documented fields, the rest ignored without a word, or all of an update. */
  orderCreateFields: 'documented' | 'all';
  /** UNCONFIRMED 7: the longest externalReferenceId, null for no limit. */
  externalReferenceMax: number | null;
  /** Whether Clover totals an API order by itself; the guide says that the app must POST the total (clover.md 5.3). */
  apiTotalFollowsLines: boolean;
  /** Whether `taxRates: []` of a line means no tax, or that nothing was said and the item's own apply; not documented. */
  emptyTaxRates: 'none' | 'defaults';
  /** Envelope of the bulk_line_items answer: unconfirmed in specs/clover. */
  bulkLineItemsAnswer: 'array' | 'elements' | 'items';
  /** Whether lines, discounts and total of a locked order can still be changed; not documented. */
  lockedOrderEdits: 'refuse' | 'accept';
  /** UNCONFIRMED 15: whether an order with payments can be deleted. */
  paidOrdersDeletable: boolean;
  /** UNCONFIRMED 8: whether custom-tender payments move paymentState, and lock an order that they cover. */
  apiPaymentSettles: boolean;
  /** UNCONFIRMED 8: a payment beyond the order's total. */
  overpayment: 'accept' | 'refuse';
  /** UNCONFIRMED 11: what creating tenders and order types needs. */
  merchantSetupPermission: 'MERCHANT_W' | 'MERCHANT_R';
  /**
   * The field-level grants of an app in Europe; null elsewhere, where there are none. Without one the field is absent,
   * a filter by it finds nothing, and a write of it is dropped, or refused by its own endpoint.
   */
  customerGrants: `${CustomerField}_${'R' | 'W'}`[] | null;
  /** Whether `marketingAllowed` counts on create; Clover's own sandbox ignores it (clover.md 6). */
  customerCreateTakesConsent: boolean;
  /** Whether orders in training mode move counts; not documented. */
  testOrdersMoveStock: boolean;
  /** UNCONFIRMED 2: whether voiding a line gives back what the line took. */
  voidRestocks: boolean;
  /** UNCONFIRMED 3: restock on refund; `cashier` follows the argument of `refundOrder`. */
  refundRestocks: 'never' | 'always' | 'cashier';
  /** Whether a sale starts a count for an item that never had one; not documented. */
  saleStartsCount: boolean;
  /** UNCONFIRMED 12: an unavailable autoManage item cannot be rung up. */
  unavailableBlocksSale: boolean;
  /** UNCONFIRMED 13: whether a stock change moves the item's own modifiedTime. */
  stockTouchesItem: boolean;

  /** The split I / IS / IA topics, or `I` for everything as before them (clover.md 2). */
  inventoryTopics: 'split' | 'legacy';
  /** UNCONFIRMED 1: whether ordinary sales fire a stock event. Not on the published trigger list. */
  saleTriggersStockEvent: boolean;
  /** UNCONFIRMED 1: IS and IA with extra keys, whose names are inventions, or with the id alone. */
  richEvents: boolean;
  /** UNCONFIRMED 4: whether an app's own writes to I, O, P, C come back as webhooks. IS always does. */
  echoApiChanges: boolean;
  /** Which events a refund fires; UNCONFIRMED in clover.md 2. */
  refundEvents: ('O' | 'P')[];
  /** Events of this many milliseconds travel in one POST. */
  webhookBatchMs: number;
  /** UNCONFIRMED 4: further attempts after a failed delivery. */
  webhookRetries: number;
  /** Pause before a further attempt, milliseconds. */
  webhookRetryMs: number;
  /** UNCONFIRMED: whether the handshake POST carries a valid X-Clover-Auth. */
  handshakeCarriesAuth: boolean;

  /** What a call before the end of a concurrency wait adds to it, milliseconds (clover.md 3). */
  concurrencyPenaltyMs: number;
}

/** The sandbox's answer to every open question of clover.md section 10. */
export const DEFAULT_SWITCHES: CloverSwitches = {
  accessTokenTtlMs: 30 * 60_000,
  codeTtlMs: 10 * 60_000,
  liveRefreshTokensMax: 10,
  refreshKillsAccessToken: false,
  oauthRefusalStatus: 401,
  uninstallKillsTokens: true,
  consentInstalls: true,

  replicaLagMs: 0,
  realTimeReadsPerMinute: null,
  overLimit: 'refuse',
  emptyNested: 'absent',
  deletedItemById: 'gone',
  bulkItemsAnswer: 'array',
  itemRevenueDefault: false,
  untouchedItemFields: [],
  stockListIncludesUnstocked: false,

  itemGroupDelete: 'refuse',
  planRestrictsGroups: true,
  decrementMoment: 'paid',
  apiOrdersDecrement: false,
  apiDecrementMoment: null,
  orderCreateFields: 'documented',
  externalReferenceMax: 12,
  apiTotalFollowsLines: false,
  emptyTaxRates: 'defaults',
  bulkLineItemsAnswer: 'array',
  lockedOrderEdits: 'refuse',
  paidOrdersDeletable: false,
  apiPaymentSettles: true,
  overpayment: 'accept',
  merchantSetupPermission: 'MERCHANT_W',
  customerGrants: null,
  customerCreateTakesConsent: false,
  testOrdersMoveStock: false,
  voidRestocks: true,
  refundRestocks: 'cashier',
  saleStartsCount: false,
  unavailableBlocksSale: false,
  stockTouchesItem: false,

  inventoryTopics: 'split',
  saleTriggersStockEvent: false,
  richEvents: false,
  echoApiChanges: true,
  refundEvents: ['P', 'O'],
  webhookBatchMs: 5,
  webhookRetries: 0,
  webhookRetryMs: 1000,
  handshakeCarriesAuth: false,

  concurrencyPenaltyMs: 1000,
};
