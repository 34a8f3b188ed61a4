/** What the demonstration's shop sells: 50 products, many with variants, as a small outdoor shop has them. */

export interface CatalogVariant {
  readonly sku: string;
  /** Value of the product's one option; null for a product without variants. */
  readonly option: string | null;
  readonly webLevel: number;
  readonly registerLevel: number;
}

export interface CatalogProduct {
  readonly name: string;
  /** Minor units. */
  readonly priceCents: number;
  readonly optionName: string | null;
  readonly variants: readonly CatalogVariant[];
}

type Line = readonly [name: string, code: string, priceCents: number, options?: readonly string[]];

const SIZES = ['S', 'M', 'L', 'XL'] as const;
const COLOURS = ['Black', 'Forest', 'Sand'] as const;

/** Products with sizes or colours first, then the single ones. */
const LINES: readonly Line[] = [
  ['Ridge Fleece Jacket', 'RFJ', 11_900, SIZES],
  ['Cascade Rain Shell', 'CRS', 18_900, SIZES],
  ['Trail Tee', 'TTE', 3_400, SIZES],
  ['Merino Base Layer', 'MBL', 8_900, SIZES],
  ['Hiker Shorts', 'HSH', 5_900, SIZES],
  ['Summit Down Vest', 'SDV', 14_900, SIZES],
  ['Flannel Camp Shirt', 'FCS', 6_900, SIZES],
  ['Wool Beanie', 'WBN', 2_400, COLOURS],
  ['Canvas Cap', 'CCP', 2_600, COLOURS],
  ['Day Pack 22 L', 'DP22', 8_400, COLOURS],
  ['Water Bottle 1 L', 'WB1', 2_800, COLOURS],
  ['Enamel Mug', 'EMG', 1_600, COLOURS],
  ['Trekking Poles (pair)', 'TPO', 9_900],
  ['Two-Person Tent', 'TENT2', 32_900],
  ['Four-Season Tent', 'TENT4S', 54_900],
  ['Down Sleeping Bag', 'DSB', 27_900],
  ['Sleeping Mat', 'SMAT', 7_900],
  ['Inflatable Pillow', 'IPIL', 2_900],
  ['Head Torch', 'HTOR', 4_400],
  ['Camp Lantern', 'CLAN', 5_200],
  ['Gas Stove', 'GSTO', 6_400],
  ['Gas Cartridge 230 g', 'GC230', 700],
  ['Titanium Pot', 'TPOT', 5_800],
  ['Spork', 'SPRK', 900],
  ['Folding Knife', 'FKNF', 4_900],
  ['Multi-Tool', 'MTOOL', 7_900],
  ['Fire Starter', 'FIRE', 1_400],
  ['First-Aid Kit', 'FAID', 3_900],
  ['Compass', 'COMP', 3_200],
  ['Regional Trail Map', 'MAPR', 1_500],
  ['Dry Bag 10 L', 'DB10', 1_900],
  ['Dry Bag 20 L', 'DB20', 2_400],
  ['Rope 30 m', 'ROPE30', 8_900],
  ['Carabiner', 'CARB', 1_100],
  ['Climbing Chalk', 'CHLK', 1_200],
  ['Gaiters', 'GAIT', 4_600],
  ['Rain Cover', 'RCOV', 2_700],
  ['Micro Towel', 'MTOW', 1_800],
  ['Sunscreen SPF 50', 'SUN50', 1_700],
  ['Insect Repellent', 'IREP', 1_300],
  ['Water Filter', 'WFIL', 4_300],
  ['Energy Bar', 'EBAR', 350],
  ['Trail Mix 200 g', 'TMIX', 600],
  ['Freeze-Dried Chili', 'FDCH', 1_100],
  ['Coffee Press', 'CPRS', 3_600],
  ['Camp Chair', 'CHAIR', 6_800],
  ['Hammock', 'HAMM', 7_200],
  ['Dog Leash', 'DOGL', 2_300],
];

/** Two more products come as problems, see `PROBLEMS`. */
export const CATALOG: readonly CatalogProduct[] = LINES.map(
  ([name, code, priceCents, options], index) => ({
    name,
    priceCents,
    optionName: options === undefined ? null : options === SIZES ? 'Size' : 'Colour',
    variants: (options ?? [null]).map((option, place) => {
      const level = 4 + ((index * 7 + place * 5) % 23);
      return {
        sku: option === null ? code : `${code}-${option.toUpperCase()}`,
        option,
        webLevel: level,
        // Every ninth shelf was miscounted somewhere: the link plan shows it and takes the lower count.
        registerLevel: (index + place) % 9 === 4 ? level + 3 : level,
      };
    }),
  }),
);

/** What is wrong in this shop on purpose, so that the link plan has something to say. */
export const PROBLEMS = {
  /** On the web only. */
  unmatched: { name: 'Gift Card Box', sku: 'GBOX', priceCents: 500, webLevel: 12 },
  /** Counted on neither tracking switch of BigCommerce. */
  untracked: { name: 'Repair Service', sku: 'REPAIR', priceCents: 3_000, registerLevel: 5 },
  /** A second register item with the SKU of another one. */
  duplicate: { name: 'Energy Bar (old label)', sku: 'EBAR', priceCents: 300, registerLevel: 2 },
} as const;
