/** Goal: amounts are exact, rounded once, and shares always add up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decimalText,
  fromMinor,
  minorDigits,
  moneyText,
  parseExact,
  readExact,
  share,
  shareBy,
  spread,
  toMinor,
} from '../../src/domain/money.ts';

const exactOf = (text: string): bigint => {
  const read = parseExact(text);
  if (!read.ok) throw new Error(text);
  return read.value;
};
const sum = (amounts: readonly number[]) => amounts.reduce((sofar, each) => sofar + each, 0);

describe('decimal texts', () => {
  it.each([
    ['8', 800],
    ['924.47', 92_447],
    ['62.6793', 6_268],
    ['0.005', 1],
    ['-0.005', -1],
    ['1.0000000000', 100],
    ['999999999999.99', 99_999_999_999_999],
  ])('[O2] %s is %i cents', (text, cents) => {
    expect(toMinor(exactOf(text), 2)).toBe(cents);
  });

  it.each(['', '1,50', '1e3', 'NaN', '.5', '0.00000000001', '--1', '1.', '9'.repeat(16)])(
    '[O2] "%s" is no amount',
    (text) => {
      expect(parseExact(text)).toEqual({ ok: false, failure: text });
    },
  );

  it('[O2] floats of V3 answers mean what they show', () => {
    expect(readExact(0.1 + 0.2)).toEqual(parseExact('0.3'));
    expect(readExact(21.83)).toEqual(parseExact('21.83'));
    expect(readExact(Number.NaN).ok).toBe(false);
  });
});

describe('minor units', () => {
  it.each([
    ['USD', 2, '12.34 USD'],
    ['JPY', 0, '1234 JPY'],
    ['KWD', 3, '1.234 KWD'],
    ['?', 2, '12.34 ?'],
  ])('[O2] of %s have %i digits', (currency, digits, text) => {
    expect(minorDigits(currency)).toBe(digits);
    expect(moneyText(1_234, currency)).toBe(text);
  });

  it('[O2] small and negative amounts keep their zeros', () => {
    expect(moneyText(-5, 'USD')).toBe('-0.05 USD');
    expect(decimalText(5, 'USD')).toBe('0.05');
  });

  it('[O2] go through a decimal text and back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('USD', 'JPY', 'KWD'), (minor, currency) => {
        const digits = minorDigits(currency);
        fc.pre(Math.abs(minor) < 1e14);
        expect(toMinor(exactOf(decimalText(minor, currency)), digits)).toBe(minor);
        expect(toMinor(fromMinor(minor, digits), digits)).toBe(minor);
      }),
    );
  });
});

describe('shares', () => {
  it('[O2] of one amount add up and differ by one at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 3_000 }),
        (minor, n) => {
          const shares = share(minor, n);
          expect(sum(shares)).toBe(minor);
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('[O2] by weight add up, in proportion', () => {
    expect(shareBy(100, [1, 1, 1])).toEqual([33, 34, 33]);
    expect(shareBy(7, [0, 0])).toEqual([7, 0]);
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.array(fc.nat(1e9), { minLength: 1, maxLength: 9 }),
        (minor, weights) => {
          const shares = shareBy(minor, weights);
          expect(sum(shares)).toBe(minor);
          const whole = sum(weights);
          for (const [index, weight] of weights.entries()) {
            if (whole > 0)
              expect(Math.abs((shares[index] ?? 0) - (minor * weight) / whole)).toBeLessThan(1.01);
          }
        },
      ),
    );
  });

  it('[O2] exact parts become whole units that are their rounded sum, each off by less than one', () => {
    const part = fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const minors = spread(parts, 2);
        expect(sum(minors)).toBe(
          toMinor(
            parts.reduce((sofar, each) => sofar + each, 0n),
            2,
          ),
        );
        for (const [index, each] of parts.entries()) {
          expect(Math.abs((minors[index] ?? 0) - Number(each) / 1e7)).toBeLessThan(1.000_001);
        }
      }),
    );
  });
});
