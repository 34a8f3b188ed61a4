/** Both platforms, the relay and the control page as one thing that can be started and stopped. */
import { randomInt } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createBigCommerce, type BigCommerceSandbox } from '../bigcommerce/index.ts';
import { createClover, type CloverSandbox } from '../clover/index.ts';
import { createControl } from '../control/control.ts';
import { createRuntime } from '../kernel.ts';
import type { SandboxRuntime } from '../runtime.ts';
import { createAdmin, type Admin } from './admin.ts';
import { createBrowser } from './browser.ts';
import { connect } from './connect.ts';
import { freePort, listen, requireFree } from './listen.ts';
import type { DemoOptions } from './options.ts';
import { makeSecrets, PUBLIC_ORIGIN, readSecrets, writeVars, type Secrets } from './secrets.ts';
import { seedShop, type Shop } from './seed.ts';
import { keepSnapshot, readSnapshot, type Snapshot } from './snapshot.ts';
import { createDoor, createWire, type Wire } from './wire.ts';
import { launchWorker } from './worker.ts';

export interface Demo {
  /** Starts everything; on a failure whatever was started already is stopped again. */
  start(): Promise<RunningDemo>;
  /** Stops what runs, in the reverse order of starting; may be called at any time. */
  stop(): Promise<void>;
}

export interface RunningDemo {
  readonly shop: Shop;
  readonly admin: Admin;
  readonly adminToken: string;
  readonly runtime: SandboxRuntime;
  readonly bigcommerce: BigCommerceSandbox;
  readonly clover: CloverSandbox;
}

export interface DemoCallbacks {
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  /** The relay's process ended by itself. */
  readonly died: () => void;
}

interface Past {
  readonly secrets: Secrets;
  readonly snapshot: Snapshot | null;
}

type Stops = (() => unknown)[];

export function createDemo(options: DemoOptions, callbacks: DemoCallbacks): Demo {
  const stops: Stops = [];
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  return {
    stop,
    async start() {
      await requireFree(options.ports);
      const past = readPast(options.directory, callbacks.say);
      try {
        return await assemble(options, callbacks, past, stops);
      } catch (error) {
        await stop();
        throw error;
      }
    },
  };
}

/** Secrets, relay and platforms remember each other, so they are kept together or not at all. */
function readPast(directory: string, say: (line: string) => void): Past {
  const statePath = join(directory, 'state');
  const secrets = readSecrets(directory);
  const snapshot = readSnapshot(directory);
  if (secrets !== null && snapshot !== null && existsSync(statePath)) return { secrets, snapshot };
  if (existsSync(statePath)) {
    say(`What is left in ${directory} is incomplete; starting afresh.`);
    rmSync(statePath, { recursive: true });
  }
  return { secrets: secrets ?? makeSecrets(), snapshot: null };
}

async function assemble(
  { directory, ports }: DemoOptions,
  { say, warn, died }: DemoCallbacks,
  { secrets, snapshot }: Past,
  stops: Stops,
): Promise<RunningDemo> {
  const workerPort = await freePort();
  const origins = {
    worker: `http://127.0.0.1:${workerPort}`,
    bigcommerce: `http://127.0.0.1:${ports.bigcommerce}`,
    clover: `http://127.0.0.1:${ports.clover}`,
  };
  const wire = createWire(
    new Map([
      [PUBLIC_ORIGIN, origins.worker],
      [origins.bigcommerce, origins.bigcommerce],
      [origins.clover, origins.clover],
    ]),
  );
  const platforms = createPlatforms(secrets, wire, snapshot);
  const { bigcommerce, clover } = platforms;
  const shop: Shop = snapshot ?? seedShop(bigcommerce, clover);
  stops.push(keepSnapshot(directory, () => snapshotOf(shop, bigcommerce, clover)));
  stops.push(await listen(ports.bigcommerce, bigcommerce.app.fetch));
  stops.push(await listen(ports.clover, clover.app.fetch));

  say('Starting the relay …');
  const varsPath = writeVars(directory, secrets, origins);
  const worker = launchWorker({ directory, varsPath, port: workerPort, warn, died });
  stops.push(() => worker.stop());
  await worker.ready;
  const localOrigins = [`http://localhost:${ports.relay}`, `http://127.0.0.1:${ports.relay}`];
  const workerOrigin = origins.worker;
  const door = createDoor({ localOrigins, publicOrigin: PUBLIC_ORIGIN, workerOrigin });
  stops.push(await listen(ports.relay, door));

  const admin = createAdmin(workerOrigin, secrets.ADMIN_API_TOKEN, shop.hash);
  await connect({ shop, bigcommerce, admin, browser: createBrowser(wire), say });
  const control = createControl({
    ...platforms,
    shop,
    admin,
    relayOrigin: `http://localhost:${ports.relay}`,
    publicOrigin: PUBLIC_ORIGIN,
  });
  stops.push(await listen(ports.control, control.fetch));
  return { ...platforms, shop, admin, adminToken: secrets.ADMIN_API_TOKEN };
}

function snapshotOf(
  { hash, merchantId }: Shop,
  bigcommerce: BigCommerceSandbox,
  clover: CloverSandbox,
): Snapshot {
  return { version: 2, hash, merchantId, bigcommerce: bigcommerce.state, clover: clover.state };
}

function createPlatforms(secrets: Secrets, wire: Wire, snapshot: Snapshot | null) {
  const runtime = createRuntime({
    deliver: (request) => wire.send(request),
    // Another stream each time: a restored platform must not hand out the ids of its last run again.
    seed: randomInt(2 ** 32),
  });
  const bigcommerce = createBigCommerce({
    runtime,
    clientId: secrets.BIGCOMMERCE_CLIENT_ID,
    clientSecret: secrets.BIGCOMMERCE_CLIENT_SECRET,
    appOrigin: PUBLIC_ORIGIN,
    ...(snapshot === null ? {} : { state: snapshot.bigcommerce }),
  });
  const clover = createClover({
    runtime,
    appId: secrets.CLOVER_APP_ID,
    appSecret: secrets.CLOVER_APP_SECRET,
    authCode: secrets.CLOVER_WEBHOOK_AUTH_CODES,
    webhookUrl: `${PUBLIC_ORIGIN}/webhooks/clover`,
    siteUrl: `${PUBLIC_ORIGIN}/clover`,
    ...(snapshot === null ? {} : { state: snapshot.clover }),
  });
  return { runtime, bigcommerce, clover };
}
