import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { type ConnectionEnd, HubConnection } from '../../../src/lib/hub/client/hub-connection.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A WebSocket of which the test is the other end. */
class FakeSocket extends EventEmitter {
  readonly readyState = 1;
  readonly CLOSED = 3;
  isTerminated = false;
  pings = 0;

  ping(): void {
    this.pings++;
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

function connect(clock: ManualClock): { socket: FakeSocket; ends: ConnectionEnd[] } {
  const socket = new FakeSocket();
  const ends: ConnectionEnd[] = [];
  const ignore = (): void => {};
  new HubConnection(socket as unknown as WebSocket, clock, {
    rows: ignore,
    event: ignore,
    malformed: ignore,
    closed: (end) => ends.push(end),
  });
  return { socket, ends };
}

it.each([
  ['seen before any timer', (clock: ManualClock, end: () => void) => clock.stop(400_000, end)],
  [
    'seen after the timers',
    (clock: ManualClock, end: () => void) => {
      clock.stop(400_000);
      end();
    },
  ],
])('an end of the connection while this process was stopped is laid to that: %s', (_, stopAndEnd) => {
  const clock = new ManualClock();
  const { socket, ends } = connect(clock);
  clock.advance(3_000);
  stopAndEnd(clock, () => socket.emit('close'));
  expect(ends).toEqual([{ reason: 'program_stopped', detail: 'this program was stopped for 400 s' }]);
  expect([socket.isTerminated, clock.pending]).toEqual([false, 0]);
});

it('a hub that ends after it has answered again is not laid to the stop of this process', () => {
  const clock = new ManualClock();
  const { socket, ends } = connect(clock);
  clock.stop(400_000);
  expect(socket.pings).toBe(1);
  socket.emit('pong');
  clock.advance(1_000);
  socket.emit('close');
  expect(ends).toEqual([{ reason: 'hub_gone', detail: 'the shared session ended' }]);
});
