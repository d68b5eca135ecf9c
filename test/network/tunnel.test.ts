import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { findProxy } from '../../src/lib/network/proxy.ts';
import { connectThrough } from '../../src/lib/network/tunnel.ts';

it.each([
  ['says nothing', () => undefined],
  [
    'sends headers without end',
    (socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x: y\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    },
  ],
])('a proxy that %s is given up after the time it may take', { timeout: 10_000 }, async (_, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    answer(socket);
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const target = new URL('https://api.example');
  const proxy = findProxy(target, { HTTPS_PROXY: `http://127.0.0.1:${port}` });
  if (proxy === undefined) throw new Error('no proxy');
  await expect(connectThrough(proxy, target, 200)).rejects.toMatchObject({ cause: { code: 'ETIMEDOUT' } });
});
