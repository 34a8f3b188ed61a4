/** How the catalog compares and shows texts. */

/** Order by code units: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** SKUs that a person could take for each other get the same text: spaces, letter case and width do not count. */
export function normaliseSku(sku: string): string {
  return sku.normalize('NFKC').replace(/\s+/gu, '').toLowerCase();
}

/** As `normaliseSku`, and leading zeros do not count either: `00123` and `123` may be two things. */
export function looseSku(sku: string): string {
  return normaliseSku(sku).replace(/^0+(?=.)/u, '');
}

/** A text inside a sentence, so that spaces at its ends are seen. */
export function quote(text: string): string {
  return `"${text}"`;
}
