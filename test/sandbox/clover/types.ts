/**
 * What the Clover sandbox remembers: plain JSON, so that it survives in storage and can be looked at. Rows are
 * not wire objects: `wire` of the resource beside each table turns them into what the API answers. Times are
 * epoch milliseconds and money is integer minor units unless a name says otherwise.
 */

import type {
  AttributeRow,
  CategoryRow,
  ItemGroupRow,
  ItemRow,
  ModifierGroupRow,
  ModifierRow,
  NamedRow,
  OptionRow,
  StockRow,
  TaxRateRow,
} from './catalog-rows.ts';

export type {
  AttributeRow,
  CategoryRow,
  ItemGroupRow,
  ItemRow,
  ModifierGroupRow,
  ModifierRow,
  NamedRow,
  OptionRow,
  StockRow,
  TaxRateRow,
} from './catalog-rows.ts';

export type AccessKind = 'R' | 'W';
export type PermissionArea =
  | 'MERCHANT'
  | 'INVENTORY'
  | 'ORDERS'
  | 'PAYMENTS'
  | 'CUSTOMERS'
  | 'EMPLOYEES';
export type Permission = `${PermissionArea}_${AccessKind}`;

/** One row as it was from `atMs` on; null once it was removed for good. */
export interface Version<Row> {
  atMs: number;
  row: Row | null;
}

export interface Cell<Row> {
  /** Oldest first, only as far back as a replica may lag. */
  versions: Version<Row>[];
}

/** By id, in the order of creation: "newest first" goes by it where an object has no createdTime. */
export type Table<Row> = Record<string, Cell<Row>>;

export interface MerchantRow {
  id: string;
  name: string;
  createdTime: number;
  ownerId: string;
  phoneNumber: string;
  customerContactEmail: string;
  address: Record<string, string>;
  plan: { id: string; type: string; planCode: string };
  /** The POS settings as the API answers them, trackStock, updateStock, vat and timezone among them. */
  properties: Record<string, string | number | boolean>;
  /** The charge that `service_charge` of an order starts from. */
  serviceCharge: ServiceChargeRow;
}

export interface ServiceChargeRow {
  id: string;
  name: string;
  enabled: boolean;
  /** Percent times 10,000. */
  percentageDecimal: number;
}

export interface OrderTypeRow {
  id: string;
  label: string;
  taxable: boolean;
  isDefault: boolean;
  isHidden: boolean;
  /** What an app may write beyond those above. */
  more: Record<string, unknown>;
  modifiedTime: number;
  deletedTime?: number | undefined;
}

/** Of an order or of one line: an amount of zero or less, or a percentage. */
export interface DiscountRow {
  id: string;
  name: string;
  amount?: number | undefined;
  percentage?: number | undefined;
  /** Percent times 10,000. */
  percentageDecimal?: number | undefined;
}

export interface ModificationRow {
  id: string;
  modifierId: string;
  name: string;
  amount: number;
}

/** A tax rate as it was when the line was added. */
export interface LineTaxRow {
  id: string;
  name: string;
  /** 10,000,000 is 100 %. */
  rate: number;
  /** A flat tax, minor units. */
  taxAmount?: number | undefined;
}

export interface TenderRow {
  id: string;
  label: string;
  labelKey: string;
  enabled: boolean;
  visible: boolean;
  opensCashDrawer: boolean;
  supportsTipping: boolean;
  editable: boolean;
  instructions?: string | undefined;
  modifiedTime: number;
  deletedTime?: number | undefined;
}

export interface EmployeeRow {
  id: string;
  name: string;
  role: 'ADMIN' | 'MANAGER' | 'EMPLOYEE';
  isOwner: boolean;
  /** Sensitive on purpose: it must never be stored or logged by a client. */
  pin: string;
}

export interface DeviceRow {
  /** The only ids that are UUIDs. */
  id: string;
  name: string;
  serial: string;
}

/** Who made an order: a cashier, or an app over the API. Decides whether stock follows. */
export type OrderOrigin = 'register' | 'api';

export interface OrderRow {
  id: string;
  origin: OrderOrigin;
  currency: string;
  total: number;
  paymentState: 'OPEN' | 'PAID' | 'REFUNDED' | 'CREDITED' | 'PARTIALLY_PAID' | 'PARTIALLY_REFUNDED';
  /** Absent means hidden: such an order is found by its id only. */
  state?: string | undefined;
  createdTime: number;
  clientCreatedTime: number;
  modifiedTime: number;
  deletedTime?: number | undefined;
  employeeId: string;
  deviceId?: string | undefined;
  isVat: boolean;
  taxRemoved: boolean;
  manualTransaction: boolean;
  groupLineItems: boolean;
  testMode: boolean;
  title?: string | undefined;
  note?: string | undefined;
  orderTypeId?: string | undefined;
  externalReferenceId?: string | undefined;
  payType?: string | undefined;
  lineItemIds: string[];
  paymentIds: string[];
  refundIds: string[];
  customerIds: string[];
  discounts: DiscountRow[];
  serviceCharge?: ServiceChargeRow | undefined;
}

export interface LineItemRow {
  id: string;
  orderId: string;
  itemId?: string | undefined;
  name: string;
  /** Of one unit. */
  price: number;
  /** Thousandths of a unit, PER_UNIT items only. */
  unitQty?: number | undefined;
  unitName?: string | undefined;
  itemCode?: string | undefined;
  alternateName?: string | undefined;
  note?: string | undefined;
  binName?: string | undefined;
  userData?: string | undefined;
  isRevenue: boolean;
  printed: boolean;
  refunded: boolean;
  refundId?: string | undefined;
  createdTime: number;
  taxRates: LineTaxRow[];
  discounts: DiscountRow[];
  modifications: ModificationRow[];
  /** Units this line took from the stock; 0 while it took none. Not on the wire. */
  stockMoved: number;
}

export interface PaymentRow {
  id: string;
  orderId: string;
  tenderId: string;
  employeeId: string;
  deviceId?: string | undefined;
  amount: number;
  tipAmount: number;
  taxAmount: number;
  cashTendered?: number | undefined;
  result: 'SUCCESS' | 'FAIL' | 'VOIDED' | 'AUTH' | 'AUTH_COMPLETED' | 'PENDING';
  offline: boolean;
  createdTime: number;
  clientCreatedTime: number;
  modifiedTime: number;
  externalPaymentId?: string | undefined;
  externalReferenceId?: string | undefined;
  note?: string | undefined;
  taxRates: { id: string; name: string; rate: number; taxableAmount: number; taxAmount: number }[];
  refundIds: string[];
}

export interface RefundRow {
  id: string;
  orderId: string;
  paymentId: string;
  employeeId: string;
  deviceId?: string | undefined;
  overrideTenderId?: string | undefined;
  /** Positive, with tax and tip. */
  amount: number;
  taxAmount: number;
  tipAmount: number;
  reason?: string | undefined;
  createdTime: number;
  /** Empty for a refund of an amount only. */
  lineItemIds: string[];
}

/** A manual refund that belongs to no payment. */
export interface CreditRow {
  id: string;
  tenderId: string;
  employeeId: string;
  deviceId?: string | undefined;
  amount: number;
  taxAmount: number;
  reason?: string | undefined;
  createdTime: number;
}

/** An e-mail address or a phone number. */
export interface ContactRow {
  id: string;
  value: string;
  primary: boolean;
}

export interface AddressRow {
  id: string;
  address1?: string | undefined;
  address2?: string | undefined;
  address3?: string | undefined;
  city?: string | undefined;
  state?: string | undefined;
  zip?: string | undefined;
  country?: string | undefined;
}

export interface MetadataRow {
  businessName?: string | undefined;
  note?: string | undefined;
  dobYear?: number | undefined;
  dobMonth?: number | undefined;
  dobDay?: number | undefined;
  modifiedTime: number;
}

export interface CustomerRow {
  id: string;
  firstName?: string | undefined;
  lastName?: string | undefined;
  marketingAllowed: boolean;
  customerSince: number;
  deletedTime?: number | undefined;
  emails: ContactRow[];
  phones: ContactRow[];
  addresses: AddressRow[];
  metadata?: MetadataRow | undefined;
}

/** A new collection starts here: add its table, then a file with its resource and operations. */
export interface Tables {
  merchants: Table<MerchantRow>;
  items: Table<ItemRow>;
  stocks: Table<StockRow>;
  itemGroups: Table<ItemGroupRow>;
  attributes: Table<AttributeRow>;
  options: Table<OptionRow>;
  categories: Table<CategoryRow>;
  tags: Table<NamedRow>;
  modifierGroups: Table<ModifierGroupRow>;
  modifiers: Table<ModifierRow>;
  taxRates: Table<TaxRateRow>;
  tenders: Table<TenderRow>;
  orderTypes: Table<OrderTypeRow>;
  employees: Table<EmployeeRow>;
  devices: Table<DeviceRow>;
  customers: Table<CustomerRow>;
  orders: Table<OrderRow>;
  lineItems: Table<LineItemRow>;
  payments: Table<PaymentRow>;
  refunds: Table<RefundRow>;
  credits: Table<CreditRow>;
}

export interface Merchant {
  id: string;
  installed: boolean;
  /** What the merchant consented to at installation; later changes of the app do not reach it. */
  permissions: Permission[];
  tables: Tables;
}

export interface TokenRow {
  merchantId: string;
  permissions: Permission[];
  expiresAtMs: number;
}

export interface RefreshTokenRow {
  merchantId: string;
  accessToken: string;
  expiresAtMs: number;
}

export interface CodeRow {
  merchantId: string;
  expiresAtMs: number;
  /** PKCE S256 challenge of the authorize call. */
  challenge?: string | undefined;
}

export interface CloverState {
  /** The permissions set on the app; copied to a merchant when it installs. */
  appPermissions: Permission[];
  merchants: Record<string, Merchant>;
  codes: Record<string, CodeRow>;
  accessTokens: Record<string, TokenRow>;
  /** Oldest first; a used one is gone. */
  refreshTokens: Record<string, RefreshTokenRow>;
}
