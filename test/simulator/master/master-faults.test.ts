import { get } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseFaults } from '../../../src/lib/simulator/faults.ts';
import { MASTER_ANSWERS } from '../../../src/lib/simulator/master/master-faults.ts';
import { type Simulator, startSimulator } from '../../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const FILE = 'NSE_CD.csv';
let simulator: Simulator;
let clock: ManualClock;
let whole: Buffer;
let etag: string;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startSimulator({ rate: 0, masterRows: 0, clock });
  const response = await ask();
  whole = Buffer.from(await response.arrayBuffer());
  etag = response.headers.get('etag') as string;
  return () => simulator.close();
});

function ask(name = FILE, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${simulator.masterUrl}/${name}`, { headers, redirect: 'manual' });
}

function inject(text: string): void {
  for (const fault of parseFaults(text)) simulator.inject(fault);
}

async function read(text: string, headers: Record<string, string> = {}) {
  inject(text);
  const response = await ask(FILE, headers);
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

describe('faults of the symbol master', () => {
  it('has a status of its own, an error page, or a page in the place of the file', async () => {
    expect((await read('master=404:1')).response.status).toBe(404);
    expect((await read('master=500:1')).response.status).toBe(500);
    const page = await read('master=html:1');
    expect([page.response.status, page.response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect((await ask()).status).toBe(200);
  });

  it('hits one file alone', async () => {
    inject(`master=${FILE}/500`);
    expect((await ask('NSE_COM.csv')).status).toBe(200);
    expect((await ask()).status).toBe(500);
    expect((await ask('NSE_CD_sym_master.json')).status).toBe(200);
    simulator.clearFaults();
    expect((await ask()).status).toBe(200);
  });

  it('sends a body that ends in the middle of a row, with a length that says so', async () => {
    const { response, bytes } = await read('master=cut:1');
    expect(Number(response.headers.get('content-length'))).toBe(bytes.length);
    expect(bytes.length).toBeLessThan(whole.length);
    expect(whole.subarray(0, bytes.length).equals(bytes)).toBe(true);
    expect(bytes.at(-1)).not.toBe(0x0a);
  });

  it('sends nothing at all', async () => {
    const { response, bytes } = await read('master=empty:1');
    expect([response.status, bytes.length, response.headers.get('etag')]).toEqual([200, 0, etag]);
  });

  it('breaks the connection in the middle', async () => {
    inject('master=break:1');
    const response = await ask();
    expect(Number(response.headers.get('content-length'))).toBe(whole.length);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('stalls in the middle, until the client leaves', async () => {
    inject('master=stall:1');
    let received = 0;
    await new Promise<void>((resolve) => {
      const request = get(`${simulator.masterUrl}/${FILE}`, (response) => {
        response.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received >= whole.length / 2) response.destroy();
        });
        response.on('close', resolve);
      });
      request.on('error', () => undefined);
    });
    expect(received).toBeLessThan(whole.length);
    expect((await ask()).status).toBe(200);
  });

  it('never answers, and does answer the next', async () => {
    inject('master=none:1');
    const gone = new AbortController();
    const waiting = expect(fetch(`${simulator.masterUrl}/${FILE}`, { signal: gone.signal })).rejects.toThrow();
    await expect.poll(() => simulator.counters.master.get(FILE)?.requests).toBe(2);
    expect((await ask()).status).toBe(200);
    gone.abort();
    await waiting;
  });

  it('sends slowly, a piece in each tenth of a second', async () => {
    inject('master=slow:1');
    const before = clock.pending;
    const response = await ask();
    const pieces: Buffer[] = [];
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      pieces.push(Buffer.from(piece));
      if (Buffer.concat(pieces).length < whole.length) {
        await expect.poll(() => clock.pending).toBe(before + 1);
        clock.advance(100);
      }
    }
    expect(pieces.length).toBeGreaterThan(2);
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
  });

  it('loses a column of every row, and the fytoken of every JSON object', async () => {
    const { bytes } = await read('master=columns:1');
    const rows = bytes.toString().trimEnd().split('\n');
    expect(new Set(rows.map((row) => row.split(',').length))).toEqual(new Set([20]));
    expect(rows).toHaveLength(whole.toString().trimEnd().split('\n').length);
    inject('master=columns:1');
    const entries = (await (await ask('NSE_COM_sym_master.json')).json()) as Record<string, object>;
    expect(Object.values(entries).every((entry) => !('fyToken' in entry) && 'symTicker' in entry)).toBe(true);
  });

  it('sends noise in the place of the file', async () => {
    const { bytes } = await read('master=binary:1');
    expect(bytes.length).toBe(whole.length);
    expect(bytes.toString('utf8')).toContain('\ufffd');
  });

  it('begins with a line that is larger than the file', async () => {
    const { bytes } = await read('master=huge-line:1');
    expect(bytes.indexOf(0x0a)).toBeGreaterThan(16 * 1024 * 1024);
  });

  it('redirects to another host, and counts the clients that follow', async () => {
    const { response } = await read('master=redirect:1');
    const location = new URL(response.headers.get('location') as string);
    expect([response.status, location.hostname, location.pathname]).toEqual([
      302,
      'localhost',
      `/redirected/sym_details/${FILE}`,
    ]);
    location.hostname = '127.0.0.1';
    await fetch(location);
    expect(simulator.counters.followedRedirects).toBe(1);
  });

  it('has another version from now on, and the same file', async () => {
    const { response, bytes } = await read('master=new-version:1', { 'if-none-match': etag });
    expect([response.status, bytes.equals(whole)]).toEqual([200, true]);
    const changed = response.headers.get('etag') as string;
    expect(changed).not.toBe(etag);
    expect((await ask(FILE, { 'if-none-match': etag })).status).toBe(200);
    expect((await ask(FILE, { 'if-none-match': changed })).status).toBe(304);
  });

  it('says nothing of its version', async () => {
    const { response, bytes } = await read('master=no-version:1', { 'if-none-match': etag });
    expect([response.status, bytes.equals(whole)]).toEqual([200, true]);
    expect([response.headers.get('etag'), response.headers.get('last-modified')]).toEqual([null, null]);
  });

  it('sends a broken body also to a client that has the file', async () => {
    expect((await read('master=empty:1', { 'if-none-match': etag })).response.status).toBe(200);
  });

  it('has a test of each answer', () => {
    expect(MASTER_ANSWERS).toHaveLength(15);
  });
});
