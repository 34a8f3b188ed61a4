/** Everything that D1 holds of the log, whoever it belongs to. */
import { env } from 'cloudflare:workers';
import { type PackedLog, unpackBlock } from '../../src/store/log-blocks.ts';

export async function storedLogs(connectionId?: string): Promise<PackedLog[]> {
  const { results } = await env.DB.prepare(
    'SELECT body FROM log_blocks WHERE ?1 IS NULL OR connection_id = ?1',
  )
    .bind(connectionId ?? null)
    .all<{ body: string }>();
  return (await Promise.all(results.map(({ body }) => unpackBlock(body)))).flat();
}
