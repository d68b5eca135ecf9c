import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestHub } from '../../../src/lib/hub/daemon/request-hub.ts';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;
let folder: string;
let server: Server;
let socketPath: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-request-'));
  socketPath = path.join(folder, 'a hub: its socket');
  server = createServer((request, response) => answer(request, response)).listen(socketPath);
  await once(server, 'listening');
  answer = async (request, response) => {
    const { method, url, headers } = request;
    const { authorization, 'content-type': contentType, host, connection } = headers;
    const body = await text(request);
    response.end(JSON.stringify({ method, url, authorization, contentType, host, connection, body }));
  };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

describe('requestHub', () => {
  it('asks over a Unix socket', async () => {
    const asked = await requestHub({ socketPath }, { method: 'GET', path: '/status?all=1' }, signal);
    expect(asked).toEqual({
      status: 200,
      body: { method: 'GET', url: '/status?all=1', host: 'localhost:80', connection: 'close', body: '' },
    });
  });

  it('asks over TCP, with a body and a token', async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { body } = await requestHub(
      { url: `ws://${host}/behind/` },
      { method: 'POST', path: '/x', body: { symbols: ['NSE:A-EQ'] }, token: 'secret' },
      signal,
    );
    expect(body).toEqual({
      method: 'POST',
      url: '/behind/x',
      host,
      connection: 'close',
      authorization: 'Bearer secret',
      contentType: 'application/json',
      body: '{"symbols":["NSE:A-EQ"]}',
    });
  });

  it.each([400, 404, 503])('hands on an answer of status %i', async (status) => {
    answer = (_, response) => response.writeHead(status).end('{"status":"error"}');
    expect(await requestHub({ socketPath }, { method: 'GET', path: '/' }, signal)).toEqual({
      status,
      body: { status: 'error' },
    });
  });

  it('takes an empty answer', async () => {
    answer = (_, response) => response.writeHead(204).end();
    expect(await requestHub({ socketPath }, { method: 'DELETE', path: '/' }, signal)).toEqual({
      status: 204,
      body: undefined,
    });
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void, object]>([
    ['is no JSON', (_, response) => response.end('<html>secret'), { isAbsent: false }],
    [
      'breaks off',
      (_, response) => response.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy()),
      { isAbsent: false },
    ],
    ['never comes', (request) => request.socket.destroy(), { isAbsent: false }],
    [
      'is over 16 MiB',
      (_, response) => response.end(Buffer.alloc(16 * MIB + 1, ' ')),
      { message: 'the answer of the hub is too large' },
    ],
  ])('fails when the answer %s', async (_, answering, expected) => {
    answer = answering;
    const error = await requestHub({ socketPath }, { method: 'GET', path: '/' }, signal).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'HUB_UNAVAILABLE', ...expected });
    expect(error.message).not.toContain('secret');
  });

  it('says that no hub is there', async () => {
    const asked = requestHub({ socketPath: path.join(folder, 'none') }, { method: 'GET', path: '/' }, signal);
    await expect(asked).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE', isAbsent: true });
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    answer = () => stop.abort(new Error('enough'));
    const options = { method: 'GET', path: '/' } as const;
    await expect(requestHub({ socketPath }, options, stop.signal)).rejects.toThrow('enough');
    await expect(requestHub({ socketPath }, options, stop.signal)).rejects.toThrow('enough');
  });
});
