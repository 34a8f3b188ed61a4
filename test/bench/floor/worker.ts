/** The floor that intake is measured against: a route that only awaits one `queue.send`, and a consumer that acks. */

interface FloorEnv {
  readonly QUEUE: Queue;
  /** Length of the message's JSON, given by the bench: that of a message of the relay. */
  readonly MESSAGE_BYTES: string;
}

let message: { readonly filler: string } | undefined;

function messageOf(bytes: number): { readonly filler: string } {
  const frame = JSON.stringify({ filler: '' }).length;
  return { filler: 'x'.repeat(Math.max(0, bytes - frame)) };
}

const floor: ExportedHandler<FloorEnv> = {
  async fetch(request, env) {
    if (request.method !== 'POST') return Response.json({ status: 'ok' });
    message ??= messageOf(Number(env.MESSAGE_BYTES));
    await env.QUEUE.send(message, { contentType: 'json' });
    return new Response(null, { status: 200 });
  },
  async queue(batch) {
    batch.ackAll();
  },
};

// oxlint-disable-next-line import/no-default-export -- how a Worker names its handlers
export default floor;
