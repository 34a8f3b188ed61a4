/** What a message was about, as the list of failures shows it, and how it is replayed (R7). */
import * as v from 'valibot';
import { unreachable } from '../domain/result.ts';
import type { Database } from '../ports.ts';
import { findMerchant } from '../store/connections.ts';
import type { NewFailure } from '../store/failures.ts';
import { intakeMessage, type IntakeMessage, workMessage, type WorkMessage } from './messages.ts';

export type Parked = Omit<NewFailure, 'code' | 'atMs'>;

/** The rows that a message which cannot be carried out leaves; one per merchant for a Clover webhook. */
export function parkedOf(
  db: Database,
  queue: 'intake' | 'work',
  message: Pick<Message, 'id' | 'body'>,
): Promise<Parked[]> | Parked[] {
  if (queue === 'intake') {
    const parsed = v.safeParse(intakeMessage, message.body);
    return parsed.success ? intakeFailures(db, parsed.output) : [malformed(queue, message)];
  }
  const parsed = v.safeParse(workMessage, message.body);
  return parsed.success ? [workFailure(parsed.output)] : [malformed(queue, message)];
}

function malformed(queue: 'intake' | 'work', message: Pick<Message, 'id' | 'body'>): Parked {
  return {
    connectionId: '',
    message: `A message of the ${queue} queue has a shape that this version does not know.`,
    source: `${queue}:malformed`,
    subject: message.id,
    replay: { queue, body: message.body },
  };
}

function workFailure(body: WorkMessage): Parked {
  return {
    connectionId: body.connectionId,
    eventId: body.eventId,
    message: `${taskOf(body)} failed on every try; see the log of event ${body.eventId}.`,
    source: `work:${body.kind}`,
    ...aboutWork(body),
    replay: { queue: 'work', body },
  };
}

function taskOf(body: WorkMessage): string {
  switch (body.kind) {
    case 'write':
      return 'Writing a level';
    case 'read':
      return `Reading the level of ${body.place}`;
    case 'observe':
      return `Taking in the level of ${body.place}`;
    case 'place':
      return `Changing the place ${body.place} of a SKU`;
    case 'location':
      return `Looking whether location ${body.locationId} is switched on`;
    case 'bundle':
      return 'Counting the sales of a bundle in its components';
    case 'bundles':
      return 'Telling the bundles of a component what is left';
    case 'evaluate':
      return 'Working out the targets of a SKU';
    case 'order':
      return `Reading order ${body.orderId}`;
    case 'push':
      return `Taking web order ${body.orderId} to the register`;
    case 'payment':
      return `Finding the order of payment ${body.paymentId}`;
    case 'sweep':
      return `Sweeping the levels of ${body.platform} ${body.account}`;
    case 'missing':
      return `Looking for items that ${body.platform} ${body.account} lists no more`;
    case 'order_feed':
      return body.list === 'refunds'
        ? `Asking ${body.platform} ${body.account} for refunds`
        : `Asking ${body.platform} ${body.account} for changed orders`;
    case 'catalog':
      return 'Reading what changed in the catalogs';
    case 'customer':
      return `Looking at ${body.platform} customer ${body.customerId}`;
    case 'customer_feed':
      return `Asking ${body.platform} ${body.account} for changed customers`;
    case 'erase':
      return `Carrying out the request ${body.erasureId} to erase a person`;
    case 'plan':
      return `Computing plan ${body.planId}`;
    case 'apply':
      return `Applying plan ${body.planId}`;
    case 'hooks':
      return 'Checking the webhooks of the store';
    default:
      return unreachable(body);
  }
}

/** What the task was about: repeats of one subject share a row, and the newest message replays them all. */
function aboutWork(body: WorkMessage): Pick<Parked, 'subject' | 'platform' | 'orderId'> {
  switch (body.kind) {
    case 'write':
      return { subject: `${body.linkId}:${body.effectId}` };
    case 'read':
    case 'observe':
    case 'place':
      return { subject: `${body.linkId}:${body.place}` };
    case 'evaluate':
    case 'bundle':
    case 'bundles':
      return { subject: body.linkId };
    case 'order':
      return {
        subject: `${body.platform}:${body.account}:${body.orderId}`,
        platform: body.platform,
        orderId: body.orderId,
      };
    case 'push':
      return { subject: body.orderId, platform: 'bigcommerce', orderId: body.orderId };
    case 'payment':
      return { subject: `${body.merchantId}:${body.paymentId}`, platform: 'clover' };
    case 'sweep':
      return { subject: `${body.platform}:${body.account}`, platform: body.platform };
    case 'missing':
      return { subject: `${body.platform}:${body.account}:missing`, platform: body.platform };
    case 'order_feed':
      return {
        subject: `${body.platform}:${body.account}:${body.list ?? 'orders'}`,
        platform: body.platform,
      };
    case 'location':
      return { subject: `location:${body.locationId}`, platform: 'bigcommerce' };
    case 'customer':
      return {
        subject: `${body.platform}:${body.account}:${body.customerId}`,
        platform: body.platform,
      };
    case 'customer_feed':
      return { subject: `${body.platform}:${body.account}:customers`, platform: body.platform };
    case 'erase':
      return { subject: body.erasureId };
    case 'plan':
      return { subject: body.planId };
    case 'apply':
      return { subject: `${body.planId}:${body.seq}` };
    case 'catalog':
      return { subject: `${body.connectionId}:catalog` };
    case 'hooks':
      return { subject: body.connectionId };
    default:
      return unreachable(body);
  }
}

/** A Clover webhook carries changes of several merchants: each one's part is parked at its own connection. */
async function intakeFailures(db: Database, body: IntakeMessage): Promise<Parked[]> {
  if (body.platform === 'bigcommerce') {
    return [
      intakeFailure(
        body,
        body.connectionId,
        body.scope,
        `${body.scope}:${JSON.stringify(body.data)}`,
      ),
    ];
  }
  const parts: Parked[] = [];
  for (const [merchantId, changes] of Map.groupBy(body.changes, (change) => change.merchantId)) {
    const merchant = await findMerchant(db, merchantId);
    const objects = [...new Set(changes.map(({ key, objectId }) => `${key}:${objectId}`))];
    const subject = `${merchantId}:${objects.toSorted().join(',')}`;
    const part = { ...body, changes };
    parts.push(
      intakeFailure(part, merchant?.connectionId ?? '', objects.slice(0, 5).join(', '), subject),
    );
  }
  return parts;
}

function intakeFailure(
  body: IntakeMessage,
  connectionId: string,
  what: string,
  subject: string,
): Parked {
  const { platform, eventId } = body;
  return {
    connectionId,
    eventId,
    platform,
    message: `A webhook of ${platform} (${what}) failed on every try; see the log of event ${eventId}.`,
    source: `intake:${platform}`,
    subject,
    replay: { queue: 'intake', body },
  };
}
