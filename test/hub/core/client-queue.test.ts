import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientQueue, MAX_QUEUED_BYTES } from '../../../src/lib/hub/core/client-queue.ts';
import { SharedTick } from '../../../src/lib/hub/core/shared-ticks.ts';
import { FakeDuplex } from './fake-duplex.ts';

const [A, B] = ['NSE:A-EQ', 'NSE:B-EQ'].map((symbol, id) => new SharedTick(id, { kind: 'symbol', symbol })) as [
  SharedTick,
  SharedTick,
];

let socket: FakeDuplex;
let queue: ClientQueue;
let drained: number;

beforeEach(() => {
  socket = new FakeDuplex();
  queue = new ClientQueue(socket, 'rows');
  drained = 0;
  queue.onDrained = () => drained++;
});

afterEach(() => {
  socket.destroy();
});

/** Waits until every write has been taken: streams report that in a later turn. */
const taken = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a client that reads', () => {
  it('gets every frame as it is', () => {
    const frame = Buffer.from('frame');
    queue.send(frame, [A, B]);
    queue.send(frame, [A]);
    expect(socket.writes[0]).toBe(frame);
    expect(socket.writes).toHaveLength(2);
    expect(queue).toMatchObject({ rows: 3, skipped: 0, queuedBytes: 0, isBehind: false });
  });

  it('gets a frame of more than may be queued, as long as nothing is', () => {
    queue.send(Buffer.alloc(MAX_QUEUED_BYTES + 1), [A]);
    expect(queue).toMatchObject({ rows: 1, isBehind: false });
  });

  it('cannot be given up', () => {
    queue.giveUp();
    expect(queue.isBehind).toBe(false);
  });
});

describe('the bytes of a frame', () => {
  it('are free at once when the socket has written them', () => {
    expect(queue.send(Buffer.alloc(40_000), [A], () => expect.unreachable())).toBe(false);
  });

  it.each([
    ['everything was read', () => socket.readOn()],
    ['the connection ended', () => socket.destroy()],
  ])('are needed until %s', async (_, end) => {
    socket.isReading = false;
    const written: number[] = [];
    for (const n of [1, 2, 3]) expect(queue.send(Buffer.alloc(40_000), [A], () => written.push(n))).toBe(true);
    await taken();
    expect(written).toEqual([]);
    end();
    await taken();
    await taken();
    expect(written).toEqual([1, 2, 3]);
  });

  it('are not needed of a frame that the client misses', () => {
    socket.isReading = false;
    queue.send(Buffer.alloc(10), []);
    queue.giveUp();
    expect(queue.send(Buffer.alloc(40_000), [A], () => expect.unreachable())).toBe(false);
  });
});

describe('a client that does not', () => {
  beforeEach(() => {
    socket.isReading = false;
  });

  it('may have 4 MiB to the byte', () => {
    queue.send(Buffer.alloc(MAX_QUEUED_BYTES - 10), [A]);
    queue.send(Buffer.alloc(10), [A]);
    expect(queue).toMatchObject({ isBehind: false, queuedBytes: MAX_QUEUED_BYTES, rows: 2 });
    queue.send(Buffer.alloc(1), [A]);
    expect(queue).toMatchObject({ isBehind: true, queuedBytes: MAX_QUEUED_BYTES, rows: 2, heldRows: 1 });
  });

  it('misses what is small, too, once it is behind', () => {
    queue.send(Buffer.alloc(MAX_QUEUED_BYTES - 10), []);
    queue.send(Buffer.alloc(11), [A]);
    queue.send(Buffer.alloc(1), [B]);
    expect(queue).toMatchObject({ queuedBytes: MAX_QUEUED_BYTES - 10, rows: 0, heldRows: 2 });
  });

  it('has each symbol held once, and the others counted', () => {
    queue.send(Buffer.alloc(10), []);
    queue.giveUp();
    queue.send(Buffer.alloc(10), [A, B]);
    queue.send(Buffer.alloc(10), [A]);
    queue.send(Buffer.alloc(10), [A]);
    // What it will not get is known before it reads on.
    expect(queue).toMatchObject({ heldRows: 2, skipped: 2 });
    expect(queue.catchUp()).toEqual({ skipped: 2, held: [A, B], frames: new Map() });
    expect(queue).toMatchObject({ isBehind: false, heldRows: 0, skipped: 2 });
    expect(queue.catchUp()).toEqual({ skipped: 0, held: [], frames: new Map() });
  });

  it('has nothing held of what it dropped', () => {
    queue.send(Buffer.alloc(10), []);
    queue.giveUp();
    queue.send(Buffer.alloc(10), [A, B]);
    queue.forget(A);
    queue.forget(A);
    expect(queue.catchUp()).toEqual({ skipped: 1, held: [B], frames: new Map() });
  });

  it('adds up what it missed each time', () => {
    for (const missed of [3, 4]) {
      queue.send(Buffer.alloc(10), []);
      queue.giveUp();
      for (let n = 0; n < missed; n++) queue.send(Buffer.alloc(10), [A]);
      queue.catchUp();
    }
    expect(queue.skipped).toBe(2 + 3);
  });

  it('reports when everything was read, not before', async () => {
    queue.send(Buffer.alloc(32 * 1024), [A]);
    queue.send(Buffer.alloc(32 * 1024), [A]);
    await taken();
    expect(drained).toBe(0);
    socket.readOn();
    await taken();
    expect([drained, queue.queuedBytes]).toEqual([1, 0]);
  });
});
