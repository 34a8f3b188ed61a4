/** Every bound and every tuned number of the relay, with its unit and its reason. */

/** Platform calls give up after this; the retry base is not shorter, so a retry cannot overlap a call still running. */
export const CALL_TIMEOUT_MS = 10_000;
export { RETRY_BASE_MS, RETRY_CAP_MS } from './domain/backoff.ts';
/** Tries of one effect before it is parked. */
export const EFFECT_ATTEMPTS_MAX = 8;
/** A claim not confirmed by then counts as an unknown outcome: the wait for a permit, the call's time-out, hand-over. */
export const CLAIM_LEASE_MS = 25_000;
/** A poke not acted on by then is sent again by the alarm. */
export const POKE_LOST_AFTER_MS = 20_000;
/** From the end of a queue delay to the first step of the consumer, for `activity`. */
export const QUEUE_HAND_OVER_MS = 1_000;
/** Wakes for one place within this time share one read. */
export const COALESCE_MS = 60;
/** Shortest time between two writes to one place of one SKU: 50 sales in a second need at most 6 writes. */
export const WRITE_SPACING_MS = 250;
/** Writes begun within this time of each other are a rush; each one doubles the spacing, this often at most. */
export const WRITE_STREAK_MS = 1_500;
export const WRITE_SPACING_DOUBLINGS_MAX = 2;
/** How far apart two Workers' clocks may be when a read is compared with a write. */
export const CLOCK_SKEW_MS = 50;

/** Webhook bodies above this are refused with 413: they must fit a queue message (128 KB). */
export const WEBHOOK_BODY_BYTES_MAX = 96_000;
/** A message of the intake queue: below its 128 KB. Numbers and short changes are longer in it than in the webhook. */
export const INTAKE_MESSAGE_BYTES_MAX = 120_000;
/** Changes carried by one Clover webhook; more than this is malformed. */
export const CLOVER_CHANGES_MAX = 1_000;
/** Signed webhooks whose timestamp is further off are recorded as stale (X1); the header decides. */
export const WEBHOOK_TOLERANCE_MS = 5 * 60_000;

/** Bodies of admin API and form requests. */
export const API_BODY_BYTES_MAX = 256_000;
export const API_PAGE_DEFAULT = 50;
export const API_PAGE_MAX = 500;
/** Keys of one connection: one for each program that works with it. */
export const API_KEYS_MAX = 50;

export const SESSION_TTL_MS = 8 * 3_600_000;
export const ONE_TIME_CODE_TTL_MS = 10 * 60_000;
/** Access tokens are renewed when less than this is left. */
export const TOKEN_REFRESH_EARLY_MS = 5 * 60_000;

/** Pages asked of a platform in one read of a whole list: 1,000 rows each, so 250,000 rows. */
export const PAGES_MAX = 250;
/** As `PAGES_MAX`, for pages of 250 products. */
export const PRODUCT_PAGES_MAX = 1_000;
export const BIGCOMMERCE_PRODUCT_PAGE = 250;
export const BIGCOMMERCE_INVENTORY_PAGE = 1_000;
export const CLOVER_PAGE = 1_000;
/** Pages of a list that is held in memory as a whole: categories, tax rates. */
export const SMALL_LIST_PAGES_MAX = 10;
/** Clover cuts nested lists here; a longer order is paged through its own endpoint (clover.md 0). */
export const CLOVER_NESTED_MAX = 100;
/** The most items that one `bulk_items` request may hold (clover.md 4.1); callers send fewer. */
export const CLOVER_BULK_REQUEST_MAX = 2_500;
/** Lines in one `bulk_line_items` call (clover.md 5.3). */
export const CLOVER_BULK_LINES_MAX = 100;
/** Lines of one order: 2,500 by the changelog, 3,000 by the reference (clover.md 5.3). */
export const CLOVER_ORDER_LINES_MAX = 2_500;

/** Share of a BigCommerce store's quota that the relay takes by default (R5). */
export const BIGCOMMERCE_QUOTA_SHARE = 0.5;
/** BigCommerce: in flight per store (bigcommerce.md 3.2). */
export const BIGCOMMERCE_CONCURRENT_MAX = 3;
/** Clover: per token 16/s and 5 concurrent, per app 50/s and 10 concurrent (clover.md 3); one below each. */
export const CLOVER_TOKEN_PER_SECOND = 15;
export const CLOVER_TOKEN_CONCURRENT_MAX = 4;
export const CLOVER_APP_PER_SECOND = 48;
export const CLOVER_APP_CONCURRENT_MAX = 9;
/** A call waits at most this long for its turn, then its message is retried. */
export const PERMIT_WAIT_MAX_MS = 8_000;

/** A second look at a level gives way to sales: with no turn in this time, the ledger asks again later. */
export const SECOND_LOOK_PATIENCE_MS = 250;

/** Rows per D1 statement batch, and per chunk of a retention delete. */
export const D1_CHUNK_ROWS = 500;
/** Operations of a plan applied per queue message. */
export const APPLY_CHUNK = 50;

/** Entries that stand beside a ledger's state in its one row; of more, the oldest leave it together. */
export const ENTRIES_RECENT_MAX = 32;
export const ENTRIES_PER_BLOCK = 16;
/** Blocks of entries kept per ledger; of more, the older half is summed up: the newest 1,000 to 2,000 entries stay. */
export const ENTRY_BLOCKS_MAX = 128;
/** Sale keys that stand beside a ledger's state, as above. They are never forgotten: an order may change years later. */
export const SALES_RECENT_MAX = 64;
export const SALES_PER_BLOCK = 48;
/** A ledger that is busy for longer than this is shown so in its copy; most are at rest again before. */
export const COPY_WHEN_BUSY_MS = 10_000;

/** Reads that nobody waits for go out this much later (at most a quarter of the settle time), so that several go together. */
export const READ_TOGETHER_MS = 500;

/** Falls without a known sale, and sales without a seen fall, remembered per place. */
export const UNEXPLAINED_MAX = 50;
/** How long after a sale at a register its level has moved at the latest (clover.md 4.2 names no moment). */
export const SALE_LAG_MS = 250;
/** Writes to a register remembered for sales that come to light late: a lost webhook is found within hours. */
export const WINDOW_MEMORY_MS = 72 * 3_600_000;
/** Of more, the two oldest become one: longer, so that more sales may have been in it. */
export const WINDOWS_MAX = 40;
/** How far back open orders are read when it changes which of them are reserved. */
export const RESERVED_BACK_MS = 60 * 24 * 3_600_000;
/** Orders that hold units, read per D1 page. */
export const RESERVED_PAGE_ROWS = 500;
/** Share of cases in which a measured buffer may be too small, and the most units that it holds back. */
export const BUFFER_RISK = 0.01;
export const BUFFER_MAX_UNITS = 20;
/** How far back sales make a SKU's pace: a busy afternoon counts, the day before does not. */
export const BUFFER_MEMORY_MS = 2 * 3_600_000;
/** From a sale to the web's confirmed write: never taken for less, and an outage is no pace to prepare for. */
export const BUFFER_EXPOSURE_FLOOR_MS = 1_000;
export const BUFFER_EXPOSURE_CAP_MS = 10 * 60_000;
/** Orders remembered per SKU, and named per oversell; incidents remembered per SKU. */
export const RECENT_ORDERS_MAX = 6;
export const OVERSELL_ORDERS_MAX = 6;
export const OVERSELLS_MAX = 4;
/** How long the ledger's own lowering waits for an order that is about to be pushed: two calls to the platform. */
export const PUSH_HOLD_MS = 20_000;
/**
 * How long the web's lowering waits for the sale behind a register's fall, where sales become web orders: the order's
 * webhook comes with the level's, and reading it is one call.
 */
export const ORDER_HOLD_MS = 5_000;
/** Pushed orders remembered per register: their lines may be read back as late as a lost webhook is found. */
export const PUSH_MEMORY_MS = 72 * 3_600_000;
export const PUSHES_MAX = 60;
/** Settle times that a write of unknown outcome waits for a moment without a sale just told. */
export const OUTCOME_PATIENCE_LOOKS = 30;
/** Unknown outcomes remembered per place. */
export const DOUBTS_MAX = 8;
/** How far BigCommerce's clock may be from ours when its time of a sale is compared with our reads. */
export const WEB_CLOCK_DOUBT_MS = 1_500;
/** BigCommerce tells times in whole seconds. */
export const WEB_TIME_STEP_MS = 1_000;
/** Falls of one kind, and none of the other, after which a register's moment of sale is known. */
export const SALE_MOMENTS_MIN = 2;
/** Falls remembered with the sale that they were given to, so that a late sale can be given its own. */
export const EXPLAINED_MAX = 30;
/** A poll of orders reads this far back before the newest order seen: lists may show a change late. */
export const ORDER_FEED_OVERLAP_MS = 10 * 60_000;
/** How far back the first poll of an account reads. */
export const ORDER_FEED_BACK_MS = 24 * 3_600_000;
/** An order read this long after its change, by the platform's clock, need not be read again. */
export const ORDERS_TOLD_SLACK_MS = 5_000;
/** Orders per page of a poll: the most of V2 lists that is certain (bigcommerce.md 7.1), and a queue's fair share. */
export const ORDER_FEED_PAGE = 250;
/** Rows remembered that changed without a fall: a delivery may have hidden a sale in each. */
export const COVERED_ROWS_MAX = 20;
/** A sale told this late is no longer matched with a fall seen before it. */
export const UNEXPLAINED_MEMORY_MS = 24 * 3_600_000;
/** How long a fall of a bundle's level is held for the order that explains it: longer than two polls of orders. */
export const BUNDLE_FALL_PATIENCE_MS = 40 * 60_000;
/**
 * How long goods that came back at a register in several pools wait for their rise, or a rise for the order that tells of
 * it: longer than two polls of orders.
 */
export const RETURN_PATIENCE_MS = 40 * 60_000;
/** Returned lines, and rises, remembered per register for that. */
export const RETURNS_MAX = 50;
/** Refunded goods are remembered so long that every later read of their order finds them decided (O6). */
export const GOODS_MEMORY_MS = 72 * 3_600_000;
/** A rise waits so long for the refund that explains it: longer than two polls of orders. */
export const RISE_MEMORY_MS = 40 * 60_000;
/** Refunded lines, and rises, remembered per SKU. */
export const GOODS_BACK_MAX = 60;
/** Bundle lines taken back that wait for a rise, remembered per SKU. */
export const BUNDLE_RETURNS_MAX = 20;
/** A sale this close before the first count may be in it or not: platform and relay have clocks of their own. */
export const BASELINE_DOUBT_MS = 60_000;

/** Answers above this are dropped unread: a page of 250 products with variants stays well below. */
export const ANSWER_BYTES_MAX = 24_000_000;
/** A request or answer body in a log record; larger ones are cut and say so. */
export const LOG_BODY_BYTES_MAX = 4_000;
/** Refunds of one page of the store's refund feed (bigcommerce.md 8 names no maximum; 250 is the V3 habit). */
export const BIGCOMMERCE_REFUND_PAGE = 250;
/** Customers of one page, and of one write (bigcommerce.md 9). */
export const BIGCOMMERCE_CUSTOMER_PAGE = 250;
export const BIGCOMMERCE_CUSTOMER_BATCH = 10;
/** Products of one page that come with options or modifiers, and items of one batch (bigcommerce.md 4.5, 4.6). */
export const BIGCOMMERCE_PARTS_PAGE = 10;
export const BIGCOMMERCE_PRODUCT_BATCH = 10;
export const BIGCOMMERCE_VARIANT_BATCH = 50;
/** Ids in one `…:in` filter: keeps the address below 2 KB. */
export const BIGCOMMERCE_IDS_PER_FILTER = 150;
/** SKUs of up to 100 characters in one `sku:in`: the URL stays below 8 KB. */
export const BIGCOMMERCE_SKUS_PER_FILTER = 50;
/** Single stock reads of one merchant and batch under way at a time; what is asked for meanwhile shares the next call. */
export const STOCK_READS_SIDE_BY_SIDE = 2;
/** In a batch of several messages the first one that asks for stock waits this long for the others. */
export const STOCK_READS_GATHER_MS = 15;
/** Item ids in one `id in (…)` filter of Clover: keeps the address below 2 KB. */
export const CLOVER_IDS_PER_FILTER = 80;
/** Items in one inventory adjustment (bigcommerce.md 6.2). */
export const BIGCOMMERCE_ADJUSTMENTS_MAX = 2_000;
/** BigCommerce's smallest quota, until its headers say more (bigcommerce.md 3.1). */
export const BIGCOMMERCE_QUOTA_DEFAULT = 150;
export const BIGCOMMERCE_WINDOW_MS = 30_000;
/** Share of a budget that background work may use: the rest waits for a sale. */
export const BACKGROUND_SHARE = 0.8;
/** A permit nobody gave back is free again after this: the call's time-out plus the way there and back. */
export const PERMIT_LEASE_MS = 15_000;
/** A token refused this soon after it was issued lacks a permission; a new one would lack it too (clover.md 9). */
export const TOKEN_FRESH_MS = 60_000;
/** After a fresh token was refused, refusals cause no refresh for this long. */
export const PERMISSION_RECHECK_MS = 10 * 60_000;
/** Between tries of a refresh that failed for a passing reason; doubles up to the cap. */
export const TOKEN_REFRESH_RETRY_MS = 10_000;
export const TOKEN_REFRESH_RETRY_CAP_MS = 60_000;

/** One message of the `logs` queue: queues bill per 64 KB begun, so more would cost double (cloudflare.md 2). */
export const LOG_MESSAGE_BYTES_MAX = 60_000;
/** Records of one block of the log, and their JSON: compressed it stays far below D1's 2 MB a row (cloudflare.md 4). */
export const LOG_BLOCK_RECORDS_MAX = 200;
export const LOG_BLOCK_CHARS_MAX = 400_000;
/** From the oldest to the newest record of a block: what reaches into a span of time is found this close to it. */
export const LOG_BLOCK_SPAN_MS = 60_000;
/** Blocks that one page of a log query may look at. */
export const LOG_SCAN_BLOCKS = 20_000;
/** Measures of lag per hour are kept this long: a season to compare with. */
export const LAG_HOURS_KEPT_MS = 100 * 24 * 3_600_000;
/** Longest pause of a budget after refusals that name no wait. */
export const PERMIT_PAUSE_CAP_MS = 60_000;
/** Messages being worked on, and busy ledgers, that one account remembers; more than a batch of every consumer. */
export const WORKING_MAX = 2_000;
/** A busy ledger of which nothing more is heard is in its copy by then: its alarm comes after `POKE_LOST_AFTER_MS`. */
export const LEDGER_BUSY_MAX_MS = 60_000;

/** A plan older than this is stale: too much was sold since for a person to know what applying it means. */
export const PLAN_TTL_MS = 4 * 3_600_000;
/** A plan at work that has not moved for this long lost its message (12 tries end well before); another may start. */
export const PLAN_STALLED_MS = 3 * 3_600_000;
/** Links and operations per D1 page while a plan is made. */
export const PLAN_PAGE_ROWS = 2_000;
/**
 * A plan waits while more ledgers than this have something to write: Clover has no bulk write of stock (clover.md 4.2), and
 * what waits for its turn too often (8 s each, 8 times) would be given up.
 */
export const APPLY_OUTSTANDING_MAX = 200;
export const APPLY_WAIT_SECONDS = 2;
/** Longest wait of one piece: ledgers that are stuck for another reason do not hold a plan up for good. */
export const APPLY_WAIT_MAX_MS = 5 * 60_000;
/** Objects called side by side while a plan is applied. */
export const APPLY_PARALLEL = 25;
/** Tries of one operation within its message; then it is marked as failed and the others go on. */
export const APPLY_TRIES = 3;
export const APPLY_RETRY_MS = 250;
/** A ledger with something outstanding for longer than this is poked, in case its alarm was lost. */
export const OUTSTANDING_POKE_AFTER_MS = 5 * 60_000;
/** Ledgers poked, and sweeps started, per cron tick. */
export const POKES_PER_TICK = 200;
export const SWEEPS_PER_TICK = 100;

/** After this time the counts behind a delivery score weigh half: a platform's bad day is forgotten within days. */
export const DELIVERY_HALF_LIFE_MS = 24 * 3_600_000;
/** A change found this soon after it happened may still have its webhook under way: it is not held against it. */
export const WEBHOOK_GRACE_MS = 30_000;
/** Webhooks that a topic is trusted with before it delivered any: one loss in a quiet shop is not yet a trend. */
export const DELIVERY_TRUST = 20;
/** Share of changes whose webhook may be lost before polls come more often than the settings say. */
export const LOST_SHARE_TOLERATED = 0.02;
/** Shortest time between two polls, minutes: cron's own. */
export const POLL_FLOOR_MINUTES = 1;
/** A round that read no page for so long is stuck or dead: the next one begins behind its page. */
export const SWEEP_STALLED_MS = 5 * 60_000;
/** Places that one count of drift by class looks at, and per D1 query of it. */
export const DRIFT_COUNTED_MAX = 20_000;
export const DRIFT_QUERY_ROWS = 2_000;
/** Items that a place lists no more, looked at per full sweep. */
export const MISSING_READS_MAX = 500;
/** Pages that sweeps of one place may read per minute: 10 of BigCommerce's smallest 300 calls a minute. */
export const SWEEP_PAGES_PER_MINUTE = 10;
/** A read of what changed in a catalog goes this far back before the newest change seen: lists may show a change late. */
export const CATALOG_OVERLAP_MS = 10 * 60_000;
/** Pages of one account's catalog per queue message. */
export const CATALOG_PAGES_PER_MESSAGE = 20;
/** From the first webhook about a catalog to the read: a bulk edit sends many. */
export const CATALOG_WAKE_MS = 3_000;
/** Rows named by webhooks that one read takes. */
export const CATALOG_WAKES_MAX = 450;
/** Links compared per D1 round while fields are planned. */
export const FIELD_LINKS_CHUNK = 500;
/** Field operations carried out per queue message. */
export const FIELD_APPLY_CHUNK = 200;
/** Links that one request or file may choose: they are stored in the row of their plan. */
export const CHOSEN_LINKS_MAX = 2_000;
/** Rows of a file of decisions about a plan: a body holds no more of them. */
export const DECISION_ROWS_MAX = 10_000;
/** Operations of a clean-up per piece: SKUs of variants are written one by one. */
export const CLEANUP_APPLY_CHUNK = 100;
/** Products are created one call each: so many SKUs per message, or the variants of one product. */
export const WEB_CREATE_CHUNK = 25;
/** Items per `bulk_items` call: Clover takes 2,500 (clover.md 4.1); a call must end within its time-out. */
export const CLOVER_BULK_ITEMS_MAX = 500;
/** A change set waits this long while another plan is at work. */
export const CATALOG_BUSY_SECONDS = 10;
/** What a store's amounts mean (currency, with or without tax) is asked again after this. */
export const STORE_FACTS_TTL_MS = 3_600_000;

/** Pages that one tie-out reads of each list: 250 or 1,000 rows each. */
export const TIE_OUT_PAGES_MAX = 40;
/** How long after its day an order of it may still reach the register: retries of an outage, not of a mapping. */
export const TIE_OUT_PUSH_LAG_MS = 6 * 3_600_000;
/** Entries in one CSV file of a SKU: what one request reads of its object. */
export const SKU_CSV_ENTRIES_MAX = 10_000;

/** How long the first outcome of a POST with an `Idempotency-Key` is told again. */
export const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;
/** A request that began so long ago without an outcome has died: its key may begin anew. Workers end requests sooner. */
export const IDEMPOTENCY_LOST_AFTER_MS = 60_000;
/** Records of one export of the log, and how many of them are read at a time: a record is up to 64 KB. */
export const LOG_EXPORT_RECORDS_MAX = 20_000;
export const LOG_EXPORT_PAGE_RECORDS = 400;
/** Pages that one export looks through for rare records: D1 answers 1,000 statements per invocation (cloudflare.md 4). */
export const LOG_EXPORT_PAGES_MAX = 100;

/** A receiver of alerts has this long to answer. */
export const ALERT_TIMEOUT_MS = 10_000;
/** Connections told, and messages sent, per cron tick. */
export const ALERT_CONNECTIONS_PER_TICK = 200;
export const ALERT_MESSAGES_PER_TICK = 50;
/** Messages sent side by side: a Worker has six connections (cloudflare.md 1.1). */
export const ALERTS_AT_ONCE = 5;
/** Things that one digest tells; what is more comes with the next. */
export const ALERT_UNTOLD_ROWS = 500;
/** Messages are kept as long as a person may ask who was told. */
export const ALERTS_KEPT_MS = 90 * 24 * 3_600_000;

/** Rows per read of an export, and reads per file: 100,000 rows, within what D1 answers one invocation (cloudflare.md 4). */
export const EXPORT_PAGE_ROWS = 500;
export const EXPORT_PAGES_MAX = 200;
/** Ledgers that one file of entries asks: an invocation's calls are bounded (cloudflare.md 6). */
export const EXPORT_LEDGER_CALLS_MAX = 900;
