import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedTick } from '../../../src/lib/hub/core/shared-ticks.ts';
import { FrameBuffers, type Frames, TurnRows } from '../../../src/lib/hub/core/turn-rows.ts';
import { type Kind, ROW_TYPES } from '../../../src/lib/market/kinds.ts';
import type { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import type { RowEncoder } from '../../../src/lib/output/rows/encoder.ts';
import { readFrames } from './read-frames.ts';

const tickOf = (kind: Kind, number = 7): SharedTick => new SharedTick(0, { kind, symbol: 'NSE:A-EQ' }, number);
const SYMBOL = tickOf('symbol');

/** Writes the text that it is given next. */
class TextEncoder implements RowEncoder {
  readonly header = '';
  text = '';
  skip(): void {}
  forget(): void {}
  encode(_tick: SharedTick, into: ByteBuffer): void {
    into.appendText(`${this.text}\n`);
  }
}

const encoder = new TextEncoder();

function add(rows: TurnRows, text: string, tick = SYMBOL): number {
  encoder.text = text;
  return rows.add(tick, encoder);
}

function rowsOf(...texts: readonly string[]): TurnRows {
  const rows = new TurnRows(new FrameBuffers());
  for (const text of texts) add(rows, text);
  return rows;
}

const textsOf = async ({ bytes }: Frames): Promise<string[]> => (await readFrames(bytes)).map(({ text }) => text);

describe('rows', () => {
  it('are one binary message with its index, byte for byte', () => {
    const rows = rowsOf('{"ltp":1}');
    add(rows, '{"l":2}', tickOf('depth', 0x01020304));
    const index = '\x07\0\0\0\x0a\0\0\0\x04\x03\x02\x01\x12\0\0\0\x02\0\0\0';
    expect(rows.takeAll().bytes.toString('latin1')).toBe(`\x82\x26{"ltp":1}\n{"l":2}\n${index}`);
    expect([rows.count, rows.bytes]).toEqual([0, 0]);
  });

  it.each([112, 113, 65_522, 65_523])('of %i bytes and an index have the header that fits, each time', async (size) => {
    const rows = rowsOf();
    const text = `"${'r'.repeat(size - 2)}"`;
    for (let turn = 0; turn < 2; turn++) {
      add(rows, text);
      expect(await readFrames(rows.takeAll().bytes)).toEqual([{ isBinary: true, text: `${text}\n` }]);
    }
  });

  it('are those at the places that were asked for, as if there were no others', () => {
    const texts = fc.array(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), { minLength: 1 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { minLength: 1 }), (all, some) => {
        const places = [...new Set(some.map((n) => n % all.length))].sort((a, b) => a - b);
        const rows = new TurnRows(new FrameBuffers());
        const alone = new TurnRows(new FrameBuffers());
        for (const [n, text] of all.entries()) add(rows, text, tickOf('symbol', n));
        for (const n of places) add(alone, all[n] as string, tickOf('symbol', n));
        const frames = rows.some(places, 'rows');
        expect(frames.bytes).toEqual(alone.takeAll().bytes);
        expect(frames.ticks.map(({ number }) => number)).toEqual(places);
      }),
    );
  });

  it('that were taken do not change with what is added next', () => {
    const rows = rowsOf('1');
    const taken = rows.takeAll();
    const before = Buffer.from(taken.bytes);
    add(rows, '2');
    expect(taken.bytes).toEqual(before);
  });

  it('begin behind the last whole one, whatever a failed encoder left', async () => {
    const rows = rowsOf('1');
    const broken: RowEncoder = {
      header: '',
      skip: () => {},
      forget: () => {},
      encode: (_, into) => {
        into.appendText('half');
        throw new RangeError('no more');
      },
    };
    expect(() => rows.add(SYMBOL, broken)).toThrow('no more');
    add(rows, '2');
    expect(await textsOf(rows.takeAll())).toEqual(['1\n2\n']);
  });
});

describe('JSON', () => {
  it('is one text message for each row, byte for byte', () => {
    const rows = rowsOf('{"ltp":1}', '{"ltp":5}');
    add(rows, '{"ltp":2}', tickOf('lite'));
    expect(rows.some([0, 2], 'json').bytes.toString('latin1')).toBe(
      '\x81\x28{"type":"SymbolUpdate","data":{"ltp":1}}\x81\x26{"type":"LiteUpdate","data":{"ltp":2}}',
    );
  });

  it.each(Object.entries(ROW_TYPES) as [Kind, string][])('of a row of kind %s is of type %s', async (kind, type) => {
    const rows = rowsOf();
    // What is not ASCII takes more bytes than letters.
    add(rows, '{"symbol":"NSE:Ä₹-EQ"}', tickOf(kind));
    const [text] = await textsOf(rows.some([0], 'json'));
    expect(JSON.parse(text ?? '')).toEqual({ type, data: { symbol: 'NSE:Ä₹-EQ' } });
  });

  it.each([90, 200, 70_000])('of a row of %i bytes has the header that fits', async (size) => {
    const text = `"${'r'.repeat(size)}"`;
    expect(await textsOf(rowsOf(text, '2').some([0, 1], 'json'))).toEqual([
      `{"type":"SymbolUpdate","data":${text}}`,
      '{"type":"SymbolUpdate","data":2}',
    ]);
  });
});

describe('the bytes of a large frame', () => {
  const LARGE = 'r'.repeat(40_000);

  it('are used again once no client needs them, and not before', () => {
    const rows = new TurnRows(new FrameBuffers());
    add(rows, LARGE);
    const first = rows.takeAll();
    first.sent(2);
    const isReused = (): boolean => {
      add(rows, LARGE);
      const frames = rows.takeAll();
      frames.sent(1);
      return frames.bytes.byteOffset === first.bytes.byteOffset;
    };
    expect(isReused()).toBe(false);
    first.written?.();
    expect(isReused()).toBe(false);
    first.written?.();
    // `rows` had its next buffer already.
    expect([isReused(), isReused()]).toEqual([false, true]);
  });

  it('are used again at once when no client needs them', () => {
    const rows = new TurnRows(new FrameBuffers());
    const buffers = new Set<unknown>();
    for (let n = 0; n < 10; n++) {
      add(rows, LARGE);
      const frames = rows.takeAll();
      frames.sent(0);
      buffers.add(frames.bytes.byteOffset);
    }
    expect(buffers.size).toBe(2);
  });

  it('are those of another buffer while all are in use, and never lost, however long their rows are', async () => {
    const rows = new TurnRows(new FrameBuffers());
    const huge = 'r'.repeat(400_000);
    const taken: Frames[] = [];
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 70; n++) {
        add(rows, `${n}`);
        add(rows, n % 7 === 0 ? huge : LARGE);
        taken.push(n % 2 === 0 ? rows.takeAll() : rows.some([1], 'rows'));
        rows.clear();
        taken.at(-1)?.sent(1);
      }
      for (const [n, frames] of taken.entries()) {
        const last = n % 7 === 0 ? huge : LARGE;
        expect(await textsOf(frames)).toEqual([n % 2 === 0 ? `${n}\n${last}\n` : `${last}\n`]);
      }
      for (const frames of taken.splice(0)) frames.written?.();
    }
    // `rows` may have a buffer that is no part of the whole.
    add(rows, '1');
    rows.takeAll();
    const whole = new Set<unknown>();
    for (let n = 0; n < 63; n++) {
      add(rows, LARGE);
      const frames = rows.takeAll();
      frames.sent(1);
      whole.add(frames.bytes.buffer);
    }
    expect(whole.size).toBe(1);
  });

  it('are not kept for a small frame, which is a copy', async () => {
    const rows = rowsOf('1');
    const small = rows.takeAll();
    rows.clear();
    add(rows, LARGE);
    const large = rows.takeAll();
    expect([small.written, small.bytes.buffer === large.bytes.buffer]).toEqual([undefined, false]);
    expect(await textsOf(small)).toEqual(['1\n']);
  });
});
