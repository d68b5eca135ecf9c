import { expect, test } from 'vitest';
import { ArrayPool } from '../../src/lib/memory/array-pool.ts';

test('arrays share a block and never overlap', () => {
  const pool = new ArrayPool(Int32Array);
  const arrays = Array.from({ length: 3_000 }, (_, n) => pool.take((n % 40) + 1).fill(n));
  for (const [n, array] of arrays.entries()) {
    expect(array).toHaveLength((n % 40) + 1);
    expect(array.every((value) => value === n)).toBe(true);
  }
  const blocks = new Set(arrays.map(({ buffer }) => buffer));
  expect(blocks.size).toBeLessThan(6);
});

test('a new array holds zeros', () => {
  const pool = new ArrayPool(Int32Array);
  pool.take(5).fill(7);
  expect([...pool.take(3)]).toEqual([0, 0, 0]);
});

test('an array that is given back is taken again, by what needs as much', () => {
  const pool = new ArrayPool(Uint8Array, 64);
  const first = pool.take(100);
  expect(first).toHaveLength(128);
  pool.giveBack(first);
  expect(pool.take(64)).not.toBe(first);
  expect(pool.take(120)).toBe(first);
  expect(pool.take(120)).not.toBe(first);
});

test('an array longer than a block has a block of its own', () => {
  const pool = new ArrayPool(Uint8Array, 64);
  pool.take(10);
  const long = pool.take(1_000_000);
  expect(long.length).toBeGreaterThanOrEqual(1_000_000);
  expect(pool.take(10).length).toBe(64);
});

test('giving back and taking for ever needs no more memory', () => {
  const pool = new ArrayPool(Uint8Array, 64);
  const buffers = new Set<ArrayBuffer>();
  for (let turn = 0; turn < 10_000; turn++) {
    const array = pool.take(500);
    buffers.add(array.buffer);
    pool.giveBack(array);
  }
  expect(buffers.size).toBe(1);
});
