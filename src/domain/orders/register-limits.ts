/** Clover's limits of an order, in characters and lines (clover.md 5.1 to 5.4). */
export const REGISTER_LIMITS = {
  titleChars: 127,
  noteChars: 2_047,
  lineNameChars: 127,
  lineNoteChars: 255,
  discountNameChars: 64,
  /** 2,500 by the changelog of March 2026, 3,000 by the reference: the lower one. */
  linesMax: 2_500,
} as const;

/** `text` without what is beyond `maxChars`, and without half a character at its end. */
export function cut(text: string, maxChars: number): string {
  return text.slice(0, Math.max(0, maxChars)).replace(/[\uD800-\uDBFF]$/, '');
}
