import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HELP_TOPICS } from '../../src/lib/cli/help/topics.ts';
import { OWN_VARIABLES } from '../../src/lib/cli/settings/variables.ts';
import { STATUSES } from '../../src/lib/errors/catalogue.ts';
import { run } from './program.ts';

const STREAM_GROUPS = ['SOURCE', 'OUTPUT', 'LIMITS', 'CONNECTION', 'DIAGNOSTICS'];

/** The flags without a letter that stand in another column than their group has for them: 6 beside letters, else 2. */
function listMisplaced(help: string): string[] {
  return help
    .split('\n\n')
    .filter((part) => /^[A-Z]+ FLAGS$/m.test(part))
    .flatMap((part) => {
      const column = /^ {2}-\w, --/m.test(part) ? 6 : 2;
      return part.split('\n').filter((line) => /^ {1,8}--/.test(line) && line.search(/\S/) !== column);
    });
}

describe('--help', () => {
  it.each(['stream symbols', 'quote', 'record', 'replay', 'subscribe', 'status'])(
    'of %s has the flags of a group in one column, within 80',
    async (command) => {
      const { stdout } = await run([...command.split(' '), '--help']);
      expect(listMisplaced(stdout)).toEqual([]);
      const text = stdout.slice(0, stdout.indexOf('\nEXAMPLES\n'));
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it.each([
    ['stream symbols', 'full quotes', STREAM_GROUPS],
    ['stream depth', 'order books', STREAM_GROUPS],
    ['stream index', 'indices only', STREAM_GROUPS],
    ['stream lite', 'last prices only', STREAM_GROUPS],
    ['quote', 'print one row of each symbol', STREAM_GROUPS],
    ['simulate', 'run a FYERS-compatible feed', ['SIMULATOR', 'DIAGNOSTICS']],
  ])('of %s has a summary, examples and grouped flags', async (command, summary, groups) => {
    const { status, stdout, stderr } = await run([...command.split(' '), '--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.startsWith(summary)).toBe(true);
    expect(stdout).toContain(`$ tickpipe ${command}`);
    const found = [...stdout.matchAll(/^(\w+) FLAGS$/gm)].map(([, group]) => group);
    expect(found).toEqual(groups);
    const examples = stdout.slice(stdout.indexOf('\nEXAMPLES\n'));
    expect(examples.match(new RegExp(`tickpipe ${command} `, 'g'))?.length).toBeGreaterThanOrEqual(2);
    // What the contract's output table promises stands here, too.
    if (command.startsWith('stream')) {
      for (const flag of [
        '--count',
        '--until',
        '--snapshot',
        '--conflate',
        '--on-slow',
        '--events',
        '--stall-timeout',
      ]) {
        expect(stdout).toContain(`${flag}`);
      }
    }
  });
});

describe('tickpipe --help', () => {
  it('has the topics, the statuses, the variables and the configuration file, within 80', async () => {
    const { status, stdout, stderr } = await run(['--help'], { env: { XDG_CONFIG_HOME: '/home/asha/cfg' } });
    expect([status, stderr]).toEqual([0, '']);
    for (const { name, summary } of HELP_TOPICS) expect(stdout).toContain(`tickpipe help ${name}`.padEnd(27) + summary);
    for (const key of Object.keys(STATUSES)) expect(stdout).toMatch(new RegExp(`^ {2}${key} +\\S`, 'm'));
    for (const name of Object.keys(OWN_VARIABLES)) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(stdout).toContain('/home/asha/cfg/tickpipe/config.json');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

const MANIFEST = fileURLToPath(new URL('../../oclif.manifest.json', import.meta.url));

describe('the commands in tickpipe --help', () => {
  it('are there once each, by what they are for', async () => {
    const { stdout } = await run(['--help']);
    const list = stdout.slice(stdout.indexOf('\nTICKS\n'), stdout.indexOf('\nHELP TOPICS\n'));
    expect([...list.matchAll(/^[A-Z ]+$/gm)].map(([heading]) => heading)).toEqual([
      'TICKS',
      'SYMBOLS',
      'ACCOUNT AND SETTINGS',
      'SHARED SESSION',
      'RECORDINGS',
      'OTHER COMMANDS',
    ]);
    const { commands } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
      commands: Readonly<Record<string, { readonly hidden?: boolean }>>;
    };
    const visible = Object.entries(commands).flatMap(([id, { hidden }]) => (hidden ? [] : id.replace(/:.*/, '')));
    const listed = [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...new Set(visible)].sort());
  });
});

describe('tickpipe help TOPIC', () => {
  it.each(HELP_TOPICS)('$name is printed', async ({ name, summary }) => {
    const { status, stdout, stderr } = await run(['help', name]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.startsWith(`${summary}\n\n`)).toBe(true);
    expect(stdout.split('\n').length).toBeGreaterThan(20);
  });
});
