import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { FrameEnds, reuseReads } from '../../src/lib/network/reused-reads.ts';
import { SeededRandom } from '../../src/lib/simulator/chance/random.ts';
import { CA_FILE, readCertificate } from '../support/certificates.ts';

/** A message of this size, each byte of which says where it stands. */
function message(size: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, at) => (at * 31 + seed) & 0xff));
}

const SIZES = [0, 1, 125, 126, 4_000, 65_535, 65_536, 150_000];

/** Sends messages of all sizes, in one frame and in several, with pings among them. Returns what was sent. */
function sendAll(socket: WebSocket, random: SeededRandom, count: number): Buffer[] {
  return Array.from({ length: count }, (_, n) => {
    const bytes = message(SIZES[random.below(SIZES.length)] as number, n);
    if (random.below(4) === 0) socket.ping(message(random.below(126), n));
    const cut = random.below(3) === 0 ? random.below(bytes.length + 1) : 0;
    if (cut > 0) {
      socket.send(bytes.subarray(0, cut), { fin: false });
      if (random.below(2) === 0) socket.ping();
    }
    socket.send(bytes.subarray(cut));
    return bytes;
  });
}

interface Peer {
  readonly url: string;
  readonly options?: ClientOptions;
}

/** Receives all that is sent, stopping to read now and then. */
async function receiveAll(server: WebSocketServer, { url, options }: Peer): Promise<void> {
  const random = new SeededRandom(20261130);
  let sent: Buffer[] = [];
  server.on('connection', (socket) => {
    // At once: the first frames may come with the answer to the upgrade.
    sent = sendAll(socket, random, 200);
    socket.close();
  });
  const client = new WebSocket(url, { ...options, perMessageDeflate: false, ...reuseReads() });
  const received: Buffer[] = [];
  client.on('message', (data) => {
    received.push(Buffer.from(data as Buffer));
    if (received.length % 13 !== 0) return;
    client.pause();
    setImmediate(() => client.resume());
  });
  await once(client, 'close');
  expect(received.length).toBe(200);
  expect(received.findIndex((bytes, at) => !bytes.equals(sent[at] as Buffer))).toBe(-1);
}

it('messages are whole, whatever their size, their frames and the pauses of the reader', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  await receiveAll(server, { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

it('the same over TLS', async () => {
  const https = createServer(readCertificate('good'));
  const server = new WebSocketServer({ server: https, perMessageDeflate: false });
  onTestFinished(() => void https.close());
  await once(https.listen(0, '127.0.0.1'), 'listening');
  const url = `wss://localhost:${(https.address() as AddressInfo).port}`;
  await receiveAll(server, { url, options: { ca: readFileSync(CA_FILE) } });
});

it.each([
  'HTTP/1.1 103 Early Hints\r\nLink: </page>; rel=preload\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n',
  '\r\n\r\n',
])('the same behind what may come before the answer to the upgrade: %j', async (before) => {
  const http = createPlainServer();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on('upgrade', (request, socket, head) => {
    socket.write(before);
    server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
  });
  onTestFinished(() => void http.close());
  await once(http.listen(0, '127.0.0.1'), 'listening');
  await receiveAll(server, { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}` });
});

it('a message is a view of one buffer', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data));
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    perMessageDeflate: false,
    ...reuseReads(),
  });
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  const memories = new Set<ArrayBufferLike>();
  for (let n = 0; n < 20; n++) {
    client.send(message(1_000, n));
    const [data] = (await once(client, 'message')) as [Buffer];
    memories.add(data.buffer);
  }
  expect(memories.size).toBe(1);
});

/** An unmasked frame. */
function frame(opcode: number, isFinal: boolean, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length <= 0xffff ? 4 : 10);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  head[1] = length < 126 ? length : length <= 0xffff ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

it('the end of the last whole message is found wherever the stream is cut', () => {
  const random = new SeededRandom(7);
  const parts: Buffer[] = [];
  /** Where a message, or a ping between messages, is complete. */
  const ends = new Set<number>();
  let size = 0;
  const add = (bytes: Buffer, isEnd: boolean): void => {
    parts.push(bytes);
    size += bytes.length;
    if (isEnd) ends.add(size);
  };
  for (let n = 0; n < 300; n++) {
    const payload = message([0, 1, 125, 126, 700, 65_535, 65_536][random.below(7)] as number, n);
    if (random.below(3) > 0) add(frame(2, true, payload), true);
    else {
      add(frame(2, false, payload), false);
      add(frame(9, true, message(random.below(126), n)), false);
      add(frame(0, true, payload), true);
    }
    if (random.below(5) === 0) add(frame(9, true, message(3, n)), true);
  }
  const stream = Buffer.concat(parts);
  const found = new FrameEnds();
  for (let at = 0; at < stream.length; ) {
    const length = Math.min(stream.length - at, 1 + random.below([3, 200, 70_000][random.below(3)] as number));
    const last = [...ends].filter((end) => end > at && end <= at + length).at(-1);
    expect(found.endOfLast(stream.subarray(at, at + length))).toBe(last === undefined ? 0 : last - at);
    at += length;
  }
});
