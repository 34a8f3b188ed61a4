/** The part of a connection's settings that is about customers; `settings.ts` has the whole. */
import * as z from 'zod';

const customerOwner = (of: string) =>
  z
    .enum(['bigcommerce', 'clover', 'off'])
    .default('bigcommerce')
    .describe(`Whose word counts when both sides changed ${of}; off: it is never copied.`);

export const customers = z.strictObject({
  enabled: z.boolean().default(false).describe('Copy customers; off until switched on.'),
  direction: z
    .enum(['two-way', 'to-clover', 'to-bigcommerce'])
    .default('two-way')
    .describe('Which side receives customers.'),
  withOrders: z
    .boolean()
    .default(true)
    .describe('A web order brings its shopper to the register, made there when it is new.'),
  createMissing: z
    .strictObject({
      bigcommerce: z
        .boolean()
        .default(false)
        .describe('Open store accounts for register customers with a name and an e-mail address.'),
      clover: z
        .boolean()
        .default(false)
        .describe('Make register customers of store accounts, also before they order.'),
    })
    .prefault({})
    .describe('Create who is missing.'),
  owners: z
    .strictObject({
      name: customerOwner('the name'),
      email: customerOwner('the e-mail address'),
      phone: customerOwner('the phone number'),
    })
    .prefault({})
    .describe('Whose value stands when both sides changed it; one side alone is followed.'),
});
