/** The part of a connection's settings that is about orders; `settings.ts` has the whole. */
import * as z from 'zod';

/** BigCommerce's order statuses (bigcommerce.md 7.3). */
export const statusIds = z.array(z.int().min(0).max(14)).max(15);

const MERCHANT_ID = /^[A-Z0-9]{13}$/;
const NO_MERCHANT = 'must be a Clover merchant id of 13 characters';

export const orders = z.strictObject({
  webToClover: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('Send web orders to Clover; off until switched on.'),
      statusIds: statusIds
        .default([2, 3, 8, 9, 10, 11])
        .describe('Web order statuses that make a register order: those a shop counts as paid.'),
      tenders: z
        .record(z.string().min(1).max(255), z.string().min(1).max(64))
        .default({})
        .describe('Clover tender id by BigCommerce payment method.'),
      merchantRule: z
        .enum(['first', 'by-location'])
        .default('first')
        .describe(
          'Which merchant receives an order that is picked up: the default one, or that of its location.',
        ),
      merchantByState: z
        .record(z.string().min(2).max(64), z.string().regex(MERCHANT_ID, NO_MERCHANT))
        .default({})
        .describe(
          "Clover merchant by where an order is shipped: a state as BigCommerce names it, or a country's two letters.",
        ),
      defaultMerchantId: z
        .string()
        .regex(MERCHANT_ID, NO_MERCHANT)
        .nullable()
        .default(null)
        .describe('Clover merchant that receives all other orders; null: the first one linked.'),
      orderType: z
        .string()
        .max(64)
        .default('BigCommerce')
        .describe('Order type at the register, found by its label or made once; empty: none.'),
      apiOrdersMoveStock: z
        .enum(['auto', 'yes', 'no'])
        .default('auto')
        .describe(
          'Whether an order made through the API moves Clover stock; auto: learnt from the first.',
        ),
      since: z.iso
        .datetime({ offset: true })
        .nullable()
        .default(null)
        .describe(
          'Web orders placed before stay where they are; null: before the app was installed.',
        ),
      title: z
        .string()
        .max(127)
        .default('BigCommerce {orderId}')
        .describe(
          'Title at the register; may name {orderId} {status} {payment} {shipping} {customer} {message}.',
        ),
      note: z
        .string()
        .max(1_000)
        .default('Web order {orderId}, {status}, paid by {payment}')
        .describe('Note at the register, with the same names.'),
      roundingMaxMinor: z
        .int()
        .min(0)
        .max(100)
        .default(0)
        .describe(
          'Largest difference between an order and its parts that becomes a visible line, in cents; more is parked.',
        ),
      otherCurrency: z
        .enum(['park', 'convert'])
        .default('park')
        .describe(
          "What becomes of an order in another currency; convert: at the order's own rate.",
        ),
      unlinkedLines: z
        .enum(['custom', 'park'])
        .default('custom')
        .describe('What becomes of products that no item is linked to: lines by name, or parked.'),
      unknownMethods: z
        .enum(['create', 'park'])
        .default('create')
        .describe('Payment methods without a tender: one of their own is made once, or parked.'),
    })
    .prefault({})
    .describe('Web orders to registers.'),
  inStoreSales: z
    .enum(['stock-only', 'bigcommerce-orders'])
    .default('stock-only')
    .describe('Whether a register sale only moves stock or also becomes a BigCommerce order.'),
  inStoreSince: z.iso
    .datetime({ offset: true })
    .nullable()
    .default(null)
    .describe(
      'Register sales made before make no BigCommerce order; null: set to the moment they are switched on.',
    ),
  restock: z
    .enum(['always', 'never', 'ask'])
    .default('ask')
    .describe('Whether a refund puts units back; money alone never does.'),
});
