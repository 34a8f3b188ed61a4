/**
 * The shop's books: what is truly on the shelf of each SKU, what left it, and the units that nobody could have known
 * because a person changed a level in the moment in which the relay overwrote it or did not know what its own write had
 * done.
 */
import type { PlaceKey } from '../../src/domain/ids.ts';
import type { SimClock } from './clock.ts';
import {
  WEB,
  type SimBundle,
  type SimPlatforms,
  type SimRegister,
  type SimSku,
} from './platforms.ts';
import type { Watcher } from './relay-core.ts';
import type { Scenario } from './scenario.ts';
import type { ShelfBook } from './shelf.ts';
import type { Tally } from './tally.ts';

/** How old what a read shows may be. */
const LAG_MAX_MS = 1_000;

export interface WorldDeps {
  readonly clock: SimClock;
  readonly random: () => number;
  readonly scenario: Scenario;
  readonly platforms: SimPlatforms;
  readonly tally: Tally;
  readonly startMs: number;
  readonly bundle: SimBundle | null;
}

export class WorldBooks {
  readonly shelves: readonly ShelfBook[];
  sales = 0;
  units = 0;
  readonly deps: WorldDeps;

  constructor(deps: WorldDeps, skus: readonly SimSku[]) {
    this.deps = deps;
    this.shelves = skus.map((sku) => ({
      sku,
      shelf: deps.scenario.startUnits,
      promised: 0,
      edits: new Map(),
      blind: [],
      taken: 0,
      windowSinceMs: new Map(),
    }));
  }

  readonly some = <Value>(values: readonly Value[]): Value | undefined =>
    values[Math.floor(this.deps.random() * values.length)];
  readonly anyShelf = (): ShelfBook => {
    const shelf = this.some(this.shelves);
    if (shelf === undefined) throw new Error('no SKU');
    return shelf;
  };
  /** Where the next customer goes; a shop with one register draws nothing. */
  readonly anyRegister = (): SimRegister => {
    const { registers } = this.deps.platforms;
    const register = registers.length === 1 ? registers[0] : this.some(registers);
    if (register === undefined) throw new Error('no register');
    return register;
  };
  readonly quantity = (): number =>
    this.deps.random() < 0.75 ? 1 : 1 + Math.floor(this.deps.random() * 3);

  readonly edited = (shelf: ShelfBook, place: PlaceKey, atMs: number, units: number): void => {
    const list = shelf.edits.get(place) ?? [];
    list.push({ atMs, units });
    shelf.edits.set(place, list);
  };

  /** Runs a deed and takes what it did to the levels, beyond sales, for a change of the shelf. */
  readonly moved = (place: PlaceKey, deed: () => void): void => {
    const { webLevel, registerLevel } = this.deps.platforms;
    const levelOf = (sku: SimSku): number =>
      place === WEB ? webLevel(sku) : registerLevel(sku, place);
    const before = this.shelves.map(({ sku }) => levelOf(sku));
    deed();
    this.shelves.forEach((shelf, index) => {
      const units = levelOf(shelf.sku) - (before[index] ?? 0);
      if (units === 0) return;
      if (units > 0) this.deps.tally.count('rise real');
      shelf.shelf += units;
      this.deps.tally.tell(() => `${units} ${shelf.sku.sku} moved: shelf ${shelf.shelf}`);
      this.edited(shelf, place, this.deps.clock.nowMs, units);
    });
  };

  readonly sign = (): number => (this.deps.random() < 0.5 ? -1 : 1);
  readonly few = (): number => 1 + Math.floor(this.deps.random() * 4);
  readonly sold = (shelf: ShelfBook, units: number, what: string, taken = units): void => {
    this.take(shelf, taken);
    this.sales += 1;
    this.units += units;
    this.deps.tally.count('sale');
    this.deps.tally.tell(() => `${what} sells ${units} ${shelf.sku.sku}: shelf ${shelf.shelf}`);
  };

  /** Units leave the shelf; those that were not on it are owed to somebody. */
  readonly take = (shelf: ShelfBook, units: number): void => {
    shelf.shelf -= units;
    shelf.taken += units;
    const oversold = Math.min(units, Math.max(0, -shelf.shelf));
    if (oversold > 0) this.deps.tally.count('oversold', oversold);
  };

  /** A register sells below zero, but a cashier seldom finds what the register says is gone. */
  readonly isThere = ({ sku }: ShelfBook, { place }: SimRegister): boolean =>
    this.deps.platforms.registerLevel(sku, place) > 0 ||
    this.deps.random() < this.deps.scenario.goneButSold;

  /** undefined: the bundle, whose level nobody's goods depend on. */
  readonly shelfOf = (sku: SimSku): ShelfBook | undefined =>
    this.shelves.find((candidate) => candidate.sku === sku);
  readonly watcher: Watcher = {
    readBeforeWrite: (sku, place) => {
      this.shelfOf(sku)?.windowSinceMs.set(place, this.deps.clock.nowMs);
    },
    wrote: (sku, place) => {
      const shelf = this.shelfOf(sku);
      const fromMs = shelf?.windowSinceMs.get(place);
      if (shelf === undefined || fromMs === undefined) return;
      shelf.blind.push({ place, fromMs, toMs: this.deps.clock.nowMs, units: 0 });
    },
    decided: (sku, place: PlaceKey, believedAtMs, units) => {
      const shelf = this.shelfOf(sku);
      // A second before what is believed was read: reads may lag that much.
      const fromMs = believedAtMs - LAG_MAX_MS;
      shelf?.blind.push({ place, fromMs, toMs: this.deps.clock.nowMs, units });
    },
  };
}
