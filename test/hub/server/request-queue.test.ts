import { expect, it } from 'vitest';
import { RequestQueue } from '../../../src/lib/hub/server/request-queue.ts';

/** Carries out nothing before `finish` is called; then what comes next is its own call again. */
function makeQueue(): { queue: RequestQueue<string>; begun: string[]; finish: () => Promise<void> } {
  const begun: string[] = [];
  let finishOne = (): void => {};
  const queue = new RequestQueue<string>((request) => {
    begun.push(request);
    return new Promise((resolve) => {
      finishOne = resolve;
    });
  });
  const finish = async (): Promise<void> => {
    finishOne();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, finish };
}

it('carries out one after the other', async () => {
  const { queue, begun, finish } = makeQueue();
  for (const name of ['a', 'b', 'c']) expect(queue.push(name, 1)).toBe(true);
  expect(begun).toEqual(['a']);
  await finish();
  expect(begun).toEqual(['a', 'b']);
  await finish();
  await finish();
  expect(begun).toEqual(['a', 'b', 'c']);
  expect(queue.push('d', 1)).toBe(true);
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

it('keeps 1,000 waiting beside the one that is carried out', async () => {
  const { queue, finish } = makeQueue();
  for (let sent = 0; sent < 1_001; sent++) expect(queue.push('x', 1)).toBe(true);
  expect(queue.push('x', 1)).toBe(false);
  await finish();
  expect(queue.push('x', 1)).toBe(true);
});

it('keeps 1 MiB waiting; one that is as large by itself may wait', async () => {
  const { queue, begun, finish } = makeQueue();
  const MiB = 1024 * 1024;
  expect(queue.push('a', 2 * MiB)).toBe(true);
  expect(queue.push('b', 2 * MiB)).toBe(true);
  expect(queue.push('c', 1)).toBe(false);
  await finish();
  expect(queue.push('d', MiB)).toBe(true);
  expect(queue.push('e', 1)).toBe(false);
  await finish();
  await finish();
  expect(begun).toEqual(['a', 'b', 'd']);
});

it('forgets what waits when it is cleared', async () => {
  const { queue, begun, finish } = makeQueue();
  for (const name of ['a', 'b', 'c']) queue.push(name, 400_000);
  queue.clear();
  await finish();
  expect(begun).toEqual(['a']);
  expect(queue.push('d', 1_000_000)).toBe(true);
  expect(begun).toEqual(['a', 'd']);
});
