/**
 * BigCommerce's own OpenAPI documents as a judge of requests and responses. They are read where
 * they lie, in ../shared/specs beside the project, never copied. Nothing of the judge is lenient on
 * names: a property that the documents do not know is a problem, although the documents leave their
 * objects open.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import addFormats from 'ajv-formats';
import { Ajv2019 } from 'ajv/dist/2019.js';
import type { ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { errata } from './specs-errata.ts';
import { closeDocument, closePosition } from './specs-schema.ts';
import type { Node } from './specs-schema.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', 'shared', 'specs', 'bigcommerce');

/** One call or answer as it went over the wire. */
export interface WireRequest {
  method: string;
  /** `/stores/{hash}/v3/...`, with its query. */
  path: string;
  headers?: Headers;
  /** Parsed JSON; undefined when there is none. */
  body?: unknown;
}

export interface WireResponse {
  method: string;
  path: string;
  status: number;
  contentType: string | null;
  body?: unknown;
}

/** Each method lists what is wrong; an empty list is a pass. */
export interface Specs {
  validateRequest(request: WireRequest): string[];
  validateResponse(response: WireResponse): string[];
  /**
   * Judges a webhook payload; scopes without a model (those of locations) only by their envelope.
   */
  validateHook(scope: string, payload: unknown): string[];
  /**
   * Names of one resource in the 200 answer of an operation, sorted: the documents require hardly
   * any, so an answer that lacks half of them passes.
   */
  namesInAnswer(method: string, path: string): string[];
}

/**
 * The documents, or undefined where they are not beside the project. On CI their absence is an
 * error: there a skipped contract would pass for a kept one.
 */
export function openSpecs(): Specs | undefined {
  if (existsSync(ROOT)) return createSpecs();
  const message = `The platform contracts are not at ${ROOT}`;
  if (process.env['CI']) throw new Error(message);
  console.warn(`${message}; contract tests are skipped.`);
  return undefined;
}

interface Template {
  file: string;
  path: string;
  pattern: RegExp;
}

interface Operation {
  file: string;
  /** JSON pointer parts of the operation. */
  at: string[];
  node: Node;
  /** Parameters of the path item and of the operation. */
  parameters: Node[];
}

/** Paths by version, read from the raw text so that only documents in use are parsed. */
function indexPaths(): Map<string, Template[]> {
  const index = new Map<string, Template[]>();
  const reference = join(ROOT, 'reference');
  for (const entry of readdirSync(reference, { recursive: true, encoding: 'utf8' })) {
    if (!/\.ya?ml$/.test(entry)) continue;
    const text = readFileSync(join(reference, entry), 'utf8');
    const version = /url: .*\/stores\/\{store_hash\}\/(v[23])/.exec(text)?.[1];
    if (version === undefined) continue;
    const paths = text.slice(text.search(/^paths:/m)).split(/^(?!paths:)\S/m)[0] ?? '';
    for (const [, path = ''] of paths.matchAll(/^ {2}['"]?(\/[^'":\s]*)['"]?:\s*$/gm)) {
      const pattern = new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`);
      const templates = index.get(version) ?? [];
      index.set(version, [...templates, { file: entry, path, pattern }]);
    }
  }
  return index;
}

function createSpecs(): Specs {
  const ajv = new Ajv2019({
    strict: false,
    validateSchema: false,
    allErrors: true,
    logger: false,
  });
  addFormats(ajv);
  const index = indexPaths();
  const documents = new Map<string, Node>();
  const validators = new Map<string, ValidateFunction>();

  const load = (file: string): Node => {
    const known = documents.get(file);
    if (known !== undefined) return known;
    const document = parse(readFileSync(join(ROOT, file), 'utf8')) as Node;
    errata(file, document);
    closeDocument(document);
    ajv.addSchema({ ...document, $id: idOf(file) });
    documents.set(file, document);
    return document;
  };

  const check = (file: string, at: string[], value: unknown): string[] => {
    const pointer = at.map((part) => encodeURIComponent(escape(part))).join('/');
    const key = `${idOf(file)}#/${pointer}`;
    let validate = validators.get(key);
    if (validate === undefined) {
      validate = ajv.compile({ $ref: key });
      validators.set(key, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => {
      const { unevaluatedProperty, additionalProperty } = error.params as Record<string, string>;
      const name = unevaluatedProperty ?? additionalProperty;
      return [error.instancePath || '/', error.message, name].filter(Boolean).join(' ');
    });
  };

  const find = (method: string, path: string): Operation | undefined => {
    const match = /^\/stores\/[^/]+\/(v[23])(\/[^?]*)/.exec(path);
    const templates = (index.get(match?.[1] ?? '') ?? [])
      .filter((template) => template.pattern.test(match?.[2] ?? ''))
      .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length);
    for (const template of templates) {
      const file = join('reference', template.file);
      const at = ['paths', template.path, method.toLowerCase()];
      const item = dig(load(file), at.slice(0, 2));
      const node = item?.[method.toLowerCase()] as Node | undefined;
      if (node === undefined) continue;
      const lists = [item?.['parameters'], node['parameters']] as (Node[] | undefined)[];
      const parameters = lists.flatMap((list) => list ?? []).map((one) => resolve(load(file), one));
      return { file, at, node, parameters };
    }
    return undefined;
  };

  return {
    validateRequest: (request) => judgeRequest(request, find, load, check),
    validateResponse: (response) => judgeResponse(response, find, load, check),
    validateHook: (scope, payload) => judgeHook(scope, payload, load, check),
    namesInAnswer: (method, path) => namesInAnswer(method, path, find, load),
  };
}

type Find = (method: string, path: string) => Operation | undefined;
type Load = (file: string) => Node;
type Check = (file: string, at: string[], value: unknown) => string[];

const idOf = (file: string) => `https://specs.invalid/${file}`;
const escape = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

function dig(node: Node, at: readonly string[]): Node | undefined {
  let found: unknown = node;
  for (const part of at) found = (found as Node | undefined)?.[part];
  return found as Node | undefined;
}

const partsOf = (ref: string) =>
  ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Follows references of parameters, bodies and responses; those of schemas are the validator's. */
function resolve(document: Node, node: Node): Node {
  const ref = node['$ref'];
  if (typeof ref !== 'string') return node;
  const target = dig(document, partsOf(ref));
  if (target === undefined) throw new Error(`${ref} leads nowhere`);
  return resolve(document, target);
}

/** Where a node lies after its references are followed. */
function whereIs(document: Node, at: string[]): string[] {
  const ref = dig(document, at)?.['$ref'];
  return typeof ref === 'string' ? whereIs(document, partsOf(ref)) : at;
}

function judgeRequest(request: WireRequest, find: Find, load: Load, check: Check): string[] {
  const operation = find(request.method, request.path);
  if (operation === undefined) return [`no operation ${request.method} ${request.path}`];
  const { file, at, node, parameters } = operation;
  const problems = [
    ...judgeQuery(request.path, parameters),
    ...(request.headers === undefined ? [] : judgeHeaders(request.headers, parameters)),
  ];
  if (node['requestBody'] === undefined) {
    return request.body === undefined ? problems : [...problems, 'the operation takes no body'];
  }
  const document = load(file);
  const body = whereIs(document, [...at, 'requestBody']);
  if (request.body === undefined) {
    const required = dig(document, body)?.['required'] === true;
    return required ? [...problems, 'the body is missing'] : problems;
  }
  const schema = [...body, 'content', 'application/json', 'schema'];
  return [...problems, ...check(file, schema, request.body)];
}

function judgeQuery(path: string, parameters: readonly Node[]): string[] {
  const problems: string[] = [];
  const known = parameters.filter((parameter) => parameter['in'] === 'query');
  for (const [name, value] of new URL(path, 'https://specs.invalid').searchParams) {
    const parameter = known.find((one) => one['name'] === name);
    if (parameter === undefined) {
      problems.push(`query ${name} is not documented`);
      continue;
    }
    const schema = (parameter['schema'] ?? {}) as Node;
    // Lists are documented now as arrays, now as one scalar: both go over the wire with commas.
    const list = schema['type'] === 'array' || /:(in|not_in)$/.test(name);
    const item = (schema['type'] === 'array' ? schema['items'] : schema) as Node;
    for (const part of list ? value.split(',') : [value]) {
      if (!fits(part, item)) problems.push(`query ${name} cannot be "${part}"`);
    }
  }
  return problems;
}

function fits(value: string, schema: Node): boolean {
  const { type, enum: choices, maximum } = schema;
  if (type === 'integer' && !/^-?\d+$/.test(value)) return false;
  if (type === 'number' && !/^-?\d+(\.\d+)?$/.test(value)) return false;
  if (type === 'boolean' && !/^(true|false|0|1)$/.test(value)) return false;
  if (typeof maximum === 'number' && Number(value) > maximum) return false;
  if (!Array.isArray(choices)) return true;
  // `sort` of V2 takes a direction behind the documented choice (bigcommerce.md 7.1).
  return choices.some((choice) =>
    [value, value.replace(/:(asc|desc)$/, '')].includes(String(choice)),
  );
}

function judgeHeaders(headers: Headers, parameters: readonly Node[]): string[] {
  return parameters
    .filter((parameter) => parameter['in'] === 'header' && parameter['required'] === true)
    .filter((parameter) => !headers.has(String(parameter['name'])))
    .map((parameter) => `header ${String(parameter['name'])} is missing`);
}

function judgeResponse(response: WireResponse, find: Find, load: Load, check: Check): string[] {
  const { method, path, status, body } = response;
  const operation = find(method, path);
  if (operation === undefined) {
    // Paths and methods that do not exist are answered too, in the general dialect.
    return [404, 405].includes(status) || status === 401
      ? judgeError(response)
      : [`no operation ${method} ${path}`];
  }
  const { file, at, node } = operation;
  const documented = (node['responses'] as Node)[String(status)] !== undefined;
  if (!documented) return judgeUndocumented(response);
  const document = load(file);
  const where = whereIs(document, [...at, 'responses', String(status)]);
  const content = (dig(document, where)?.['content'] ?? {}) as Node;
  if (Object.keys(content).length === 0) {
    return body === undefined ? [] : [`${status} has no body in the documents`];
  }
  const type = response.contentType?.split(';')[0] ?? '';
  if (content[type] === undefined) return [`content type ${type} is not documented`];
  const general = status >= 400 ? listedErrors(response).flatMap(judgeError) : [];
  // Some errors have a sample and no schema.
  if (dig(document, [...where, 'content', type, 'schema']) === undefined) return general;
  return [...general, ...check(file, [...where, 'content', type, 'schema'], body)];
}

/** Refunds list their errors under `data` (orders.v3.yml). */
function listedErrors(response: WireResponse): WireResponse[] {
  const { body } = response;
  const rows = isNode(body) && Array.isArray(body['data']) ? body['data'] : undefined;
  return rows === undefined ? [response] : rows.map((row: unknown) => ({ ...response, body: row }));
}

/** An empty V2 list is 204 (bigcommerce.md 3.3); errors have the shape of their version. */
function judgeUndocumented(response: WireResponse): string[] {
  const { method, path, status, body } = response;
  if (status === 204 && method === 'GET' && path.includes('/v2/')) {
    return body === undefined ? [] : ['204 has a body'];
  }
  return status >= 400 ? judgeError(response) : [`status ${status} is not documented`];
}

const GENERAL_ERROR = {
  v2: ['status', 'message', 'details'],
  v3: ['status', 'title', 'type', 'errors', 'instance'],
};

/** V3: a problem object; V2: a list of such with a message (bigcommerce.md 3.3). */
function judgeError({ path, status, body }: WireResponse): string[] {
  const version = path.includes('/v2/') ? 'v2' : 'v3';
  const rows: unknown[] = version === 'v2' && Array.isArray(body) ? body : [body];
  if (version === 'v2' && !Array.isArray(body)) return ['a V2 error is a list'];
  return rows.flatMap((row) => {
    if (typeof row !== 'object' || row === null) return ['an error is an object'];
    const error = row as Node;
    const unknown = Object.keys(error).filter((name) => !GENERAL_ERROR[version].includes(name));
    const text = version === 'v2' ? error['message'] : error['title'];
    return [
      ...unknown.map((name) => `an error has no ${name}`),
      ...(error['status'] === status ? [] : ['the error names another status']),
      ...(typeof text === 'string' && text !== '' ? [] : ['the error has no text']),
    ];
  });
}

/** The resource of an answer: without its envelope and its list. */
function namesInAnswer(method: string, path: string, find: Find, load: Load): string[] {
  const operation = find(method, path);
  if (operation === undefined) throw new Error(`No operation ${method} ${path}`);
  const document = load(operation.file);
  const where = whereIs(document, [...operation.at, 'responses', '200']);
  const schema = dig(document, [...where, 'content', 'application/json', 'schema']);
  const body = propertiesOf(document, schema ?? {});
  const properties = isNode(body['data']) ? propertiesOf(document, body['data']) : body;
  return Object.keys(properties).toSorted();
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Properties of a schema through references, `allOf` and list items. */
function propertiesOf(document: Node, schema: Node): Node {
  const { properties, allOf, items } = resolve(document, schema);
  const parts = [...(Array.isArray(allOf) ? allOf : []), items].filter(isNode);
  return Object.assign({}, properties, ...parts.map((part) => propertiesOf(document, part)));
}

const ENVELOPE = ['scope', 'store_id', 'data', 'hash', 'created_at', 'producer'];

function judgeHook(scope: string, payload: unknown, load: Load, check: Check): string[] {
  const names = Object.keys(typeof payload === 'object' && payload !== null ? payload : {});
  const problems = [
    ...ENVELOPE.filter((name) => !names.includes(name)).map((name) => `${name} is missing`),
    ...names.filter((name) => !ENVELOPE.includes(name)).map((name) => `${name} is not documented`),
  ];
  const file = join('webhook-callbacks', `${scope.replaceAll('/', '_')}.yml`);
  if (!existsSync(join(ROOT, file))) return problems;
  const document = load(file);
  closePosition(dig(document, ['properties', scope]) ?? {});
  return [...problems, ...check(file, ['properties', scope], payload)];
}
