import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findHelpTopic } from '../../src/lib/cli/help/topics.ts';
import { type CommandLine, findCommandLines, readCommandLines } from './command-lines.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Flag {
  readonly char?: string;
  readonly type: 'boolean' | 'option';
  readonly allowNo?: boolean;
  readonly helpValue?: string;
  readonly summary?: string;
}
interface Command {
  readonly args: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly description?: string;
  readonly examples?: readonly string[];
}
const { commands }: { readonly commands: Readonly<Record<string, Command>> } = JSON.parse(read('oclif.manifest.json'));

const PAGES = [...readdirSync(ROOT), ...readdirSync(path.join(ROOT, 'docs')).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: read(name) }));

/** Files of the sources and tests by their last names, which pages use where a folder was just named. */
const FILES = ['src', 'test', 'scripts', 'bench'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => path.basename(name)),
);

function read(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8');
}

/** What is wrong with a command line by the manifest; `undefined` when it could be run. */
function findFault({ words }: CommandLine): string | undefined {
  if (words[0] === '--help' || words[0] === '--version') return undefined;
  // `tickpipe COMMAND --help` stands for any command.
  if (words[0] === 'COMMAND') return undefined;
  if (words[0] === 'help') return findHelpFault(words.slice(1));
  const length = [2, 1].find((count) => commands[words.slice(0, count).join(':')]);
  if (length === undefined) return `there is no command ${words.slice(0, 2).join(' ')}`;
  const { flags, args } = commands[words.slice(0, length).join(':')] as Command;
  for (let at = length; at < words.length; at++) {
    const word = words[at] as string;
    if (!/^--?[a-z]/.test(word)) {
      if (Object.keys(args).length === 0 && !/^\[?[A-Z]+/.test(word)) return `it takes no argument: ${word}`;
      continue;
    }
    const [name = '', ownValue] = word.split('=', 2);
    const flag = findFlag(flags, name);
    if (!flag) return `it has no flag ${name}`;
    if (flag.type === 'boolean') continue;
    const value = ownValue ?? words[++at];
    if (value === undefined) continue;
    // Such as ndjson|csv|table: these words and no others.
    const isChoice = /^[a-z]+(\|[a-z]+)+$/.test(flag.helpValue ?? '');
    if (isChoice && !flag.helpValue?.split('|').includes(value)) return `${name} does not take ${value}`;
  }
  return undefined;
}

/** `tickpipe help` takes a topic or a command, or a word in capitals that stands for one. */
function findHelpFault(words: readonly string[]): string | undefined {
  const [first = ''] = words;
  if (/^\[?[A-Z]*$/.test(first) || findHelpTopic(first) || commands[words.join(':')]) return undefined;
  return `there is no help on ${words.join(' ')}`;
}

function findFlag(flags: Command['flags'], name: string): Flag | undefined {
  if (!name.startsWith('--')) return Object.values(flags).find(({ char }) => `-${char}` === name);
  const negated = flags[name.slice('--no-'.length)];
  return flags[name.slice(2)] ?? (name.startsWith('--no-') && negated?.allowNo ? negated : undefined);
}

const EXAMPLES = Object.entries(commands).flatMap(([id, { examples = [] }]) =>
  examples.flatMap((example) => readCommandLines(example.replaceAll('<%= config.bin %>', 'tickpipe'), `${id} --help`)),
);
const LINES = [...PAGES.flatMap(({ name, text }) => findCommandLines(text, name)), ...EXAMPLES];

describe('a command line of a page or of --help', () => {
  test('is found on the pages that show some', () => {
    const pages = new Set(LINES.map(({ where }) => where.split(':')[0]));
    expect([...pages]).toEqual(
      expect.arrayContaining(['README.md', 'docs/hub.md', 'docs/recording.md', 'docs/shell.md']),
    );
    expect(LINES.length).toBeGreaterThan(100);
  });

  test('names a command and flags that exist', () => {
    const faults = LINES.map((line) => [line.where, findFault(line)]).filter(([, fault]) => fault !== undefined);
    expect(faults).toEqual([]);
  });

  test.each([
    ['a command', 'tickpipe strem symbols NSE:SBIN-EQ', 'there is no command strem symbols'],
    ['a flag', 'price=$(tickpipe quote NSE:SBIN-EQ --until 15:30)', 'it has no flag --until'],
    ['a letter', 'nohup tickpipe record NSE:SBIN-EQ -f csv > a.log &', 'it has no flag -f'],
    ['a topic', 'tickpipe help exit-code', 'there is no help on exit-code'],
    ['a value', 'tickpipe quote NSE:SBIN-EQ --format xml | jq .', '--format does not take xml'],
    ['an argument', '/usr/local/bin/tickpipe stop s1 # the first', 'it takes no argument: s1'],
    ['the second command', '    tickpipe status; node bin/run.js quote --nope', 'it has no flag --nope'],
  ])('is refused for %s that does not exist', (_, code, fault) => {
    expect(readCommandLines(code, 'here').map(findFault)).toContain(fault);
  });
});

describe('the help of a command', () => {
  /** Flags of other commands, which the sentence is about. */
  const OF_OTHERS: Readonly<Record<string, readonly string[]>> = { compact: ['--feed'] };

  test.each(Object.entries(commands))(
    '%s names no flag that the command does not have',
    (id, { description, flags }) => {
      const text = [description, ...Object.values(flags).map(({ summary }) => summary)].join('\n');
      const mentioned = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag);
      const unknown = mentioned.filter((flag) => !(findFlag(flags, flag) || OF_OTHERS[id]?.includes(flag)));
      expect(unknown).toEqual([]);
    },
  );
});

describe('a file that a page names', () => {
  /** Paths below a folder of the repository, and the names of files of TypeScript. `src/commands/<path>.ts` is none. */
  const PATH =
    /(?<![\w./<-])((?:src|test|docs|scripts|bin|bench|packaging)\/[\w./-]*\w|[\w-]+(?:\.test)?\.ts)(?![\w<*])/g;
  const named = PAGES.flatMap(({ name, text }) =>
    [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) =>
      [...code.matchAll(PATH)].map(([, file = '']) => ({ file, name })),
    ),
  );

  test('is in the repository', () => {
    expect(named.length).toBeGreaterThan(40);
    const missing = named.filter(({ file }) => !(existsSync(path.join(ROOT, file)) || FILES.includes(file)));
    expect(missing).toEqual([]);
  });

  test('is there when it is linked, with its heading', () => {
    const links = PAGES.flatMap(({ name, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, target = '', heading]) => {
        const file = target === '' ? name : path.join(path.dirname(name), target);
        return { name, file, heading };
      }),
    );
    expect(links.length).toBeGreaterThan(15);
    const broken = links.filter(({ file, heading }) => {
      if (!existsSync(path.join(ROOT, file))) return true;
      return heading !== undefined && !listHeadings(read(file)).includes(heading);
    });
    expect(broken).toEqual([]);
  });
});

/** The anchors that GitHub gives to the headings of a page. */
function listHeadings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  );
}
