/** GET /v3/channels and /v3/channels/{id} (bigcommerce.md 12). */
import { data, Refusal } from './errors.ts';
import { pageV3, PAGING_FILTERS } from './paging.ts';
import { texts } from './query.ts';
import { reading } from './serve.ts';
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
    is_listable_from_ui: true,
    is_visible: true,
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

const scopes = reading('store_channel_settings');

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
];
