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

/** The paths that a pattern matches, sorted, each once; empty without a match. */
export async function expandPattern(pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const root = path.isAbsolute(alternative) ? '/' : '';
    const components = alternative.split('/').filter((component) => component !== '');
    for await (const match of new Expansion().match(root, components)) found.add(match);
  }
  return [...found].sort();
}

/** The walk of one pattern through the folders. */
class Expansion {
  /** Several `**` lead to a folder in many ways: each folder is visited once. */
  readonly #seen = new Set<string>();

  async *match(folder: string, components: readonly string[]): AsyncGenerator<string> {
    const place = `${components.length} ${folder}`;
    if (this.#seen.has(place)) return;
    this.#seen.add(place);
    const [component, ...rest] = components;
    if (component === undefined) {
      if (folder !== '') yield folder;
      return;
    }
    if (component === '**') {
      yield* this.match(folder, rest);
      for (const { name, isFolder } of await list(folder)) {
        if (isFolder && !name.startsWith('.')) yield* this.match(path.join(folder, name), components);
      }
      return;
    }
    if (!isPattern(component)) {
      const plain = path.join(folder, component);
      if (await exists(plain)) yield* this.match(plain, rest);
      return;
    }
    const matches = createMatcher(component);
    for (const { name } of await list(folder)) {
      if (matches(name) && (component.startsWith('.') || !name.startsWith('.'))) {
        yield* this.match(path.join(folder, name), rest);
      }
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

/**
 * What decides whether a name matches. The text between stars is searched from left to right: one regular expression with several
 * stars takes minutes for a name that nearly matches, in libraries (picomatch), too.
 */
function createMatcher(component: string): (name: string) => boolean {
  const parts = splitAtStars(component);
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return createTest(`^(?:${first})$`);
  const beginsWith = createSearch(`^(?:${first})`);
  const middles = rest.filter((part) => part !== '').map(createSearch);
  const endsWith = createSearch(`(?:${last})$`);
  return (name) => {
    let at = beginsWith(name, 0);
    for (const middle of middles) {
      if (at >= 0) at = middle(name, at);
    }
    return at >= 0 && endsWith(name, at) >= 0;
  };
}

/** Where what is found ends, or -1. */
type Search = (name: string, from: number) => number;

function createSearch(source: string): Search {
  const expression = compile(source, 'gs');
  return (name, from) => {
    expression.lastIndex = from;
    return expression.test(name) ? expression.lastIndex : -1;
  };
}

function createTest(source: string): (name: string) => boolean {
  const expression = compile(source, 's');
  return (name) => expression.test(name);
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    // `[z-a]` matches nothing.
    return new RegExp('(?!)', flags);
  }
}

/** The expressions for what stands between the stars; each matches texts of one length. */
function splitAtStars(component: string): string[] {
  const parts = [''];
  for (let at = 0; at < component.length; at++) {
    const character = component[at] as string;
    const close = character === '[' ? component.indexOf(']', at + 2) : -1;
    if (character === '*') {
      parts.push('');
      continue;
    }
    let source = character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    if (close > 0) {
      const members = component
        .slice(at + 1, close)
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[');
      source = `[${members.startsWith('!') ? `^${members.slice(1)}` : members.replace(/^\^/, '\\^')}]`;
      at = close;
    } else if (character === '?') source = '.';
    parts[parts.length - 1] += source;
  }
  return parts;
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
