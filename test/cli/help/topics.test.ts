import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../scripts/commands-page.ts';
import { renderFormattingPage, renderSettingsPage, renderWherePage } from '../../../scripts/settings-page.ts';
import { listFlags } from '../../../src/lib/cli/help/command-facts.ts';
import { SAMPLE_CONFIG } from '../../../src/lib/cli/help/config.ts';
import { type Page, renderText, termOf } from '../../../src/lib/cli/help/page.ts';
import { HELP_TOPICS } from '../../../src/lib/cli/help/topics.ts';
import { parseConfig } from '../../../src/lib/cli/settings/config-contents.ts';
import { variableOf } from '../../../src/lib/cli/settings/settings.ts';
import { COMMON_VARIABLES, OWN_VARIABLES } from '../../../src/lib/cli/settings/variables.ts';
import { CATALOGUE, STATUSES } from '../../../src/lib/errors/catalogue.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const manifest: Manifest = JSON.parse(readFileSync(path.join(ROOT, 'oclif.manifest.json'), 'utf8'));
const CONTEXT = { commands: Object.values(manifest.commands) };

async function topicOf(name: string): Promise<Page> {
  const topic = HELP_TOPICS.find((one) => one.name === name);
  if (!topic) throw new Error(`no topic ${name}`);
  return topic.write(CONTEXT);
}

async function renderTopic(name: string, columns = 80): Promise<string> {
  return renderText(await topicOf(name), columns);
}

describe('a help topic', () => {
  test.each(HELP_TOPICS)('$name stays within the columns of the terminal, but for code', async ({ name }) => {
    for (const columns of [60, 80, 100]) {
      const text = await renderTopic(name, columns);
      const code = (await topicOf(name)).flatMap((block) => (block.kind === 'code' ? block.text.split('\n') : []));
      const prose = text.split('\n').filter((line) => !code.includes(line.slice(4)));
      expect(prose.filter((line) => line.length > columns && line.trim().includes(' '))).toEqual([]);
      expect(text).not.toMatch(/`|undefined|\n\n\n/);
    }
  });

  test('exit-codes has every status and every code, errors has when and what to do', async () => {
    const statuses = await renderTopic('exit-codes');
    const errors = (await renderTopic('errors')).replaceAll(/\s+/g, ' ');
    for (const status of Object.keys(STATUSES)) expect(statuses).toMatch(new RegExp(`^ {2}${status} `, 'm'));
    for (const [code, { exit, when, hint }] of Object.entries(CATALOGUE)) {
      expect(statuses).toContain(code);
      expect(errors).toContain(`${code} ${when}. Status: ${exit}. Hint: ${hint}.`);
    }
  });

  test('environment has the variable of every flag', async () => {
    const text = await renderTopic('environment');
    const names = listFlags(CONTEXT).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(50);
    expect(text).not.toContain('TICKPIPE_WHERE');
    for (const name of names.filter((one) => one !== 'help' && one !== 'where'))
      expect(text).toContain(`${variableOf(name)} `);
  });

  test('config has every key of the file and of a profile, and an example that the program accepts', async () => {
    const text = await renderTopic('config');
    const known = new Map(listFlags(CONTEXT).map(({ name, type }) => [name, type] as const));
    const { profile, profiles } = parseConfig(SAMPLE_CONFIG, 'config.json', known);
    expect(profiles.get(profile ?? '')?.get('max-lag')).toBe('5s');
    expect(text).toContain(SAMPLE_CONFIG.split('\n')[1]);
    for (const key of ['profile', 'profiles', ...known.keys()].filter((name) => name !== 'help' && name !== 'where')) {
      expect(text).toMatch(new RegExp(`^ {2}(\\[no-\\])?${key}(?: |$)`, 'm'));
    }
    expect(text).not.toMatch(/^ {2}where /m);
  });

  test('config says which commands give a flag another meaning than most, and all defaults', async () => {
    const text = (await renderTopic('config')).replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'raw print the values alone, separated by tabs: no names, no header. record: record the messages of the data socket',
    );
    expect(text).toContain(
      'port <n> serve: the port to listen on; 0 takes any free one. simulate: listen on this port',
    );
    expect(text).toContain('Default: 8001 or 0.');
    expect(text).toContain(
      'conflate <time> at most one row per symbol in this time, as in 250ms; always the latest. bars: with --emit changes: print a bar at most once in this time; 1s if not given count',
    );
  });

  test('config names the file of one user when it is asked for one', async () => {
    const topic = HELP_TOPICS.find(({ name }) => name === 'config');
    const page = await topic?.write({ ...CONTEXT, env: { XDG_CONFIG_HOME: '/home/asha/cfg' } });
    expect(renderText(page ?? [], 80)).toContain('/home/asha/cfg/tickpipe/config.json');
  });
});

describe('the variables of the environment', () => {
  /** Written by the program for itself: what `sh` saw before Node started. */
  const INTERNAL = new Set(['TICKPIPE_STARTED']);
  /** Handed on to Node and to child processes, whose meaning they have. */
  const OF_NODE = new Set(['NODE_OPTIONS', 'PATH', '_']);

  test('are all explained', async () => {
    const folder = path.join(ROOT, 'src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const texts = await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')));
    const read = texts.flatMap((text) => [
      ...[...text.matchAll(/\benv\[['"]([A-Z_]+)['"]\]/g)].map(([, name = '']) => name),
      ...[...text.matchAll(/\b((?:TICKPIPE|FYERS)_[A-Z_]*[A-Z])\b/g)].map(([, name = '']) => name),
    ]);
    const ofFlags = listFlags(CONTEXT).map(({ name }) => variableOf(name));
    const explained = new Set([...Object.keys(OWN_VARIABLES), ...Object.keys(COMMON_VARIABLES), ...ofFlags]);
    const unexplained = [...new Set(read)].filter(
      (name) => !(explained.has(name) || INTERNAL.has(name) || OF_NODE.has(name)),
    );
    expect(new Set(read).size).toBeGreaterThan(10);
    expect(unexplained).toEqual([]);
  });
});

describe('renderText', () => {
  test('sets a table in two columns, and a long term on a line of its own', () => {
    const head = ['flag', 'meaning', 'default'];
    const rows = [
      ['`-o`', 'where `rows` go', ''],
      ['`--a-flag-with-a-long-name <value>`', 'one two three four five six seven eight', '5s'],
    ];
    expect(
      renderText(
        [
          { kind: 'heading', text: 'Flags of `quote`' },
          { kind: 'table', head, rows },
        ],
        60,
      ),
    ).toBe(
      `FLAGS OF quote
  -o                          where rows go
  --a-flag-with-a-long-name <value>
                              one two three four five six
                              seven eight. Default: 5s.
`,
    );
  });

  test('keeps code as it is, and leaves a line between blocks', () => {
    expect(
      renderText(
        [
          { kind: 'text', text: 'Do:' },
          { kind: 'code', text: 'a  b\nc' },
          { kind: 'bullets', items: ['x `y`'] },
        ],
        80,
      ),
    ).toBe('  Do:\n\n    a  b\n    c\n\n  - x y\n');
  });
});

test('termOf names the cells after the second by their heads', () => {
  expect(termOf(['a', 'means b', '', 'never'], ['x', 'y', 'z', 'null when'])).toEqual([
    'a',
    'means b. Null when: never.',
  ]);
  expect(termOf(['a', 'means b'], ['x', 'y'])).toEqual(['a', 'means b']);
});

test('docs/settings.md, docs/formatting.md and docs/where.md are what npm run docs writes', async () => {
  expect(await readFile(path.join(ROOT, 'docs/settings.md'), 'utf8')).toBe(renderSettingsPage(manifest));
  expect(await readFile(path.join(ROOT, 'docs/formatting.md'), 'utf8')).toBe(renderFormattingPage(manifest));
  expect(await readFile(path.join(ROOT, 'docs/where.md'), 'utf8')).toBe(renderWherePage());
});
