/** Old and new values of catalog fields in an operation. */
import * as v from 'valibot';
import { moneyText } from '../domain/money.ts';
import type { PlanOperation } from '../store/plans.ts';
import { CATALOG } from './catalog-english.ts';

const MONEY = new Set(['price', 'salePrice', 'cost']);
const VALUE_CHARS_SHOWN = 120;

/** Stored plans are JSON of an earlier release perhaps: what does not fit is not shown. */
const rowsOf = v.object({
  places: v.array(
    v.object({
      platform: v.picklist(['bigcommerce', 'clover']),
      row: v.string(),
      fields: v.record(v.string(), v.unknown()),
    }),
  ),
});

/** Nothing when the operation writes no fields. */
export function FieldMoves(props: { operation: PlanOperation; currency: string }) {
  const { operation, currency } = props;
  const after = v.safeParse(rowsOf, operation.after);
  if (!after.success) return null;
  const before = v.safeParse(rowsOf, operation.before);
  const old = new Map(
    (before.success ? before.output.places : []).map(({ row, fields }) => [row, fields]),
  );
  return (
    <>
      {after.output.places.flatMap(({ platform, row, fields }) =>
        Object.entries(fields).map(([field, value]) => (
          <div>
            {platform === 'clover' ? 'Clover' : 'BigCommerce'}, {CATALOG.fields[field] ?? field}:{' '}
            <del>{sayValue(field, old.get(row)?.[field], currency)}</del> →{' '}
            <ins>{sayValue(field, value, currency)}</ins>
          </div>
        )),
      )}
    </>
  );
}

function sayValue(field: string, value: unknown, currency: string): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'number' && MONEY.has(field)) return moneyText(value, currency);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > VALUE_CHARS_SHOWN ? `${text.slice(0, VALUE_CHARS_SHOWN)}…` : text;
}
