import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { ROWS_PROTOCOL, STREAM_PATH } from '../../../src/lib/hub/protocol/messages.ts';
import { ask } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';

/** An upgrade request that the hub has accepted a connection for, and read in part. */
async function beginUpgrade(hub: HubFixture): Promise<{ finish(): void; answer: Promise<string> }> {
  const socket = connect(hub.socketPath);
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.on('error', () => {});
  socket.write(`GET ${STREAM_PATH} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`);
  return {
    finish: () => {
      const key = Buffer.alloc(16).toString('base64');
      socket.write(
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: ${ROWS_PROTOCOL}\r\n\r\n`,
      );
    },
    answer: once(socket, 'close').then(() => text),
  };
}

it('a client that comes while the hub ends is not let in: it would be given errors of what ends', async () => {
  const hub = await startHub();
  const late = await beginUpgrade(hub);
  // The hub has read what was sent before it answers this.
  await ask(hub, 'GET', '/healthz', { unix: true });
  const closing = hub.close();
  late.finish();
  expect(await late.answer).not.toContain('101');
  await closing;
});
