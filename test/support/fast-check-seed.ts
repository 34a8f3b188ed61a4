/** One seed for all property tests, so that a red run can be had again; FAST_CHECK_SEED tries another one. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 20_261_123) });
