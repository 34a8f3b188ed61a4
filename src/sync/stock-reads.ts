/**
 * Reads of single stock rows, together where many are asked for at once. One that is asked for alone leaves at once; those
 * of a batch of messages, and those that are asked for while calls of their kind are under way, share a call, up to 80 items
 * in one. So a sale waits for nothing, and a plan that has hundreds of ledgers look before they write costs a call per batch and not per item.
 */
import type { Failure } from '../domain/failure.ts';
import type { MerchantId } from '../domain/ids.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { CLOVER_IDS_PER_FILTER, STOCK_READS_SIDE_BY_SIDE } from '../limits.ts';
import { getItemPage, readStock, type Stock } from '../platforms/clover/inventory.ts';
import { openClover } from '../platforms/clover/session.ts';
import type { CallContext } from '../platforms/http.ts';
import type { Ports } from '../ports.ts';

/** Present stock, and from when on a change may be missing in it (epoch milliseconds). */
export interface StockReading {
  readonly stock: Stock;
  readonly readStartedAtMs: number;
}

export interface StockReads {
  /** From the primary. Failures: those of `readStock`; of a shared call all who share it hear the same. */
  read(
    merchantId: MerchantId,
    itemId: string,
    context: CallContext,
  ): Promise<Result<StockReading, Failure>>;
}

type ReadPorts = Parameters<typeof openClover>[0] & Pick<Ports, 'now' | 'timer'>;

interface Asked {
  readonly itemId: string;
  readonly context: CallContext;
  readonly answer: (reading: Result<StockReading, Failure>) => void;
}

interface Line {
  readonly waiting: Asked[];
  underWay: number;
}

/**
 * Lives as long as a queue batch: its messages are what is asked for together. `gatherMs`: how long the first that asks waits
 * for others; 0 for one that is alone.
 */
export function openStockReads(ports: ReadPorts, gatherMs = 0): StockReads {
  const lines = new Map<string, Line>();
  const next = (merchantId: MerchantId, line: Line): void => {
    while (line.underWay < STOCK_READS_SIDE_BY_SIDE && line.waiting.length > 0) {
      const batch = line.waiting.splice(0, CLOVER_IDS_PER_FILTER);
      line.underWay += 1;
      void readTogether(ports, merchantId, batch).finally(() => {
        line.underWay -= 1;
        next(merchantId, line);
      });
    }
  };
  return {
    read(merchantId, itemId, context) {
      // Those that may wait differently long do not share a call.
      const key = `${merchantId} ${context.connectionId} ${context.priority} ${context.patienceMs ?? ''}`;
      const line = lines.get(key) ?? { waiting: [], underWay: 0 };
      lines.set(key, line);
      return new Promise((answer) => {
        line.waiting.push({ itemId, context, answer });
        if (gatherMs === 0) next(merchantId, line);
        else if (line.waiting.length === 1) ports.timer(gatherMs, () => next(merchantId, line));
      });
    },
  };
}

/** Answers everybody in the batch, whatever happens. */
async function readTogether(
  ports: ReadPorts,
  merchantId: MerchantId,
  batch: readonly Asked[],
): Promise<void> {
  try {
    const itemIds = [...new Set(batch.map(({ itemId }) => itemId))];
    const [first] = batch;
    if (first === undefined) return;
    const shared = itemIds.length > 1 ? await readMany(ports, merchantId, itemIds, first) : null;
    await Promise.all(
      itemIds.map(async (itemId) => {
        const own = batch.filter((asked) => asked.itemId === itemId);
        const known = shared?.ok === true ? shared.value.get(itemId) : shared;
        // Not listed: whether it is gone, only its own address tells for certain.
        const reading = known ?? (await readOne(ports, merchantId, itemId, own[0] ?? first));
        for (const { answer } of own) answer(reading);
      }),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const { answer } of batch) answer(fail({ code: 'internal', message }));
  }
}

async function readOne(
  ports: ReadPorts,
  merchantId: MerchantId,
  itemId: string,
  { context }: Asked,
): Promise<Result<StockReading, Failure>> {
  // Clover's answers carry no start: the request cannot leave before now.
  const readStartedAtMs = ports.now();
  const stock = await readStock(openClover(ports, merchantId, context), itemId);
  return stock.ok ? ok({ stock: stock.value, readStartedAtMs }) : stock;
}

async function readMany(
  ports: ReadPorts,
  merchantId: MerchantId,
  itemIds: readonly string[],
  first: Asked,
): Promise<Result<Map<string, Result<StockReading, Failure>>, Failure>> {
  const { sku: _, ...context } = first.context;
  const readStartedAtMs = ports.now();
  const page = await getItemPage(openClover(ports, merchantId, context), 0, { itemIds });
  if (!page.ok) return page;
  return ok(
    new Map(
      page.value.rows.flatMap(({ itemId, isDeleted, stock }) =>
        isDeleted || stock === null ? [] : [[itemId, ok({ stock, readStartedAtMs })] as const],
      ),
    ),
  );
}
