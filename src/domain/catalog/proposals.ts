/**
 * Links that rules suggest where no SKU is exactly the same (C5): each with its confidence and what agreed. A rule speaks
 * only where it points from one variant to one item per merchant and back; everything it suggests waits for a person.
 */
import { itemKey } from './board.ts';
import type { Matching, OpenReason, RegisterItem, Sellable, Unlinked } from './rows.ts';
import { looseSku, normaliseSku, quote } from './text.ts';

export type ProposalRule = 'trim' | 'case' | 'zeros' | 'prefix' | 'barcode' | 'name';

/** How sure a rule is, 0 to 1. */
export const CONFIDENCE: Readonly<Record<ProposalRule, number>> = {
  trim: 0.98,
  case: 0.95,
  barcode: 0.9,
  zeros: 0.8,
  prefix: 0.7,
  name: 0.6,
};

export interface Proposal {
  readonly sellable: Sellable;
  /** At most one per merchant. */
  readonly items: readonly RegisterItem[];
  readonly rule: ProposalRule;
  readonly confidence: number;
  /** What agreed, in plain words. */
  readonly evidence: string;
}

/** Rows that these reasons leave apart may find each other by a rule. */
const MENDABLE: ReadonlySet<OpenReason> = new Set(['no_counterpart', 'look_alike', 'blank_sku']);

interface Keys {
  readonly rule: ProposalRule;
  ofSellable(row: Sellable): string;
  ofItem(row: RegisterItem): string;
}

/** In order of confidence: a row that one rule took is not seen by the next. '' has no key. */
const RULES: readonly Keys[] = [
  { rule: 'trim', ofSellable: ({ sku }) => sku.trim(), ofItem: ({ sku }) => sku.trim() },
  {
    rule: 'case',
    ofSellable: ({ sku }) => normaliseSku(sku),
    ofItem: ({ sku }) => normaliseSku(sku),
  },
  {
    rule: 'barcode',
    ofSellable: ({ barcode }) => digits(barcode ?? ''),
    ofItem: ({ code }) => digits(code),
  },
  {
    rule: 'zeros',
    ofSellable: ({ sku }) => looseSku(sku),
    ofItem: ({ sku }) => looseSku(sku),
  },
  {
    rule: 'prefix',
    ofSellable: ({ sku }) => normaliseSku(sku),
    ofItem: ({ sku }) => withoutPrefix(sku),
  },
  {
    rule: 'prefix',
    ofSellable: ({ sku }) => withoutPrefix(sku),
    ofItem: ({ sku }) => normaliseSku(sku),
  },
  { rule: 'name', ofSellable: ({ name }) => nameKey(name), ofItem: ({ name }) => nameKey(name) },
];

/** Shorter barcodes are house numbers that many things have. */
const BARCODE_DIGITS_MIN = 8;

function digits(code: string): string {
  const only = code.replaceAll(/\D/gu, '').replace(/^0+/u, '');
  return only.length < BARCODE_DIGITS_MIN ? '' : only;
}

/** `WEB-1234` and `POS_1234`: one word before a dash or the like. */
function withoutPrefix(sku: string): string {
  return /^[a-z]+[-_:/.](.{3,})$/u.exec(normaliseSku(sku))?.[1] ?? '';
}

/** Words of a name with its options, in any order: `Shirt (Size: M)` and `Shirt M`. */
function nameKey(name: string): string {
  const words = name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\p{L}\p{N} ]+: /gu, ' ')
    .match(/[\p{L}\p{N}]+/gu);
  return [...new Set(words)].toSorted().join(' ');
}

/** The matching with what rules suggest taken out of its unlinked rows. */
export function proposeLinks(matching: Matching): Matching {
  const sellables = new Set<Sellable>();
  const items = new Set<RegisterItem>();
  for (const row of matching.unlinked.filter(isMendable)) {
    for (const sellable of row.sellables) sellables.add(sellable);
    for (const item of row.items) items.add(item);
  }
  const proposals: Proposal[] = [];
  for (const keys of RULES) {
    for (const proposal of suggest(keys, sellables, items)) {
      proposals.push(proposal);
      sellables.delete(proposal.sellable);
      for (const item of proposal.items) items.delete(item);
    }
  }
  const taken = new Set<Sellable | RegisterItem>(
    proposals.flatMap((proposal) => [proposal.sellable, ...proposal.items]),
  );
  const isLeft = (row: Unlinked): boolean =>
    ![...row.sellables, ...row.items].some((each) => taken.has(each));
  return {
    ...matching,
    unlinked: matching.unlinked.filter(isLeft),
    proposals: proposals.toSorted((a, b) => a.sellable.variantId - b.sellable.variantId),
  };
}

/** Rows that stand alone: an ambiguous one keeps all of its rows together. */
function isMendable(row: Unlinked): boolean {
  return (
    row.kind === 'unmatched' &&
    MENDABLE.has(row.reason) &&
    row.sellables.length + row.items.length === 1
  );
}

function suggest(
  { rule, ofSellable, ofItem }: Keys,
  sellables: ReadonlySet<Sellable>,
  items: ReadonlySet<RegisterItem>,
): Proposal[] {
  const web = Map.groupBy(sellables, ofSellable);
  const registers = Map.groupBy(items, ofItem);
  return [...web].flatMap(([key, rows]): Proposal[] => {
    const [sellable] = rows;
    const own = registers.get(key) ?? [];
    const merchants = new Set(own.map(({ merchantId }) => merchantId));
    const isClear = rows.length === 1 && own.length > 0 && merchants.size === own.length;
    if (key === '' || sellable === undefined || !isClear) return [];
    const sorted = own.toSorted((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1));
    const evidence = evidenceOf(rule, sellable, sorted);
    return [{ sellable, items: sorted, rule, confidence: CONFIDENCE[rule], evidence }];
  });
}

function evidenceOf(
  rule: ProposalRule,
  sellable: Sellable,
  items: readonly RegisterItem[],
): string {
  const there = (text: (item: RegisterItem) => string): string =>
    items.map((item) => quote(text(item))).join(', ');
  if (rule === 'barcode') return `the barcode ${quote(sellable.barcode ?? '')} is the same`;
  if (rule === 'name') {
    return `the names ${quote(sellable.name)} and ${there(({ name }) => name)} say the same`;
  }
  return `the SKUs ${quote(sellable.sku)} and ${there(({ sku }) => sku)} differ by ${DIFFERENCES[rule]}`;
}

const DIFFERENCES: Readonly<Record<Exclude<ProposalRule, 'barcode' | 'name'>, string>> = {
  trim: 'spaces at their ends',
  case: 'case or spaces',
  zeros: 'leading zeros',
  prefix: 'a word before them',
};
