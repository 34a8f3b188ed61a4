/**
 * Which BigCommerce variant and which Clover items are one SKU (C4, C5). Pure: two catalogs and the links that exist
 * in, every row of them exactly once out. Whatever is not certain is reported and left to a person, never guessed.
 */
import {
  compareItems,
  compareUnlinked,
  isBlank,
  itemKey,
  nameOf,
  newBoard,
  type Board,
} from './board.ts';
import type {
  Catalogs,
  ExistingLink,
  Matching,
  MatchRule,
  RegisterItem,
  Sellable,
} from './rows.ts';
import { compareText, quote } from './text.ts';

/** The outcome depends on the rows, not on their order. Rows are told apart by variant id and by merchant and item id. */
export function matchCatalogs(catalogs: Catalogs): Matching {
  const board = newBoard(catalogs);
  for (const item of board.items.filter(({ deleted }) => deleted)) {
    board.take(item);
    board.leave('skip', 'deleted', [], [item], `Clover item ${nameOf(item)} was deleted.`);
  }
  keepExisting(board, catalogs.existing);
  for (const sku of board.skus()) matchSku(board, sku);
  return {
    links: board.links.toSorted((a, b) => a.sellable.variantId - b.sellable.variantId),
    unlinked: board.unlinked.toSorted(compareUnlinked),
    broken: board.broken.toSorted((a, b) => compareText(a.link.linkId, b.link.linkId)),
  };
}

/**
 * Gives every existing link its variant and items by id. A variant or item that is gone is replaced by the one that
 * has the link's SKU now, when there is exactly one: options rebuilt in BigCommerce get new ids (bigcommerce.md 14).
 */
function keepExisting(board: Board, existing: readonly ExistingLink[]): void {
  const byVariant = new Map(board.sellables.map((sellable) => [sellable.variantId, sellable]));
  const byItem = new Map(board.items.map((item) => [itemKey(item), item]));
  const orphans: ExistingLink[] = [];
  for (const link of existing.toSorted((a, b) => compareText(a.linkId, b.linkId))) {
    const sellable = byVariant.get(link.variantId);
    if (sellable === undefined) orphans.push(link);
    else if (board.held.has(sellable.variantId)) {
      board.broken.push({ link, message: 'Another link holds the same BigCommerce variant.' });
    } else hold(board, link, sellable, byItem);
  }
  for (const link of orphans) {
    const heirs = isBlank(link.sku)
      ? []
      : board.sellablesOf(link.sku).filter(({ variantId }) => !board.held.has(variantId));
    const [heir] = heirs;
    if (heir !== undefined && heirs.length === 1) hold(board, link, heir, byItem);
    else {
      const message = `BigCommerce variant ${link.variantId} is gone and no other one has SKU ${quote(link.sku)}.`;
      board.broken.push({ link, message });
    }
  }
}

/** The link keeps those of its items that are still there, one per merchant. */
function hold(
  board: Board,
  link: ExistingLink,
  sellable: Sellable,
  byItem: ReadonlyMap<string, RegisterItem>,
): void {
  const items = new Map<string, RegisterItem>();
  for (const { merchantId, itemId } of link.items.toSorted(compareItems)) {
    const item = byItem.get(itemKey({ merchantId, itemId }));
    if (item === undefined || !board.isFree(item) || items.has(merchantId)) continue;
    board.take(item);
    items.set(merchantId, item);
  }
  board.held.set(sellable.variantId, { link, items: [...items.values()] });
}

/** Decides on every row of one SKU. */
function matchSku(board: Board, sku: string): void {
  const sellables = board.sellablesOf(sku);
  for (const sellable of sellables.filter(({ variantId }) => board.held.has(variantId))) {
    linkHeld(board, sellable, sellables.length === 1);
  }
  const open = sellables.filter(({ variantId }) => !board.held.has(variantId));
  const items = board.itemsOf(sku);
  const [sellable] = open;
  if (isBlank(sku)) {
    for (const row of open) leaveBlank(board, [row], []);
    for (const item of items) leaveBlank(board, [], [item]);
  } else if (sellable === undefined) leaveItems(board, sku, items, sellables);
  else if (sellables.length > 1) {
    take(board, items);
    const message = `${sellables.length} BigCommerce variants have SKU ${quote(sku)}: give each its own.`;
    board.leave('ambiguous', 'several_variants', open, items, message);
  } else matchOne(board, sellable, items);
}

/** One variant without a link, and the free items of its SKU. */
function matchOne(board: Board, sellable: Sellable, items: readonly RegisterItem[]): void {
  const { sku } = sellable;
  const obstacle = board.obstacle(sellable);
  if (obstacle !== undefined) {
    take(board, items);
    board.leave('skip', obstacle.reason, [sellable], items, obstacle.message);
    return;
  }
  const product = board.productOf(sku);
  if (product !== undefined && items.length > 0) {
    take(board, items);
    const message =
      `SKU ${quote(sku)} stands on product ${product} itself and on variant ${sellable.variantId}: ` +
      'which of them the register sells is not clear. Give the product another SKU and plan again.';
    board.leave('ambiguous', 'sku_of_product_too', [sellable], items, message);
    return;
  }
  const { single, several } = splitByMerchant(items);
  take(board, items);
  if (single.length > 0) {
    link(board, sellable, single, 'sku', null);
    for (const twins of several) leaveTwins(board, [], twins);
    return;
  }
  const [first, ...rest] = several;
  if (first === undefined && board.isBundle(sku)) link(board, sellable, [], 'sku', null);
  else if (first === undefined) leaveSellable(board, sellable);
  else {
    leaveTwins(board, [sellable], first);
    for (const twins of rest) leaveTwins(board, [], twins);
  }
}

/** A variant that a link holds: its items stay, and merchants that have none yet are matched by SKU. */
function linkHeld(board: Board, sellable: Sellable, isOnlyOne: boolean): void {
  const held = board.held.get(sellable.variantId);
  if (held === undefined) return;
  const obstacle = board.obstacle(sellable);
  const free = isBlank(sellable.sku) || !isOnlyOne ? [] : board.itemsOf(sellable.sku);
  const served = new Set(held.items.map(({ merchantId }) => merchantId));
  const extra = free.filter(({ merchantId }) => served.has(merchantId));
  const { single, several } = splitByMerchant(
    free.filter(({ merchantId }) => !served.has(merchantId)),
  );
  const items = [...held.items, ...single];
  take(board, free);
  if (obstacle !== undefined) {
    const all = [...items, ...several.flat(), ...extra];
    board.leave('skip', obstacle.reason, [sellable], all, obstacle.message);
    return;
  }
  for (const item of extra) {
    const message =
      `SKU ${quote(item.sku)} is already linked to another item of this merchant; ` +
      `give Clover item ${nameOf(item)} its own SKU.`;
    board.leave('unmatched', 'already_linked', [], [item], message);
  }
  const [first, ...rest] = several;
  if (items.length > 0 || board.isBundle(sellable.sku)) {
    link(board, sellable, items, 'ids', held.link);
  } else {
    const message = 'Its Clover items are gone and no other one has its SKU.';
    board.broken.push({ link: held.link, message });
    if (first === undefined) leaveSellable(board, sellable);
  }
  if (first !== undefined) leaveTwins(board, items.length > 0 ? [] : [sellable], first);
  for (const twins of rest) leaveTwins(board, [], twins);
}

function link(
  board: Board,
  sellable: Sellable,
  items: readonly RegisterItem[],
  rule: MatchRule,
  existing: ExistingLink | null,
): void {
  const sorted = items.toSorted(compareItems);
  board.links.push({ kind: 'link', sku: sellable.sku, sellable, items: sorted, rule, existing });
}

function leaveBlank(
  board: Board,
  sellables: readonly Sellable[],
  items: readonly RegisterItem[],
): void {
  const [sellable] = sellables;
  const obstacle = sellable === undefined ? undefined : board.obstacle(sellable);
  take(board, items);
  if (obstacle !== undefined) {
    board.leave('skip', obstacle.reason, sellables, [], obstacle.message);
    return;
  }
  const side = sellable === undefined ? 'Clover' : 'BigCommerce';
  const message = `It has no SKU in ${side}: give it the SKU of its counterpart and plan again.`;
  board.leave('unmatched', 'blank_sku', sellables, items, message);
}

function leaveSellable(board: Board, sellable: Sellable): void {
  const alike = board.lookAlike(sellable.sku, 'clover');
  if (isBlank(sellable.sku)) {
    leaveBlank(board, [sellable], []);
  } else if (alike === undefined) {
    const message = `No Clover item has SKU ${quote(sellable.sku)}.`;
    board.leave('unmatched', 'no_counterpart', [sellable], [], message);
  } else {
    board.leave(
      'unmatched',
      'look_alike',
      [sellable],
      [],
      alikeMessage('Clover', sellable.sku, alike),
    );
  }
}

/** Items whose SKU no variant has to give: each stands alone. `linked`: variants of the SKU that links hold. */
function leaveItems(
  board: Board,
  sku: string,
  items: readonly RegisterItem[],
  linked: readonly Sellable[],
): void {
  const product = board.productOf(sku);
  const alike = board.lookAlike(sku, 'bigcommerce');
  take(board, items);
  for (const item of items) {
    if (linked.length > 0) {
      const message = `${linked.length} linked BigCommerce variants have SKU ${quote(sku)}.`;
      board.leave('unmatched', 'already_linked', [], [item], message);
    } else if (product !== undefined) {
      const message =
        `SKU ${quote(sku)} belongs to BigCommerce product ${product} as a whole; ` +
        'the register must sell one of its variants, by the SKU of the variant.';
      board.leave('unmatched', 'product_sku', [], [item], message);
    } else if (alike === undefined) {
      const message = `No BigCommerce variant has SKU ${quote(sku)}.`;
      board.leave('unmatched', 'no_counterpart', [], [item], message);
    } else {
      const message = alikeMessage('BigCommerce', sku, alike);
      board.leave('unmatched', 'look_alike', [], [item], message);
    }
  }
}

function leaveTwins(
  board: Board,
  sellables: readonly Sellable[],
  items: readonly RegisterItem[],
): void {
  const [first] = items;
  const message =
    `${items.length} items of Clover merchant ${first?.merchantId ?? ''} have SKU ` +
    `${quote(first?.sku ?? '')}: ${items.map(nameOf).join(', ')}. Leave it on one of them.`;
  board.leave('ambiguous', 'several_items', sellables, items, message);
}

function alikeMessage(side: string, sku: string, alike: string): string {
  return (
    `${side} has no SKU ${quote(sku)}, but ${quote(alike)} looks alike: ` +
    'if they are the same, write both exactly the same and plan again.'
  );
}

function splitByMerchant(items: readonly RegisterItem[]): {
  readonly single: readonly RegisterItem[];
  readonly several: readonly (readonly RegisterItem[])[];
} {
  const groups = [...Map.groupBy(items, ({ merchantId }) => merchantId).values()];
  return {
    single: groups.filter((group) => group.length === 1).flat(),
    several: groups.filter((group) => group.length > 1),
  };
}

function take(board: Board, items: readonly RegisterItem[]): void {
  for (const item of items) board.take(item);
}
