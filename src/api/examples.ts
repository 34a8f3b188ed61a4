/** A body for each operation that takes one, as its description shows it; tests send every one of them. */
export const EXAMPLE_BODIES: Readonly<Record<string, unknown>> = {
  'PATCH /connections/{id}/settings': { stock: { buffer: { mode: 'fixed', units: 2 } } },
  'POST /connections/{id}/plans': { kind: 'link' },
  'POST /connections/{id}/plans/{planId}/apply': { hash: 'the hash of the plan' },
  'POST /connections/{id}/plans/{planId}/decisions': { approve: 'all' },
  'POST /connections/{id}/plans/{planId}/undo': { created: 'keep' },
  'POST /connections/{id}/events/replay': {
    since: '2026-11-27T08:00:00Z',
    until: '2026-11-27T09:00:00Z',
  },
  'POST /connections/{id}/failures/{failureId}/dismiss': { reason: 'Counted by hand.' },
  'POST /connections/{id}/failures/{failureId}/restock': { restocked: true },
  'POST /connections/{id}/reconcile': { scope: 'stock' },
  'POST /connections/{id}/links': {
    links: [{ variantId: 77, items: [{ merchantId: 'AE6ZTQ8XV8D51', itemId: '5WCYGMD3RMR30' }] }],
  },
  'POST /connections/{id}/customers/erase': {
    email: 'shopper@example.com',
    phone: '',
    firstName: '',
    lastName: '',
  },
  'POST /connections/{id}/keys': { name: 'nightly report', scope: 'read' },
};

/** The operation as a shell command; `TOKEN` is the caller's. */
export function exampleCall(address: string, method: string, path: string): string {
  const body = EXAMPLE_BODIES[`${method} ${path}`];
  const lines = [
    `curl -X ${method} "${address}${path}"`,
    '-H "Authorization: Bearer $TOKEN"',
    ...(body === undefined
      ? []
      : ['-H "Content-Type: application/json"', `-d '${JSON.stringify(body)}'`]),
  ];
  return lines.join(' \\\n  ');
}
