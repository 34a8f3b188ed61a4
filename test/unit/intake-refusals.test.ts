/** Goal: a flood of forged webhooks leaves a counter and a few samples, never a body and never a flood of records. */
import { describe, expect, it } from 'vitest';
import { openIntake, orderCreated } from '../support/intake.ts';

const forged = { 'X-Onhand-Secret': 'k1.forged', 'User-Agent': 'forger/1.0' };

describe('refusals', () => {
  it('[R1] the first is logged at once, the rest together, and nothing of a body is kept', async () => {
    const stage = openIntake();
    for (let i = 0; i < 200; i += 1) {
      const body = orderCreated(i, { note: 'private words' });
      await stage.post('/bigcommerce', body, forged);
    }
    await stage.wake(10_000);
    const counts = stage.logged.map(({ detail }) => (detail as { count: number }).count);
    expect(counts).toEqual([1, 199]);
    expect(stage.logged[1]).toMatchObject({
      kind: 'refused',
      outcome: 'refused',
      connectionId: '',
      platform: 'bigcommerce',
      operation: 'intake.secret_wrong',
    });
    const samples = stage.logged.flatMap(
      ({ detail }) => (detail as { samples: Record<string, unknown>[] }).samples,
    );
    expect(samples).toHaveLength(1 + 5);
    expect(samples[0]).toMatchObject({ userAgent: 'forger/1.0', store: 'abc123' });
    expect(JSON.stringify(stage.logged)).not.toMatch(/private words|forged"/);
  });

  it('[R1] each reason has its own counter, at most one record in ten seconds', async () => {
    const stage = openIntake();
    const refuse = async () => {
      await stage.post('/bigcommerce', orderCreated(1), forged);
      await stage.post('/bigcommerce', '{}');
      await stage.post('/clover', '{}');
    };
    await refuse();
    const first = stage.clock.nowMs;
    await refuse();
    stage.clock.nowMs += 4_000;
    await refuse();
    await stage.wake(6_000);
    const of = (operation: string) =>
      stage.logged.filter((record) => record.operation === operation);
    for (const operation of [
      'intake.secret_wrong',
      'intake.malformed',
      'intake.auth_code_missing',
    ]) {
      const records = of(operation);
      expect(records, operation).toHaveLength(2);
      expect(records[0]?.atMs).toBe(first);
      expect((records[1]?.atMs ?? 0) - first).toBeGreaterThanOrEqual(10_000);
    }
  });

  it('[R1] a promised flush that never comes is made up for by the next refusal', async () => {
    const stage = openIntake();
    const refuse = () => stage.post('/bigcommerce', orderCreated(1), forged);
    await refuse();
    await refuse();
    // The request that promised the second record is cancelled: its sleep never ends.
    stage.clock.nowMs += 10_001;
    await refuse();
    const counts = stage.logged.map(({ detail }) => (detail as { count: number }).count);
    expect(counts).toEqual([1, 2]);
  });
});
