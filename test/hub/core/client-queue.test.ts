import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientQueue, MAX_QUEUED_BYTES } from '../../../src/lib/hub/core/client-queue.ts';
import { SharedTick } from '../../../src/lib/hub/core/shared-ticks.ts';
import { FakeDuplex } from './fake-duplex.ts';

const [A, B] = ['NSE:A-EQ', 'NSE:B-EQ'].map((symbol, id) => new SharedTick(id, { kind: 'symbol', symbol })) as [
  SharedTick,
  SharedTick,
];

let socket: FakeDuplex;
let outlet: ClientQueue;
let drained: number;

beforeEach(() => {
  socket = new FakeDuplex();
  outlet = new ClientQueue(socket, 'rows');
  drained = 0;
  outlet.onDrained = () => drained++;
});

afterEach(() => {
  socket.destroy();
});

/** Every write has been taken: streams tell so a little later. */
const taken = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a client that reads', () => {
  it('gets every frame as it is', () => {
    const frame = Buffer.from('frame');
    outlet.send(frame, [A, B]);
    outlet.send(frame, [A]);
    expect(socket.writes[0]).toBe(frame);
    expect(socket.writes).toHaveLength(2);
    expect(outlet).toMatchObject({ rows: 3, skipped: 0, queuedBytes: 0, isBehind: false });
  });

  it('gets a frame of more than may be queued, as long as nothing is', () => {
    outlet.send(Buffer.alloc(MAX_QUEUED_BYTES + 1), [A]);
    expect(outlet).toMatchObject({ rows: 1, isBehind: false });
  });

  it('cannot be given up', () => {
    outlet.giveUp();
    expect(outlet.isBehind).toBe(false);
  });
});

describe('the bytes of a frame', () => {
  it('are free at once when the socket has written them', () => {
    expect(outlet.send(Buffer.alloc(40_000), [A], () => expect.unreachable())).toBe(false);
  });

  it.each([
    ['everything was read', () => socket.readOn()],
    ['the connection ended', () => socket.destroy()],
  ])('are needed until %s', async (_, end) => {
    socket.isReading = false;
    const written: number[] = [];
    for (const n of [1, 2, 3]) expect(outlet.send(Buffer.alloc(40_000), [A], () => written.push(n))).toBe(true);
    await taken();
    expect(written).toEqual([]);
    end();
    await taken();
    await taken();
    expect(written).toEqual([1, 2, 3]);
  });

  it('are not needed of a frame that the client misses', () => {
    socket.isReading = false;
    outlet.send(Buffer.alloc(10), []);
    outlet.giveUp();
    expect(outlet.send(Buffer.alloc(40_000), [A], () => expect.unreachable())).toBe(false);
  });
});

describe('a client that does not', () => {
  beforeEach(() => {
    socket.isReading = false;
  });

  it('may have 4 MiB to the byte', () => {
    outlet.send(Buffer.alloc(MAX_QUEUED_BYTES - 10), [A]);
    outlet.send(Buffer.alloc(10), [A]);
    expect(outlet).toMatchObject({ isBehind: false, queuedBytes: MAX_QUEUED_BYTES, rows: 2 });
    outlet.send(Buffer.alloc(1), [A]);
    expect(outlet).toMatchObject({ isBehind: true, queuedBytes: MAX_QUEUED_BYTES, rows: 2, heldRows: 1 });
  });

  it('misses what is small, too, once it is behind', () => {
    outlet.send(Buffer.alloc(MAX_QUEUED_BYTES - 10), []);
    outlet.send(Buffer.alloc(11), [A]);
    outlet.send(Buffer.alloc(1), [B]);
    expect(outlet).toMatchObject({ queuedBytes: MAX_QUEUED_BYTES - 10, rows: 0, heldRows: 2 });
  });

  it('has each symbol held once, and the others counted', () => {
    outlet.send(Buffer.alloc(10), []);
    outlet.giveUp();
    outlet.send(Buffer.alloc(10), [A, B]);
    outlet.send(Buffer.alloc(10), [A]);
    outlet.send(Buffer.alloc(10), [A]);
    // What it will not get is known before it reads on.
    expect(outlet).toMatchObject({ heldRows: 2, skipped: 2 });
    expect(outlet.catchUp()).toEqual({ skipped: 2, held: [A, B] });
    expect(outlet).toMatchObject({ isBehind: false, heldRows: 0, skipped: 2 });
    expect(outlet.catchUp()).toEqual({ skipped: 0, held: [] });
  });

  it('has nothing held of what it dropped', () => {
    outlet.send(Buffer.alloc(10), []);
    outlet.giveUp();
    outlet.send(Buffer.alloc(10), [A, B]);
    outlet.forget(A);
    outlet.forget(A);
    expect(outlet.catchUp()).toEqual({ skipped: 1, held: [B] });
  });

  it('adds up what it missed each time', () => {
    for (const missed of [3, 4]) {
      outlet.send(Buffer.alloc(10), []);
      outlet.giveUp();
      for (let n = 0; n < missed; n++) outlet.send(Buffer.alloc(10), [A]);
      outlet.catchUp();
    }
    expect(outlet.skipped).toBe(2 + 3);
  });

  it('reports when everything was read, not before', async () => {
    outlet.send(Buffer.alloc(32 * 1024), [A]);
    outlet.send(Buffer.alloc(32 * 1024), [A]);
    await taken();
    expect(drained).toBe(0);
    socket.readOn();
    await taken();
    expect([drained, outlet.queuedBytes]).toEqual([1, 0]);
  });
});
