/**
 * Goal: a register that was empty holds every product once, as simple items and item groups, linked and counted, though the
 * worker dies after the platform made a batch; calls stay far below one per step and item. Method: the bench's world, the
 * relay's own consumers between both sandboxes, with few SKUs.
 */
import { expect, it } from 'vitest';
import { measureCreate } from '../bench/create.ts';
import { verdictOf } from '../bench/figures.ts';

it(
  '[C7] a register is filled once by a plan whose worker dies in the middle',
  { timeout: 60_000 },
  async () => {
    // Throws unless every item and group is there once, counted, with nothing parked or failed.
    const figures = await measureCreate(240);
    const wanted = figures.filter(({ name }) => !name.startsWith('time '));
    expect(wanted.filter((figure) => verdictOf(figure) === 'missed')).toEqual([]);
  },
);
