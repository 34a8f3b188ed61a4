/**
 * The one-time clean-up of both catalogs as operations of a plan (C6, C7): one per row and field, with the old and the
 * new value. Rows are seen one after the other, twice: first to learn which SKUs are taken, then to decide. What is not
 * certain is left to a person, and no SKU is given that another row has.
 */
import type { Platform } from '../ids.ts';
import { BARCODE_CHARS_MAX, fitTo } from './fields.ts';
import type { MirrorRow, WebMirror } from './mirror.ts';
import type { CleanupField, CleanupPayload, FirstCount, Operation } from './plan.ts';
import {
  isCounting,
  SKU_CHARS_MAX,
  skuByPattern,
  type CleanupRequest,
  type CleanupRule,
} from './cleanup-request.ts';
import { looseSku, normaliseSku, quote } from './text.ts';

export interface Cleanup {
  /** First pass: every row of both sides, in one order. */
  see(row: MirrorRow): void;
  /** Second pass, after all rows were seen, in the same order. `linked`: the rows that links join it with. */
  plan(row: MirrorRow, linked: readonly MirrorRow[]): Operation[];
}

/** What the variants of the row's product would start with that no link counts; none where no register counts them. */
export type CountOf = (row: WebMirror) => readonly FirstCount[];

export function newCleanup(request: CleanupRequest, countOf: CountOf): Cleanup {
  const book = newBook(request);
  const tracked = new Set<number>();
  return {
    see: book.see,
    plan(row, linked) {
      const operations: Operation[] = [];
      const { rules, side } = request;
      if (side === 'both' || side === row.platform) {
        operations.push(...planSku(request, book, row, linked));
        if (rules.includes('copy_barcodes')) operations.push(...planBarcode(book, row, linked));
        if (rules.includes('turn_tracking_on') && row.platform === 'bigcommerce') {
          operations.push(...planTracking(row, linked.length > 0, tracked, countOf));
        }
      }
      return operations;
    },
  };
}

interface Book {
  see(row: MirrorRow): void;
  /** Rows of this row's own account that have this SKU, whatever its case. */
  holders(row: MirrorRow, sku: string): number;
  take(row: MirrorRow, sku: string): void;
  /** SKUs of the believed side that look like this one. */
  alike(sku: string): readonly string[];
  /** Rows of this row's own account whose SKU looks like this one. */
  lookers(row: MirrorRow, sku: string): number;
  /** Barcodes of the other side's rows with exactly this SKU. */
  barcodes(row: MirrorRow, sku: string): readonly string[];
  next(): number;
}

function newBook(request: CleanupRequest): Book {
  const held = new Map<string, number>();
  const looks = new Map<string, number>();
  const believed = new Map<string, string[]>();
  const codes = { bigcommerce: new Map<string, string[]>(), clover: new Map<string, string[]>() };
  const isAligning = request.rules.includes('align_skus');
  const isCopying = request.rules.includes('copy_barcodes');
  const add = <Key>(map: Map<Key, number>, key: Key) => map.set(key, (map.get(key) ?? 0) + 1);
  let counter = 0;
  return {
    see(row) {
      const { sku } = cleaned(request, row);
      if (row.platform === 'bigcommerce' && !row.isBase && row.productSku !== '') {
        // A product's own SKU is taken as well, once for all of its variants (bigcommerce.md 4.2).
        held.set(
          keyOf(row, row.productSku),
          Math.max(1, held.get(keyOf(row, row.productSku)) ?? 0),
        );
      }
      if (sku === '') return;
      add(held, keyOf(row, sku));
      if (isAligning) {
        add(looks, `${accountOf(row)}:${looseSku(sku)}`);
        const known = believed.get(looseSku(sku)) ?? [];
        if (row.platform === request.believe && !known.includes(sku)) {
          believed.set(looseSku(sku), [...known, sku]);
        }
      }
      const code = barcodeOf(row);
      if (!isCopying || code === '') return;
      const own = codes[row.platform];
      const known = own.get(row.sku) ?? [];
      if (!known.includes(code)) own.set(row.sku, [...known, code]);
    },
    holders: (row, sku) => held.get(keyOf(row, sku)) ?? 0,
    take: (row, sku) => void add(held, keyOf(row, sku)),
    alike: (sku) => believed.get(looseSku(sku)) ?? [],
    lookers: (row, sku) => looks.get(`${accountOf(row)}:${looseSku(sku)}`) ?? 0,
    barcodes: (row, sku) =>
      codes[row.platform === 'clover' ? 'bigcommerce' : 'clover'].get(sku) ?? [],
    next: () => (counter += 1),
  };
}

/** SKUs are unique in a store whatever their case; Clover asks for nothing, but links need it per merchant. */
function keyOf(row: MirrorRow, sku: string): string {
  return `${accountOf(row)}:${sku.toLowerCase()}`;
}

function accountOf(row: MirrorRow): string {
  return row.platform === 'clover' ? row.merchantId : '';
}

function barcodeOf({ values }: MirrorRow): string {
  return String(values.barcode ?? '').trim();
}

// --- SKUs ----------------------------------------------------------------------------------------------------------

interface Cleaned {
  readonly sku: string;
  readonly why: readonly string[];
}

/** The SKU without what trimming and re-casing mend; as it is where the row may not be changed. */
function cleaned({ rules, side, letterCase }: CleanupRequest, row: MirrorRow): Cleaned {
  if (side !== 'both' && side !== row.platform) return { sku: row.sku, why: [] };
  const why: string[] = [];
  let { sku } = row;
  const step = (rule: CleanupRule, to: string, said: string): void => {
    if (!rules.includes(rule) || to === sku) return;
    sku = to;
    why.push(said);
  };
  step(
    'trim_skus',
    sku.replaceAll(/\p{Cc}+/gu, '').trim(),
    'Spaces at its ends and control characters are taken away.',
  );
  const cased = letterCase === 'upper' ? sku.toUpperCase() : sku.toLowerCase();
  step('recase_skus', cased, `It is written in ${letterCase} case.`);
  return { sku, why };
}

interface NewSku extends Cleaned {
  /** Why a person has to look first; null: it is certain. */
  readonly doubt: string | null;
}

function planSku(
  request: CleanupRequest,
  book: Book,
  row: MirrorRow,
  linked: readonly MirrorRow[],
): Operation[] {
  const now = cleaned(request, row);
  if (now.sku.trim() === '') return planBlank(request, book, row, linked);
  const aligned = align(request, book, row, now, linked);
  if (typeof aligned === 'string') return [left(row, 'sku', aligned)];
  if (aligned.sku === row.sku) return [];
  const isOwn = aligned.sku.toLowerCase() === now.sku.toLowerCase();
  const holders = book.holders(row, aligned.sku);
  if (holders > (isOwn ? 1 : 0)) {
    const message = `Another row has the SKU ${quote(aligned.sku)} already, or would have: it is left as it is.`;
    return [left(row, 'sku', message)];
  }
  if (!isOwn) book.take(row, aligned.sku);
  return [change(row, 'sku', row.sku, aligned.sku, aligned.why, aligned.doubt)];
}

/** The SKU that the believed side writes, where both look alike; a sentence when nobody can tell which one it is. */
function align(
  { rules, believe }: CleanupRequest,
  book: Book,
  row: MirrorRow,
  now: Cleaned,
  linked: readonly MirrorRow[],
): NewSku | string {
  const same: NewSku = { ...now, doubt: null };
  if (!rules.includes('align_skus') || row.platform === believe) return same;
  const joined = linked.map(({ sku }) => sku).filter((sku) => looseSku(sku) === looseSku(now.sku));
  const all = book.alike(now.sku);
  const candidates = joined.length > 0 ? all.filter((sku) => isAmong(sku, joined)) : all;
  const [sku] = candidates;
  if (sku === undefined || candidates.includes(now.sku)) return same;
  if (candidates.length > 1) {
    return `Several SKUs look like ${quote(now.sku)}: ${candidates.map(quote).join(', ')}. Which one it is, is not clear.`;
  }
  if (joined.length === 0 && book.lookers(row, now.sku) > 1) {
    return `Several rows look like ${quote(sku)}: which of them it is, is not clear.`;
  }
  const side = believe === 'clover' ? 'Clover' : 'BigCommerce';
  const isSure = normaliseSku(sku) === normaliseSku(now.sku);
  const doubt = isSure
    ? null
    : 'They differ by leading zeros, which may mean two things: approve it if they are the same.';
  return { sku, why: [...now.why, `It is written as ${side} writes it.`], doubt };
}

function isAmong(sku: string, others: readonly string[]): boolean {
  return others.some((other) => normaliseSku(other) === normaliseSku(sku));
}

function planBlank(
  { rules, pattern }: CleanupRequest,
  book: Book,
  row: MirrorRow,
  linked: readonly MirrorRow[],
): Operation[] {
  if (!rules.includes('generate_skus')) return [];
  const named = quote(String(row.values.name ?? ''));
  const theirs = new Set(linked.map(({ sku }) => sku.trim()).filter((sku) => sku !== ''));
  const [known] = theirs;
  if (theirs.size === 1 && known !== undefined && book.holders(row, known) === 0) {
    book.take(row, known);
    const why = [`${named} has none; it gets the one of the row that it is linked with.`];
    return [change(row, 'sku', row.sku, known, why, null)];
  }
  let sku = skuByPattern(pattern, row, book.next());
  for (let more = 2; book.holders(row, sku) > 0; more += 1) {
    sku = isCounting(pattern)
      ? skuByPattern(pattern, row, book.next())
      : `${skuByPattern(pattern, row, 0)}-${more}`;
  }
  if (sku.length > SKU_CHARS_MAX) {
    const message = `${named} has none, and the pattern makes one of ${sku.length} characters; Clover holds ${SKU_CHARS_MAX}.`;
    return [left(row, 'sku', message)];
  }
  book.take(row, sku);
  return [
    change(row, 'sku', row.sku, sku, [`${named} has none; one is made by the pattern.`], null),
  ];
}

// --- Barcodes and tracking -----------------------------------------------------------------------------------------

function planBarcode(book: Book, row: MirrorRow, linked: readonly MirrorRow[]): Operation[] {
  if (barcodeOf(row) !== '') return [];
  const joined = [...new Set(linked.map(barcodeOf).filter((code) => code !== ''))];
  const bySku = linked.length > 0 || row.sku.trim() === '' ? [] : book.barcodes(row, row.sku);
  const codes = joined.length > 0 ? joined : bySku;
  const [code] = codes;
  if (code === undefined) return [];
  if (codes.length > 1) {
    return [left(row, 'barcode', `The other side has several barcodes: ${codes.join(', ')}.`)];
  }
  const fit = fitTo(row.platform, 'barcode', code);
  if (!fit.ok) {
    const longest = BARCODE_CHARS_MAX[row.platform];
    return [
      left(
        row,
        'barcode',
        `The other side has ${fit.why}: ${sideOf(row.platform)} holds ${longest}.`,
      ),
    ];
  }
  const why = ['The other side has it, and nothing stands here.'];
  return [change(row, 'barcode', null, code, why, null)];
}

/** Once per product: tracking is the product's. */
function planTracking(
  row: WebMirror,
  isLinked: boolean,
  tracked: Set<number>,
  countOf: CountOf,
): Operation[] {
  if (row.tracking !== 'none' || row.type === 'digital' || tracked.has(row.productId)) return [];
  tracked.add(row.productId);
  const counts = countOf(row);
  const said = counts.map(({ sku, level }) => `${sku}: ${level}`);
  const why =
    counts.length > 0
      ? `Its count there starts with what the register shows (${said.join(', ')}).`
      : isLinked
        ? 'It is linked: make a link plan afterwards, and its ledger tells BigCommerce the count.'
        : 'No register counts it: BigCommerce shows 0 and sells none until somebody does.';
  const isCounted = isLinked || counts.length > 0;
  const doubt = isCounted ? null : 'Approve it if the web may stop selling it until then.';
  const operation = change(
    row,
    'tracking',
    'none',
    row.isBase ? 'product' : 'variant',
    [why],
    doubt,
  );
  return [withCounts(operation, counts)];
}

function withCounts(operation: Operation, counts: readonly FirstCount[]): Operation {
  const { payload } = operation;
  return payload?.do === 'cleanup' && counts.length > 0
    ? { ...operation, payload: { ...payload, counts } }
    : operation;
}

// --- Operations ----------------------------------------------------------------------------------------------------

function sideOf(platform: Platform): string {
  return platform === 'clover' ? 'Clover' : 'BigCommerce';
}

function change(
  row: MirrorRow,
  field: CleanupField,
  before: string | null,
  after: string,
  why: readonly string[],
  doubt: string | null,
): Operation {
  const payload: CleanupPayload = {
    do: 'cleanup',
    platform: row.platform,
    rowId: row.id,
    productId: row.platform === 'bigcommerce' ? row.productId : null,
    field,
    before,
    after,
  };
  return {
    kind: field,
    sku: row.sku,
    outcome: doubt === null ? 'planned' : 'open',
    reason: [...why, ...(doubt === null ? [] : [doubt])].join(' '),
    before: shown(row, field, before),
    after: shown(row, field, after),
    payload,
  };
}

/** Nothing that apply could do: a person mends it on the platform's own page. */
function left(row: MirrorRow, field: CleanupField, reason: string): Operation {
  const value = field === 'sku' ? row.sku : null;
  return {
    kind: field,
    sku: row.sku,
    outcome: 'skipped',
    reason,
    before: shown(row, field, value),
    after: null,
    payload: null,
  };
}

function shown(row: MirrorRow, field: CleanupField, value: string | null) {
  return { places: [{ platform: row.platform, row: row.id, fields: { [field]: value } }] };
}
