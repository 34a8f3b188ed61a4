/** The relay's admin API as the demonstration uses it. */

export interface SkuReport {
  readonly sku: string;
  readonly onHand: number | null;
  readonly reserved: number | null;
  readonly buffer: number | null;
  readonly places: readonly {
    readonly platform: 'bigcommerce' | 'clover';
    readonly level: number | null;
    readonly target: number;
    readonly pending: boolean;
    readonly skipped: string | null;
  }[];
  readonly parked: number;
}

export interface PlanReport {
  readonly id: string;
  readonly status: string;
  readonly hash: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly error: string | null;
}

export interface ConnectionReport {
  readonly status: string;
  readonly merchants: readonly { readonly merchantId: string; readonly status: string }[];
}

export interface ActivityReport {
  readonly outstanding: number;
  readonly oldestOutstandingMs: number | null;
  readonly parked: number;
}

const PAGE = 500;
const ATTEMPTS_MAX = 5;
const ATTEMPT_PAUSE_MS = 400;

export interface Admin {
  /** Null when the relay does not know the store. */
  connection(): Promise<ConnectionReport | null>;
  authorizeUrl(): Promise<string>;
  startPlan(): Promise<string>;
  plan(planId: string): Promise<PlanReport>;
  applyPlan(planId: string, hash: string): Promise<void>;
  skus(): Promise<SkuReport[]>;
  activity(): Promise<ActivityReport>;
  reconcile(): Promise<void>;
}

/** Calls for one connection. Every refusal is thrown as a sentence with the API's own words. */
export function createAdmin(origin: string, token: string, connectionId: string): Admin {
  const base = `${origin}/api/v1/connections/${connectionId}`;

  const request = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  /** `wrangler dev` starts the Worker anew when a source changes, and cuts what it was answering. */
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request(method, path, body);
      } catch (error) {
        if (method !== 'GET' || attempt === ATTEMPTS_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, attempt * ATTEMPT_PAUSE_MS));
      }
    }
  };

  const json = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await call(method, path, body);
    if (answer.ok) return answer.json<Answer>();
    throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  };

  return {
    async connection() {
      const answer = await call('GET', '');
      if (answer.status === 404) return null;
      if (answer.ok) return answer.json<ConnectionReport>();
      throw new Error(`The relay answered ${answer.status}: ${await answer.text()}`);
    },
    async authorizeUrl() {
      return (await json<{ url: string }>('POST', '/clover/authorize-url')).url;
    },
    async startPlan() {
      return (await json<{ id: string }>('POST', '/plans', { kind: 'link' })).id;
    },
    plan: (planId) => json<PlanReport>('GET', `/plans/${planId}`),
    async applyPlan(planId, hash) {
      await json('POST', `/plans/${planId}/apply`, { hash });
    },
    async skus() {
      const found: SkuReport[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const page: { items: SkuReport[]; nextCursor: string | null } = await json(
          'GET',
          `/skus?limit=${PAGE}${query}`,
        );
        found.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    },
    activity: () => json<ActivityReport>('GET', '/activity'),
    async reconcile() {
      await json('POST', '/reconcile', { scope: 'stock' });
    },
  };
}
