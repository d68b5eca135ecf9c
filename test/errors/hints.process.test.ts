import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findHelpTopic } from '../../src/lib/cli/help/topics.ts';
import { ROUTES } from '../../src/lib/hub/protocol/requests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('web'))
  .map((name) => ({ name, text: readFileSync(path.join(ROOT, 'src', name), 'utf8') }));

interface Manifest {
  readonly commands: Readonly<Record<string, { readonly flags: Readonly<Record<string, { allowNo?: boolean }>> }>>;
}
const { commands }: Manifest = JSON.parse(readFileSync(path.join(ROOT, 'oclif.manifest.json'), 'utf8'));
const COMMANDS = new Set(Object.keys(commands).map((id) => id.replaceAll(':', ' ')));
const TOPICS = new Set([...COMMANDS].map((words) => words.split(' ')[0]));
const FLAGS = new Set(Object.values(commands).flatMap(({ flags }) => Object.keys(flags)));
const PACKAGE: { readonly files: readonly string[] } = JSON.parse(
  readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
);

/** What people may read: the texts of the sources without their comments, `${...}` left as it stands. */
const TEXTS = SOURCES.flatMap(({ name, text }) =>
  [...stripComments(text).matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    (match) => ({
      name,
      text: match[1] ?? match[2] ?? match[3] ?? '',
    }),
  ),
);

function stripComments(text: string): string {
  return text.replace(/^\s*\/\/.*$/gm, '').replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, '');
}

/** All matches of a pattern's first group in the texts, each with the file that it stands in. */
function findAll(pattern: RegExp): [found: string, where: string][] {
  const found = TEXTS.flatMap(({ name, text }) =>
    [...text.matchAll(pattern)].map((match): [string, string] => [match[1] ?? '', name]),
  );
  return [...new Map(found.map((one) => [one.join(' '), one])).values()];
}

/** Words that follow the program's name where it is no command line. */
const PROSE = new Set(['of', 'is', 'that', 'hub', 'for']);
/** Flags of other programs, and what only looks like one. */
const FOREIGN_FLAGS = new Set([
  'wait',
  'hostname',
  'max-semi-space-size',
  'semi-space-growth-factor',
  'optimize-for-size',
  'unbuffered',
]);
const FOREIGN_PAGES = new Set<string>([]);

describe('what the program says exists', () => {
  test('is looked for in all its texts', () => {
    expect(findAll(/tickpipe ([a-z]+(?: [a-z]+)?)/g).length).toBeGreaterThan(5);
    expect(findAll(/(?<![\w-])--([a-z][a-z-]+)/g).length).toBeGreaterThan(20);
    expect(findAll(/([\w.-]+\.md)\b/g).length).toBeGreaterThan(0);
  });

  test.each(findAll(/tickpipe ([a-z]+(?: [a-z][a-z-]*)?)/g))('command: tickpipe %s (%s)', (words) => {
    const [first = '', second = ''] = words.split(' ');
    if (first === 'help') return expect(second === '' || findHelpTopic(second), words).toBeTruthy();
    if (PROSE.has(first)) return;
    expect(COMMANDS.has(words) || COMMANDS.has(first) || TOPICS.has(first), words).toBe(true);
    if (!COMMANDS.has(first)) expect(COMMANDS, `tickpipe ${first} is a group of commands`).toContain(words);
  });

  test.each(findAll(/(?<![\w-])--([a-z][a-z-]+)/g))('flag: --%s (%s)', (flag) => {
    const isKnown = (name: string): boolean => FLAGS.has(name) || FOREIGN_FLAGS.has(name);
    expect(isKnown(flag) || flag === 'version' || isKnown(flag.replace(/^no-/, '')), flag).toBe(true);
  });

  test.each(findAll(/((?:docs\/)?[\w.-]+\.md)\b/g))('page: %s (%s)', (page) => {
    if (FOREIGN_PAGES.has(page)) return;
    expect(existsSync(path.join(ROOT, page)), page).toBe(true);
    expect(PACKAGE.files, 'what is packed').toContain(page.split('/')[0]);
  });

  test.each(findAll(/\b(TICKPIPE_[A-Z_]*[A-Z])\b/g))('variable: %s (%s)', (variable) => {
    const flag = variable.slice('TICKPIPE_'.length).toLowerCase().replaceAll('_', '-');
    const isRead = SOURCES.some(({ text }) => text.includes(`env['${variable}']`) || text.includes(`= '${variable}'`));
    expect(FLAGS.has(flag) || isRead || READ_BY_NAME.has(variable), variable).toBe(true);
  });

  test('a path of the API that is named is served', () => {
    const served = new Set(Object.values(ROUTES).map(({ path: route }): string => route));
    const named = findAll(/(\/(?:openapi\.json|healthz|metrics))/g).map(([route]) => route);
    for (const route of named) expect(served, route).toContain(route);
    expect(named.length).toBeGreaterThan(0);
  });
});

/** Endpoints, whose names are listed in one table. */
const READ_BY_NAME = new Set(['TICKPIPE_SOCKET_URL', 'TICKPIPE_DATA_URL', 'TICKPIPE_AUTH_URL', 'TICKPIPE_MASTER_URL']);

test('the pages that README links to come with the package', () => {
  const linked = [...readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/\]\((?!http)([^)#]+)/g)].map(
    ([, target = '']) => target,
  );
  expect(linked.length).toBeGreaterThan(5);
  // npm adds these by itself.
  const packed = new Set([...PACKAGE.files, 'README.md', 'LICENSE']);
  for (const target of linked) {
    expect(existsSync(path.join(ROOT, target)), target).toBe(true);
    expect(packed.has(target) || packed.has(target.split('/')[0] ?? ''), target).toBe(true);
  }
});
