import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TABLE_KEYS } from '../../src/lib/output/table/table-help.ts';

const page = readFileSync(new URL('../../docs/terminal.md', import.meta.url), 'utf8');

/** A row of the table of keys without its marks of code. */
const rows = [...page.matchAll(/^\| (.+?) \| (.+) \|$/gm)].map(([, key = '', meaning = '']) => [
  key.replaceAll('`', '').replaceAll(/\s+/g, ' '),
  meaning.replaceAll('`', ''),
]);

test('docs/terminal.md has the keys of the live table', () => {
  const keys = TABLE_KEYS.map(([key, meaning]) => [key.replaceAll(/\s+/g, ' '), meaning]);
  expect(rows).toEqual(expect.arrayContaining(keys));
  expect(rows.length).toBeGreaterThanOrEqual(TABLE_KEYS.length);
});
