import { fail, ok, type Result } from './domain/result.ts';

/**
 * Reads a request's body up to `bytesMax` bytes. The failure says that there is more: known at once from
 * Content-Length, otherwise as soon as the stream passes the bound, so that a sender without a length (or with a
 * false one) cannot fill memory (X7). `cut`: the sender went away in the middle; nobody reads the answer.
 */
export async function readBounded(
  request: Request,
  bytesMax: number,
): Promise<Result<Uint8Array<ArrayBuffer>, 'too_large' | 'cut'>> {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) return fail('too_large');
  if (request.body === null) return ok(new Uint8Array(0));
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const part = await reader.read().catch(() => null);
    if (part === null) return fail('cut');
    const { done, value } = part;
    if (done) break;
    length += value.byteLength;
    if (length > bytesMax) {
      await reader.cancel();
      return fail('too_large');
    }
    chunks.push(value);
  }
  return ok(join(chunks, length));
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
