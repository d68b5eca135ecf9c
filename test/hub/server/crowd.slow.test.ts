import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const HALF_OPEN = {
  nothing: '',
  'half a head': 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n',
  'half a body':
    'POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"to',
} as const;

let hub: HubFixture;
let user: ApiUser;
const sockets: Socket[] = [];

beforeEach(async () => {
  hub = await startHub({ simulator: { generated: 5_000 } });
  user = new ApiUser(hub);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  expect(hub.bugs).toEqual([]);
  await hub.close();
});

/** A caller that says no more than this. */
async function callWith(text: string): Promise<Socket> {
  const { hostname, port } = new URL(hub.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  // Its end is seen only when it is read.
  socket.resume();
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

describe('callers that do not finish what they say', () => {
  it.each(Object.entries(HALF_OPEN))('give their places to others: %s', async (_, text) => {
    const idle: Socket[] = [];
    for (let count = 0; count < 300; count++) idle.push(await callWith(text));
    await closed(idle[0] as Socket);
    expect((await user.get('/healthz')).status).toBe(200);
    const socket = await SocketUser.connect(hub);
    await socket.ask({ action: 'get_status' }, 'status');
    expect((await user.get('/healthz', { unix: true })).status).toBe(200);
    socket.socket.terminate();
  });

  it('are not waited for longer than the 10 s that a request may take', async () => {
    const open = await Promise.all(Object.values(HALF_OPEN).map(callWith));
    await Promise.all(open.map(closed));
  }, 25_000); // Node on its own looks every 30 s.

  it('do not hold up the end of the hub', async () => {
    const open = await Promise.all(Object.values(HALF_OPEN).map(callWith));
    await hub.server.close();
    await Promise.all(open.map(closed));
  });
});

describe('clients that ask for the status of 5,000 symbols without end', () => {
  const CLIENTS = 8;
  const ASKED = 500;
  const symbols = Array.from({ length: 5_000 }, (_, at) => `NSE:SIM${String(at + 1).padStart(4, '0')}-EQ`);

  it('leave the health to be answered before they are, and get one status for all that they asked', async () => {
    const own = new ApiUser(hub, { unix: true });
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => SocketUser.connect(hub)));
    for (const client of clients) await client.subscribe(symbols, 'LiteUpdate');
    let received = 0;
    let closed = 0;
    for (const { socket } of clients) {
      socket.removeAllListeners('message');
      socket.on('message', (data, isBinary) => {
        if (!isBinary && String((data as Buffer).subarray(0, 20)).startsWith('{"type":"status"')) received++;
      });
      socket.on('close', () => closed++);
    }
    const first = Promise.all(clients.map(({ socket }) => untilStatus(socket)));
    for (const { socket } of clients) {
      for (let asked = 0; asked < ASKED; asked++) socket.send('{"action":"get_status"}');
    }
    expect((await user.get('/healthz')).status).toBe(200);
    expect(received).toBeLessThan(CLIENTS * ASKED * 0.1);
    expect((await own.get('/api/hub/status')).status).toBe(200);
    await first;
    expect(closed).toBe(0);
    for (const { socket } of clients) socket.terminate();
  }, 60_000);
});

/** Resolves with the first status that comes from now on. */
function untilStatus(socket: SocketUser['socket']): Promise<void> {
  return new Promise((resolve) => {
    const look = (data: unknown, isBinary: boolean): void => {
      if (isBinary || !String((data as Buffer).subarray(0, 20)).startsWith('{"type":"status"')) return;
      socket.off('message', look);
      resolve();
    };
    socket.on('message', look);
  });
}

it('a hub that is stopped ends, whether the caller waits for the answer or not', async () => {
  const socket = connect(hub.socketPath);
  socket.on('error', () => {});
  sockets.push(socket);
  socket.write('POST /api/hub/stop HTTP/1.1\r\nhost: hub\r\ncontent-length: 0\r\n\r\n', () => socket.destroy());
  expect(await hub.server.done).toBe('stopped');
});

it('a client that does not answer the farewell does not keep its place for long', async () => {
  const { hostname, port } = new URL(hub.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  socket.resume();
  sockets.push(socket);
  socket.write(
    'GET /api/websocket/stream HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(socket, 'data');
  expect(hub.hub.sessionCount).toBe(1);
  // An unmasked frame is an error of the client, which gets a farewell and says nothing to it.
  socket.write(Buffer.from([0x81, 0x01, 0x78]));
  await expect.poll(() => hub.hub.sessionCount).toBe(0);
}, 15_000);
