/** Whether both platforms know what a map of tax classes names: a wrong name would leave items untaxed without a word. */
import { rateNames, idsIn, type TaxMapping } from '../domain/catalog/books.ts';
import { getTaxClasses } from '../platforms/bigcommerce/tax.ts';
import { getTaxRates } from '../platforms/clover/categories.ts';
import type { SettingsProblem } from '../settings.ts';
import type { Connection } from '../store/connections.ts';
import { backgroundSessions, type ReadPorts } from './link-read.ts';

/** Problems by path; also when a platform cannot be asked, because nothing is saved unchecked. */
export async function taxProblems(
  ports: ReadPorts,
  connection: Connection,
  mappings: readonly TaxMapping[],
  eventId: string,
): Promise<SettingsProblem[]> {
  if (mappings.length === 0) return [];
  const at = (index: number, key: string): string => `catalog.taxClasses.${index}.${key}`;
  const sessions = backgroundSessions(ports, connection.id, eventId);
  const classes = await getTaxClasses(sessions.bigcommerce());
  if (!classes.ok) return [{ path: 'catalog.taxClasses', message: classes.failure.message }];
  const known = new Set([0, ...classes.value.map(({ taxClassId }) => taxClassId)]);
  const problems = mappings.flatMap(({ taxClassId }, index): SettingsProblem[] => {
    const path = at(index, 'taxClassId');
    if (!known.has(taxClassId))
      return [{ path, message: `BigCommerce has no tax class ${taxClassId}` }];
    const isTwice = mappings.findIndex((each) => each.taxClassId === taxClassId) !== index;
    return isTwice ? [{ path, message: `tax class ${taxClassId} stands here twice` }] : [];
  });
  const merchants = connection.merchants.filter(({ status }) => status === 'connected');
  for (const { merchantId } of merchants) {
    const rates = await getTaxRates(sessions.clover(merchantId));
    if (!rates.ok) return [{ path: 'catalog.taxClasses', message: rates.failure.message }];
    const names = rateNames(rates.value.map(({ taxRateId: id, name }) => ({ id, name })));
    for (const [index, { taxRates }] of mappings.entries()) {
      if (taxRates === 'default') continue;
      for (const name of idsIn(names, JSON.stringify(taxRates)).missing) {
        const message = `Clover merchant ${merchantId} has no tax rate "${name}"`;
        problems.push({ path: at(index, 'taxRates'), message });
      }
    }
  }
  return problems;
}
