import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../scripts/commands-page.ts';
import { findReleaseDate, renderManPages } from '../../../scripts/man-pages.ts';
import { escapeRoff, renderManPage } from '../../../scripts/roff.ts';
import { HELP_TOPICS } from '../../../src/lib/cli/help/topics.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');
const manifest: Manifest = JSON.parse(read('oclif.manifest.json'));
const { version, description, man, files } = JSON.parse(read('package.json'));
const PAGES = readdirSync(path.join(ROOT, 'man')).sort();

describe('the man pages', () => {
  test('are one for the program, each command and each topic, all in the package', () => {
    const commands = Object.values(manifest.commands).filter(({ hidden }) => !hidden);
    const expected = [
      'tickpipe.1',
      ...commands.map(({ id }) => `tickpipe-${id.replaceAll(':', '-')}.1`),
      ...HELP_TOPICS.map(({ name }) => `tickpipe-${name}.7`),
    ];
    expect(PAGES).toEqual(expected.sort());
    expect(man).toEqual(PAGES.map((name) => `man/${name}`));
    expect(files).toContain('man');
  });

  test('are made from the commands as they are', async () => {
    const date = findReleaseDate(read('CHANGELOG.md'), version);
    const pages = await renderManPages({ manifest, version, description, date });
    for (const name of PAGES) expect(read(`man/${name}`), name).toBe(pages.get(name));
  });

  test.each(PAGES)('%s is without a fault for mandoc', (name) => {
    const { stdout, error } = spawnSync('mandoc', ['-T', 'lint', `man/${name}`], { cwd: ROOT, encoding: 'utf8' });
    expect(error).toBeUndefined();
    // Before a release there is no date.
    const faults = stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'));
    expect(faults).toEqual([]);
  });

  test('a command has its sections, its flags with their variables, and its examples', () => {
    const text = render(read('man/tickpipe-stream-symbols.1'));
    const sections = text.split('\n').filter((line) => /^[A-Z]/.test(line));
    expect(sections.slice(1)).toEqual([
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'ARGUMENTS',
      'OPTIONS',
      'EXAMPLES',
      'EXIT STATUS',
      'ENVIRONMENT',
      'FILES',
      'SEE ALSO',
    ]);
    expect(text).toContain('tickpipe stream symbols [SYMBOL...] [FLAGS]');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      '-f, --format ndjson|csv|table the format of the rows; without it a table on a terminal, ndjson otherwise. Variable: TICKPIPE_FORMAT.',
    );
    expect(text).toContain(`tickpipe stream symbols NSE:SBIN-EQ 'NSE:M&M-EQ' | jq -c '[.symbol, .ltp]'`);
  });
});

/** A man page as text, in ASCII: what people copy from it is what was written. */
function render(page: string): string {
  const { stdout } = spawnSync('mandoc', ['-T', 'ascii', '-O', 'width=200'], { input: page, encoding: 'utf8' });
  // Bold letters are printed twice, one over the other.
  const parts = stdout.split('\b');
  return parts.map((part, at) => (at < parts.length - 1 ? part.slice(0, -1) : part)).join('');
}

describe('renderManPage', () => {
  test('prints what roff would take for its own', () => {
    const line = `.start 'quoted' back\\slash -o --flag ~/x "d" \`c\` ^`;
    const page = renderManPage({ name: 't', section: 7, version: '1', date: '2026-11-30' }, [
      { kind: 'heading', text: 'X' },
      { kind: 'code', text: `${line}\n\n'start` },
      { kind: 'text', text: '.text' },
      { kind: 'table', head: [], rows: [['.term', "'text"]] },
    ]);
    const lines = render(page)
      .split('\n')
      .map((text) => text.trim());
    expect(lines).toEqual(expect.arrayContaining([line, `'start`, '.text', `.term  'text`]));
  });

  test.each([
    ['-', '\\-'],
    ['\\', '\\e'],
    ["it's", 'it\\(aqs'],
  ])('escapeRoff of %s', (text, escaped) => expect(escapeRoff(text)).toBe(escaped));
});

test.each([
  ['## 0.2.0 - 2026-11-30\n', '2026-11-30'],
  ['## Unreleased\n', ''],
])('findReleaseDate of %j', (changelog, date) => expect(findReleaseDate(changelog, '0.2.0')).toBe(date));
