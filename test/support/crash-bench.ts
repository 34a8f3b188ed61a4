/**
 * One worker after another over one order, on a clock of its own, each of which may die at any call: the real use cases
 * over both sandboxes and D1, with the order's object in memory over the same pure core.
 */
import {
  ask,
  claim,
  finish,
  NEW_RELAY,
  progress,
  type RelayState,
} from '../../src/domain/orders/relay.ts';
import type { PlatformAccountApi } from '../../src/platforms/account-port.ts';
import type { Fetch, OrderRelayApi, Ports } from '../../src/ports.ts';
import type { Connection } from '../../src/store/connections.ts';
import type { Scope } from '../../src/sync/scope.ts';
import { openStockReads } from '../../src/sync/stock-reads.ts';

/** What happens to the call: never sent, sent and never answered, or answered as a time-out. */
export type Fate = 'dies before' | 'dies after' | 'times out after';
export const FATES: readonly Fate[] = ['dies before', 'dies after', 'times out after'];
/** Longer than any lease, and any wait before another try. */
const LATER_MS = 30 * 60_000;
/** Below the 16 calls a second of one token (clover.md 3), which the Worker's own reads share. */
const PACE_MS = 66;
const TURN_MS = 1_500;

export type Tokens = Readonly<Record<'bigcommerce' | 'clover', string>>;

/** The tokens of a store and a merchant that are connected. */
export async function tokensOf(real: Ports, hash: string, merchantId: string): Promise<Tokens> {
  return {
    bigcommerce: await tokenOf(real, 'bigcommerce', hash),
    clover: await tokenOf(real, 'clover', merchantId),
  };
}

async function tokenOf(
  real: Ports,
  platform: 'bigcommerce' | 'clover',
  account: string,
): Promise<string> {
  const permit = await real.objects.platformAccount(platform, account).acquire('interactive');
  if (!permit.ok) throw new Error(permit.failure.message);
  return permit.value.accessToken;
}

/** As the account's budget would have it: a call that came too soon waits for its turn. */
async function inTurn(request: Request): Promise<Response> {
  for (;;) {
    const answer = await globalThis.fetch(request.clone());
    if (answer.status !== 429) return answer;
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
}

/** The object of one order in memory, over the same pure core. */
function relayInMemory(now: () => number): OrderRelayApi {
  let state: RelayState = NEW_RELAY;
  return {
    wake: async () => ({ read: false }),
    done: async () => undefined,
    ask: async (wanted) => void (state = ask(state, wanted, now())),
    claimPush: async (claimId) => {
      const claimed = claim(state, claimId, now());
      state = claimed.state;
      return claimed.reply;
    },
    progressPush: async (claimId, made) => {
      const next = progress(state, claimId, made, now());
      state = next ?? state;
      return next !== null;
    },
    finishPush: async (claimId, outcome) => (state = finish(state, claimId, outcome, now(), 0.5)),
    viewPush: async () => state,
    erasePerson: async () => 'nothing',
  };
}

export interface Bench {
  readonly relay: OrderRelayApi;
  /** Runs one worker; it dies or times out at its `at`-th call. Answers whether it came that far. */
  work(at: number, fate: Fate): Promise<boolean>;
  later(): void;
}

export interface BenchGiven {
  readonly real: Ports;
  readonly connection: Connection;
  readonly tokens: Tokens;
  /** One worker's turn. */
  perform(scope: Scope): Promise<unknown>;
}

export function openBench({ real, connection, tokens, perform }: BenchGiven): Bench {
  let offsetMs = 0;
  const now = () => Date.now() + offsetMs;
  const relay = relayInMemory(now);
  const account = (platform: 'bigcommerce' | 'clover') => {
    const accessToken = tokens[platform];
    const double: Pick<PlatformAccountApi, 'acquire' | 'release' | 'refused'> = {
      acquire: async () => ({ ok: true, value: { permitId: 'p', accessToken } }),
      release: async () => undefined,
      refused: async () => ({ ok: true, value: 'retry' }),
    };
    return double as PlatformAccountApi;
  };
  const portsWith = (fetch: Fetch): Ports => ({
    ...real,
    now,
    fetch,
    objects: {
      ...real.objects,
      orderRelay: () => relay,
      platformAccount: account,
      cloverApp: () => ({
        acquire: async () => ({ ok: true, value: { permitId: 'p' } }),
        release: async () => undefined,
      }),
    },
  });
  return {
    relay,
    later: () => void (offsetMs += LATER_MS),
    async work(at, fate) {
      let calls = 0;
      let isHit = false;
      const died = Promise.withResolvers<void>();
      const ports = portsWith(async (request) => {
        calls += 1;
        await new Promise((resolve) => setTimeout(resolve, PACE_MS));
        if (calls !== at) return inTurn(request);
        isHit = true;
        if (fate !== 'dies before') await inTurn(request);
        if (fate === 'times out after') throw new Error('the answer was lost');
        died.resolve();
        return new Promise<Response>(() => undefined);
      });
      const scope: Scope = {
        ports,
        connection: async () => connection,
        begin: async () => undefined,
        linger: async () => undefined,
        keep: () => undefined,
        stockReads: openStockReads(ports),
      };
      await Promise.race([perform(scope), died.promise]);
      return isHit;
    },
  };
}
