import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import {
  checkRecordFields,
  createRecordEncoder,
  recordFields,
} from '../../../src/lib/output/records/record-encoder.ts';
import { booleanColumn, defineRecord, numberColumn, textColumn } from '../../../src/lib/output/records/record-type.ts';
import { SYMBOL } from '../../../src/lib/output/records/symbol-records.ts';
import { renderRecordTable } from '../../../src/lib/output/table/record-table.ts';

const THING = defineRecord({
  name: 'Thing',
  printedBy: 'a test',
  columns: {
    name: textColumn('Its name.'),
    size: numberColumn('Its size.', { nullWhen: 'nobody measured it' }),
    ready: booleanColumn('Whether it is ready.', { nullWhen: 'nobody asked', rank: 1 }),
    secret: textColumn('Seen by those who ask.', { isHidden: true }),
  },
  sample: { name: 'a', size: 1, ready: true, secret: 's' },
});
const ROWS = [
  { name: 'M&M, "Ltd"', size: 0.1, ready: true, secret: 'x' },
  { name: 'ünï', size: 12_345.05, ready: null, secret: 'y' },
  { name: '', size: null, ready: false, secret: 'z' },
];

const lines = (format: 'ndjson' | 'csv' | 'raw', fields?: string[]): string[] => {
  const encoder = createRecordEncoder(THING, format, fields);
  return [encoder.header, ...ROWS.map((row) => encoder.encode(row))];
};

describe('rows as lines', () => {
  test('NDJSON: compact, the type first, then the columns in their order', () => {
    expect(lines('ndjson')).toEqual([
      '',
      '{"type":"Thing","name":"M&M, \\"Ltd\\"","size":0.1,"ready":true,"secret":"x"}\n',
      '{"type":"Thing","name":"ünï","size":12345.05,"ready":null,"secret":"y"}\n',
      '{"type":"Thing","name":"","size":null,"ready":false,"secret":"z"}\n',
    ]);
  });

  test('CSV: as another parser reads it, nothing where there is no value', () => {
    expect(parse(lines('csv').join(''), { columns: true })).toEqual([
      { type: 'Thing', name: 'M&M, "Ltd"', size: '0.1', ready: 'true', secret: 'x' },
      { type: 'Thing', name: 'ünï', size: '12345.05', ready: '', secret: 'y' },
      { type: 'Thing', name: '', size: '', ready: 'false', secret: 'z' },
    ]);
  });

  test('raw: values between tabs, no header', () => {
    expect(lines('raw', ['size', 'name'])).toEqual(['', '0.1\tM&M, "Ltd"\n', '12345.05\tünï\n', '\t\n']);
  });

  test('selected columns in the order asked for', () => {
    expect(lines('ndjson', ['size', 'type'])[1]).toBe('{"size":0.1,"type":"Thing"}\n');
    expect(lines('csv', ['secret', 'size'])[0]).toBe('secret,size\n');
  });

  test('the sample of the contract is one line of its keys', () => {
    const { header, encode } = createRecordEncoder(SYMBOL, 'ndjson');
    expect(header).toBe('');
    expect(encode(SYMBOL.sample)).toBe(
      '{"type":"Symbol","symbol":"NSE:SBIN-EQ","name":"STATE BANK OF INDIA","exchange":"NSE","segment":"nse_cm","kind":"equity","isin":"INE062A01020","underlying":"SBIN","expiry":null,"strike":null,"right":null,"lot_size":1,"tick_size":0.1,"session":"09:15-15:30","topic":"sf|nse_cm|3045"}\n',
    );
  });

  test('raw and tables show no character that a terminal would obey', () => {
    const row = { name: 'a\u001b[2Jb\tc\nd\u202ee', size: 1, ready: true, secret: '' };
    expect(createRecordEncoder(THING, 'raw', ['name']).encode(row)).toBe('a [2Jb c d e\n');
    const table = renderRecordTable(THING, [row], { fields: ['name'], width: 80, header: false });
    expect(table).toBe('a [2Jb c d e\n');
  });
});

describe('--fields', () => {
  test('an unknown name is an error that lists the others', () => {
    expect(() => checkRecordFields(['size', 'nope', 'x'], THING)).toThrow(
      '--fields: no column nope, x; there are type, name, size, ready, secret',
    );
    expect(() => checkRecordFields(recordFields(THING), THING)).not.toThrow();
  });
});

describe('a table', () => {
  test('has the usual columns, numbers at the right, - without a value', () => {
    expect(renderRecordTable(THING, ROWS, { fields: undefined, width: 80, header: true })).toBe(
      [
        'name            size  ready',
        'M&M, "Ltd"       0.1  true',
        'ünï         12345.05  -',
        '-                  -  false',
        '',
      ].join('\n'),
    );
  });

  test('has no column that is empty in all rows, unless it is asked for', () => {
    const rows = ROWS.map((row) => ({ ...row, size: null }));
    const options = { width: 80, header: true };
    expect(renderRecordTable(THING, rows, { ...options, fields: undefined }).split('\n')[0]).toBe('name        ready');
    expect(renderRecordTable(THING, rows, { ...options, fields: ['size'] })).toBe('size\n   -\n   -\n   -\n');
  });

  test('leaves columns out on a narrow terminal, but none that was asked for', () => {
    const narrow = { width: 20, header: false };
    expect(renderRecordTable(THING, ROWS, { ...narrow, fields: undefined })).not.toContain('true');
    expect(renderRecordTable(THING, ROWS, { ...narrow, fields: ['name', 'size', 'ready'] })).toContain('true');
  });

  test('shows a hidden column that is asked for', () => {
    expect(renderRecordTable(THING, ROWS, { fields: ['type', 'secret'], width: 80, header: true })).toBe(
      'type   secret\nThing  x\nThing  y\nThing  z\n',
    );
  });

  test('is nothing without rows', () => {
    expect(renderRecordTable(THING, [], { fields: undefined, width: 80, header: true })).toBe('');
  });
});
