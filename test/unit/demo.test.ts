/** The parts of `npm start` that a person meets when something is off, and those that keep its memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBrowser, linkOn } from '../sandbox/demo/browser.ts';
import { freePort, listen, requireFree } from '../sandbox/demo/listen.ts';
import { readOptions } from '../sandbox/demo/options.ts';
import { makeSecrets, readSecrets, writeVars } from '../sandbox/demo/secrets.ts';
import { readSnapshot } from '../sandbox/demo/snapshot.ts';
import { createDoor } from '../sandbox/demo/wire.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'onhand-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the options of npm start', () => {
  test('have defaults and take ports and the directory from the environment', () => {
    const ports = { relay: 8787, control: 8790, bigcommerce: 8791, clover: 8792 };
    expect(readOptions({}).ports).toEqual(ports);
    const chosen = readOptions({ ONHAND_PORT: '9001', ONHAND_DIR: directory });
    expect(chosen).toEqual({ directory, ports: { ...ports, relay: 9001 } });
  });

  test.each([
    [{ ONHAND_PORT: 'http' }, 'ONHAND_PORT is "http"'],
    [{ ONHAND_CLOVER_PORT: '70000' }, 'ONHAND_CLOVER_PORT is "70000"'],
    [{ ONHAND_CONTROL_PORT: '8787' }, 'Port 8787 is given to two'],
  ])('%o is refused in words', (environment, message) => {
    expect(() => readOptions(environment)).toThrow(message);
  });

  test('a busy port is named with the variable that moves it', async () => {
    const blocker = createServer();
    const clover = await freePort();
    await new Promise<void>((resolve) => blocker.listen(clover, '127.0.0.1', resolve));
    const [relay, control, bigcommerce] = [await freePort(), await freePort(), await freePort()];
    await expect(requireFree({ relay, control, bigcommerce, clover })).rejects.toThrow(
      `Port ${clover}, meant for the Clover sandbox, is in use. Stop what uses it, or choose another one: ONHAND_CLOVER_PORT`,
    );
    await new Promise((resolve) => blocker.close(resolve));
  });
});

describe('what npm start remembers', () => {
  test('secrets are made once and read again', () => {
    expect(readSecrets(directory)).toBeNull();
    const secrets = makeSecrets();
    const path = writeVars(directory, secrets, { bigcommerce: 'http://b', clover: 'http://c' });
    expect(readSecrets(directory)).toEqual(secrets);
    expect(makeSecrets()).not.toEqual(secrets);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^ADMIN_API_TOKEN.*$/m, ''));
    expect(readSecrets(directory)).toBeNull();
  });

  test('a snapshot that cannot be read is said, not thrown away', () => {
    expect(readSnapshot(directory)).toBeNull();
    writeFileSync(join(directory, 'sandbox.json'), '{"version":1,');
    expect(() => readSnapshot(directory)).toThrow(`Delete ${directory} to start afresh`);
  });
});

describe('the way of a browser', () => {
  const answers: Record<string, () => Response> = {
    '/start': () =>
      new Response(null, {
        status: 302,
        headers: { location: '/next', 'set-cookie': 'id=7; Path=/; Secure' },
      }),
    '/next': () => new Response('<a href="/go?a=1&amp;m=M1">one</a> <a href="/go?m=M2">two</a>'),
    '/broken': () => new Response('<h1>Not   today</h1>', { status: 409 }),
  };
  const seen: string[] = [];
  const browser = createBrowser({
    send: async (request) => {
      const { pathname } = new URL(request.url);
      seen.push(`${pathname} ${request.headers.get('cookie') ?? '-'}`);
      return answers[pathname]?.() ?? new Response(null, { status: 404 });
    },
  });

  test('follows redirects with its cookies and finds links', async () => {
    const page = await browser.open('https://shop.test/start');
    expect(seen).toEqual(['/start -', '/next id=7']);
    const link = linkOn(page, (href) => new URL(href).searchParams.get('m') === 'M1');
    expect(link).toBe('https://shop.test/go?a=1&m=M1');
  });

  test('throws the words of an error page, without its query', async () => {
    await expect(browser.open('https://shop.test/broken?code=secret')).rejects.toThrow(
      'https://shop.test/broken answered 409: Not today',
    );
  });

  test('the door shows the relay under its local name and passes forms as its own', async () => {
    const port = await freePort();
    const origins: (string | null)[] = [];
    const close = await listen(port, (request) => {
      origins.push(request.headers.get('origin'));
      return new Response(null, {
        status: 303,
        headers: { location: 'https://onhand.localhost/app?x=1' },
      });
    });
    const door = createDoor({
      localOrigins: ['http://localhost:8787'],
      publicOrigin: 'https://onhand.localhost',
      workerOrigin: `http://127.0.0.1:${port}`,
    });
    const post = (origin: string) =>
      door(
        new Request('http://localhost:8787/app/x', {
          method: 'POST',
          headers: { origin },
          body: 'a',
        }),
      );
    const answer = await post('http://localhost:8787');
    await post('https://elsewhere.test');
    await close();
    expect(answer.headers.get('location')).toBe('http://localhost:8787/app?x=1');
    expect(origins).toEqual(['https://onhand.localhost', 'https://elsewhere.test']);
  });
});
