import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyFolder, run, shell } from './program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');

/** Lines that need another program beside them, or that run until somebody ends them. */
const NOT_ALONE = /tickpipe (serve|stop|status|subscribe|unsubscribe|simulate)|--duration 1m|&$/;

/** Each line of shell that needs neither an account nor a network, once. */
function listLines(): string[] {
  const { commands }: { commands: Record<string, { id: string; examples?: readonly string[] }> } = JSON.parse(
    read('oclif.manifest.json'),
  );
  const examples = Object.values(commands).flatMap(({ id, examples = [] }) =>
    examples.map((example) =>
      example.replaceAll('<%= config.bin %>', 'tickpipe').replaceAll('<%= command.id %>', id.replaceAll(':', ' ')),
    ),
  );
  const names = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const pages = ['README.md', ...names.map((name) => `docs/${name}`)].map(read);
  const shown = pages.flatMap((page) => [...page.matchAll(/^ {4}(.*tickpipe .*)$/gm)].map(([, line = '']) => line));
  const lines = [...examples, ...shown].map((line) => line.replace(/ +#.*$/, '').trim());
  return [...new Set(lines)].filter((line) => line.includes('--feed sim') && !NOT_ALONE.test(line));
}

describe('a line of shell that a page or --help shows', () => {
  const lines = listLines();

  it('is found in the pages and in the help', () => expect(lines.length).toBeGreaterThan(10));

  it.each(lines)('works: %s', async (line) => {
    // A stream would run until somebody ends it: here it ends with the first row of each symbol, and bars with the second.
    const limit = /tickpipe (bars|chart)/.test(line) ? { TICKPIPE_COUNT: '2' } : { TICKPIPE_SNAPSHOT: '1' };
    const ends = line.includes('--count') ? {} : { ...limit, TICKPIPE_TIMEOUT: '1m' };
    const options = { cwd: emptyFolder(), env: { ...ends, TICKPIPE_DIRECT: '' } };
    const { status, stderr } = await shell(`set -o pipefail; tickpipe() { $tickpipe "$@"; }; ${line}`, options).ended;
    expect([status, stderr]).toEqual([0, '']);
  });
});

it('tickpipe help formatting has examples of every format', async () => {
  const { stdout } = await run(['help', 'formatting']);
  for (const flag of ['--format csv', '--raw', '--time iso', '--changed', '-o day-%F.csv', '| jq']) {
    expect(stdout).toContain(flag);
  }
});
