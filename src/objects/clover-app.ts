/**
 * The budget that all merchants of the Clover app share: 50 requests a second, 10 at once (clover.md 3). Merchants take
 * turns, so one merchant's sweep cannot starve another's sale. One object, named `app`; nothing is stored.
 */
import { DurableObject } from 'cloudflare:workers';
import type { BudgetLimits } from '../domain/budget.ts';
import type { Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import {
  BACKGROUND_SHARE,
  CLOVER_APP_CONCURRENT_MAX,
  CLOVER_APP_PER_SECOND,
  PERMIT_LEASE_MS,
  PERMIT_PAUSE_CAP_MS,
} from '../limits.ts';
import type { CloverAppApi, Priority, RateReport } from '../platforms/account-port.ts';
import { portsFor } from '../wiring.ts';
import { createPermitQueue, type PermitQueue } from './permit-queue.ts';

const LIMITS: BudgetLimits = {
  perWindow: CLOVER_APP_PER_SECOND,
  windowMs: 1_000,
  concurrent: CLOVER_APP_CONCURRENT_MAX,
  backgroundShare: BACKGROUND_SHARE,
  quotaShare: 1,
  leaseMs: PERMIT_LEASE_MS,
  pauseCapMs: PERMIT_PAUSE_CAP_MS,
};

export class CloverApp extends DurableObject<Env> implements CloverAppApi {
  #queue: PermitQueue | undefined;

  /** Waits for a turn; `busy` when none came in time. */
  async acquire(
    merchantId: string,
    priority: Priority,
    patienceMs?: number,
  ): Promise<Result<{ permitId: string }, Failure>> {
    const permit = await this.#permits().take(merchantId, priority, patienceMs);
    return permit.ok ? ok({ permitId: permit.value }) : permit;
  }

  async release(permitId: string, report: RateReport): Promise<void> {
    // A refusal that names one merchant's token is that merchant's account's business.
    const news = report.status === 429 && report.appWide !== true ? { status: null } : report;
    this.#permits().release(permitId, news);
  }

  #permits(): PermitQueue {
    this.#queue ??= createPermitQueue(portsFor(this.env), LIMITS);
    return this.#queue;
  }
}
