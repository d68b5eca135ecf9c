import { request } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({
    rate: 0,
    masterRows: 0,
    clock: new ManualClock(Date.parse('2026-11-30T10:00:00+05:30')),
  });
  return () => simulator.close();
});

const get = (name: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${simulator.masterUrl}/${name}`, { headers, method });

describe('GET sym_details', () => {
  it('says how long a file is, what version, and of when', async () => {
    const response = await get('BSE_FO.csv');
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBe(body.length);
    expect(response.headers.get('content-type')).toBe('text/csv');
    expect(response.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
    expect(response.headers.get('last-modified')).toBe('Sun, 29 Nov 2026 18:30:00 GMT');
  });

  it('gives each file an ETag of its own', async () => {
    const tags = await Promise.all(
      ['BSE_FO.csv', 'BSE_FO_sym_master.json', 'NSE_CD.csv'].map(async (name) => (await get(name)).headers.get('etag')),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it('answers 304 to a client that has the file: by ETag, or by the time when there is none', async () => {
    const first = await get('NSE_CD.csv');
    const etag = first.headers.get('etag') as string;
    const modified = first.headers.get('last-modified') as string;
    for (const [headers, status] of [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `"x", W/${etag}` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"x"' }, 200],
      [{ 'if-none-match': '"x"', 'if-modified-since': modified }, 200],
      [{ 'if-modified-since': modified }, 304],
      [{ 'if-modified-since': 'Sun, 29 Nov 2026 18:29:59 GMT' }, 200],
      [{ 'if-modified-since': 'yesterday' }, 200],
    ] as const) {
      const response = await get('NSE_CD.csv', headers);
      expect([headers, response.status, response.headers.get('etag')]).toEqual([headers, status, etag]);
      expect((await response.text()).length > 0).toBe(status === 200);
    }
    expect(simulator.counters.master.get('NSE_CD.csv')).toEqual({ requests: 9, notModified: 4 });
    expect(simulator.counters.master.get('NSE_FO.csv')).toBeUndefined();
  });

  it('answers HEAD without a body', async () => {
    const response = await get('NSE_COM.csv', {}, 'HEAD');
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1_000);
  });

  it.each(['', 'NSE_CM', 'NSE_CM.json', 'nse_cm.csv', '../sym_details/NSE_CM.csv/', 'x'])(
    'has no file %j',
    async (name) => {
      expect((await get(name)).status).toBe(404);
    },
  );

  it('takes no other method', async () => {
    expect((await get('NSE_CD.csv', {}, 'POST')).status).toBe(404);
  });

  it('goes on after a client that left in the middle', async () => {
    await new Promise<void>((resolve) => {
      const client = request(`${simulator.masterUrl}/NSE_FO_sym_master.json`, (response) => {
        response.once('data', () => response.destroy());
        response.once('close', resolve);
      });
      client.end();
    });
    expect((await get('NSE_COM.csv')).status).toBe(200);
  });
});
