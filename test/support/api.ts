/** The admin API over real D1, mounted as the Worker mounts it. */
import { Hono } from 'hono';
import { createApi } from '../../src/api/api.ts';
import { ADMIN_TOKEN, type TestPorts } from './ports.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever a route answers; tests say what they expect of it
  readonly body: any;
}

/** Calls a route with the admin token, unless `headers` say otherwise. */
export function apiCaller(ports: TestPorts) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const api = new Hono().route('/api/v1', createApi(ports));
    const json = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await api.request(`https://onhand.test/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: json }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
}
