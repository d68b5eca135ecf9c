/*
 * Clients of a server to be measured, all in this process. Arguments: the socket, how many, and `equal`, `mixed` or `bare`: all
 * subscribe everything, each another half, or nothing. It says when all are there, and, once each has all its rows, what
 * it got: rows and bytes in all, and how many rows in how many milliseconds, without the first quarter, in which either
 * program warms up.
 */
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { ROWS_PROTOCOL, STREAM_PATH } from '../../src/lib/hub/protocol/messages.ts';
import { toWire } from '../../src/lib/market/kinds.ts';
import { findIndex } from '../../src/lib/rows/batch-index.ts';
import { ALL } from './ticks.ts';

const LINE_END = 0x0a;
const WARM_UP = 0.25;
const [path = '', count = '1', kind = 'equal', rows = '0'] = process.argv.slice(2);
const total = Number(rows) * Number(count) * (kind === 'mixed' ? 0.5 : 1);
let got = 0;
let bytes = 0;
let begunAt = 0;
let gotBefore = 0;
let heardAt = 0;

/** Without the index, which the bare server does not send. */
const rowsIn = (message: Buffer): Buffer => message.subarray(0, findIndex(message));

function countRows(message: Buffer): number {
  let found = 0;
  for (let at = message.indexOf(LINE_END); at >= 0; at = message.indexOf(LINE_END, at + 1)) found++;
  return found;
}

function open(n: number): Promise<void> {
  const protocols = kind === 'bare' ? [] : [ROWS_PROTOCOL];
  const socket = new WebSocket(`ws://localhost${STREAM_PATH}`, protocols, {
    perMessageDeflate: false,
    createConnection: () => connect(path),
  });
  return new Promise((resolve) => {
    socket.on('open', () => {
      if (kind === 'bare') {
        resolve();
        return;
      }
      const wanted = kind === 'equal' ? ALL : ALL.filter((_, at) => (at + n) % ALL.length < ALL.length / 2);
      socket.send(JSON.stringify({ action: 'subscribe', id: 1, subscriptions: toWire(wanted) }));
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary && kind !== 'bare') {
        const { type } = JSON.parse(String(data)) as { type: string };
        if (type === 'result') resolve();
        if (type === 'skipped') throw new Error('rows were skipped');
        return;
      }
      const message = kind === 'bare' ? (data as Buffer) : rowsIn(data as Buffer);
      heardAt = performance.now();
      got += countRows(message);
      if (begunAt === 0 && got >= total * WARM_UP) {
        begunAt = heardAt;
        gotBefore = got;
      }
      bytes += message.length;
    });
  });
}

await Promise.all(Array.from({ length: Number(count) }, (_, n) => open(n)));
process.send?.({ ready: true });
const timer = setInterval(() => {
  // Mixed halves overlap by chance: all is there when nothing more comes.
  if (got === 0 || (kind === 'mixed' ? performance.now() - heardAt < 1_000 : got < total)) return;
  clearInterval(timer);
  process.send?.({ rows: got, bytes, timed: got - gotBefore, ms: heardAt - begunAt }, () => process.exit(0));
}, 50);
