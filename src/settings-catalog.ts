/** The settings of the catalog: which side owns which field, and how one side's words are said on the other. */
import * as z from 'zod';

const owner = z.enum(['bigcommerce', 'clover', 'newest', 'off']);
const owned = (by: z.infer<typeof owner>, of: string) =>
  owner.default(by).describe(`Which side owns ${of}; off: it is never copied.`);

export const catalog = z.strictObject({
  enabled: z.boolean().default(false).describe('Copy catalog fields; off until switched on.'),
  owners: z
    .strictObject({
      name: owned('bigcommerce', 'the name'),
      description: owned(
        'off',
        'the description; Clover items have none, so nothing is copied whatever is set',
      ),
      price: owned('bigcommerce', 'the price'),
      salePrice: owned('bigcommerce', 'the sale price'),
      cost: owned('bigcommerce', 'the cost'),
      barcode: owned('bigcommerce', 'the barcode'),
      taxClass: owned('off', 'the tax class'),
      categories: owned('off', 'the categories'),
      visibility: owned('off', 'visibility'),
      availability: owned('off', 'availability'),
      modifiers: owned('off', 'modifiers'),
    })
    .prefault({})
    .describe('Owner per field.'),
  createMissing: z
    .strictObject({
      bigcommerce: z.boolean().default(false).describe('Create products that only Clover has.'),
      clover: z.boolean().default(false).describe('Create items that only BigCommerce has.'),
    })
    .prefault({})
    .describe('Create what one side lacks.'),
  deleted: z
    .enum(['keep', 'hide', 'delete'])
    .default('keep')
    .describe(
      'What a link plan does with the other side of a linked SKU whose variant or items are gone.',
    ),
  newProducts: z
    .strictObject({
      weight: z
        .number()
        .min(0)
        .max(1_000_000)
        .default(0)
        .describe("Weight of created products, in the store's unit: BigCommerce wants one."),
      duplicateNames: z
        .enum(['refuse', 'sku'])
        .default('refuse')
        .describe(
          'A product whose name the store has already: refuse it, or put its SKU behind its name.',
        ),
      channelIds: z
        .array(z.int().min(1))
        .max(20)
        .default([1])
        .describe('Channels that created products are assigned to; 1 is the default storefront.'),
    })
    .prefault({})
    .describe(
      'What products get that are created in BigCommerce. They stay hidden until published.',
    ),
  toRegister: z
    .strictObject({
      name: z
        .string()
        .max(100)
        .regex(/\{name\}|\{sku\}/, 'must contain {name} or {sku}')
        .default('{name}')
        .describe("Name at the register: {name} and {sku} stand for BigCommerce's."),
      rounding: z
        .enum(['none', '5', '10', '100', '99'])
        .default('none')
        .describe(
          'Price at the register: to the nearest 5, 10 or 100 cents, or up to the next that ends in 99.',
        ),
      taxPercent: z
        .number()
        .min(0)
        .max(100)
        .nullable()
        .default(null)
        .describe(
          'The one tax rate between prices with tax and prices without, where both sides enter theirs differently; null: such prices are left alone.',
        ),
    })
    .prefault({})
    .describe('How the register says what BigCommerce says, where BigCommerce owns it.'),
  categories: z
    .strictObject({
      create: z
        .boolean()
        .default(true)
        .describe('Make a category that the other side has and this one lacks.'),
      names: z
        .record(
          z.string().regex(/^[1-9][0-9]{0,9}$/, 'must be the id of a category'),
          z.string().min(1).max(127),
        )
        .default({})
        .describe(
          'What a BigCommerce category, by its id, is called at Clover; others keep their name.',
        ),
    })
    .prefault({})
    .describe('How categories are matched: by name, whatever its case.'),
  taxClasses: z
    .array(
      z.strictObject({
        taxClassId: z.int().min(0).describe('BigCommerce tax class; 0 is the default one.'),
        taxRates: z
          .union([z.literal('default'), z.array(z.string().min(1).max(127)).max(20)])
          .describe('Clover tax rates by name, or default: the merchant’s default rates.'),
      }),
    )
    .max(100)
    .default([])
    .describe(
      'Which tax rates a tax class stands for at Clover; one that is not here is left alone.',
    ),
  blanks: z
    .enum(['keep', 'overwrite'])
    .default('keep')
    .describe('keep: a blank never replaces a value.'),
  guards: z
    .strictObject({
      catalogShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.2)
        .describe(
          'A change set that moves the price of more than this share of the catalog stops.',
        ),
      priceMoveShare: z
        .number()
        .min(0)
        .max(100)
        .default(0.5)
        .describe('A single price that moves by more than this share of itself stops.'),
    })
    .prefault({})
    .describe('Caps that stop a change set.'),
});
