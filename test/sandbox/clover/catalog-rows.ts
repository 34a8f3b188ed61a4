/** What a merchant sells, as the sandbox remembers it; the conventions are those of `types.ts`. */

export interface ItemRow {
  id: string;
  name: string;
  price: number;
  priceType: 'FIXED' | 'VARIABLE' | 'PER_UNIT';
  hidden: boolean;
  available: boolean;
  autoManage: boolean;
  defaultTaxRates: boolean;
  isRevenue: boolean;
  modifiedTime: number;
  /** The fields an app may write beyond those above: sku, code, cost, unitName and so on. */
  more: Record<string, unknown>;
  deletedTime?: number | undefined;
  itemGroupId?: string | undefined;
  optionIds: string[];
  categoryIds: string[];
  tagIds: string[];
  taxRateIds: string[];
  modifierGroupIds: string[];
}

export interface StockRow {
  itemId: string;
  quantity: number;
  modifiedTime: number;
  stockAlertThreshold?: number | undefined;
}

export interface ItemGroupRow {
  id: string;
  name: string;
  modifiedTime: number;
  deletedTime?: number | undefined;
}

export interface AttributeRow extends ItemGroupRow {
  itemGroupId: string;
}

export interface OptionRow extends ItemGroupRow {
  attributeId: string;
}

/** A label; nothing here writes them yet. */
export interface NamedRow {
  id: string;
  name: string;
  modifiedTime: number;
}

export interface TaxRateRow {
  id: string;
  name: string;
  /** 10,000,000 is 100 %. */
  rate: number;
  isDefault: boolean;
  /** A flat tax, minor units. */
  taxAmount?: number | undefined;
  taxType?: string | undefined;
  modifiedTime: number;
  deletedTime?: number | undefined;
}

export interface CategoryRow {
  id: string;
  name: string;
  sortOrder: number;
  colorCode?: string | undefined;
  modifiedTime: number;
  deletedTime?: number | undefined;
}

export interface ModifierGroupRow {
  id: string;
  name: string;
  alternateName?: string | undefined;
  minRequired?: number | undefined;
  maxAllowed?: number | undefined;
  showByDefault: boolean;
  sortOrder?: number | undefined;
  modifiedTime: number;
  deletedTime?: number | undefined;
}

export interface ModifierRow {
  id: string;
  modifierGroupId: string;
  name: string;
  alternateName?: string | undefined;
  price: number;
  available: boolean;
  modifiedTime: number;
  deletedTime?: number | undefined;
}
