/** A token keeper with its storage, its clock and a Clover whose refresh tokens work once. */
import type { Failure } from '../../src/domain/failure.ts';
import { fail, ok, type Result } from '../../src/domain/result.ts';
import {
  createTokenKeeper,
  type StoredAccount,
  type TokenKeeper,
  type TokenKeeperDeps,
} from '../../src/objects/token-keeper.ts';
import type { TokenGrant } from '../../src/platforms/account-port.ts';

export const MINUTE_MS = 60_000;
export const START_MS = 1_700_000_000_000;
export const TTL_MS = 30 * MINUTE_MS;

/** Everything that a keeper stores, asks and reports. */
export interface World {
  nowMs: number;
  stored: StoredAccount | null;
  /** Writes to storage, in order with refreshes. */
  events: string[];
  refreshes: string[];
  states: string[];
  tasks: Promise<unknown>[];
  /** What the next refreshes answer; a good pair when it is empty. */
  answers: (Failure | (() => Promise<Result<TokenGrant, Failure>>))[];
  deps: TokenKeeperDeps;
  keeper: TokenKeeper;
}

let issued = 0;

export function grantOf(nowMs: number): TokenGrant {
  issued += 1;
  return {
    accessToken: `access-${issued}`,
    accessExpiresAtMs: nowMs + TTL_MS,
    refreshToken: `refresh-${issued}`,
    refreshExpiresAtMs: nowMs + 365 * 24 * 60 * MINUTE_MS,
  };
}

export function openWorld(platform: 'clover' | 'bigcommerce' = 'clover'): World {
  issued = 0;
  const made: Omit<World, 'deps' | 'keeper'> = {
    nowMs: START_MS,
    stored: null,
    events: [],
    refreshes: [],
    states: [],
    tasks: [],
    answers: [],
  };
  const next: World = made as World;
  next.deps = {
    platform,
    name: `${platform}:ACCOUNT`,
    store: {
      load: () => next.stored,
      save: (account) => {
        next.stored = account;
        next.events.push('saved');
      },
    },
    vault: {
      keys: [{ id: 'k1', bytes: new Uint8Array(32).fill(1) }],
      randomBytes: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    },
    now: () => next.nowMs,
    random: () => 0,
    refresh: async (refreshToken) => {
      next.refreshes.push(refreshToken);
      next.events.push('asked');
      const answer = next.answers.shift();
      if (typeof answer === 'function') return answer();
      const result = answer === undefined ? ok(grantOf(next.nowMs)) : fail(answer);
      next.events.push('answered');
      return result;
    },
    keepAlive: (task) => {
      next.tasks.push(task);
    },
    stateChanged: (state) => {
      next.states.push(state);
    },
  };
  next.keeper = createTokenKeeper(next.deps);
  return next;
}
