/**
 * Where BigCommerce's documents contradict their own text or samples. Each entry says why, and
 * throws when the place it puts right is gone, so that a changed document is noticed.
 */
import type { Node } from './specs-schema.ts';

type Fix = (document: Node) => void;

function at(document: Node, path: string): Node {
  let node: unknown = document;
  for (const part of path.split('.')) node = (node as Node | undefined)?.[part];
  if (typeof node !== 'object' || node === null) throw new Error(`No ${path} to put right`);
  return node as Node;
}

const schema = (document: Node, path: string) => at(document, `components.schemas.${path}`);

function nullable(document: Node, path: string, names: readonly string[]): void {
  for (const name of names) schema(document, `${path}.properties.${name}`)['nullable'] = true;
}

const FIXES: Record<string, readonly Fix[]> = {
  'reference/inventory.v3.yml': [
    // Its description: "`null` if the item is a base variant".
    (document) => nullable(document, 'ItemResponse.properties.identity', ['sku_id']),
  ],
  'reference/settings.v3.yml': [
    // The answer's description: "null indicates that a particular field has not been overridden on
    // a channel level".
    (document) => {
      const properties = schema(document, 'InventorySettings.properties');
      nullable(document, 'InventorySettings', Object.keys(properties));
    },
  ],
  'reference/webhooks.v3.yml': [
    // A store without hooks has an empty list.
    (document) => {
      const list = 'components.responses.webhooks_Resp.content.application/json.schema';
      delete at(document, `${list}.properties.data`)['minItems'];
    },
  ],
  'reference/catalog/products_catalog.v3.yml': [
    // bigcommerce.md 4.1: null when the product has real variants; an option set is a thing of V2.
    (document) => {
      const full = schema(document, 'product_Full');
      const parts = full['allOf'] as Node[];
      const response = parts.find(
        (part) => (part['properties'] as Node | undefined)?.['base_variant_id'] !== undefined,
      );
      if (response === undefined) throw new Error('No base_variant_id to put right');
      for (const name of ['base_variant_id', 'option_set_id']) {
        ((response['properties'] as Node)[name] as Node)['nullable'] = true;
      }
      // `include` lists them, and a sample shows the variants, but the model forgot both.
      const properties = response['properties'] as Node;
      const variant = { $ref: '#/components/schemas/productVariant_Full' };
      properties['variants'] = { type: 'array', items: variant };
      properties['reviews'] = { type: 'array' };
    },
    // Variants of a product that is yet to be made have no ids; their own document asks for a SKU only.
    (document) => {
      const schemas = at(document, 'components.schemas');
      schemas['productVariant_Post'] = {
        ...schema(document, 'productVariant_Full'),
        required: ['sku'],
      };
      const variants = schema(document, 'product_Base_POST.properties.variants');
      variants['items'] = { $ref: '#/components/schemas/productVariant_Post' };
    },
    // bigcommerce.md 4.1; the variants document has it nullable.
    (document) => {
      const [, own] = schema(document, 'productVariant_Full')['allOf'] as Node[];
      at(own ?? {}, 'properties.sku_id')['nullable'] = true;
    },
  ],
  'reference/orders.v3.yml': [
    // ORDER and FEE items are two of the alternatives at once, so "exactly one" fits no such item.
    (document) => {
      const item = schema(document, 'ItemsRefund');
      item['anyOf'] = item['oneOf'];
      delete item['oneOf'];
    },
  ],
  'reference/orders.v2.oas2.yml': [
    // In both samples of the order answer.
    (document) => {
      schema(document, 'order_RespOnly.properties')['custom_status'] = { type: 'string' };
    },
  ],
};

/** Puts a freshly parsed document right; `file` is relative to the BigCommerce folder. */
export function errata(file: string, document: Node): void {
  for (const fix of FIXES[file] ?? []) fix(document);
}
