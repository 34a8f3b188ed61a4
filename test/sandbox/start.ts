/** `npm start`: a shop on both sandbox platforms, the real relay between them, and a page to play with. */
import { createDemo, type RunningDemo } from './demo/demo.ts';
import { readOptions, type DemoOptions } from './demo/options.ts';

const PARENT_EVERY_MS = 500;

function announce({ shop, adminToken }: RunningDemo, { ports }: DemoOptions): void {
  const control = `http://localhost:${ports.control}`;
  const relay = `http://localhost:${ports.relay}`;
  console.log(`
Onhand runs between two sandbox platforms.

  Control page         ${control}
  Merchant's pages     ${control}/control/open   (opens Onhand as BigCommerce would)
  Admin API            ${relay}/api/v1/docs
  BigCommerce sandbox  http://127.0.0.1:${ports.bigcommerce}   store ${shop.hash}
  Clover sandbox       http://127.0.0.1:${ports.clover}   merchant ${shop.merchantId}

Try: sell something online on the control page and watch the register's level follow; ring something up and watch the
web's; drop the next webhook, sell, and let the sweep find it. Or from a shell:

  curl -H "Authorization: Bearer ${adminToken}" ${relay}/api/v1/connections/${shop.hash}/skus?limit=3

Ctrl-C stops it; the next start goes on where this one ended.`);
}

/** A signal to `npm` ends npm and its shell but does not reach us: we notice that our parent is gone. */
function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, PARENT_EVERY_MS);
}

async function main(): Promise<void> {
  const options = readOptions(process.env);
  let stopping = false;
  const demo = createDemo(options, {
    say: (line) => console.log(line),
    warn: (line) => console.error(`relay: ${line}`),
    died: () => {
      console.error(`The relay ended by itself; see ${options.directory}/wrangler.log.`);
      void stop(1);
    },
  });
  const stop = async (code: number) => {
    if (stopping) return;
    stopping = true;
    await demo.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop(0));
  }
  if (process.env['npm_lifecycle_event'] === 'start') watchParent(() => void stop(0));
  try {
    announce(await demo.start(), options);
  } catch (error) {
    // Stopped while it started: what fails then is no news.
    if (!stopping) throw error;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
