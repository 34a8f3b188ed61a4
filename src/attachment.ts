/** Files that are saved, not shown: text as it is made, piece by piece, so that memory holds one piece. */

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
} as const;

/** The file `name` (plain ASCII; its ending says what it holds) as an answer; nobody keeps a copy on the way (X8). */
export function attachment(
  name: `${string}.${keyof typeof TYPES}`,
  text: string | AsyncGenerator<string, void>,
): Response {
  const ending = name.endsWith('.csv') ? 'csv' : 'ndjson';
  return new Response(typeof text === 'string' ? text : streamOf(text), {
    headers: {
      'Content-Type': TYPES[ending],
      'Content-Disposition': `attachment; filename="${name}"`,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
  });
}

/** Reads on only as fast as the caller takes it; a caller who leaves ends the reading. */
function streamOf(pieces: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await pieces.return();
    },
  });
}
