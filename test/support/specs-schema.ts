/** Turns OpenAPI 3.0 schemas into JSON Schema 2019-09 that refuses undeclared properties. */
export type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

const COMBINATIONS = ['allOf', 'oneOf', 'anyOf'];

/**
 * Closes every schema of a document: those of components, and those of bodies wherever they stand.
 */
export function closeDocument(document: Node): void {
  const components = isNode(document['components']) ? document['components'] : {};
  for (const schema of Object.values(isNode(components['schemas']) ? components['schemas'] : {})) {
    if (isNode(schema)) walk(schema);
  }
  closeBodies({ ...document, components: { ...components, schemas: {} } });
}

/**
 * A body's schema is the value of a `schema` key; webhook models are bare `properties` at the top.
 */
function closeBodies(node: Node): void {
  for (const [name, value] of Object.entries(node)) {
    if (name === 'schema' && isNode(value)) closePosition(value);
    else if (isNode(value)) closeBodies(value);
    else for (const item of nodes(value)) closeBodies(item);
  }
}

/** Whether a schema says nothing about its properties and so allows any. */
function isFree(schema: Node): boolean {
  const properties = isNode(schema['properties']) ? Object.keys(schema['properties']) : [];
  const says = [...COMBINATIONS, '$ref'].some((name) => schema[name] !== undefined);
  return properties.length === 0 && !says;
}

/**
 * Closes a schema that stands for a whole value: a property, an item, a body. Parts of an `allOf`
 * are only walked, since each of them knows a part of the properties; so is a component, which may
 * be such a part elsewhere.
 */
export function closePosition(schema: Node): void {
  walk(schema);
  if (isFree(schema) || schema['additionalProperties'] !== undefined) return;
  schema['unevaluatedProperties'] = false;
  if (schema['properties'] !== undefined || schema['allOf'] !== undefined) return;
  // A mere choice: every alternative stands for the whole value.
  for (const name of ['oneOf', 'anyOf']) nodes(schema[name]).forEach(closePosition);
}

function walk(schema: Node): void {
  translate(schema);
  for (const name of COMBINATIONS) nodes(schema[name]).forEach(walk);
  const { properties, items, additionalProperties } = schema;
  for (const property of Object.values(isNode(properties) ? properties : {})) {
    if (isNode(property)) closePosition(property);
  }
  if (isNode(items)) closePosition(items);
  if (isNode(additionalProperties)) closePosition(additionalProperties);
  // Behind a reference a free object would be closed by its referrer.
  if (isFree(schema) && additionalProperties === undefined) schema['additionalProperties'] = true;
}

/** What OpenAPI 3.0 writes differently: exclusive bounds as booleans, and null as a flag. */
function translate(schema: Node): void {
  for (const [flag, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[flag] !== 'boolean') continue;
    const exclusive = schema[flag];
    delete schema[flag];
    if (exclusive && schema[bound] !== undefined) schema[flag] = schema[bound];
  }
  if (schema['x-nullable'] === true && schema['type'] !== undefined) schema['nullable'] = true;
  if (schema['nullable'] === true && Array.isArray(schema['enum'])) {
    schema['enum'] = [...schema['enum'], null];
  }
  separateLinks(schema);
}

/**
 * A sub-resource is either a link or the thing itself. As written both alternatives admit the
 * other's value, which `oneOf` refuses: a link has both its properties, and an empty list may be of
 * either kind.
 */
function separateLinks(schema: Node): void {
  const { properties } = schema;
  if (isNode(properties) && Object.keys(properties).join() === 'url,resource') {
    schema['required'] = ['url', 'resource'];
  }
  const lists = nodes(schema['oneOf']).filter((one) => one['type'] === 'array');
  if (lists.length < 2) return;
  schema['anyOf'] = schema['oneOf'];
  delete schema['oneOf'];
}
