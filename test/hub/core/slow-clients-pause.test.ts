import { beforeEach, describe, expect, it } from 'vitest';
import { ClientQueue } from '../../../src/lib/hub/core/client-queue.ts';
import { SlowClientsPause } from '../../../src/lib/hub/core/slow-clients-pause.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeDuplex } from './fake-duplex.ts';

const MEGABYTE = 1024 * 1024;

let clock: ManualClock;
let told: boolean[];
let pressure: SlowClientsPause;

beforeEach(() => {
  clock = new ManualClock();
  told = [];
  pressure = new SlowClientsPause(clock, (on) => told.push(on));
});

/** A client that has so much to read. */
function behind(bytes: number): { outlet: ClientQueue; socket: FakeDuplex } {
  const socket = new FakeDuplex();
  const outlet = new ClientQueue(socket, 'rows');
  socket.isReading = false;
  outlet.send(Buffer.alloc(bytes), []);
  return { outlet, socket };
}

describe('the upstream', () => {
  it('waits while every client is behind, and goes on with the first that is not', () => {
    const [one, other] = [behind(MEGABYTE), behind(2 * MEGABYTE)];
    const outlets = [one.outlet, other.outlet];
    pressure.weigh(outlets);
    pressure.weigh(outlets);
    expect(told).toEqual([true]);
    one.socket.readOn();
    pressure.weigh(outlets);
    expect(told).toEqual([true, false]);
    expect(clock.pending).toBe(0);
  });

  it('does not wait for some of them, nor without clients', () => {
    pressure.weigh([behind(2 * MEGABYTE).outlet, behind(10).outlet]);
    pressure.weigh([]);
    expect(told).toEqual([]);
  });

  it('waits two seconds at most: a client that reads nothing then misses rows', () => {
    const { outlet } = behind(2 * MEGABYTE);
    pressure.weigh([outlet]);
    clock.advance(1_999);
    expect([told, outlet.isBehind]).toEqual([[true], false]);
    clock.advance(1);
    expect([told, outlet.isBehind]).toEqual([[true, false], true]);
    // It is not waited for again before it has read everything.
    pressure.weigh([outlet]);
    expect(told).toEqual([true, false]);
  });

  it('leaves no timer behind', () => {
    pressure.weigh([behind(2 * MEGABYTE).outlet]);
    pressure.close();
    expect(clock.pending).toBe(0);
  });
});
