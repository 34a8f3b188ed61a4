/** Sales channels: the one that in-store sales belong to (channels.v3.yml, bigcommerce.md 12). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { BigCommerceSession } from './session.ts';
import { listOf, oneOf, wholeNumber } from './wire.ts';

export interface Channel {
  readonly channelId: number;
  readonly name: string;
  /** `pos`, `storefront`, `marketplace`, `marketing`. */
  readonly type: string;
  readonly platform: string;
  /** Orders can be made while it is `active`, `prelaunch` or `connected`. */
  readonly status: string;
  readonly externalId: string;
}

const wireChannel = v.object({
  id: wholeNumber,
  name: v.nullish(v.string(), ''),
  type: v.nullish(v.string(), ''),
  platform: v.nullish(v.string(), ''),
  status: v.nullish(v.string(), ''),
  external_id: v.nullish(v.string(), ''),
});
const CHANNELS = listOf(wireChannel);
const CHANNEL = oneOf(wireChannel);

const readChannel = (wire: v.InferOutput<typeof wireChannel>): Channel => ({
  channelId: wire.id,
  name: wire.name,
  type: wire.type,
  platform: wire.platform,
  status: wire.status,
  externalId: wire.external_id,
});

/** 250 at most: a store has a handful of channels. */
const CHANNEL_PAGE = 250;

/** The store's channels of every type. Failures: those of `session.call`. */
export async function getChannels(
  session: BigCommerceSession,
): Promise<Result<readonly Channel[], Failure>> {
  const answer = await session.call({
    operation: 'channels.list',
    method: 'GET',
    path: '/v3/channels',
    query: { limit: CHANNEL_PAGE },
    accepts: CHANNELS,
  });
  return answer.ok ? ok(answer.value.body.data.map(readChannel)) : answer;
}

/**
 * Opens a channel for registers. `platform` cannot be changed afterwards; `rejected` when the store does not take
 * `clover` from this app: ask again with `custom`. Not idempotent: look in `getChannels` first.
 */
export async function createRegisterChannel(
  session: BigCommerceSession,
  channel: {
    readonly name: string;
    readonly platform: 'clover' | 'custom';
    readonly externalId: string;
  },
): Promise<Result<Channel, Failure>> {
  const answer = await session.call({
    operation: 'channels.create',
    method: 'POST',
    path: '/v3/channels',
    body: {
      name: channel.name,
      type: 'pos',
      platform: channel.platform,
      external_id: channel.externalId,
      status: 'connected',
      is_visible: true,
      is_listable_from_ui: true,
    },
    accepts: CHANNEL,
  });
  return answer.ok ? ok(readChannel(answer.value.body)) : answer;
}

/** Says whether the channel is in use. Failures: `not_found`, and those of `session.call`. */
export async function setChannelStatus(
  session: BigCommerceSession,
  channelId: number,
  status: 'connected' | 'disconnected' | 'archived',
): Promise<Result<Channel, Failure>> {
  const answer = await session.call({
    operation: 'channels.set_status',
    method: 'PUT',
    path: `/v3/channels/${channelId}`,
    body: { status },
    accepts: CHANNEL,
  });
  return answer.ok ? ok(readChannel(answer.value.body)) : answer;
}
