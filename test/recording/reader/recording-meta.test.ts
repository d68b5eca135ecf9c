import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readMeta } from '../../../src/lib/recording/reader/recording-meta.ts';
import { makeFolder, makeRow, TEN } from '../made-rows.ts';

const header = {
  type: 'Header',
  schema: 1,
  kind: 'symbol',
  feed: 'a test',
  simulated: false,
  started: TEN,
  run: '0a1b2c',
  number: 1,
  version: '1.0.0',
  writer: { pid: 1, start: 'b-1' },
  symbols: ['NSE:SBIN-EQ'],
};
const changed = { type: 'Changed', at: TEN, added: ['NSE:INFY-EQ'], dropped: [] };
const gap = { type: 'Gap', from: TEN, to: TEN + 5, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] };
const skipped = { type: 'Skipped', rows: 5, at: TEN };
const footer = { type: 'Footer', ended: TEN, rows: 5, reason: 'stopped' };
const row = makeRow('symbol', 'NSE:SBIN-EQ', TEN);

function write(...lines: (object | string)[]): string {
  const file = path.join(makeFolder(), 'a.meta.jsonl');
  writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join(''));
  return file;
}

describe('a meta file', () => {
  test('is read line by line', async () => {
    const file = write(header, row.toString(), changed, gap, skipped, footer);
    expect(await readMeta(file)).toMatchObject({
      header,
      lastRows: [row],
      changes: [changed],
      gaps: [gap],
      losses: [skipped],
      footer,
    });
    expect(await readMeta(file, { lastRows: false })).toMatchObject({
      header,
      lastRows: [],
      changes: [changed],
      footer,
    });
  });

  test('that is not there is none', async () => {
    expect(await readMeta(path.join(makeFolder(), 'a.meta.jsonl'))).toBeUndefined();
  });

  test('of another schema is refused, whatever else it holds', async () => {
    for (const schema of [0, 2, '1', null]) {
      await expect(readMeta(write({ type: 'Header', schema }))).rejects.toMatchObject({
        code: 'RECORDING_UNSUPPORTED',
      });
    }
  });

  test('that was cut, or has unknown lines, gives its whole lines', async () => {
    const text = [header, gap, footer].map((line) => `${JSON.stringify(line)}\n`).join('');
    for (let length = 0; length < text.length; length += 7) {
      const meta = await readMeta(write(text.slice(0, length)));
      expect(meta?.footer).toBeUndefined();
      if (meta?.header) expect(meta.header).toEqual(header);
    }
    const odd = await readMeta(write('\0\0\0\n', 'null\n', '[1]\n', '{"type":"Gap"}\n', { type: 'Note' }, footer));
    expect(odd).toMatchObject({ header: undefined, gaps: [], footer });
  });

  test('with a line that never ends is read in bounded memory', async () => {
    const meta = await readMeta(write(header, ' '.repeat(9_000_000), '\n', footer));
    expect(meta).toMatchObject({ header, footer });
  });
});
