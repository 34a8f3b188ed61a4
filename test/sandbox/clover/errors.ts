/** Every refusal of the API in one place: clover.md section 0 "Errors" and section 3. */

/** Thrown by a handler, answered by `serve.ts`. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Record<string, string> | null;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    body: Record<string, string> | null,
    headers: Record<string, string> = {},
  ) {
    super(body?.['message'] ?? String(status));
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export const badRequest = (message: string, headers?: Record<string, string>) =>
  new Refusal(400, { message }, headers);

/** Bad, expired or foreign token, and equally a missing permission: there is no 403. */
export const unauthorized = () => new Refusal(401, { message: '401 Unauthorized' });

/** `what` as in "Order not found". */
export const notFound = (what: string) =>
  new Refusal(404, { message: 'Not Found', details: `${what} not found` });

export const unknownPath = () =>
  new Refusal(404, {
    message: 'Not Found',
    details: 'The requested resource could not be found.',
  });

/** Items answer an unknown id in their own words. */
export const invalidId = () => new Refusal(404, { message: 'invalid ID' });

/** The body of a 405 is recorded nowhere. */
export const methodNotAllowed = () => new Refusal(405, null);

/** The response of a refusal; a null body stays empty. */
export function refusalResponse(refusal: Refusal): Response {
  if (refusal.body === null) {
    return new Response(null, { status: refusal.status, headers: refusal.headers });
  }
  return new Response(JSON.stringify(refusal.body), {
    status: refusal.status,
    headers: { 'Content-Type': 'application/json', ...refusal.headers },
  });
}
