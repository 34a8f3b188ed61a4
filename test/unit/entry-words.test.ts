import { describe, expect, it } from 'vitest';
import { levelPage, orderIn, orderPage, productPage } from '../../src/domain/platform-pages.ts';
import { eventId } from '../../src/domain/ids.ts';
import { sayDuration, sayTimes } from '../../src/pages/entry-table.tsx';

const AT_MS = 1_700_000_000_000;
const entry = {
  seq: 2,
  locationId: 1,
  delta: -1,
  onHandAfter: 9,
  cause: 'sale' as const,
  place: 'clover:MERCHANT00001' as const,
  source: 'order:XYZ',
  eventId: eventId('e1'),
  atMs: AT_MS + 850,
  happenedAtMs: AT_MS,
  receivedAtMs: AT_MS + 800,
  note: 'Order XYZ sold 1.',
  written: [{ place: 'bigcommerce:1' as const, atMs: AT_MS + 1_100 }],
};
const connection = { merchants: [] };

describe('how soon an entry was seen and shown', () => {
  it('[R8] is said in words', () => {
    expect(sayTimes(entry, connection)).toBe(
      'Seen after 0.8 s, Web shop (location 1) written after 1.1 s.',
    );
    expect(sayTimes({ ...entry, written: [] }, connection)).toBe('Seen after 0.8 s.');
  });

  it('[R8] says nothing of what nobody told', () => {
    const { happenedAtMs: _happened, receivedAtMs: _received, written: _written, ...bare } = entry;
    expect(sayTimes(bare, connection)).toBe('');
    expect(sayTimes({ ...entry, happenedAtMs: null }, connection)).toBe(
      'Web shop (location 1) written after 0.3 s.',
    );
  });

  it.each([
    [-40, '0.0 s'],
    [950, '0.9 s'],
    [42_400, '42 s'],
    [200_000, '3 min'],
    [18_000_000, '5 h'],
    [200_000_000, '2 days'],
  ])('%j ms is %j', (ms, text) => {
    expect(sayDuration(ms)).toBe(text);
  });
});

describe('pages of the platforms', () => {
  const pages = { connectionId: 'abc123', cloverOrigin: 'https://www.clover.com' };

  it('[R8] show where the level of an entry without an order can be looked at, on both sides', () => {
    expect(levelPage(pages, 'bigcommerce:1', 7)).toBe(
      'https://store-abc123.mybigcommerce.com/manage/products/edit/7',
    );
    expect(levelPage(pages, 'clover:MERCHANT00001', 7)).toBe(
      'https://www.clover.com/inventory/m/MERCHANT00001/items',
    );
    expect(levelPage(pages, null, 7)).toBeNull();
    expect(levelPage({ ...pages, cloverOrigin: '' }, 'clover:MERCHANT00001', 7)).toBeNull();
  });

  it('are named by order, product and place', () => {
    expect(orderPage(pages, 'bigcommerce:1', '218')).toBe(
      'https://store-abc123.mybigcommerce.com/manage/orders/218',
    );
    expect(orderPage(pages, 'clover:MERCHANT00001', 'XYZ')).toBe(
      'https://www.clover.com/orders/m/MERCHANT00001/orders/XYZ',
    );
    expect(productPage(pages, 5)).toBe(
      'https://store-abc123.mybigcommerce.com/manage/products/edit/5',
    );
  });

  it('[X6] stay on the platforms, whatever an order is called', () => {
    const href = orderPage(pages, 'clover:MERCHANT00001', '../../x?y#//evil.example') ?? '';
    expect(new URL(href).origin).toBe('https://www.clover.com');
    expect(new URL(href).search).toBe('');
    expect(orderPage(pages, null, 'XYZ')).toBeNull();
    expect(orderPage({ ...pages, cloverOrigin: '' }, 'clover:MERCHANT00001', 'X')).toBeNull();
    expect(orderIn('webhook')).toBeNull();
    expect(orderIn('order:218')).toBe('218');
  });
});
