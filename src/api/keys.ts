/** Keys of one connection: made, listed, deleted. The key itself is in the answer to its making and nowhere else. */
import * as z from 'zod';
import { API_KEYS_MAX } from '../limits.ts';
import type { Ports } from '../ports.ts';
import { type ApiKey, deleteApiKey, listApiKeys } from '../store/api-keys.ts';
import { KEY_SCOPES, makeApiKey } from '../install/api-keys.ts';
import { notFound, refuse } from './errors.ts';
import { type Api, audit, checked, CONNECTION, describe, iso, isoTime } from './routing.ts';

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(KEY_SCOPES),
  createdAt: isoTime,
});

const TAG = 'Keys';
const KEYS = `${CONNECTION}/keys`;

export function registerKeys(api: Api, ports: Ports): void {
  registerMake(api, ports);
  api.get(
    KEYS,
    describe({
      tag: TAG,
      summary: 'List keys',
      answer: [
        200,
        'All keys, the oldest first; never the keys themselves.',
        z.object({ items: z.array(keySchema), nextCursor: z.null() }),
      ],
    }),
    async (context) => {
      const keys = await listApiKeys(ports.db, context.var.connection.id);
      return context.json({ items: keys.map(shown), nextCursor: null });
    },
  );
  api.delete(
    `${KEYS}/:keyId`,
    describe({
      tag: TAG,
      summary: 'Delete a key',
      description: 'From here on nobody gets in with it.',
      answer: [204, 'Deleted.', null],
    }),
    async (context) => {
      const id = context.req.param('keyId');
      const isGone = await deleteApiKey(ports.db, context.var.connection.id, id);
      if (!isGone) return notFound(context, 'such key');
      const message = `The API key ${id} was deleted.`;
      audit(ports, context, { operation: 'key.delete', message, detail: { keyId: id } });
      return context.body(null, 204);
    },
  );
}

function registerMake(api: Api, ports: Ports): void {
  api.post(
    KEYS,
    describe({
      tag: TAG,
      summary: 'Make a key',
      description:
        'A key sees only this connection. `read` looks, `operate` also starts work (plans, replays, recounts), ' +
        '`admin` also changes settings, merchants and keys. It is shown here once; only a digest is stored.',
      answer: [201, 'The key, for the only time.', z.object({ id: z.string(), key: z.string() })],
      errors: { 409: `The connection has ${API_KEYS_MAX} keys already.` },
    }),
    checked(
      'json',
      z.strictObject({
        name: z.string().trim().min(1).max(100).describe('What it is for.'),
        scope: z.enum(KEY_SCOPES),
      }),
    ),
    async (context) => {
      const { name, scope } = context.req.valid('json');
      const made = await makeApiKey(ports, context.var.connection.id, name, scope);
      if (!made.ok) return refuse(context, made.failure);
      const { id, key } = made.value;
      audit(ports, context, {
        operation: 'key.make',
        message: `The API key "${name}" (${scope}) was made.`,
        detail: { keyId: id, scope },
      });
      return context.json({ id, key }, 201);
    },
  );
}

function shown({ id, name, scope, createdAtMs }: ApiKey) {
  return { id, name, scope, createdAt: iso(createdAtMs) };
}
