/** How a store taxes its products (tax_classes.v2.yml, tax_settings.v3.yml, bigcommerce.md 10). */
import * as v from 'valibot';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { BigCommerceSession } from './session.ts';
import { oneOf, wholeNumber } from './wire.ts';

export interface TaxClass {
  readonly taxClassId: number;
  readonly name: string;
}

const CLASSES = v.pipe(
  v.optional(v.array(v.object({ id: wholeNumber, name: v.nullish(v.string(), '') }))),
  v.transform((list) => list ?? []),
);
const SETTINGS = oneOf(v.object({ tax_entered_with_prices: v.boolean() }));
/** The documented maximum. */
const CLASS_PAGE = 250;

/** The store's tax classes besides 0, the default one, which is in no list. Failures: those of `session.call`. */
export async function getTaxClasses(
  session: BigCommerceSession,
): Promise<Result<readonly TaxClass[], Failure>> {
  const answer = await session.call({
    operation: 'tax.classes',
    method: 'GET',
    path: '/v2/tax_classes',
    query: { limit: CLASS_PAGE },
    accepts: CLASSES,
  });
  return answer.ok
    ? ok(answer.value.body.map(({ id, name }) => ({ taxClassId: id, name })))
    : answer;
}

/** Whether prices hold their tax. Failures: those of `session.call`. */
export async function getTaxSettings(
  session: BigCommerceSession,
): Promise<Result<{ readonly isPriceEnteredWithTax: boolean }, Failure>> {
  const answer = await session.call({
    operation: 'tax.settings',
    method: 'GET',
    path: '/v3/tax/settings',
    accepts: SETTINGS,
  });
  if (!answer.ok) return answer;
  return ok({ isPriceEnteredWithTax: answer.value.body.tax_entered_with_prices });
}
