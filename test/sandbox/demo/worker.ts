/** The relay itself, as `wrangler dev` runs it: real queues, objects and D1, kept on disk between starts. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const START_MAX_MS = 60_000;
const STOP_MAX_MS = 5_000;
const POLL_MS = 100;
const CRON_MS = 60_000;

/** What a person should see of wrangler's talk; all of it is in the log file. */
const TROUBLE = /\[ERROR\]|✘|\bUncaught\b/;

export interface RelayWorker {
  readonly origin: string;
  /** Resolves once the Worker answers; rejects with a sentence when it does not come up. */
  readonly ready: Promise<void>;
  /** Runs what cron runs. */
  tick(): Promise<void>;
  /** Ends the process; may be called at any time, also while it starts. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  readonly directory: string;
  readonly varsPath: string;
  readonly port: number;
  /**
   * A finished bundle to run, with a wrangler.toml beside it, instead of the project's own files: those are watched,
   * and an edit restarts the Worker.
   */
  readonly bundle?: string;
  /** Whether its cron rings by itself; true when left out. */
  readonly cron?: boolean;
  /** Is told each line of trouble. */
  readonly warn: (line: string) => void;
  /** Is told when the process ends without having been stopped. */
  readonly died: () => void;
}

/** Applies migrations, starts the Worker, and rings its cron each minute. */
export function launchWorker(options: WorkerOptions): RelayWorker {
  mkdirSync(options.directory, { recursive: true });
  const log = createWriteStream(join(options.directory, 'wrangler.log'), { flags: 'w' });
  const origin = `http://127.0.0.1:${options.port}`;
  let child: ChildProcess | undefined;
  let cron: NodeJS.Timeout | undefined;
  let stopping = false;

  const tick = async () => {
    const answer = await fetch(`${origin}/cdn-cgi/local/scheduled`);
    if (!answer.ok) throw new Error(`Cron answered ${answer.status}: ${await answer.text()}`);
  };
  const come = async () => {
    await migrate(options, log);
    if (stopping) return;
    const dev = startDev(options, log);
    child = dev;
    const hasEnded = () => dev.exitCode !== null || dev.signalCode !== null;
    await untilHealthy(origin, hasEnded, options.directory);
    dev.once('exit', () => {
      if (!stopping) options.died();
    });
    if (options.cron === false) return;
    cron = setInterval(() => {
      tick().catch((error: unknown) => options.warn(`Cron did not run: ${String(error)}`));
    }, CRON_MS);
  };
  const stop = async () => {
    stopping = true;
    clearInterval(cron);
    if (child !== undefined) await end(child);
    log.end();
  };
  return { origin, ready: come(), tick, stop };
}

/** Starts wrangler in the project's folder, in a process group of its own. */
export function wrangler(arguments_: readonly string[], log: WriteStream): ChildProcess {
  const child = spawn(process.execPath, [WRANGLER, ...arguments_], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches us alone, and we end the whole group in order.
    detached: true,
    env: {
      ...process.env,
      CI: '1',
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: join(ROOT, '.wrangler/logs'),
      X_LOCAL_OBSERVABILITY: 'false',
    },
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  return child;
}

async function migrate({ directory }: WorkerOptions, log: WriteStream): Promise<void> {
  const path = join(directory, 'state');
  const child = wrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', path], log);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code === 0) return;
  throw new Error(`The migrations could not be applied; see ${join(directory, 'wrangler.log')}.`);
}

function startDev(options: WorkerOptions, log: WriteStream): ChildProcess {
  const child = wrangler(
    [
      'dev',
      ...(options.bundle === undefined
        ? []
        : [
            options.bundle,
            '--no-bundle',
            `--config=${join(dirname(options.bundle), 'wrangler.toml')}`,
          ]),
      '--ip=127.0.0.1',
      `--port=${options.port}`,
      '--inspector-port=0',
      `--persist-to=${join(options.directory, 'state')}`,
      `--env-file=${options.varsPath}`,
      '--show-interactive-dev-session=false',
    ],
    log,
  );
  const watch = (chunk: Buffer) => {
    for (const line of chunk.toString('utf8').split('\n')) {
      if (TROUBLE.test(line)) options.warn(line.trim());
    }
  };
  child.stdout?.on('data', watch);
  child.stderr?.on('data', watch);
  return child;
}

/** Waits for `GET /healthz`; throws a sentence when the process ended or stays silent. */
export async function untilHealthy(
  origin: string,
  hasEnded: () => boolean,
  directory: string,
): Promise<void> {
  const endMs = Date.now() + START_MAX_MS;
  while (Date.now() < endMs && !hasEnded()) {
    try {
      const answer = await fetch(`${origin}/healthz`);
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const what = hasEnded() ? 'ended' : `did not answer within ${START_MAX_MS / 1_000} s`;
  throw new Error(`The relay ${what}; see ${join(directory, 'wrangler.log')}.`);
}

/** Asks the group to end, and ends it when it does not. */
export async function end(child: ChildProcess): Promise<void> {
  const isGone = child.exitCode !== null || child.signalCode !== null;
  const gone = isGone
    ? Promise.resolve()
    : new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalGroup(child, 'SIGTERM');
  const late = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_MAX_MS);
  await gone;
  clearTimeout(late);
  // Whatever the process left behind in its group.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Already gone.
  }
}
