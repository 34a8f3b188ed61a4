/** Goal: lists that are kept as a whole are read to their end. Method: answers by hand, 2,300 rows in pages of 1,000. */
import { expect, it } from 'vitest';
import { getCategories, getTaxRates } from '../../../src/platforms/clover/categories.ts';
import { openClover } from '../../../src/platforms/clover/session.ts';
import { CONTEXT, failureOf, openPlatformBench, valueOf } from '../../support/platform-ports.ts';

function session(rows: number) {
  const bench = openPlatformBench((request) => {
    const { searchParams } = new URL(request.url);
    const offset = Number(searchParams.get('offset'));
    const length = Math.max(0, Math.min(Number(searchParams.get('limit')), rows - offset));
    const elements = Array.from({ length }, (_, index) => ({
      id: `R${offset + index}`,
      name: 'x',
    }));
    return Response.json({ elements });
  });
  return openClover(bench.ports, 'MERCHANT00001', CONTEXT);
}

it('[C1] categories and tax rates beyond the first 1,000 are read as well', async () => {
  const categories = valueOf(await getCategories(session(2_300)));
  expect(new Set(categories.map(({ categoryId }) => categoryId)).size).toBe(2_300);
  expect(valueOf(await getTaxRates(session(1_000)))).toHaveLength(1_000);
  expect(failureOf(await getCategories(session(20_000)))).toMatchObject({ code: 'too_large' });
});
