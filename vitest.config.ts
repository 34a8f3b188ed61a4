import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

const SEED = './test/support/fast-check-seed.ts';

const node = (name: string) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    environment: 'node' as const,
    // Properties run thousands of cases; four files share what cores there are.
    testTimeout: 30_000,
    setupFiles: [SEED],
  },
});

export default defineConfig({
  test: {
    // Workers print one JSON line per log record; only those of a failing test are of interest.
    silent: 'passed-only',
    // Files of the worker project wait for queues, alarms and settle times most of their time: one per core (less one, as is usual)
    // would leave the machine idle for a quarter of an hour.
    maxWorkers: 4,
    projects: [
      node('unit'),
      node('contract'),
      node('simulation'),
      {
        test: {
          ...node('browser').test,
          globalSetup: ['./test/support/browser-setup.ts'],
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations('./migrations'),
                PUBLIC_ORIGIN: 'https://onhand.test',
                BIGCOMMERCE_CLIENT_ID: 'bc-client',
                BIGCOMMERCE_CLIENT_SECRET: 'bc-secret',
                BIGCOMMERCE_API_ORIGIN: 'https://api.bigcommerce.test',
                BIGCOMMERCE_LOGIN_ORIGIN: 'https://login.bigcommerce.test',
                CLOVER_APP_ID: 'CLOVERAPP0001',
                CLOVER_APP_SECRET: 'clover-secret',
                CLOVER_WEBHOOK_AUTH_CODES: 'clover-auth-code',
                CLOVER_API_ORIGIN: 'https://api.clover.test',
                CLOVER_WEB_ORIGIN: 'https://www.clover.test',
                ADMIN_API_TOKEN: 'admin-token',
                TOKEN_ENCRYPTION_KEYS: 'k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          setupFiles: [SEED, './test/support/worker-setup.ts'],
          // Real queues, alarms and settle times: seconds pass.
          hookTimeout: 60_000,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
