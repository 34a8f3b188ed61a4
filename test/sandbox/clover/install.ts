/** Merchants, their installation of the app, and what a merchant's account holds on its first day. */
import { merchantOf, newId, newUuid, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { createItem } from './items.ts';
import { setQuantity } from './stock.ts';
import { all, find, PRIMARY, put } from './store.ts';
import { seedTenders } from './tenders.ts';
import { killTokens } from './tokens.ts';
import { groupedName } from './variants.ts';
import { emit } from './webhooks.ts';
import type { DeviceRow, ItemRow, Merchant, MerchantRow, Permission, Tables } from './types.ts';

/** What the connector asks for (clover.md 1): all areas, both ways, employees read only. MERCHANT_W is for tenders and order types. */
export const APP_PERMISSIONS: Permission[] = [
  'MERCHANT_R',
  'MERCHANT_W',
  'INVENTORY_R',
  'INVENTORY_W',
  'ORDERS_R',
  'ORDERS_W',
  'PAYMENTS_R',
  'PAYMENTS_W',
  'CUSTOMERS_R',
  'CUSTOMERS_W',
  'EMPLOYEES_R',
];

export interface MerchantInput {
  /** 13 characters; made up when left out. */
  id?: string;
  name: string;
  currency?: string;
  timezone?: string;
  trackStock?: boolean;
  updateStock?: boolean;
  vat?: boolean;
  /** Service plan; PAYMENTS_PLUS cannot install apps (clover.md 1). */
  plan?: string;
  /** False for a merchant that has yet to install the app. */
  installed?: boolean;
  /** Default tax rates beside NO_TAX_APPLIED; 10,000,000 is 100 %. */
  taxRates?: { name: string; rate: number }[];
}

const emptyTables = (): Tables => ({
  merchants: {},
  items: {},
  stocks: {},
  itemGroups: {},
  attributes: {},
  options: {},
  categories: {},
  tags: {},
  modifierGroups: {},
  modifiers: {},
  taxRates: {},
  tenders: {},
  orderTypes: {},
  customers: {},
  employees: {},
  devices: {},
  orders: {},
  lineItems: {},
  payments: {},
  refunds: {},
  credits: {},
});

function merchantRow(
  platform: Platform,
  id: string,
  ownerId: string,
  input: MerchantInput,
): MerchantRow {
  const plan = input.plan ?? 'REGISTER';
  return {
    id,
    name: input.name,
    createdTime: nowMs(platform),
    ownerId,
    phoneNumber: '555-0100',
    customerContactEmail: 'owner@example.com',
    address: {
      address1: '415 N Mathilda Ave',
      city: 'Sunnyvale',
      state: 'CA',
      zip: '94085',
      country: 'US',
    },
    plan: { id: newId(platform), type: plan, planCode: plan },
    properties: {
      defaultCurrency: input.currency ?? 'USD',
      timezone: input.timezone ?? 'America/Los_Angeles',
      locale: 'en-US',
      vat: input.vat ?? false,
      trackStock: input.trackStock ?? true,
      updateStock: input.updateStock ?? true,
      tipsEnabled: true,
      groupLineItems: true,
      abaAccountNumber: '000000000-sensitive',
      ddaAccountNumber: '111111111-sensitive',
    },
    serviceCharge: {
      id: 'DFLTSRVCHARGE',
      name: 'Service Charge',
      enabled: false,
      percentageDecimal: 180_000,
    },
  };
}

/** Opens a merchant account, one location each (clover.md 7). */
export function createMerchant(platform: Platform, input: MerchantInput): Merchant {
  const id = input.id ?? newId(platform);
  if (!/^[0-9A-Z]{13}$/.test(id)) throw new Error('A merchant id has 13 characters, 0-9 and A-Z');
  const merchant: Merchant = { id, installed: false, permissions: [], tables: emptyTables() };
  const { tables } = merchant;
  platform.state.merchants[id] = merchant;
  const ownerId = newId(platform);
  put(platform, tables.employees, ownerId, {
    id: ownerId,
    name: 'Owner',
    role: 'ADMIN',
    isOwner: true,
    pin: '8127',
  });
  put(platform, tables.merchants, id, merchantRow(platform, id, ownerId, input));
  addDevice(platform, id, { name: 'Front' });
  const rates = [{ name: 'NO_TAX_APPLIED', rate: 0 }, ...(input.taxRates ?? [])];
  for (const { name, rate } of rates) {
    const rateId = newId(platform);
    const isDefault = name !== 'NO_TAX_APPLIED';
    const modifiedTime = nowMs(platform);
    put(platform, tables.taxRates, rateId, { id: rateId, name, rate, isDefault, modifiedTime });
  }
  seedTenders(platform, merchant);
  if (input.installed !== false) install(platform, id);
  return merchant;
}

export interface DeviceInput {
  /** Empty when nobody named it. */
  name: string;
}

/** Another register is set up. Its id is Clover's own, a UUID (clover.md 0); the API has no way to add one. */
export function addDevice(platform: Platform, merchantId: string, input: DeviceInput): DeviceRow {
  const { tables } = merchantOf(platform, merchantId);
  const id = newUuid(platform);
  const number = String(all(tables.devices, PRIMARY).length + 1).padStart(8, '0');
  const device = { id, name: input.name, serial: `C030UQ${number}` };
  put(platform, tables.devices, id, device);
  return device;
}

/** The merchant installs from the App Market: that is the consent to the app's permissions of today. */
export function install(platform: Platform, merchantId: string): void {
  const merchant = merchantOf(platform, merchantId);
  const plan = find(merchant.tables.merchants, merchantId, PRIMARY)?.plan.type;
  if (plan === 'PAYMENTS_PLUS') throw new Error('This service plan cannot install apps');
  if (merchant.installed) return;
  merchant.installed = true;
  merchant.permissions = [...platform.state.appPermissions];
  emit(platform, merchant, 'A', platform.appId, 'CREATE');
}

/** The merchant removes the app: A DELETE, and from then on nothing more of it. */
export function uninstall(platform: Platform, merchantId: string): void {
  const merchant = merchantOf(platform, merchantId);
  if (!merchant.installed) return;
  emit(platform, merchant, 'A', platform.appId, 'DELETE');
  merchant.installed = false;
  if (platform.switches.uninstallKillsTokens) killTokens(platform, merchantId);
}

/** Someone changes POS settings in the dashboard: M UPDATE. */
export function setProperties(
  platform: Platform,
  merchantId: string,
  properties: MerchantRow['properties'],
): void {
  const merchant = merchantOf(platform, merchantId);
  const row = find(merchant.tables.merchants, merchantId, PRIMARY);
  if (row === null) return;
  const changed = { ...row, properties: { ...row.properties, ...properties } };
  put(platform, merchant.tables.merchants, merchantId, changed);
  emit(platform, merchant, 'M', merchantId, 'UPDATE');
}

/** Fields of an item as the API takes them, plus its first count; null is "never stocked". */
export type ItemInput = { name: string; price: number; quantity: number | null } & Record<
  string,
  unknown
>;

/** Someone adds an item in the dashboard. */
export function addItem(platform: Platform, merchantId: string, input: ItemInput): ItemRow {
  const merchant = merchantOf(platform, merchantId);
  const { quantity, ...fields } = input;
  const item = createItem(platform, merchant, { isRevenue: true, ...fields }, 'merchant');
  if (quantity !== null) setQuantity(platform, merchant, item.id, quantity, 'manual');
  return find(merchant.tables.items, item.id, PRIMARY) ?? item;
}

export interface ItemGroupInput {
  name: string;
  attributes: { name: string; options: string[] }[];
  /** One option name per attribute, in their order. */
  variants: { options: string[]; sku?: string; price: number; quantity: number | null }[];
}

/** Someone adds an item with variants in the dashboard. Gives the group's id and its items in order. */
export function addItemGroup(
  platform: Platform,
  merchantId: string,
  input: ItemGroupInput,
): { id: string; items: ItemRow[] } {
  const merchant = merchantOf(platform, merchantId);
  const { tables } = merchant;
  const modifiedTime = nowMs(platform);
  const groupId = newId(platform);
  put(platform, tables.itemGroups, groupId, { id: groupId, name: input.name, modifiedTime });
  const optionIds = input.attributes.map((attribute) => {
    const id = newId(platform);
    const row = { id, name: attribute.name, itemGroupId: groupId, modifiedTime };
    put(platform, tables.attributes, id, row);
    return new Map(
      attribute.options.map((name) => {
        const optionId = newId(platform);
        const option = { id: optionId, name, attributeId: id, modifiedTime };
        put(platform, tables.options, optionId, option);
        return [name, optionId] as const;
      }),
    );
  });
  const items = input.variants.map(({ options, ...variant }) => {
    const fields = { ...variant, name: input.name, itemGroup: { id: groupId } };
    const item = addItem(platform, merchantId, fields);
    const chosen = options.map((name, index) => optionIds[index]?.get(name) ?? '');
    const linked = { ...item, optionIds: chosen };
    const named = { ...linked, name: groupedName(merchant, linked) };
    put(platform, tables.items, item.id, named);
    return named;
  });
  return { id: groupId, items };
}
