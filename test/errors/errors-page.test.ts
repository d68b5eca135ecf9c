import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { renderErrorsPage } from '../../scripts/errors-page.ts';
import { CATALOGUE, type CatalogueEntry, EXIT } from '../../src/lib/errors/catalogue.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';

const PAGE = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const ENTRIES: [string, CatalogueEntry][] = Object.entries(CATALOGUE);

describe('docs/errors.md', () => {
  test('is what npm run docs writes', () => expect(PAGE).toBe(renderErrorsPage()));

  test('has each code once, with its status, when it happens and what to do', () => {
    const rows = PAGE.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
    const cells = rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$|`/g, '')));
    const expected = ENTRIES.map(([code, { exit, when, hint }]) => [code, when, String(exit), hint]);
    expect(cells.sort()).toEqual(expected.sort());
  });

  test('has every status of the contract', () => {
    const statuses = [...PAGE.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status));
    expect(statuses).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 78, 124, 129, 130, 143]);
    for (const status of Object.values(EXIT)) expect(statuses).toContain(status);
  });
});

describe('the catalogue', () => {
  test.each(ENTRIES)('%s is written as the others are', (code, { when, hint }) => {
    expect(code).toMatch(/^[A-Z][A-Z_]+[A-Z]$/);
    for (const text of [when, hint]) {
      expect(text).toMatch(/^\S.*[^.\s]$/);
      expect(text).not.toContain('\n');
    }
  });

  test('an error takes its hint and status from it, unless it brings its own hint', () => {
    const cause = new Error('below');
    const error = new TickpipeError('NO_TOKEN', 'no token', { cause });
    expect(error).toMatchObject({
      name: 'TickpipeError',
      code: 'NO_TOKEN',
      exit: 4,
      hint: CATALOGUE.NO_TOKEN.hint,
      cause,
    });
    expect(new TickpipeError('BUG', 'x', { hint: 'y' }).hint).toBe('y');
    expect('cause' in new TickpipeError('BUG', 'x')).toBe(false);
  });
});
