/** A client that knows of the API only what `openapi.json` says, as a developer would generate one. */
import { OpenAPIClientAxios } from 'openapi-client-axios';
import { expect } from 'vitest';
import type { DemoProcess } from './demo-process.ts';

const SETTLES_MAX_MS = 45_000;

// oxlint-disable-next-line typescript/no-explicit-any -- what the contract promises; tests say what they expect of it
type Answer = any;
type Parameters = Readonly<Record<string, string | number>>;

export interface GeneratedClient {
  /** `path` as in the contract, below the connection. */
  get(path: string, parameters?: Parameters): Promise<Answer>;
  post(path: string, parameters?: Parameters, body?: object): Promise<Answer>;
}

/** Reads the contract of a running relay; throws where an operation is not in it or answers with an error. */
export async function generatedClient(api: DemoProcess['api']): Promise<GeneratedClient> {
  const made = new OpenAPIClientAxios({
    definition: `${api.url}/openapi.json`,
    // The contract names the address that merchants use; here it stands behind a name that only browsers resolve.
    withServer: { url: api.url },
    axiosConfigDefaults: { headers: { authorization: `Bearer ${api.token}` } },
  });
  const client = await made.init();
  const call = async (method: string, path: string, parameters: Parameters, body?: object) => {
    const full = `/connections/{id}${path}`;
    const operation = made
      .getOperations()
      .find((each) => `${each.method} ${each.path}` === `${method} ${full}`);
    if (operation?.operationId === undefined) {
      throw new Error(`openapi.json names no operation ${method} ${full}.`);
    }
    const run = client[operation.operationId];
    if (run === undefined) throw new Error(`The client lacks ${operation.operationId}.`);
    const { data } = await run({ ...parameters, id: api.connectionId }, body);
    return data;
  };
  return {
    get: (path, parameters = {}) => call('get', path, parameters),
    post: (path, parameters = {}, body) => call('post', path, parameters, body),
  };
}

/** Asks again until the answer is as wanted. */
export async function eventually(
  ask: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  let answer: Answer;
  await expect
    .poll(
      async () => {
        answer = await ask();
        return isWanted(answer);
      },
      { timeout: SETTLES_MAX_MS, interval: 300 },
    )
    .toBe(true);
  return answer;
}
