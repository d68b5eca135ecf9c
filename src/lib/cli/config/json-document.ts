/*
 * Changes to the text of a JSON file that leave everything else in it as the user wrote it: order, blanks, line ends. The texts are
 * valid JSON (`JSON.parse` has read them), so finding the places of values needs no second parser of the language.
 */

/** A part of the text, by its first character and the one after its last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: JsonNode;
}

interface JsonNode extends Span {
  /** Of an object; undefined for any other value. */
  readonly members?: readonly Member[];
}

export type Json = string | number | boolean | { readonly [key: string]: Json };

/** Strings, brackets and separators, and whatever else is no blank: numbers and words. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const DEFAULT_INDENT = '  ';

/** The line of a key, from 1; `undefined` when it is not there. @param path keys from the outermost object inwards */
export function findLine(text: string, path: readonly string[]): number | undefined {
  const member = findMember(readDocument(text), path);
  return member && text.slice(0, member.keySpan.start).split(/\r\n|\r|\n/).length;
}

/**
 * The text with a value at this path. Objects on the way are made when they are missing.
 * Throws a `TypeError` naming the path when there is something else than an object on the way.
 */
export function setValue(text: string, path: readonly string[], value: Json): string {
  const root = readDocument(text);
  let node = root;
  for (const [depth, key] of path.entries()) {
    if (node.members === undefined) throw new TypeError(path.slice(0, depth).join('.'));
    const member = findLast(node.members, key);
    const rest = path.slice(depth + 1);
    if (member === undefined) return insert(text, node, depth, key, nest(rest, value));
    if (rest.length === 0) return splice(text, member.value, JSON.stringify(value));
    node = member.value;
  }
  return text;
}

/** The text without the key at this path; the same text when it is not there. */
export function removeKey(text: string, path: readonly string[]): string {
  let rest = text;
  // The key may stand there twice.
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = removeLast(rest, path);
  }
  return rest;
}

function removeLast(text: string, path: readonly string[]): string {
  const parent = path.length === 1 ? readDocument(text) : findMember(readDocument(text), path.slice(0, -1))?.value;
  const members = parent?.members ?? [];
  const key = path.at(-1);
  const at = members.findLastIndex((member) => member.key === key);
  const [member, before, after] = [members[at], members[at - 1], members[at + 1]];
  if (parent === undefined || member === undefined) return text;
  if (after) return splice(text, { start: member.keySpan.start, end: after.keySpan.start }, '');
  if (before) return splice(text, { start: before.value.end, end: member.value.end }, '');
  return splice(text, parent, '{}');
}

/** Adds a member at the end of an object, in the style of the last one. */
function insert(text: string, node: JsonNode, depth: number, key: string, value: Json): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const members = node.members ?? [];
  const last = members.at(-1);
  if (last === undefined) {
    const isInline = depth > 0 && !text.trim().includes('\n');
    const pad = isInline ? '' : newline + indentOf(text).repeat(depth + 1);
    const end = isInline ? '' : newline + indentOf(text).repeat(depth);
    const member = `${JSON.stringify(key)}:${isInline ? '' : ' '}${render(value, isInline ? '' : pad, text)}`;
    return splice(text, node, `{${pad}${member}${end}}`);
  }
  const start = members.at(-2)?.value.end ?? node.start;
  // Between the comma or the bracket and the key.
  const pad = text.slice(text.indexOf(members.length > 1 ? ',' : '{', start) + 1, last.keySpan.start);
  const colon = text.slice(last.keySpan.end, last.value.start);
  const member = `,${pad}${JSON.stringify(key)}${colon}${render(value, pad, text)}`;
  return splice(text, { start: last.value.end, end: last.value.end }, member);
}

/** @param pad what stands before the value's key: with a line end in it, objects go over several lines */
function render(value: Json, pad: string, text: string): string {
  const isInline = !/[\r\n]/.test(pad);
  if (isInline) return JSON.stringify(value);
  return JSON.stringify(value, null, indentOf(text)).replaceAll('\n', pad.slice(pad.search(/[\r\n]/)));
}

/** The blanks of the first line that has some. */
function indentOf(text: string): string {
  return /[\r\n]([ \t]+)\S/.exec(text)?.[1] ?? DEFAULT_INDENT;
}

function nest(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
}

function splice(text: string, { start, end }: Span, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function findMember(root: JsonNode, path: readonly string[]): Member | undefined {
  let members = root.members;
  let found: Member | undefined;
  for (const key of path) {
    found = members && findLast(members, key);
    members = found?.value.members;
  }
  return found;
}

/** Of a key that stands twice the last counts, as for `JSON.parse`. */
function findLast(members: readonly Member[], key: string): Member | undefined {
  return members.findLast((member) => member.key === key);
}

/** An object or a list that is not closed yet. */
interface Open {
  readonly start: number;
  readonly members: Member[] | undefined;
  /** The key whose value comes next. */
  key: { readonly text: string; readonly span: Span } | undefined;
}

/** The places of all objects and keys. Without recursion: a text may be nested without end. */
function readDocument(text: string): JsonNode {
  const open: Open[] = [];
  let root: JsonNode = { start: 0, end: text.length };
  const take = (node: JsonNode): void => {
    const outer = open.at(-1);
    if (outer === undefined) root = node;
    if (outer?.members === undefined || outer.key === undefined) return;
    outer.members.push({ key: outer.key.text, keySpan: outer.key.span, value: node });
    outer.key = undefined;
  };
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    const span = { start: match.index, end: match.index + token.length };
    const inner = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({ start: span.start, members: token === '{' ? [] : undefined, key: undefined });
    } else if (token === '}' || token === ']') {
      open.pop();
      take({ start: inner?.start ?? 0, end: span.end, ...(inner?.members && { members: inner.members }) });
    } else if (token === ',' || token === ':') {
      // They stand between what is taken.
    } else if (inner?.members && inner.key === undefined) {
      inner.key = { text: JSON.parse(token) as string, span };
    } else {
      take(span);
    }
  }
  return root;
}
