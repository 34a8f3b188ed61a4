/** Goal: every official webhook sample passes intake as real input. Method: the files of the platform contracts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bigcommerceHeaders, openIntake, STORE } from '../support/intake.ts';

const SAMPLES = fileURLToPath(
  new URL('../../../shared/specs/bigcommerce/webhook-callbacks/data', import.meta.url).href,
);
const present = existsSync(SAMPLES);
const names = present ? readdirSync(SAMPLES).filter((name) => name.endsWith('.json')) : [];

/** Samples name their producer by a placeholder; everything else stays as published. */
const read = (name: string) =>
  readFileSync(join(SAMPLES, name), 'utf8').replaceAll('{store_hash}', STORE);

describe('official BigCommerce samples', () => {
  it('[R1] the samples are there', ({ skip }) => {
    if (!present && process.env['CI'] === undefined) {
      skip(`the platform contracts are not at ${SAMPLES}: webhook samples are not tried`);
    }
    expect(names.length).toBeGreaterThanOrEqual(28);
  });

  for (const name of names) {
    const body = read(name);
    const expected = body.trim() === '' ? 400 : 200;
    it(`[R1] ${name} is answered ${expected}`, async () => {
      const stage = openIntake();
      const headers = await bigcommerceHeaders(stage.config, body, {
        signedAtMs: stage.clock.nowMs,
      });
      const response = await stage.post('/bigcommerce', body, headers);
      expect(response.status).toBe(expected);
      if (expected === 400) {
        expect(stage.sent).toEqual([]);
        return;
      }
      const { scope, data, created_at: createdAtS } = JSON.parse(body);
      expect(stage.sent).toMatchObject([
        { connectionId: STORE, scope, data, createdAtMs: createdAtS * 1_000 },
      ]);
      const unproven = await stage.post('/bigcommerce', body);
      expect(unproven.status).toBe(401);
      expect(stage.sent).toHaveLength(1);
    });
  }
});
