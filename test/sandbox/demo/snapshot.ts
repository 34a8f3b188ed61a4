/** The memory of both platforms on disk, so that a stopped demonstration goes on where it was. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BigCommerceState } from '../bigcommerce/index.ts';
import type { CloverState } from '../clover/index.ts';

const WRITE_EVERY_MS = 1_000;

export interface Snapshot {
  readonly version: 2;
  /** The store and the merchant that the demonstration plays with. */
  readonly hash: string;
  readonly merchantId: string;
  readonly bigcommerce: BigCommerceState;
  readonly clover: CloverState;
}

const pathIn = (directory: string) => join(directory, 'sandbox.json');

/** The snapshot of an earlier start; null when there is none. Throws a sentence when the file cannot be read. */
export function readSnapshot(directory: string): Snapshot | null {
  const path = pathIn(directory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  try {
    const snapshot: Snapshot = JSON.parse(text);
    if (snapshot.version === 2) return snapshot;
  } catch {
    // Said below, like a version that is not ours.
  }
  throw new Error(`${path} is no snapshot of this sandbox. Delete ${directory} to start afresh.`);
}

/** Writes the state now and each second in which it changed; the answer writes what is left and stops. */
export function keepSnapshot(directory: string, look: () => Snapshot): () => void {
  let written = '';
  const write = () => {
    const text = JSON.stringify(look());
    if (text === written) return;
    mkdirSync(directory, { recursive: true });
    // Renamed into place: a start that reads during a crash sees the old one, whole.
    writeFileSync(`${pathIn(directory)}.new`, text);
    renameSync(`${pathIn(directory)}.new`, pathIn(directory));
    written = text;
  };
  write();
  const timer = setInterval(write, WRITE_EVERY_MS);
  return () => {
    clearInterval(timer);
    write();
  };
}
