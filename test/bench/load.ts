/** Load on one address: so many connections, each sending its next request when the last one was answered. */
import { Agent, request } from 'node:http';

export interface Shot {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Round {
  readonly perSecond: number;
  /** Of each answered request. */
  readonly latenciesMs: readonly number[];
}

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly durationMs: number;
  /** The next request; asked for once per request. */
  readonly next: () => Shot;
}

/** Throws a sentence when anything but 200 is answered: a refused request is quick, and measures nothing. */
export async function runLoad(options: LoadOptions): Promise<Round> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + options.durationMs;
  const work = async () => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      await post(agent, options.url, options.next());
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.connections }, work));
  } finally {
    agent.destroy();
  }
  const tookMs = performance.now() - startMs;
  return { perSecond: (latenciesMs.length / tookMs) * 1_000, latenciesMs };
}

function post(agent: Agent, url: string, { headers, body }: Shot): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': body.byteLength },
    };
    const sent = request(url, options, (answer) => {
      answer.resume();
      answer.once('error', reject);
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`POST ${url} answered ${answer.statusCode}.`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
