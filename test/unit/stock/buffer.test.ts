/** Goal: a measured buffer covers what registers sell before the web shows it. Method: the formula, and one ledger. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unitsCovering } from '../../../src/domain/stock/buffer.ts';
import { BUFFER_MAX_UNITS } from '../../../src/limits.ts';
import { openTestDesk, type TestDesk } from '../../support/desk.ts';
import { REGISTER, WEB } from '../../support/ledger.ts';

function openBusy(bufferUnits = 0): TestDesk {
  const shop = openTestDesk({ web: 90, register: 90, bufferUnits, isBufferMeasured: true });
  let level = 90;
  for (let sale = 0; sale < 40; sale += 1) {
    level -= 1;
    shop.nowMs += 1_000;
    shop.see(REGISTER, level);
    shop.nowMs += 30_000;
    shop.write(WEB, shop.place(WEB).level ?? 0);
  }
  return shop;
}

describe('[S6] a measured buffer', () => {
  it.each([
    [0, 0],
    [0.01, 0],
    [0.05, 1],
    [1, 4],
    [5, 11],
    [1_000, BUFFER_MAX_UNITS],
  ])('for %s units in the exposure holds back %s', (mean, units) => {
    expect(unitsCovering(mean)).toBe(units);
  });

  it('never falls as the mean rises, and is bounded', () => {
    const mean = fc.double({ min: 0, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(mean, mean, (one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(unitsCovering(low)).toBeLessThanOrEqual(unitsCovering(high));
        expect(unitsCovering(high)).toBeLessThanOrEqual(BUFFER_MAX_UNITS);
      }),
    );
  });

  it('grows with the pace of the register, is shown, and holds units back from the web only', () => {
    const shop = openBusy();
    const { buffer, onHand, places } = shop.view();
    expect(buffer).toBeGreaterThan(0);
    expect(buffer).toBeLessThanOrEqual(BUFFER_MAX_UNITS);
    expect(places).toMatchObject([{ target: onHand - buffer }, { target: onHand }]);
  });

  it('shrinks again when the rush is over, with the next sale', () => {
    const shop = openBusy();
    const { buffer, onHand } = shop.view();
    shop.nowMs += 24 * 3_600_000;
    shop.see(REGISTER, onHand - 1);
    expect(shop.view().buffer).toBeLessThan(buffer);
  });

  it('is never less than the units that are set', () => {
    const shop = openTestDesk({ bufferUnits: 3, isBufferMeasured: true });
    expect(shop.view().buffer).toBe(3);
    expect(openBusy(15).view().buffer).toBe(15);
  });
});
