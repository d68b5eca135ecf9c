import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../scripts/commands-page.ts';
import { makeCompletionTable, readHelpValue } from '../../../scripts/completion-table.ts';
import type { CompletionTable, FlagEntry } from '../../../src/lib/cli/completion/table.ts';

const readJson = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'));
const manifest = readJson('oclif.manifest.json') as Manifest;
const table = readJson('dist/completion.json') as CompletionTable;

/** A flag of a command. */
function flagOf(command: string, name: string): FlagEntry | undefined {
  return table.commands[command]?.flags.map((place) => table.flags[place]).find((flag) => flag?.name === name);
}

describe('the table that the build writes', () => {
  test('has every command that people run, and no other', () => {
    const shown = Object.values(manifest.commands).filter(({ hidden }) => !hidden);
    expect(Object.keys(table.commands).sort()).toEqual(shown.map(({ id }) => id.replaceAll(':', ' ')).sort());
    expect(table.groups['stream']).toBe('print ticks as they come');
  });

  test('has every flag of every command', () => {
    for (const [name, { flags }] of Object.entries(table.commands)) {
      const expected = Object.values(manifest.commands[name.replaceAll(' ', ':')]?.flags ?? {});
      const names = flags.map((place) => table.flags[place]?.name);
      expect(names).toEqual(expected.filter(({ hidden }) => !hidden).map((flag) => flag.name));
    }
  });

  test('knows the columns of every command with rows of ticks', () => {
    expect(flagOf('stream depth', 'fields')?.values).toMatchObject({ kind: 'words', list: true });
    expect(JSON.stringify(flagOf('stream depth', 'changed'))).toContain('"bid_price_1"');
    expect(JSON.stringify(flagOf('stream lite', 'fields'))).toContain('["type","symbol","ltp","received_at"]');
    for (const name of ['stream symbols', 'stream index', 'quote', 'replay']) {
      expect(JSON.stringify(flagOf(name, 'fields'))).toContain('"change_percent"');
    }
  });

  test('has all that lists choices in its help', () => {
    expect(flagOf('quote', 'format')?.values).toEqual({ kind: 'words', words: ['ndjson', 'csv', 'table'] });
    expect(flagOf('record', 'type')?.values).toEqual({
      kind: 'words',
      words: ['symbols', 'depth', 'lite'],
      list: true,
    });
    expect(flagOf('quote', 'feed')?.values).toEqual({ kind: 'feeds', words: ['fyers', 'sim', 'file:', 'ws://'] });
    expect(flagOf('quote', 'token-file')?.values).toEqual({ kind: 'files' });
    expect(flagOf('record', 'dir')?.values).toEqual({ kind: 'folders' });
    expect(flagOf('quote', 'quiet')?.values).toBe(false);
    expect(flagOf('quote', 'timeout')?.values).toBe(null);
  });
});

test('a hidden flag or command is not offered', () => {
  const flag = { name: 'secret', type: 'boolean', allowNo: false, hidden: true };
  const command = { id: 'quote', args: {}, flags: { secret: flag } };
  const made = makeCompletionTable(
    { commands: { quote: command, ghost: { ...command, id: 'ghost', hidden: true } } } as unknown as Manifest,
    {},
  );
  expect(made).toMatchObject({ flags: [], commands: { quote: { flags: [] } }, groups: {} });
  expect(Object.keys(made.commands)).toEqual(['quote']);
});

test.each([
  ['ndjson|csv|table', { kind: 'words', words: ['ndjson', 'csv', 'table'] }],
  ['NSE|BSE|MCX', { kind: 'words', words: ['NSE', 'BSE', 'MCX'] }],
  ['<n>|max', { kind: 'words', words: ['max'] }],
  ['symbols,depth', { kind: 'words', words: ['symbols', 'depth'], list: true }],
  ['<path>', { kind: 'files' }],
  ['<time>', null],
  ['', null],
])('%j in the help of a flag', (help, values) => expect(readHelpValue(help)).toEqual(values));
