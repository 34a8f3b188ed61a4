/** What a clean-up is asked to do, and the pattern by which it makes SKUs (C6). */
import type { MirrorRow } from './mirror.ts';

export const CLEANUP_RULES = [
  'generate_skus',
  'trim_skus',
  'recase_skus',
  'align_skus',
  'copy_barcodes',
  'turn_tracking_on',
  'hide_deleted',
] as const;
export type CleanupRule = (typeof CLEANUP_RULES)[number];

export interface CleanupRequest {
  readonly rules: readonly CleanupRule[];
  /** Whose rows may be changed. */
  readonly side: 'bigcommerce' | 'clover' | 'both';
  /** Of SKUs that are made: text with `{id}`, `{productId}`, `{name}`, `{barcode}`, `{n}` or `{n:5}` in it. */
  readonly pattern: string;
  readonly letterCase: 'upper' | 'lower';
  /** Whose SKU stays where two look alike. */
  readonly believe: 'bigcommerce' | 'clover';
}

export const DEFAULT_PATTERN = 'SKU-{n:5}';
/** Clover's limit (clover.md 4.1); BigCommerce takes 255. */
export const SKU_CHARS_MAX = 100;
const NAME_PART_CHARS_MAX = 30;
const PLACEHOLDER = /\{([^{}]*)\}/gu;
const COUNTER = /^n(?::([1-9]))?$/u;

/** Why SKUs cannot be made by this pattern, in one sentence; null: they can. */
export function patternProblem(pattern: string): string | null {
  if (pattern.length > SKU_CHARS_MAX) return `It has more than ${SKU_CHARS_MAX} characters.`;
  const names = [...pattern.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  const unknown = names.find(
    (name) => !['id', 'productId', 'name', 'barcode'].includes(name) && !COUNTER.test(name),
  );
  if (unknown !== undefined) {
    return `{${unknown}} is none of {id}, {productId}, {name}, {barcode}, {n} and {n:1} to {n:9}.`;
  }
  if (/[{}]/u.test(pattern.replaceAll(PLACEHOLDER, ''))) return 'A brace has no partner.';
  if (!names.some((name) => name === 'id' || COUNTER.test(name))) {
    return 'It needs {id} or {n} in it, or all SKUs would be the same.';
  }
  if (pattern !== pattern.trim()) return 'It begins or ends with a space.';
  return null;
}

/** True when the pattern counts: two SKUs that it makes of one row differ. */
export function isCounting(pattern: string): boolean {
  return [...pattern.matchAll(PLACEHOLDER)].some(([, name = '']) => COUNTER.test(name));
}

/** The SKU of one row; `n` is the next number. May be longer than a platform takes. */
export function skuByPattern(pattern: string, row: MirrorRow, n: number): string {
  const isWeb = row.platform === 'bigcommerce';
  return pattern.replaceAll(PLACEHOLDER, (_all, name: string) => {
    switch (name) {
      case 'id':
        return isWeb ? String(row.variantId) : row.itemId;
      case 'productId':
        return isWeb ? String(row.productId) : row.itemId;
      case 'name':
        return nameOf(String(row.values.name ?? ''));
      case 'barcode':
        return String(row.values.barcode ?? '').trim();
      default:
        return String(n).padStart(Number(COUNTER.exec(name)?.[1] ?? 1), '0');
    }
  });
}

/** `Blue shirt (Size: M)` as `BLUE-SHIRT-M`. */
function nameOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[\p{L}\p{N} ]+: /gu, ' ')
    .toUpperCase()
    .match(/[A-Z0-9]+/gu);
  return (words ?? []).join('-').slice(0, NAME_PART_CHARS_MAX).replace(/-$/u, '');
}

/** A stored plan's request; undefined when it is of another shape. */
export function cleanupRequestOf(request: unknown): CleanupRequest | undefined {
  if (typeof request !== 'object' || request === null || !('rules' in request)) return undefined;
  // Written by `startCleanup` alone, so its shape is ours.
  return request as CleanupRequest;
}
