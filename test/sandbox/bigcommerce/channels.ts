/** /v3/channels and /v3/channels/{id} (channels.v3.yml, bigcommerce.md 12). */
import { data, Refusal } from './errors.ts';
import { emit } from './events.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { texts, words } from './query.ts';
import { reading } from './serve.ts';
import { addChannel } from './store.ts';
import type { ChannelInput } from './store.ts';
import type { Call, Route } from './serve.ts';
import type { Channel } from './state.ts';

const LIMIT_MAX = 250;

const zulu = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

/** Whether orders may be made for a channel (7.4). */
export function isChannelOpen(channel: Channel | undefined): boolean {
  return channel !== undefined && ['active', 'prelaunch', 'connected'].includes(channel.status);
}

function view(channel: Channel): Record<string, unknown> {
  return {
    id: channel.id,
    icon_url: 'https://cdn.example.com/channel_icon.svg',
    is_listable_from_ui: channel.isListableFromUi,
    is_visible: channel.isVisible,
    date_created: zulu(channel.createdAtMs),
    external_id: channel.externalId,
    type: channel.type,
    platform: channel.platform,
    date_modified: zulu(channel.modifiedAtMs),
    name: channel.name,
    status: channel.status,
  };
}

function list(call: Call): Response {
  const statuses = texts(call, 'status:in');
  const types = texts(call, 'type:in');
  const platforms = texts(call, 'platform:in');
  const rows = Object.values(call.store.channels).filter(
    (channel) =>
      (statuses === undefined || statuses.includes(channel.status)) &&
      (types === undefined || types.includes(channel.type)) &&
      (platforms === undefined || platforms.includes(channel.platform)),
  );
  return pageV3(call, rows, view, { limitMax: LIMIT_MAX });
}

function read(call: Call): Response {
  const channel = call.store.channels[call.id('id')];
  if (channel === undefined) throw new Refusal(404, 'Not found', { errors: {} });
  return data(view(channel));
}

const PLATFORMS: Record<Channel['type'], readonly string[]> = {
  pos: words('clover square stripe talech vend custom'),
  marketplace: words('amazon ebay facebook google walmart custom'),
  storefront: words(
    'acquia bigcommerce bloomreach deity drupal gatsby magento next wordpress custom',
  ),
  marketing: words('facebook google custom'),
};
const STATUSES: Record<Channel['type'], readonly Channel['status'][]> = {
  pos: ['connected', 'disconnected', 'archived', 'deleted'],
  marketplace: ['connected', 'disconnected', 'archived', 'deleted'],
  marketing: ['connected', 'disconnected', 'archived', 'deleted'],
  storefront: ['active', 'prelaunch', 'inactive', 'connected', 'archived', 'deleted'],
};

const invalid = (name: string, why: string) =>
  new Refusal(422, `Invalid value for '${name}'.`, { errors: { [name]: why } });

/** The fields that can be set, of a body that names no others. */
function changesIn(
  call: Call,
  type: Channel['type'],
  more: readonly string[],
): Partial<ChannelInput> {
  const { body } = call;
  if (typeof body !== 'object' || body === null) throw invalid('body', 'an object is wanted');
  const fields = body as Record<string, unknown>;
  const known = [...words('name status external_id is_visible is_listable_from_ui'), ...more];
  const other = Object.keys(fields).find((name) => !known.includes(name));
  if (other !== undefined) throw invalid(other, 'cannot be set');
  const { name, external_id: externalId, is_visible: isVisible, status: wanted } = fields;
  const { is_listable_from_ui: isListableFromUi } = fields;
  if (name !== undefined && (typeof name !== 'string' || name === '' || name.length > 255)) {
    throw invalid('name', '1 to 255 characters');
  }
  if (externalId !== undefined && typeof externalId !== 'string')
    throw invalid('external_id', 'text');
  const status = STATUSES[type].find((one) => one === wanted);
  if (wanted !== undefined && status === undefined) throw invalid('status', 'not of this type');
  return {
    ...(name === undefined ? {} : { name }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(status === undefined ? {} : { status }),
    ...(typeof isVisible === 'boolean' ? { isVisible } : {}),
    ...(typeof isListableFromUi === 'boolean' ? { isListableFromUi } : {}),
  };
}

/** Type and platform are for good; `clover` may be kept for partners (12). */
function create(call: Call): Response {
  const fields = (call.body ?? {}) as Record<string, unknown>;
  const { type: wanted, platform } = fields;
  const type = (['pos', 'marketplace', 'storefront', 'marketing'] as const).find(
    (one) => one === wanted,
  );
  if (type === undefined) throw invalid('type', 'not a type of channel');
  const isPartners = platform === 'clover' && call.platform.switches.refuseCloverChannels;
  if (typeof platform !== 'string' || !PLATFORMS[type].includes(platform) || isPartners) {
    throw invalid('platform', 'not a platform of this type');
  }
  const change = changesIn(call, type, ['type', 'platform']);
  if (change.name === undefined) throw invalid('name', 'required');
  const input = { ...change, name: change.name, type, platform };
  const channel = addChannel(call.platform, call.store, input);
  announce(call, channel, 'created');
  return data(view(channel));
}

function announce(call: Call, channel: Channel, change: 'created' | 'updated'): void {
  const about = { type: 'channel', id: channel.id };
  emit(call.platform, call.store, `store/channel/${change}`, about);
}

function update(call: Call): Response {
  const channel = call.store.channels[call.id('id')];
  if (channel === undefined) throw new Refusal(404, 'Not found', { errors: {} });
  Object.assign(channel, changesIn(call, channel.type, []));
  channel.modifiedAtMs = call.platform.runtime.now();
  announce(call, channel, 'updated');
  return data(view(channel));
}

const scopes = reading('store_channel_settings');

const write = { version: 'v3', scopes: ['store_channel_settings'] } as const;

export const channelRoutes: readonly Route[] = [
  {
    method: 'GET',
    version: 'v3',
    path: '/channels',
    scopes,
    query: [...PAGING_FILTERS, 'status:in', 'type:in', 'platform:in'],
    handle: list,
  },
  { method: 'GET', version: 'v3', path: '/channels/:id{[0-9]+}', scopes, handle: read },
  { ...write, method: 'POST', path: '/channels', handle: create },
  { ...write, method: 'PUT', path: '/channels/:id{[0-9]+}', handle: update },
];
