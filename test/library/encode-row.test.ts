import { describe, expect, test } from 'vitest';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { SAMPLE_ROWS } from '../../src/lib/market/sample-rows.ts';
import { type ControlRow, encodeRow, type Row } from '../../src/library/index.ts';

const samples = Object.entries(SAMPLE_ROWS).map(([type, line]) => [type, line] as const);
const parse = (line: string): Row | ControlRow => JSON.parse(line);
const codeOf = (call: () => unknown): string | undefined => {
  try {
    call();
  } catch (error) {
    return error instanceof TickpipeError ? error.code : String(error);
  }
  return undefined;
};

describe('a row', () => {
  test.each(samples)('of type %s is the line that tickpipe prints', (_, line) => {
    expect(encodeRow(parse(line))).toBe(`${line}\n`);
  });

  test.each(samples)('of type %s has the order of the contract, whatever its own is', (_, line) => {
    const reversed = Object.fromEntries(Object.entries(parse(line)).reverse()) as unknown as Row;
    expect(encodeRow(reversed)).toBe(`${line}\n`);
  });

  test('has its times in Indian time', () => {
    const row: Row = { type: 'LiteUpdate', symbol: 'NSE:SBIN-EQ', ltp: 610.5, received_at: 1_796_040_790_476 };
    expect(encodeRow(row, { time: 'iso' })).toBe(
      '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":610.5,"received_at":"2026-11-30T17:43:10.476+05:30"}\n',
    );
    expect(encodeRow({ type: 'Skipped', rows: 3, at: 1_796_040_790_476 }, { time: 'iso' })).toContain('+05:30"');
  });

  test('has the fields that are selected, and its mark', () => {
    const row = parse(SAMPLE_ROWS.DepthUpdate);
    expect(encodeRow(row, { fields: ['symbol', 'ask_price_1', 'spread'] })).toBe(
      '{"symbol":"NSE:SBIN-EQ","ask_price_1":874.75,"spread":0.2,"simulated":true}\n',
    );
    expect(encodeRow({ ...row, simulated: undefined } as Row, { fields: ['spread'] })).toBe('{"spread":0.2}\n');
  });

  test('is CSV, with its header when that is asked for', () => {
    const row = parse(SAMPLE_ROWS.LiteUpdate);
    const line = 'LiteUpdate,NSE:SBIN-EQ,874.65,1796040790476,true\n';
    expect(encodeRow(row, { format: 'csv' })).toBe(line);
    expect(encodeRow(row, { format: 'csv', header: true })).toBe(`type,symbol,ltp,received_at,simulated\n${line}`);
    const absent = { ...parse(SAMPLE_ROWS.LiteUpdate), ltp: null } as Row;
    expect(encodeRow(absent, { format: 'csv', fields: ['symbol', 'ltp'] })).toBe('NSE:SBIN-EQ,,true\n');
  });
});

describe('what cannot be encoded', () => {
  test.each([
    ['an unknown field', () => encodeRow(parse(SAMPLE_ROWS.LiteUpdate), { fields: ['oi'] }), 'UNKNOWN_FIELD'],
    ['CSV of a row about the stream', () => encodeRow(parse(SAMPLE_ROWS.Gap), { format: 'csv' }), 'USAGE'],
    ['an unknown type', () => encodeRow({ type: 'Tick', symbol: 'A', received_at: 1 } as never), 'USAGE'],
    ['a time that is a text', () => encodeRow({ ...parse(SAMPLE_ROWS.LiteUpdate), received_at: '' } as never), 'USAGE'],
  ])('%s', (_, call, code) => expect(codeOf(call)).toBe(code));
});
