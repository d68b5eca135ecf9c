import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { beforeEach, expect, it } from 'vitest';
import { PlainConnections } from '../../../src/lib/hub/server/plain-connections.ts';

const MAX = 4;

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.emit('close');
  }
}

let connections: PlainConnections;
/** Those that had to go, in their order. */
let gone: string[];

beforeEach(() => {
  connections = new PlainConnections(MAX);
  gone = [];
});

function add(name: string, address = '127.0.0.1'): FakeSocket {
  const socket = new FakeSocket(address);
  socket.once('close', () => gone.push(name));
  connections.add(socket as unknown as Socket);
  return socket;
}

/** Resolves its answer when it is called. */
function ask(socket: FakeSocket, complete: boolean): () => void {
  const response = new EventEmitter();
  connections.began({ socket, complete } as unknown as IncomingMessage, response as unknown as ServerResponse);
  return () => response.emit('close');
}

it('the oldest without a whole request goes first, then the oldest of all', () => {
  const answer = ask(add('asks'), true);
  ask(add('half a request'), false);
  const third = add('asks, too');
  ask(third, true);
  add('says nothing');
  add('5');
  expect(gone).toEqual(['half a request']);
  add('6');
  expect(gone).toEqual(['half a request', 'says nothing']);
  // One that was answered keeps nobody waiting.
  answer();
  add('7');
  expect(gone.at(-1)).toBe('asks');
});

it('of the address that has most', () => {
  add('elsewhere', '10.0.0.1');
  for (const name of ['1', '2', '3', '4']) add(name, '10.0.0.2');
  expect(gone).toEqual(['1']);
});

it('one that became a WebSocket counts no more', () => {
  const sockets = ['1', '2', '3', '4'].map((name) => add(name));
  connections.upgraded(sockets[0] as unknown as Socket);
  add('5');
  expect(gone).toEqual([]);
  connections.closeAll();
  expect(gone).toEqual(['2', '3', '4', '5']);
});
