import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { DataSocketHandler } from '../../src/lib/feed/data-socket.ts';
import type { ClientSocket } from '../../src/lib/simulator/data-connection.ts';
import { connectInMemory } from '../../src/lib/simulator/memory-socket.ts';

/** Both ends of a connection, and what each has received, oldest first. */
function connect() {
  const received: string[] = [];
  const handler: DataSocketHandler = {
    opened: () => received.push('opened'),
    message: (data, isBinary) => received.push(`${data} ${isBinary}`),
    heard: () => received.push('heard'),
    refused: () => received.push('refused'),
    failed: () => received.push('failed'),
    closed: (code) => received.push(`closed ${code}`),
  };
  const served: string[] = [];
  let server: ClientSocket | undefined;
  const client = connectInMemory((socket) => {
    server = socket;
    socket.on('message', (data, isBinary) => served.push(`${data} ${isBinary}`));
    socket.on('close', () => served.push('close'));
  })(1_000, handler);
  const send = (text: string, done: () => void = () => {}): void => server?.send(Buffer.from(text), done);
  return { client, send, received, served, server: () => server as ClientSocket };
}

async function open() {
  const ends = connect();
  await nextTurn();
  ends.received.length = 0;
  return ends;
}

/** All that is under way has come after these. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await nextTurn();
}

describe('connectInMemory', () => {
  it('opens in a later turn', async () => {
    const { client, received } = connect();
    expect([client.state, received]).toEqual(['opening', []]);
    await nextTurn();
    expect([client.state, received]).toEqual(['open', ['opened']]);
  });

  it('delivers messages in both directions in order, and never before the sender has gone on', async () => {
    const { client, send, received, served, server } = await open();
    let isDone = false;
    send('1');
    send('2', () => {
      isDone = true;
    });
    client.send(Buffer.from('a'));
    client.send(Buffer.from('b'));
    expect([received, served, isDone, server().bufferedAmount]).toEqual([[], [], false, 2]);
    await settle();
    expect([received, served, isDone, server().bufferedAmount]).toEqual([
      ['1 true', '2 true'],
      ['a true', 'b true'],
      true,
      0,
    ]);
  });

  it('keeps what a paused client does not read, and what the server has queued is known to it', async () => {
    const { client, send, received, served, server } = await open();
    send('1');
    client.pause();
    send('2');
    client.send(Buffer.from('a'));
    await settle();
    expect([received, served, server().bufferedAmount]).toEqual([[], ['a true'], 2]);
    client.resume();
    await settle();
    expect([received, server().bufferedAmount]).toEqual([['1 true', '2 true'], 0]);
  });

  it('a client that pauses in the middle of a turn gets the rest when it goes on', async () => {
    const { client, send, received } = await open();
    send('1', () => client.pause());
    send('2');
    await settle();
    expect(received).toEqual(['1 true']);
    client.resume();
    await settle();
    expect(received).toEqual(['1 true', '2 true']);
  });

  it('the end by the server comes behind its messages, with its code', async () => {
    const { client, send, received, served, server } = await open();
    send('1');
    server().close(1000);
    await settle();
    expect([client.state, received, served]).toEqual(['closed', ['1 true', 'closed 1000'], ['close']]);
  });

  it('an end at once drops what is under way, and is safe twice', async () => {
    const { client, send, received, served, server } = await open();
    send('1');
    client.send(Buffer.from('a'));
    client.terminate();
    client.terminate();
    server().terminate();
    await settle();
    expect([client.state, received, served]).toEqual(['closed', ['closed 1006'], ['close']]);
    expect(server().readyState).not.toBe(server().OPEN);
  });

  it('a client that ends before it was let in is never served', async () => {
    const { client, received, served, server } = connect();
    client.terminate();
    await settle();
    expect([received, served, server()]).toEqual([['closed 1006'], [], undefined]);
  });
});
