/** Every finding of the audit in plain words, with the way to mend it. */
import type { CleanupRule } from './cleanup-request.ts';

export interface FindingText {
  /** `error`: something is not kept in step because of it. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly title: string;
  /** What to do, one or two plain sentences. */
  readonly fix: string;
  /** The clean-up rule that mends it as a plan; null: mend it on the platform's own page. */
  readonly cleanup: CleanupRule | null;
}

const byHand = (severity: FindingText['severity'], title: string, fix: string): FindingText => ({
  severity,
  title,
  fix,
  cleanup: null,
});

const oneClick = (
  severity: FindingText['severity'],
  title: string,
  fix: string,
  cleanup: CleanupRule,
): FindingText => ({ severity, title, fix, cleanup });

export const FINDINGS = {
  scope_missing: byHand(
    'error',
    'The store did not grant what the relay needs',
    'Open the app in BigCommerce and accept the permissions again.',
  ),
  access_ended: byHand(
    'error',
    'A platform no longer accepts our access',
    'Open the app there again and accept what it asks for; until then nothing is read or written.',
  ),
  permission_missing: byHand(
    'error',
    'A call was refused for want of a permission',
    'Give the app the permission; at Clover uninstall and install it again, then replay the failure in the inbox.',
  ),
  location_off: byHand(
    'error',
    'A location of the pools is switched off, or gone',
    'Switch it on in BigCommerce, or change stock.pools.',
  ),
  default_location_only: byHand(
    'warning',
    'The web may not sell the stock of this location',
    'BigCommerce’s storefront sells from the default location only, unless its support switched aggregated stock on. Put the register’s shelf in the default location, or ask for it.',
  ),
  location_cap: byHand(
    'info',
    'The store has as many locations as its plan allows',
    'Registers of another shelf have no location of their own until the plan allows more.',
  ),
  plan_without_groups: byHand(
    'warning',
    'The service plan of this merchant seems to have no item groups',
    'Variants are created as plain items if Clover refuses groups. A plan with item groups keeps them together.',
  ),
  count_difference: byHand(
    'warning',
    'Counts differ',
    'Most of them heal by themselves; each SKU’s page says what happens next. A resync plan compares all of them at once.',
  ),
  track_stock_off: byHand(
    'error',
    'This merchant does not track stock',
    'Switch "Track stock" on in the inventory settings of the Clover dashboard.',
  ),
  update_stock_off: byHand(
    'warning',
    'Sales at this merchant do not lower its count',
    'Switch "Update item count after each sale" on, unless another app counts for Clover.',
  ),
  currency_mismatch: byHand(
    'error',
    'Store and merchant count in different currencies',
    'Prices and costs are not compared. Link merchants of the same currency.',
  ),
  tax_inclusive_mismatch: byHand(
    'error',
    'One side writes prices with tax, the other without',
    'Prices are not compared until both sides write them the same way.',
  ),
  duplicate_sku: byHand(
    'error',
    'Several items of one merchant have the same SKU',
    'Leave the SKU on one of them: nobody can tell which one the web sells.',
  ),
  blank_sku: oneClick(
    'error',
    'No SKU',
    'Give it the SKU of its counterpart, or have SKUs made by a pattern.',
    'generate_skus',
  ),
  look_alike_sku: oneClick(
    'error',
    'SKUs that look alike and are not the same',
    'Write both the same: they differ by case, spaces or leading zeros only.',
    'align_skus',
  ),
  sku_of_product_too: byHand(
    'error',
    'A product and its variant have the same SKU',
    'Give the product another SKU in BigCommerce.',
  ),
  sku_too_long: byHand('error', 'The SKU is too long for Clover', 'Shorten it in BigCommerce.'),
  tracking_off: oneClick(
    'error',
    'BigCommerce does not track the inventory of this product',
    'Switch inventory tracking on.',
    'turn_tracking_on',
  ),
  counted_per_product: byHand(
    'error',
    'Variants that share one count',
    'Track inventory by variant in BigCommerce.',
  ),
  deleted_on_one_side: oneClick(
    'warning',
    'Deleted on one side, still on sale on the other',
    'Nothing is deleted or hidden by itself. Hide it on the other side too, or link it with what took its place.',
    'hide_deleted',
  ),
  structure_mismatch: byHand(
    'warning',
    'Options on one side, a simple item on the other',
    'Stock is kept in step; the names of grouped items are Clover’s own.',
  ),
  price_difference: byHand(
    'warning',
    'Prices differ',
    'Switch catalog.enabled on and make a resync plan, or mend one of them.',
  ),
  price_not_fixed: byHand(
    'info',
    'The price is asked at the register, or by weight',
    'Such prices are never compared with the web.',
  ),
  price_zero: byHand('warning', 'The price is 0', 'Give it a price, unless it is free.'),
  price_negative: byHand('error', 'The price is below 0', 'Give it a price.'),
  price_rounded: byHand(
    'info',
    'The price has more decimals than the currency',
    'The register gets it rounded half up.',
  ),
  name_too_long: byHand(
    'info',
    'The name is too long for the other side',
    'It is cut there; the whole name stays here.',
  ),
  name_with_html: byHand('warning', 'HTML in a name', 'A receipt prints it as it stands.'),
  name_with_odd_spaces: byHand(
    'info',
    'Control characters or odd spaces in a name',
    'The other side gets the name without them.',
  ),
  name_with_emoji: byHand('info', 'Emoji in a name', 'A receipt printer may leave them out.'),
  duplicate_name: byHand(
    'info',
    'Several items of one merchant have the same name',
    'BigCommerce takes a product name once: such items cannot be created there.',
  ),
  barcode_too_long: byHand(
    'info',
    'The barcode is too long for BigCommerce',
    'It is not copied to the web.',
  ),
  only_web: byHand(
    'info',
    'Sold on the web only',
    'Switch catalog.createMissing.clover on and make a link plan to create it at the register.',
  ),
  only_register: byHand(
    'info',
    'Sold at the register only',
    'Create it in BigCommerce to sell it there.',
  ),
} as const satisfies Record<string, FindingText>;

export type FindingCode = keyof typeof FINDINGS;
