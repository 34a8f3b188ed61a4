/**
 * The buffer held back from the web (S6): fixed, or measured. Measured: units that registers sell while the web does not
 * show it yet are a Poisson count with mean (sale rate x exposure); held back are as many as cover it in 99 of 100 cases.
 */
import {
  BUFFER_EXPOSURE_CAP_MS,
  BUFFER_EXPOSURE_FLOOR_MS,
  BUFFER_MAX_UNITS,
  BUFFER_MEMORY_MS,
  BUFFER_RISK,
} from '../../limits.ts';
import type { Change, LedgerState } from './state.ts';

/** What a ledger has learnt of how fast its registers sell, and how long the web shows units that are gone. */
export interface Pace {
  /** Units sold at registers, older ones counting less: by the factor 1/e per `BUFFER_MEMORY_MS`. */
  readonly soldUnits: number;
  /** As of when. */
  readonly atMs: number;
  /** From a sale at a register to the confirmed write to the web: the longest, fading as shorter ones follow. */
  readonly exposureMs: number;
  /** Since when a register's sale waits for the web to show it; null: it shows all. */
  readonly waitingSinceMs: number | null;
  /** What follows from it, as of the last sale. */
  readonly bufferUnits: number;
}

/** Units held back from the web: those of the settings, and no fewer than measured where the settings say so. */
export function bufferOf({ policy, pace }: Pick<LedgerState, 'policy' | 'pace'>): number {
  if (policy.isBufferMeasured !== true) return policy.bufferUnits;
  return Math.max(policy.bufferUnits, pace?.bufferUnits ?? 0);
}

/**
 * The least units that a Poisson count of this mean stays within, but for `BUFFER_RISK`; never more than
 * `BUFFER_MAX_UNITS`. A mean of 0 needs none.
 */
export function unitsCovering(mean: number): number {
  let term = Math.exp(-mean);
  let covered = term;
  let units = 0;
  while (covered < 1 - BUFFER_RISK && units < BUFFER_MAX_UNITS) {
    units += 1;
    term *= mean / units;
    covered += term;
  }
  return units;
}

/** Learns from what a command counted at registers, and sizes the buffer anew: only then, so that it costs no write. */
export function learnPace(change: Change, nowMs: number): Change {
  const { state, entries } = change;
  if (state.policy.isBufferMeasured !== true) return change;
  const sold = entries
    .filter(({ place, delta, cause }) => {
      const isSale = cause === 'sale' || cause === 'level';
      return isSale && delta < 0 && place?.startsWith('clover') === true;
    })
    .reduce((sum, { delta }) => sum - delta, 0);
  if (sold === 0) return change;
  const before = state.pace;
  const elapsedMs = before === null ? 0 : Math.max(0, nowMs - before.atMs);
  const kept = (before?.soldUnits ?? 0) * Math.exp(-elapsedMs / BUFFER_MEMORY_MS);
  const exposureMs = before?.exposureMs ?? BUFFER_EXPOSURE_FLOOR_MS;
  const pace: Pace = {
    soldUnits: kept + sold,
    atMs: nowMs,
    exposureMs,
    waitingSinceMs: before?.waitingSinceMs ?? nowMs,
    bufferUnits: unitsCovering(((kept + sold) / BUFFER_MEMORY_MS) * exposureMs),
  };
  return { ...change, state: { ...state, pace } };
}

/** The web shows all that registers sold: how long it took is learnt. A longer time counts at once, shorter ones slowly. */
export function learnExposure(state: LedgerState, isWebDone: boolean, nowMs: number): LedgerState {
  const { pace } = state;
  if (pace?.waitingSinceMs === null || pace === null || !isWebDone) return state;
  const tookMs = Math.min(
    BUFFER_EXPOSURE_CAP_MS,
    Math.max(BUFFER_EXPOSURE_FLOOR_MS, nowMs - pace.waitingSinceMs),
  );
  const exposureMs = Math.max(tookMs, Math.round(0.9 * pace.exposureMs + 0.1 * tookMs));
  return { ...state, pace: { ...pace, exposureMs, waitingSinceMs: null } };
}
