/** Customers as plain data. */
export interface CustomerAddress {
  id: number;
  customerId: number;
  first_name: string;
  last_name: string;
  company: string;
  address1: string;
  address2: string;
  city: string;
  state_or_province: string;
  postal_code: string;
  country_code: string;
  phone: string;
  address_type: 'residential' | 'commercial';
}

export interface Customer {
  id: number;
  email: string;
  firstName: string;
  lastName: string;
  company: string;
  phone: string;
  notes: string;
  groupId: number;
  acceptsMarketing: boolean;
  /** Ten-thousandths. */
  storeCredit: number;
  channelIds: number[];
  originChannelId: number;
  createdAtMs: number;
  modifiedAtMs: number;
  addresses: CustomerAddress[];
}
