import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { FeedToken } from '../../src/lib/feed/connection-token.ts';
import { LiveFeed } from '../../src/lib/feed/live-feed.ts';
import { connectHub } from '../../src/lib/hub/daemon/connect-hub.ts';
import { ROWS_PROTOCOL } from '../../src/lib/hub/protocol/messages.ts';
import { WEEKDAYS } from '../../src/lib/market/trading-hours.ts';
import { startSimulator } from '../../src/lib/simulator/simulator.ts';
import { SocketUser } from '../hub/core/hub-client.ts';
import { startHub } from '../hub/core/hub-fixture.ts';
import { FeedRecorder } from '../support/feed-recorder.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

/** More than `ws` keeps answers for: 60. */
const BURST = 500;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Pings in one turn, so that they arrive together; resolves to the answers' last word. */
async function ping(socket: WebSocket): Promise<string> {
  let last = '';
  socket.on('pong', (data) => {
    last = String(data);
  });
  for (let sent = 1; sent <= BURST; sent++) socket.ping(String(sent));
  while (last !== String(BURST)) await Promise.race([once(socket, 'pong'), closed(socket)]);
  return last;
}

async function closed(socket: WebSocket): Promise<never> {
  const [code] = (await once(socket, 'close')) as [number];
  throw new Error(`closed with ${code}`);
}

describe('a burst of pings does not end a healthy connection', () => {
  it.each([
    ['a WebSocket client of the hub', {}],
    ['a command', { unix: true, protocol: ROWS_PROTOCOL }],
  ])('of %s', async (_, options) => {
    const hub = await startHub();
    cleanups.push(() => hub.close());
    const user = await SocketUser.connect(hub, options);
    expect(await ping(user.socket)).toBe(String(BURST));
  });

  it('of a client of the simulator', async () => {
    const simulator = await startSimulator({ rate: 0 });
    cleanups.push(() => simulator.close());
    const socket = new WebSocket(simulator.socketUrl);
    await once(socket, 'open');
    expect(await ping(socket)).toBe(String(BURST));
  });

  it('of the hub to a command that was stopped', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    cleanups.push(() => server.close());
    const accepted = once(server, 'connection') as Promise<[WebSocket]>;
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = await connectHub({ url }, { query: new URLSearchParams(), signal: new AbortController().signal });
    cleanups.push(() => client.terminate());
    const [socket] = await accepted;
    client.resume();
    expect(await ping(socket)).toBe(String(BURST));
  });

  it('of the data socket', async () => {
    const server = await ScriptedServer.start();
    const clock = new ManualClock();
    const recorder = new FeedRecorder();
    const feed = await LiveFeed.open<FeedToken>(
      {
        name: 'test',
        socketUrl: server.url,
        readToken: async () => ({ hsmKey: 'k'.repeat(56), expiresAtMs: clock.now() + 3_600_000, simulated: false }),
        resolve: async () => new Map([['NSE:1-EQ', { symbol: 'NSE:1-EQ', segment: 'nse_cm', feedName: '1' }]]),
        clock,
        random: () => 0.5,
        calendar: WEEKDAYS,
        stallTimeoutMs: 30_000,
      },
      recorder,
    );
    cleanups.push(
      () => server.close(),
      () => feed.close(),
    );
    await feed.subscribe([{ kind: 'symbol', symbol: 'NSE:1-EQ' }]);
    await recorder.next('tick');
    server.ping(BURST);
    server.update(['sf|nse_cm|1', { 0: 200 }]);
    await recorder.next('tick');
    expect([server.connections, feed.status().state.state]).toEqual([1, 'live']);
  });
});

it('answers of a peer that reads none do not pile up', async () => {
  const hub = await startHub();
  cleanups.push(() => hub.close());
  const user = await SocketUser.connect(hub);
  const outlet = [...hub.hub.sessions()][0]?.client.queue;
  const stream = (user.socket as unknown as { _socket: Duplex })._socket;
  stream.pause();
  let mostQueued = 0;
  for (let turn = 0; turn < 200; turn++) {
    for (let sent = 0; sent < BURST; sent++) user.socket.ping('x'.repeat(125));
    await new Promise((resolve) => setImmediate(resolve));
    mostQueued = Math.max(mostQueued, outlet?.queuedBytes ?? Number.NaN);
  }
  expect(mostQueued).toBeLessThan(1_000);
  user.socket.terminate();
});
