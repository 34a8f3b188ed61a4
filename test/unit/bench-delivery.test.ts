import { describe, expect, it } from 'vitest';
import { deliveries, type LevelChange, type Side } from '../bench/delivery.ts';

const sale = (atMs: number, side: Side, units = 1, sku = 'A'): LevelChange => ({
  atMs,
  side,
  sku,
  fellBy: units,
  cause: 'sale',
});
const write = (atMs: number, side: Side, fellBy: number, sku = 'A'): LevelChange => ({
  atMs,
  side,
  sku,
  fellBy,
  cause: 'relay',
});
const deliveredAt = (changes: LevelChange[], side: Side = 'bigcommerce', sku = 'A') =>
  deliveries(changes)
    .filter((each) => each.side === side && each.sku === sku)
    .map(({ deliveredAtMs }) => deliveredAtMs);

describe('a sale is delivered', () => {
  it('when the relay took the other side down by it', () => {
    expect(deliveries([sale(0, 'bigcommerce'), write(300, 'clover', 1)])).toEqual([
      { sku: 'A', side: 'bigcommerce', soldAtMs: 0, deliveredAtMs: 300 },
    ]);
  });

  it('by the one write that several sales were folded into', () => {
    const changes = [sale(0, 'bigcommerce'), sale(10, 'bigcommerce'), write(300, 'clover', 2)];
    expect(deliveredAt(changes)).toEqual([300, 300]);
  });

  it('only once the units of all sales before it arrived as well', () => {
    const changes = [
      sale(0, 'bigcommerce', 2),
      sale(10, 'bigcommerce'),
      write(300, 'clover', 1),
      write(600, 'clover', 1),
      write(900, 'clover', 1),
    ];
    expect(deliveredAt(changes)).toEqual([600, 900]);
  });

  it('never, when the other side did not fall far enough', () => {
    const changes = [sale(0, 'bigcommerce'), sale(10, 'bigcommerce'), write(300, 'clover', 1)];
    expect(deliveredAt(changes)).toEqual([300, null]);
  });

  it('not by a sale at the other side, however that moves the level', () => {
    expect(deliveredAt([sale(0, 'bigcommerce'), sale(10, 'clover')])).toEqual([null]);
  });

  it('not by a write to its own side', () => {
    expect(deliveredAt([sale(0, 'bigcommerce'), write(300, 'bigcommerce', 1)])).toEqual([null]);
  });

  it('not by a write of another SKU', () => {
    const changes = [sale(0, 'bigcommerce'), write(300, 'clover', 1, 'B')];
    expect(deliveredAt(changes)).toEqual([null]);
  });

  it('late, when a write had overwritten a sale and another one mended it', () => {
    // Clover is at 10. One is sold on the web, one at the register; the absolute write of 9 swallows the register's
    // fall of that moment, so it moves nothing, and the next one is the web sale's delivery.
    const changes = [
      sale(0, 'bigcommerce'),
      sale(10, 'clover'),
      write(300, 'clover', 0),
      write(700, 'clover', 1),
    ];
    expect(deliveredAt(changes)).toEqual([700]);
  });

  it('by what is left of a fall after the relay raised the level again', () => {
    const changes = [
      sale(0, 'bigcommerce'),
      sale(10, 'bigcommerce'),
      write(300, 'clover', 1),
      write(400, 'clover', -1),
      write(500, 'clover', 1),
      write(600, 'clover', 1),
    ];
    expect(deliveredAt(changes)).toEqual([300, 600]);
  });

  it('in both directions of one SKU at once', () => {
    const changes = [
      sale(0, 'bigcommerce'),
      sale(5, 'clover'),
      write(200, 'bigcommerce', 1),
      write(400, 'clover', 1),
    ];
    expect(deliveredAt(changes, 'bigcommerce')).toEqual([400]);
    expect(deliveredAt(changes, 'clover')).toEqual([200]);
  });
});
