/** How BigCommerce words the refusals that the sandbox's faults cause. */
import type { FaultAnswers } from '../kernel.ts';
import { plainRefusal, refusalAnswer, versionOf } from './errors.ts';
import { exhaustedHeaders } from './limits.ts';
import type { Platform } from './platform.ts';

/**
 * A status fault of 429 has no rate headers: it stands for the platform being overloaded, and asks
 * for a longer back-off than `rate-limited`, which carries them (bigcommerce.md 3.1).
 */
export function faultAnswers(platform: Platform): FaultAnswers {
  return {
    status: (context, status) =>
      refusalAnswer(versionOf(context.req.path), context.req.path, plainRefusal(status)),
    rateLimited: (context, waitMs) => {
      const plan = platform.state.stores[context.req.param('hash') ?? '']?.plan ?? 'Standard';
      const refusal = plainRefusal(429, exhaustedHeaders(plan, waitMs));
      return refusalAnswer(versionOf(context.req.path), context.req.path, refusal);
    },
  };
}
