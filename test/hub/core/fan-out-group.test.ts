import { describe, expect, it } from 'vitest';
import { ClientQueue } from '../../../src/lib/hub/core/client-queue.ts';
import { createFramer, Group } from '../../../src/lib/hub/core/fan-out.ts';
import { HubSession } from '../../../src/lib/hub/core/hub-session.ts';
import { SharedTick } from '../../../src/lib/hub/core/shared-ticks.ts';
import { type Kind, ROW_TYPES } from '../../../src/lib/market/kinds.ts';
import { ByteBuffer } from '../../../src/lib/output/rows/byte-buffer.ts';
import { FakeDuplex } from './fake-duplex.ts';
import { readFrames } from './read-frames.ts';

const entryOf = (kind: Kind): SharedTick => new SharedTick(0, { kind, symbol: 'NSE:A-EQ' });
const SYMBOL = entryOf('symbol');

function rowOf(text: string): ByteBuffer {
  const row = new ByteBuffer(16);
  row.appendText(`${text}\n`);
  return row;
}

describe('rows', () => {
  it('are one binary message, byte for byte', () => {
    const framer = createFramer('rows');
    framer.add(rowOf('{"ltp":1}'), SYMBOL);
    framer.add(rowOf('{"ltp":2}'), entryOf('depth'));
    expect(framer.take().toString('latin1')).toBe('\x82\x14{"ltp":1}\n{"ltp":2}\n');
  });

  it.each([124, 125, 65_534, 65_535])(
    'of %i bytes and a line end have the header that fits, each time',
    async (size) => {
      const framer = createFramer('rows');
      const text = `"${'r'.repeat(size - 2)}"`;
      for (let turn = 0; turn < 2; turn++) {
        framer.add(rowOf(text), SYMBOL);
        expect(await readFrames(framer.take())).toEqual([{ isBinary: true, text: `${text}\n` }]);
      }
    },
  );

  it('that were taken do not change with what is added next', () => {
    const framer = createFramer('rows');
    framer.add(rowOf('1'), SYMBOL);
    const taken = framer.take();
    framer.add(rowOf('2'), SYMBOL);
    expect(taken.toString('latin1')).toBe('\x82\x021\n');
    expect(framer.take().toString('latin1')).toBe('\x82\x022\n');
  });
});

describe('JSON', () => {
  it('is one text message for each row, byte for byte', () => {
    const framer = createFramer('json');
    framer.add(rowOf('{"ltp":1}'), SYMBOL);
    framer.add(rowOf('{"ltp":2}'), entryOf('lite'));
    expect(framer.take().toString('latin1')).toBe(
      '\x81\x28{"type":"SymbolUpdate","data":{"ltp":1}}\x81\x26{"type":"LiteUpdate","data":{"ltp":2}}',
    );
    expect(framer.bytes).toBe(0);
  });

  it.each(Object.entries(ROW_TYPES) as [Kind, string][])('of a row of kind %s is of type %s', async (kind, type) => {
    const framer = createFramer('json');
    // What is not ASCII takes more bytes than letters.
    framer.add(rowOf('{"symbol":"NSE:Ä₹-EQ"}'), entryOf(kind));
    const [message] = await readFrames(framer.take());
    expect(message?.isBinary).toBe(false);
    expect(JSON.parse(message?.text ?? '')).toEqual({ type, data: { symbol: 'NSE:Ä₹-EQ' } });
  });

  it.each([90, 200, 70_000])('of a row of %i bytes has the header that fits', async (size) => {
    const framer = createFramer('json');
    const text = `"${'r'.repeat(size)}"`;
    framer.add(rowOf(text), SYMBOL);
    framer.add(rowOf('2'), SYMBOL);
    expect((await readFrames(framer.take())).map((message) => message.text)).toEqual([
      `{"type":"SymbolUpdate","data":${text}}`,
      '{"type":"SymbolUpdate","data":2}',
    ]);
  });
});

describe('a group', () => {
  it('sends what was added in one frame, and nothing when there is nothing', () => {
    const socket = new FakeDuplex();
    const queue = new ClientQueue(socket, 'rows');
    const session = new HubSession('s1', 0, { command: 'test', pid: 1, kinds: [] }, { send: () => {}, queue });
    const group = new Group('key', 'rows', [SYMBOL]);
    group.members.add(session);
    group.flush();
    expect(socket.writes.length).toBe(0);
    group.add(SYMBOL, rowOf('1'));
    group.add(SYMBOL, rowOf('2'));
    group.flush();
    group.add(SYMBOL, rowOf('3'));
    group.flush();
    group.flush();
    expect([socket.writes.length, queue.rows]).toEqual([2, 3]);
    socket.destroy();
  });
});
