import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AnswerTooLarge, createAgent, readRetryAfterMs, sendRequest } from '../../src/lib/network/http.ts';

const NOW = Date.parse('2026-11-23T10:00:00+05:30');

describe('readRetryAfterMs', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': ' 7 ' }, 7_000],
    [{ 'retry-after': new Date(NOW + 5_000).toUTCString() }, 5_000],
    [{ 'retry-after': new Date(NOW - 5_000).toUTCString() }, 0],
    [{ 'x-retry-after-ms': '1500' }, 1_500],
    [{ 'x-retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
    [{ 'x-retry-after-ms': 'soon', 'retry-after': '2' }, 2_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('%j', (headers, waitMs) => {
    expect(readRetryAfterMs(headers, NOW)).toBe(waitMs);
  });
});

describe('sendRequest', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function listen(answer: RequestListener): Promise<URL> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?a=1`);
  }

  it('sends method, path, headers and a body with its length in bytes; a redirect is an answer', async () => {
    const seen: unknown[] = [];
    const url = await listen((request, response) => {
      request.setEncoding('utf8').on('data', (text) => seen.push(text));
      request.on('end', () => {
        seen.push(request.method, request.url, request.headers['x-name'], request.headers['content-length']);
        response.writeHead(302, { location: '/other' }).end('moved');
      });
    });
    const answer = await sendRequest(url, {
      method: 'POST',
      headers: { 'x-name': 'value' },
      body: '₹5',
      maxAnswerBytes: 5,
    });
    expect(seen).toEqual(['₹5', 'POST', '/path?a=1', 'value', '4']);
    expect(answer).toMatchObject({ status: 302, headers: { location: '/other' }, text: 'moved' });
  });

  it('refuses an answer of one byte too many', async () => {
    const url = await listen((_, response) => response.end('123456'));
    await expect(sendRequest(url, { headers: {}, maxAnswerBytes: 5 })).rejects.toThrow(AnswerTooLarge);
  });

  it('ends when it is aborted, and when the server breaks off', async () => {
    const controller = new AbortController();
    const url = await listen(() => controller.abort());
    const { signal } = controller;
    await expect(sendRequest(url, { headers: {}, maxAnswerBytes: 5, signal })).rejects.toThrow('aborted');
    const broken = await listen((_, response) => response.write('12', () => response.destroy()));
    await expect(sendRequest(broken, { headers: {}, maxAnswerBytes: 5 })).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('keeps its connection with an agent', async () => {
    const ports: unknown[] = [];
    const url = await listen((request, response) => {
      ports.push(request.socket.remotePort);
      response.end();
    });
    const agent = createAgent(url, {});
    for (let call = 0; call < 2; call++) await sendRequest(url, { agent, headers: {}, maxAnswerBytes: 5 });
    agent.destroy();
    expect(ports).toEqual([ports[0], ports[0]]);
  });
});
