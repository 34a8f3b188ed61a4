/**
 * A connection's settings: one schema with a default for every key. What is stored is only what a person saved; the
 * defaults are applied on reading, so a better default reaches every connection that never touched the key.
 */
import * as z from 'zod';
import { bundleProblems, type Bundles } from './domain/stock/bundle-parts.ts';
import type { Failure } from './domain/failure.ts';
import { fail, ok, type Result } from './domain/result.ts';
import { alerts } from './settings-alerts.ts';
import { catalog } from './settings-catalog.ts';
import { customers } from './settings-customers.ts';
import { orders, statusIds } from './settings-orders.ts';

const MERCHANT_ID = /^[A-Z0-9]{13}$/;
const DAY_MINUTES = 1_440;
/** What a person saved, as JSON: patches add to each other, and a row of D1 holds 2 MB. */
const SAVED_CHARS_MAX = 500_000;

const sku = z.string().min(1).max(255);
const units = z.int().min(0).max(1_000_000);

const pool = z.strictObject({
  locationId: z.int().min(1).describe('BigCommerce location that shares the shelf.'),
  merchantIds: z
    .array(z.string().regex(MERCHANT_ID, 'must be a Clover merchant id of 13 characters'))
    .min(1)
    .max(50)
    .describe('Clover merchants that sell from the shelf.'),
  deviceIds: z
    .array(z.string().min(1).max(64))
    .max(200)
    .optional()
    .describe(
      "Registers of a merchant that stands in several locations: a sale's device says where it was.",
    ),
  joins: z
    .enum(['ask', 'counted', 'extra'])
    .default('ask')
    .describe(
      'What its units are when it joins registers that were counted before: among what they count, or on top. ask: the plan waits for you where it matters.',
    ),
  policy: z
    .enum(['default', 'most-stock', 'split'])
    .default('default')
    .describe(
      'How units are shared out between several merchants: all show the pool, or one, or parts.',
    ),
});

const stock = z.strictObject({
  enabled: z.boolean().default(true).describe('Off: levels are watched, nothing is written.'),
  direction: z
    .enum(['two-way', 'to-clover', 'to-bigcommerce'])
    .default('two-way')
    .describe('Which side receives writes.'),
  baseline: z
    .enum(['lower', 'bigcommerce', 'clover'])
    .default('lower')
    .describe(
      'Which count starts the ledger when both sides differ; the lower one cannot oversell.',
    ),
  settleMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(2_000)
    .describe(
      'Milliseconds a platform may take to show a write, and the wait before a rise is believed.',
    ),
  massGuardShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe(
      'A sweep or plan that would zero or raise more than this share of SKUs stops and asks.',
    ),
  pools: z
    .array(pool)
    .max(100)
    .default([])
    .superRefine(checkPools)
    .describe(
      'Places that share a shelf. Empty: the default location and the first linked merchant.',
    ),
  buffer: z
    .strictObject({
      mode: z
        .enum(['fixed', 'measured'])
        .default('fixed')
        .describe(
          "fixed: `units`; measured: at least `units`, sized from the SKU's own sale rate and exposure.",
        ),
      units: units.default(0).describe('Units held back from the web for every SKU.'),
      bySku: z.record(sku, units).default({}).describe('Units held back, for single SKUs.'),
    })
    .prefault({})
    .describe('Units held back from the web.'),
  reserveStatusIds: statusIds
    .default([])
    .describe(
      'Web order statuses whose units are promised although BigCommerce still counts them.',
    ),
});

const schedule = z.strictObject({
  stockMinutes: minutes(15).describe(
    'Minutes between two stock sweeps: the longest a lost webhook can hide.',
  ),
  catalogMinutes: minutes(60).describe('Minutes between two catalog sweeps.'),
  ordersMinutes: minutes(15).describe('Minutes between two order sweeps.'),
  fullSweepHour: z
    .int()
    .min(0)
    .max(23)
    .default(3)
    .describe("Hour of the merchant's day for the full compare."),
});

const logs = z.strictObject({
  retentionDays: z.int().min(1).max(365).default(30).describe('Days that log records are kept.'),
  bodyBytesMax: z
    .int()
    .min(0)
    .max(65_536)
    .default(8_192)
    .describe('Bytes of request, response and error kept per record; the rest is cut.'),
});

/** The whole of a connection's settings. Unknown keys are refused by name. */
export const settingsSchema = z.strictObject({
  stock: stock.prefault({}),
  bundles: z
    .record(
      sku,
      z
        .array(z.strictObject({ sku, quantity: z.int().min(1).max(10_000) }))
        .min(1)
        .max(100),
    )
    .default({})
    .superRefine(checkBundles)
    .describe('Components that one unit of a bundle SKU consumes.'),
  catalog: catalog.prefault({}),
  orders: orders.prefault({}),
  customers: customers.prefault({}),
  schedule: schedule.prefault({}),
  logs: logs.prefault({}),
  alerts: alerts.prefault({}),
});

/** Settings with every default applied. */
export type Settings = z.output<typeof settingsSchema>;
/** What a person saved: a part of the settings. */
export type SavedSettings = Readonly<Record<string, unknown>>;

/** What a connection has before anybody saves anything. */
export const defaultSettings: Settings = settingsSchema.parse({});

export interface SettingsProblem {
  /** Dotted path of the key: `stock.pools.0.locationId`. */
  readonly path: string;
  readonly message: string;
}

export interface SettingsFailure extends Failure {
  readonly details: readonly SettingsProblem[];
}

/**
 * Saved settings with the defaults applied.
 * Throws when they do not validate: guessing could switch writes on that somebody switched off.
 */
export function resolveSettings(saved: SavedSettings): Settings {
  const result = settingsSchema.safeParse(saved);
  if (!result.success) {
    throw new Error(`Saved settings are not valid: ${sentence(problemsOf(result.error))}`);
  }
  return result.data;
}

/**
 * Applies a JSON merge patch (RFC 7396: null removes a key, which brings its default back; lists are replaced) to the
 * saved part and validates the whole result. Failure `invalid_input` with every problem by path.
 */
export function applySettingsPatch(
  saved: SavedSettings,
  patch: unknown,
): Result<{ saved: Record<string, unknown>; settings: Settings }, SettingsFailure> {
  if (!isObject(patch)) {
    return refuse([{ path: '', message: 'The patch must be a JSON object.' }]);
  }
  const merged = mergeObject(saved, patch);
  const result = settingsSchema.safeParse(merged);
  if (!result.success) return refuse(problemsOf(result.error));
  const unread = protoPaths(merged);
  if (unread.length > 0) {
    return refuse(unread.map((path) => ({ path, message: 'There is no such setting.' })));
  }
  if (JSON.stringify(merged).length > SAVED_CHARS_MAX) {
    const message = `All settings together may have ${SAVED_CHARS_MAX} characters.`;
    return refuse([{ path: '', message }]);
  }
  return ok({ saved: merged, settings: result.data });
}

function refuse(details: readonly SettingsProblem[]): Result<never, SettingsFailure> {
  return fail({
    code: 'invalid_input',
    message: `The settings were not changed: ${sentence(details)}`,
    details,
  });
}

function sentence(problems: readonly SettingsProblem[]): string {
  return problems
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
}

/** An unknown key becomes one problem of its own, named by its full path. */
function problemsOf(error: z.ZodError): SettingsProblem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'There is no such setting.',
    }));
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mergeObject(target: SavedSettings, patch: SavedSettings): Record<string, unknown> {
  const merged = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else if (isObject(value)) merged.set(key, mergeObject(isObject(before) ? before : {}, value));
    else merged.set(key, value);
  }
  // Own properties, also for a key such as `__proto__`, so that the schema sees and refuses it.
  return Object.fromEntries(merged);
}

/** Where a record has a key that the schema leaves unread, and that would be stored unseen. */
function protoPaths(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = [...path, key];
    return key === '__proto__' ? [at.join('.')] : protoPaths(item, at);
  });
}

function minutes(fallback: number) {
  return z.int().min(1).max(DAY_MINUTES).default(fallback);
}

/** A bundle that contains itself would never be over (S9). */
function checkBundles(bundles: Bundles, context: z.RefinementCtx): void {
  for (const { sku: path, message } of bundleProblems(bundles)) {
    context.addIssue({ code: 'custom', path: [path], message });
  }
}

/** A location stands in one pool; a merchant in several only when its devices tell the pools apart (S10). */
function checkPools(pools: readonly z.output<typeof pool>[], context: z.RefinementCtx): void {
  const byMerchant = new Map<string, number[]>();
  const locations = new Set<number>();
  for (const [index, { locationId, merchantIds }] of pools.entries()) {
    if (locations.has(locationId)) {
      const message = `location ${locationId} already stands in another pool`;
      context.addIssue({ code: 'custom', path: [index, 'locationId'], message });
    }
    locations.add(locationId);
    for (const merchantId of new Set(merchantIds)) {
      byMerchant.set(merchantId, [...(byMerchant.get(merchantId) ?? []), index]);
    }
  }
  for (const [merchantId, indexes] of byMerchant) {
    const bare = indexes.find((index) => (pools[index]?.deviceIds ?? []).length === 0);
    if (indexes.length > 1 && bare !== undefined) {
      const message = `merchant ${merchantId} stands in several pools, so each of them needs deviceIds`;
      context.addIssue({ code: 'custom', path: [bare, 'merchantIds'], message });
    }
  }
}
