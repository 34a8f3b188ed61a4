/** Bundles as they would be deployed: one to weigh, one to run. */
import { createWriteStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { end, wrangler } from '../sandbox/demo/worker.ts';
import { atMost, type Figure } from './figures.ts';
import { sum } from './stats.ts';

const TARGET_KB = 400;
/** Beside the modules wrangler leaves source maps and a read-me, which are not uploaded. */
const NOT_UPLOADED = /\.map$|^README\.md$/;

/** Ends what was started, newest first. */
export type Stops = (() => unknown)[];

/** Bundles an entry, the Worker's own when left out, into a folder of its own; gives that folder. */
export async function bundle(
  directory: string,
  name: string,
  stops: Stops,
  entry?: string,
): Promise<string> {
  const outPath = join(directory, name);
  const logPath = `${outPath}.log`;
  const entries = entry === undefined ? [] : [entry];
  const child = wrangler(
    ['deploy', ...entries, '--dry-run', `--outdir=${outPath}`],
    createWriteStream(logPath),
  );
  stops.push(() => end(child));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`wrangler could not bundle:\n${readFileSync(logPath, 'utf8')}`);
  return outPath;
}

/** How large the Worker is that would be deployed. */
export async function measureBundle(directory: string, stops: Stops): Promise<Figure> {
  const outPath = await bundle(directory, 'shipped', stops);
  const modules = readdirSync(outPath).filter((name) => !NOT_UPLOADED.test(name));
  if (modules.length === 0) throw new Error(`wrangler left no bundle in ${outPath}.`);
  const files = modules.map((name) => readFileSync(join(outPath, name)));
  return {
    name: 'bundle, gzip',
    value: sum(files.map((file) => gzipSync(file).byteLength)) / 1_000,
    unit: 'KB',
    target: atMost(TARGET_KB),
    note: `${(sum(files.map((file) => file.byteLength)) / 1_000).toFixed(0)} KB unpacked`,
  };
}
