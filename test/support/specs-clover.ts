/**
 * Clover's contract as a test oracle: looks up the operation of a call and says what in its request or response
 * breaks `../shared/specs/clover`. The reading rules are those of `../shared/specs/README.md`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const SPEC_FILE = fileURLToPath(
  new URL('../../../shared/specs/clover/clover-v3.openapi.yaml', import.meta.url).href,
);

type Json = Record<string, unknown>;

/** What is wrong, in words; empty when nothing is. */
export type Problems = string[];

export interface CloverSpecs {
  /** Id of the operation of a call, null when the contract has none. */
  operationId: (method: string, path: string) => string | null;
  /** Path, query, User-Agent and body of a request; the body is read from a copy. */
  validateRequest: (request: Request) => Promise<Problems>;
  /** Status, headers and body of the answer to a request; read from a copy. */
  validateResponse: (request: Request, response: Response) => Promise<Problems>;
  /** A value against a schema of `components`, e.g. 'WebhookEnvelope'. */
  validateSchema: (name: string, value: unknown) => Problems;
}

interface Operation {
  path: string;
  pathPattern: RegExp;
  names: string[];
  spec: Json;
  parameters: Json[];
}

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const json = (value: unknown): Json => (isJson(value) ? value : {});

const METHODS = ['get', 'post', 'put', 'delete'];

/** References of an inline schema lead into the contract, wherever the schema is compiled. */
function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === '$ref' && typeof part === 'string' && part.startsWith('#')
        ? `clover${part}`
        : absolute(part),
    ]),
  );
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null)
      .map(([key, part]) => [key, withoutNulls(part)]),
  );
}

/** A query or header text as the type its schema asks for; a text that is none stays and fails there. */
function typed(text: string, schema: Json): unknown {
  if (schema['type'] === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (schema['type'] === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}

class Contract {
  readonly document: Json;
  readonly ajv: Ajv2020;
  readonly operations: Map<string, Operation[]>;
  readonly compiled = new Map<string, ValidateFunction>();

  constructor(document: Json) {
    this.document = document;
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: 'clover', components: document['components'] });
    this.operations = this.index();
  }

  resolve(value: unknown): Json {
    const part = json(value);
    const reference = part['$ref'];
    if (typeof reference !== 'string') return part;
    const target = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((node, key) => json(node)[key], this.document);
    return { ...json(target), ...part, $ref: undefined };
  }

  index(): Map<string, Operation[]> {
    const byMethod = new Map<string, Operation[]>();
    for (const [path, item] of Object.entries(json(this.document['paths']))) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
      const pathPattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
      for (const method of METHODS) {
        const spec = json(item)[method];
        if (!isJson(spec)) continue;
        const parameters = [json(item)['parameters'], spec['parameters']]
          .flatMap((list) => (Array.isArray(list) ? list : []))
          .map((parameter) => this.resolve(parameter));
        const list = byMethod.get(method) ?? [];
        list.push({ path, pathPattern, names, spec, parameters });
        byMethod.set(method, list);
      }
    }
    return byMethod;
  }

  find(method: string, path: string): Operation | null {
    const candidates = this.operations.get(method.toLowerCase()) ?? [];
    return candidates.find((operation) => operation.pathPattern.test(path)) ?? null;
  }

  /** Whether the contract knows the path, under whatever verb. */
  knowsPath(path: string): boolean {
    return METHODS.some((method) => this.find(method, path) !== null);
  }

  check(schema: unknown, value: unknown, where: string): Problems {
    const key = JSON.stringify(schema);
    let validate = this.compiled.get(key);
    if (validate === undefined) {
      validate = this.ajv.compile(json(absolute(schema)));
      this.compiled.set(key, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      (error) => `${where}${error.instancePath}: ${error.message ?? 'invalid'}`,
    );
  }

  checkQuery(operation: Operation, query: URLSearchParams): Problems {
    const parameters = operation.parameters.filter((parameter) => parameter['in'] === 'query');
    const known = new Set(parameters.map((parameter) => String(parameter['name'])));
    const problems = [...new Set(query.keys())]
      .filter((name) => !known.has(name))
      .map((name) => `query: ${name} is not a parameter of ${operation.path}`);
    for (const parameter of parameters) {
      const name = String(parameter['name']);
      const values = query.getAll(name);
      if (values.length === 0) {
        if (parameter['required'] === true) problems.push(`query: ${name} is missing`);
        continue;
      }
      const schema = this.resolve(parameter['schema']);
      const list = parameter['explode'] === false ? values.flatMap((v) => v.split(',')) : values;
      if (schema['type'] !== 'array' && values.length > 1) {
        problems.push(`query: ${name} is repeated`);
      }
      const value = schema['type'] === 'array' ? list : typed(values[0] ?? '', schema);
      problems.push(...this.check(parameter['schema'], value, `query ${name}`));
    }
    return problems;
  }

  checkPath(operation: Operation, path: string): Problems {
    const found = operation.pathPattern.exec(path)?.slice(1) ?? [];
    return operation.names.flatMap((name, index) => {
      const parameter = operation.parameters.find(
        (candidate) => candidate['in'] === 'path' && candidate['name'] === name,
      );
      const value = decodeURIComponent(found[index] ?? '');
      return this.check(parameter?.['schema'] ?? false, value, `path ${name}`);
    });
  }

  checkBody(operation: Operation, text: string, query: URLSearchParams): Problems {
    const body = json(operation.spec['requestBody']);
    const schema = json(json(json(body['content'])['application/json'])['schema']);
    if (operation.spec['requestBody'] === undefined) {
      return text === '' ? [] : ['body: this operation takes none'];
    }
    if (text === '') return body['required'] === true ? ['body: missing'] : [];
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return ['body: not JSON'];
    }
    const deleting = query.get('delete') === 'true';
    const forms = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [schema];
    const form = forms.find(
      (candidate) => String(json(candidate)['$ref']).endsWith('Delete') === deleting,
    );
    return this.check(form ?? schema, value, 'body');
  }

  checkHeaders(response: Json, headers: Headers): Problems {
    return Object.entries(json(response['headers'])).flatMap(([name, header]) => {
      const spec = this.resolve(header);
      const value = headers.get(name);
      if (value === null) return spec['required'] === true ? [`header ${name}: missing`] : [];
      const schema = this.resolve(spec['schema']);
      return this.check(spec['schema'], typed(value, schema), `header ${name}`);
    });
  }

  checkAnswer(response: Json, text: string, nullsAllowed: boolean): Problems {
    if (response['content'] === undefined) return [];
    if (text === '') {
      return response['x-empty-body'] === 'allowed' ? [] : ['body: must not be empty'];
    }
    const { schema } = json(json(response['content'])['application/json']);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return ['body: not JSON'];
    }
    return this.check(schema, nullsAllowed ? withoutNulls(value) : value, 'body');
  }
}

async function validateRequest(contract: Contract, request: Request): Promise<Problems> {
  const url = new URL(request.url);
  const operation = contract.find(request.method, url.pathname);
  if (operation === null) return [`no operation ${request.method} ${url.pathname}`];
  const text = await request.clone().text();
  const agent = operation.parameters.find((parameter) => parameter['in'] === 'header');
  const sent = request.headers.get('User-Agent') ?? '';
  return [
    ...contract.checkPath(operation, url.pathname),
    ...contract.checkQuery(operation, url.searchParams),
    ...(agent === undefined ? [] : contract.check(agent['schema'], sent, 'User-Agent')),
    ...contract.checkBody(operation, text, url.searchParams),
  ];
}

async function validateResponse(
  contract: Contract,
  request: Request,
  response: Response,
): Promise<Problems> {
  const url = new URL(request.url);
  const operation = contract.find(request.method, url.pathname);
  const text = await response.clone().text();
  if (operation === null) {
    // Outside the contract only the common refusals may come: an unknown path, a wrong verb, no right.
    const name = {
      400: 'BadRequest',
      401: 'Unauthorized',
      404: 'NotFound',
      405: 'MethodNotAllowed',
    }[response.status];
    const tooKind = response.status === 405 && !contract.knowsPath(url.pathname);
    if (name === undefined || tooKind) return [`unexpected status ${response.status}`];
    const common = contract.resolve({ $ref: `#/components/responses/${name}` });
    return contract.checkAnswer(common, text, false);
  }
  const spec = json(operation.spec['responses'])[String(response.status)];
  if (spec === undefined) return [`status ${response.status} is not in the contract`];
  const expected = contract.resolve(spec);
  const nullsAllowed = url.searchParams.get('return_null_fields') === 'true';
  return [
    ...contract.checkHeaders(expected, response.headers),
    ...contract.checkAnswer(expected, text, nullsAllowed),
  ];
}

/** Reads the contract, null where it does not lie (a checkout without the shared reference data). */
export function loadCloverSpecs(): CloverSpecs | null {
  if (!existsSync(SPEC_FILE)) return null;
  const contract = new Contract(json(parse(readFileSync(SPEC_FILE, 'utf8'))));
  return {
    operationId: (method, path) => {
      const id = contract.find(method, path)?.spec['operationId'];
      return typeof id === 'string' ? id : null;
    },
    validateRequest: (request) => validateRequest(contract, request),
    validateResponse: (request, response) => validateResponse(contract, request, response),
    validateSchema: (name, value) =>
      contract.check({ $ref: `#/components/schemas/${name}` }, value, name),
  };
}

/**
 * A suite that needs the contract. Without it the suite is skipped and says so; in CI, where the contract must
 * lie, it fails instead.
 */
export function describeWithClover(name: string, suite: (specs: CloverSpecs) => void): void {
  const specs = loadCloverSpecs();
  const missing = `${name}: ../shared/specs/clover is missing`;
  if (specs !== null) describe(name, () => suite(specs));
  else if (process.env['CI'] === undefined) describe.skip(missing, () => test('skipped', () => {}));
  else
    test(name, () => {
      throw new Error(missing);
    });
}
