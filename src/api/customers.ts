/** Erasing a person: asked for here, carried out in the background, reported with what is left at the platforms. */
import * as z from 'zod';
import type { Ports } from '../ports.ts';
import { type Erasure, findErasure, listErasures } from '../store/erasures.ts';
import { startErasure } from '../sync/erasure.ts';
import { notFound } from './errors.ts';
import {
  type Api,
  audit,
  byWhom,
  checked,
  CONNECTION,
  describe,
  iso,
  isoOrNull,
  isoTime,
} from './routing.ts';

const erasureSchema = z.object({
  id: z.string(),
  status: z.enum(['running', 'done', 'failed']),
  erased: z.record(z.string(), z.int()).describe('Rows and records changed or deleted, by where.'),
  remains: z
    .array(z.string())
    .describe('What only the merchant can delete, by id and never by name.'),
  askedBy: z.string(),
  askedAt: isoTime,
  doneAt: isoTime.nullable(),
});

const TAG = 'Customers';
const LISTED_MAX = 100;
const part = (what: string) => z.string().trim().max(255).default('').describe(what);
const personSchema = z
  .strictObject({
    email: part('E-mail address, whatever its case.'),
    phone: part('Phone number; how its digits are set apart does not matter.'),
    firstName: part('Found with the last name anywhere, alone in the own orders.'),
    lastName: part('As above.'),
  })
  .refine(({ email, phone }) => email.includes('@') || phone.replaceAll(/\D/g, '').length >= 6, {
    message: 'Give an e-mail address or a phone number: a name alone is many people.',
  });

export function registerCustomers(api: Api, ports: Ports): void {
  api.post(
    `${CONNECTION}/customers/erase`,
    describe({
      tag: TAG,
      summary: 'Erase a person',
      description:
        'Takes a person out of all that Onhand keeps: pairs, contacts, orders on their way, failures with their stored ' +
        'messages, logs. Nothing is deleted at BigCommerce or Clover: the report names what is left there.',
      answer: [202, 'It has begun.', z.object({ id: z.string() })],
    }),
    checked('json', personSchema),
    async (context) => {
      const subject = context.req.valid('json');
      const by = byWhom(context.var.caller);
      const id = await startErasure(ports, context.var.connection.id, subject, by);
      audit(ports, context, {
        operation: 'customers.erase',
        message: `A person is to be erased, by request ${id}.`,
        eventId: id,
      });
      return context.json({ id }, 202);
    },
  );
  api.get(
    `${CONNECTION}/customers/erasures`,
    describe({
      tag: TAG,
      summary: 'List requests to erase a person',
      answer: [
        200,
        `The latest ${LISTED_MAX}.`,
        z.object({ items: z.array(erasureSchema), nextCursor: z.null() }),
      ],
    }),
    async (context) => {
      const rows = await listErasures(ports.db, context.var.connection.id, LISTED_MAX);
      return context.json({ items: rows.map(shown), nextCursor: null });
    },
  );
  api.get(
    `${CONNECTION}/customers/erasures/:erasureId`,
    describe({
      tag: TAG,
      summary: 'One request to erase a person',
      answer: [200, 'How far it is.', erasureSchema],
    }),
    async (context) => {
      const id = context.req.param('erasureId');
      const erasure = await findErasure(ports.db, context.var.connection.id, id);
      return erasure === undefined
        ? notFound(context, 'such request')
        : context.json(shown(erasure));
    },
  );
}

function shown({ id, status, report, askedBy, askedAtMs, doneAtMs }: Erasure) {
  const { erased, remains } = report;
  return {
    id,
    status,
    erased,
    remains,
    askedBy,
    askedAt: iso(askedAtMs),
    doneAt: isoOrNull(doneAtMs),
  };
}
