import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { connectHub } from '../../../src/lib/hub/daemon/connect-hub.ts';
import type { HubTarget } from '../../../src/lib/hub/daemon/hub-target.ts';
import { PausedWebSocket } from '../../../src/lib/hub/daemon/paused-web-socket.ts';
import { ROWS_PROTOCOL } from '../../../src/lib/hub/protocol/messages.ts';

let folder: string;
let server: Server;
let webSockets: WebSocketServer;
let greet: (socket: WebSocket, stream: Socket) => void;
let asked: { url: string | undefined; headers: IncomingHttpHeaders }[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-connect-'));
  asked = [];
  greet = (socket) => socket.send('hello');
  webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  server = createServer().on('upgrade', accept);
});
afterEach(async () => {
  for (const socket of webSockets.clients) socket.terminate();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function accept(request: IncomingMessage, stream: Socket, head: Buffer): void {
  asked.push({ url: request.url, headers: request.headers });
  webSockets.handleUpgrade(request, stream, head, (socket) => greet(socket, stream));
}

async function listen(name = 'hub.sock'): Promise<{ socketPath: string }> {
  const socketPath = path.join(folder, name);
  server.listen(socketPath);
  await once(server, 'listening');
  return { socketPath };
}

async function listenTcp(): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(target: HubTarget, more: { token?: string; signal?: AbortSignal } = {}): Promise<PausedWebSocket> {
  const query = new URLSearchParams({ command: 'stream symbols', pid: '7' });
  return connectHub(target, { query, signal: new AbortController().signal, ...more });
}

/** Answers every upgrade with so many bytes of HTTP. */
function answerWith(head: string): void {
  server.removeAllListeners('upgrade').on('upgrade', (_, stream: Socket) => stream.end(`${head}\r\n\r\n`));
}

describe('connectHub', () => {
  it.each(['hub.sock', 'with blanks and: colons.sock', 'per%20cent?query#hash.sock', 'नमस्ते.sock'])(
    'reaches a socket of any name: %s',
    async (name) => {
      const socket = await connect(await listen(name));
      expect(socket.protocol).toBe(ROWS_PROTOCOL);
      expect(socket.extensions).toBe('');
      expect(asked[0]?.url).toBe('/api/websocket/stream?command=stream+symbols&pid=7');
      expect(asked[0]?.headers.authorization).toBeUndefined();
      socket.terminate();
    },
  );

  it('names a hub of another version as such', async () => {
    webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => false });
    await expect(connect(await listen())).rejects.toMatchObject({
      code: 'HUB_UNAVAILABLE',
      message: 'the hub that runs is of another version of tickpipe',
      hint: 'end it with tickpipe stop, or use its version',
    });
  });

  it('reaches a URL, with the token and behind a path', async () => {
    const socket = await connect({ url: `${await listenTcp()}/hub/` }, { token: 'secret' });
    expect(asked[0]?.url).toMatch(/^\/hub\/api\/websocket\/stream\?/);
    expect(asked[0]?.headers.authorization).toBe('Bearer secret');
    socket.terminate();
  });

  it.each(['http://127.0.0.1:1', 'ws://', 'hub', '/run/hub.sock'])('does not take %s for a URL of a hub', (url) =>
    expect(connect({ url })).rejects.toMatchObject({ code: 'USAGE' }),
  );

  it('says that no hub is there: no socket, a stale one, a closed port', async () => {
    const { socketPath } = await listen();
    const stale = `${socketPath}.stale`;
    renameSync(socketPath, stale);
    server.close();
    const url = `ws://127.0.0.1:${await findClosedPort()}`;
    for (const target of [{ socketPath }, { socketPath: stale }, { url }]) {
      await expect(connect(target)).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE', isAbsent: true });
    }
  });

  it.each([
    [400, 'HUB_UNAVAILABLE'],
    [401, 'HUB_TOKEN_REFUSED'],
    [403, 'FORBIDDEN'],
    [404, 'HUB_UNAVAILABLE'],
    [429, 'HUB_UNAVAILABLE'],
    [503, 'TOO_MANY_CLIENTS'],
    [200, 'HUB_UNAVAILABLE'],
  ])('tells an answer %i apart: %s', async (status, code) => {
    answerWith(`HTTP/1.1 ${status} No`);
    const error = await connect(await listen()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(error).not.toMatchObject({ isAbsent: true });
  });

  it.each([
    ['hangs up', ''],
    ['speaks no HTTP', '-ERR what?'],
    ['upgrades to something else', 'HTTP/1.1 101 Yes\r\nconnection: upgrade\r\nupgrade: tls'],
  ])('does not say that nobody is there when who is there %s', async (_, head) => {
    answerWith(head);
    await expect(connect(await listen())).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE', isAbsent: false });
  });

  it('ends with the signal, before and while it waits', async () => {
    const plain = createPlainServer().listen(path.join(folder, 'silent'));
    const target = { socketPath: path.join(folder, 'silent') };
    const stop = new AbortController();
    const connected = once(plain, 'connection');
    const socket = connect(target, { signal: stop.signal });
    const [stream] = await connected;
    stop.abort(new Error('enough'));
    await expect(socket).rejects.toThrow('enough');
    await once(stream.resume(), 'close');
    plain.close();
    await expect(connect(target, { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('leaves no listener at the signal', async () => {
    const stop = new AbortController();
    const socket = await connect(await listen(), { signal: stop.signal });
    const closed = once(socket, 'close');
    stop.abort();
    await nextTurn();
    expect(socket.readyState).toBe(socket.OPEN);
    socket.terminate();
    await closed;
  });
});

describe('the socket', () => {
  const flood = (socket: WebSocket, stream: Socket): void => {
    stream.cork();
    for (const text of ['hello', 'two', 'three', 'four']) socket.send(text);
    stream.uncork();
  };

  /** Long enough for everything sent to have arrived. */
  async function letArrive(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await nextTurn();
  }

  it('loses no message that came before anybody listened', async () => {
    greet = flood;
    const socket = await connect(await listen());
    await letArrive();
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(String(data)));
    const last = new Promise((resolve) => socket.on('message', (data) => String(data) === 'four' && resolve(data)));
    expect(heard).toEqual([]);
    socket.resume();
    await last;
    expect(heard).toEqual(['hello', 'two', 'three', 'four']);
    socket.terminate();
  });

  it('shows its first message without taking it, nor what comes along with it', async () => {
    greet = flood;
    const socket = await connect(await listen());
    expect(String((await socket.peek()).data)).toBe('hello');
    expect(String((await socket.peek()).data)).toBe('hello');
    await letArrive();
    const heard: string[] = [];
    const last = new Promise<void>((resolve) =>
      socket.on('message', (data) => {
        heard.push(String(data));
        if (heard.length === 4) resolve();
      }),
    );
    socket.resume();
    await last;
    expect(heard).toEqual(['hello', 'two', 'three', 'four']);
    socket.terminate();
  });

  it('stays paused when a handler of a kept message pauses it', async () => {
    let other: WebSocket | undefined;
    greet = (socket) => {
      other = socket;
      socket.send('hello');
    };
    const socket = await connect(await listen());
    await socket.peek();
    const heard: string[] = [];
    socket.on('message', (data) => {
      heard.push(String(data));
      if (heard.length === 1) socket.pause();
    });
    socket.resume();
    other?.send('later');
    await letArrive();
    expect(heard).toEqual(['hello']);
    const next = once(socket, 'message');
    socket.resume();
    await next;
    expect(heard).toEqual(['hello', 'later']);
    socket.terminate();
  });

  it('reports that the hub ended before it sent anything', async () => {
    greet = (socket) => socket.terminate();
    const socket = await connect(await listen());
    await expect(socket.peek()).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE', isAbsent: false });
    await expect(socket.peek()).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
  });

  it('does not end unseen: a farewell waits, too', async () => {
    greet = (socket) => socket.close(4_000);
    const socket = await connect(await listen());
    await letArrive();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.resume();
    expect(await closed).toBe(4_000);
  });

  it('closes on a broken frame without a handler for errors', async () => {
    greet = (_, stream) => stream.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    const socket = await connect(await listen());
    await expect(socket.peek()).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
  });

  it('needs no handler for errors of its own', async () => {
    const url = new URL(`ws://127.0.0.1:${await findClosedPort()}`);
    const socket = new PausedWebSocket(url, ROWS_PROTOCOL, {});
    await new Promise((resolve) => socket.on('close', resolve));
    expect(socket.readyState).toBe(socket.CLOSED);
  });
});

async function findClosedPort(): Promise<number> {
  const plain = createPlainServer().listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const { port } = plain.address() as AddressInfo;
  plain.close();
  await once(plain, 'close');
  return port;
}
