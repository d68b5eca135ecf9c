import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/*
 * Patterns as shells have them, for shells that did not expand them: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`, and `**` for any
 * folders, none included. Names that begin with a point are matched only by a pattern that does.
 */

const MAGIC = /[*?[{]/;
/** `{a,b}{a,b}...` grows fast. */
const MAX_ALTERNATIVES = 1_000;

export function isPattern(text: string): boolean {
  return MAGIC.test(text);
}

/** The paths that a pattern matches, sorted, each once; none when there is none. */
export async function expandPattern(pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const root = path.isAbsolute(alternative) ? '/' : '';
    const segments = alternative.split('/').filter((segment) => segment !== '');
    for await (const match of matchSegments(root, segments)) found.add(match);
  }
  return [...found].sort();
}

async function* matchSegments(folder: string, segments: readonly string[]): AsyncGenerator<string> {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    if (folder !== '') yield folder;
    return;
  }
  if (segment === '**') {
    yield* matchSegments(folder, rest);
    for (const { name, isFolder } of await list(folder)) {
      if (isFolder && !name.startsWith('.')) yield* matchSegments(path.join(folder, name), segments);
    }
    return;
  }
  if (!isPattern(segment)) {
    const plain = path.join(folder, segment);
    if (await exists(plain)) yield* matchSegments(plain, rest);
    return;
  }
  const expression = toExpression(segment);
  for (const { name } of await list(folder)) {
    if (expression.test(name) && (segment.startsWith('.') || !name.startsWith('.'))) {
      yield* matchSegments(path.join(folder, name), rest);
    }
  }
}

async function list(folder: string): Promise<{ readonly name: string; readonly isFolder: boolean }[]> {
  try {
    const entries = await readdir(folder === '' ? '.' : folder, { withFileTypes: true });
    // A link to a folder above would be followed for ever.
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch {
    return [];
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function toExpression(segment: string): RegExp {
  let source = '';
  for (let at = 0; at < segment.length; at++) {
    const character = segment[at] as string;
    const close = character === '[' ? segment.indexOf(']', at + 2) : -1;
    if (close > 0) {
      const members = segment
        .slice(at + 1, close)
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[');
      source += `[${members.startsWith('!') ? `^${members.slice(1)}` : members.replace(/^\^/, '\\^')}]`;
      at = close;
    } else if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else source += character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // `[z-a]` matches nothing.
    return /(?!)/;
  }
}

/** `a{b,c}d` as `abd` and `acd`, also nested. Braces without a comma or without an end stand for themselves. */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [{ text: pattern, from: 0 }];
  for (let next = open.pop(); next !== undefined && done.length + open.length < MAX_ALTERNATIVES; next = open.pop()) {
    const group = findGroup(next.text, next.from);
    if (group === undefined) {
      done.push(next.text);
      continue;
    }
    const { begin, end, parts } = group;
    const heads = parts.map((part) => next.text.slice(0, begin) + part + next.text.slice(end));
    for (const text of heads.reverse()) open.push({ text, from: begin });
  }
  return done;
}

interface BraceGroup {
  readonly begin: number;
  readonly end: number;
  readonly parts: readonly string[];
}

function findGroup(text: string, from: number): BraceGroup | undefined {
  for (let begin = text.indexOf('{', from); begin >= 0; begin = text.indexOf('{', begin + 1)) {
    const parts: string[] = [];
    let depth = 0;
    let partAt = begin + 1;
    for (let at = begin; at < text.length; at++) {
      if (text[at] === '{') depth++;
      const isEnd = text[at] === '}' && --depth === 0;
      if (isEnd || (text[at] === ',' && depth === 1)) {
        parts.push(text.slice(partAt, at));
        partAt = at + 1;
      }
      if (!isEnd) continue;
      if (parts.length > 1) return { begin, end: at + 1, parts };
      break;
    }
  }
  return undefined;
}
