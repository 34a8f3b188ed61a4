/** `npm start` as a child process on ports and in a directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from '../sandbox/demo/listen.ts';

const START = join(import.meta.dirname, '../sandbox/start.ts');
const START_MAX_MS = 120_000;

export interface DemoProcess {
  readonly controlUrl: string;
  /** The admin API, as it is told to the person who started it. */
  readonly api: { readonly url: string; readonly token: string; readonly connectionId: string };
  /** Ends it as Ctrl-C does; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts it and waits until it says that it runs; throws with all that it said when it does not. */
export async function startDemoProcess(directory: string): Promise<DemoProcess> {
  const port = await freePort();
  const others = await Promise.all([freePort(), freePort(), freePort()]);
  const child = spawn(process.execPath, [START], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ONHAND_DIR: directory,
      ONHAND_CONTROL_PORT: String(port),
      ONHAND_PORT: String(others[0]),
      ONHAND_BIGCOMMERCE_PORT: String(others[1]),
      ONHAND_CLOVER_PORT: String(others[2]),
    },
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said = await saysThatItRuns(child);
  return {
    controlUrl: `http://localhost:${port}`,
    api: apiTold(said),
    stop: () => {
      child.kill('SIGINT');
      return exited;
    },
  };
}

function apiTold(said: string): DemoProcess['api'] {
  const told = /Bearer (\w+)" (\S+\/api\/v1)\/connections\/(\w+)/.exec(said);
  if (told === null) throw new Error(`npm start told no call of its API. It said:\n${said}`);
  const [, token = '', url = '', connectionId = ''] = told;
  return { url, token, connectionId };
}

function saysThatItRuns(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const give = (reason: string) => {
      child.kill('SIGINT');
      reject(new Error(`${reason}. It said:\n${said}`));
    };
    const late = setTimeout(() => give('npm start took too long'), START_MAX_MS);
    const listen = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (!said.includes('Ctrl-C stops it')) return;
      clearTimeout(late);
      resolve(said);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(late);
      give(`npm start ended with ${code}`);
    });
  });
}
