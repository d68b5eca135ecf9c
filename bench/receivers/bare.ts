/*
 * The least a client can do: receive, acknowledge, and add the integers up, until RECEIVE packets have come. What it takes is
 * the floor under every client. With DECODE=1 the packets go through our decoder instead, and are only counted.
 * Arguments by the environment, as for the SDK's receiver.
 */
import { WebSocket } from 'ws';
import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import { encodeAck, encodeAuth, encodeMode, encodeSubscribe } from '../../src/lib/hsm/requests.ts';
import { FRAME, PACKET } from '../../src/lib/hsm/wire.ts';
import { readText } from './environment.ts';

const CHANNEL = 11;
const ACK_EVERY = 20;
const token = readText('FYERS_ACCESS_TOKEN').split(':').at(-1) ?? '';
const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { hsm_key: string };
const topics = readText('TOPICS').split(',');
const wanted = Number(readText('RECEIVE'));
let packets = 0;
let frames = 0;
let sum = 0;

/** Acknowledging is this file's own: the numbers are to differ in nothing but the decoding. */
const decoder =
  process.env['DECODE'] === '1'
    ? new HsmDecoder<never>({ control: () => {}, snapshot: () => {}, tick: () => void packets++, ackDue: () => {} })
    : undefined;

const socket = new WebSocket(readText('TICKPIPE_SOCKET_URL'), { perMessageDeflate: false });
socket.on('open', () => {
  socket.send(encodeAuth(claims.hsm_key, 'bare'));
  socket.send(encodeMode([CHANNEL], 'full'));
});
socket.on('message', (bytes: Buffer) => {
  if (bytes[2] === FRAME.auth) socket.send(encodeSubscribe(topics, CHANNEL));
  if (decoder) decoder.decode(bytes, Date.now());
  if (bytes[2] !== FRAME.data) return;
  if (!decoder) readPackets(bytes);
  if (++frames % ACK_EVERY === 0) socket.send(encodeAck(bytes.readUInt32BE(3)));
  if (packets < wanted) return;
  process.stdout.write(`${sum}\n`);
  process.exit(0);
});

function readPackets(bytes: Buffer): void {
  let at = 9;
  for (let left = bytes.readUInt16BE(7); left > 0; left--) {
    packets++;
    if (bytes[at] === PACKET.update) {
      const end = at + 4 + (bytes[at + 3] as number) * 4;
      for (at += 4; at < end; at += 4) sum = (sum + bytes.readInt32BE(at)) | 0;
      continue;
    }
    at += 4 + (bytes[at + 3] as number);
    at += 1 + (bytes[at] as number) * 4 + 5;
    for (let name = 0; name < 3; name++) at += 1 + (bytes[at] as number);
  }
}
