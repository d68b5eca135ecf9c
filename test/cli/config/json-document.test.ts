import { describe, expect, test } from 'vitest';
import { findLine, removeKey, setValue } from '../../../src/lib/cli/config/json-document.ts';
import { chooseSeed, seededRandom } from '../../support/random.ts';

const KEY = ['profiles', 'desk', 'count'];

describe('a value is set', () => {
  test.each([
    ['in an empty object', '{}\n', '{\n  "profiles": {\n    "desk": {\n      "count": 5\n    }\n  }\n}\n'],
    ['beside another key', '{"a":1}', '{"a":1,"profiles":{"desk":{"count":5}}}'],
    [
      'beside others on one line',
      '{ "profiles": { "desk": { "time": "iso" } } }',
      '{ "profiles": { "desk": { "time": "iso", "count": 5 } } }',
    ],
    [
      'on lines of their own, with tabs and CRLF',
      '{\r\n\t"profiles": {\r\n\t\t"desk": {\r\n\t\t\t"a" : 1,\r\n\t\t\t"b" : [1, 2]\r\n\t\t}\r\n\t}\r\n}\r\n',
      '{\r\n\t"profiles": {\r\n\t\t"desk": {\r\n\t\t\t"a" : 1,\r\n\t\t\t"b" : [1, 2],\r\n\t\t\t"count" : 5\r\n\t\t}\r\n\t}\r\n}\r\n',
    ],
    [
      'in an empty profile',
      '{\n    "profiles": {\n        "desk": {}\n    }\n}',
      '{\n    "profiles": {\n        "desk": {\n            "count": 5\n        }\n    }\n}',
    ],
    [
      'in a new profile after the last',
      '{\n  "profiles": {\n    "x": { "a": 1 }\n  }\n}',
      '{\n  "profiles": {\n    "x": { "a": 1 },\n    "desk": {\n      "count": 5\n    }\n  }\n}',
    ],
    [
      'in place of another value',
      '{"profiles":{"desk":{"count" : [1,\n2],"b":"}"}}}',
      '{"profiles":{"desk":{"count" : 5,"b":"}"}}}',
    ],
    [
      'where a key that stands twice counts',
      '{"profiles":{"desk":{"count":1,"count":2}}}',
      '{"profiles":{"desk":{"count":1,"count":5}}}',
    ],
    [
      'under a key that is written with escapes',
      '{"profiles":{"d\\u0065sk":{"b":"\\\\\\"{"}}}',
      '{"profiles":{"d\\u0065sk":{"b":"\\\\\\"{","count":5}}}',
    ],
  ])('%s', (_, text, expected) => expect(setValue(text, KEY, 5)).toBe(expected));

  test('not where something else than an object is on the way', () => {
    expect(() => setValue('{"profiles":[1]}', KEY, 5)).toThrow(new TypeError('profiles'));
    expect(() => setValue('[]', KEY, 5)).toThrow(new TypeError(''));
    expect(() => setValue('7', KEY, 5)).toThrow(new TypeError(''));
  });
});

describe('a key is removed', () => {
  test.each([
    ['the only one', '{"profiles":{"desk":{ "count": 1 }}}', '{"profiles":{"desk":{}}}'],
    ['the first', '{"profiles":{"desk":{"count":1, "b":2}}}', '{"profiles":{"desk":{"b":2}}}'],
    [
      'the last, on a line of its own',
      '{"profiles":{"desk":{\n  "a": 1,\n  "count": {"x": [1]}\n}}}',
      '{"profiles":{"desk":{\n  "a": 1\n}}}',
    ],
    ['one that stands twice', '{"profiles":{"desk":{"count":1,"a":0,"count":2}}}', '{"profiles":{"desk":{"a":0}}}'],
    ['none that is not there', '{"profiles":{"desk":{"a":1}}}', '{"profiles":{"desk":{"a":1}}}'],
    [
      'none of a profile that is not there',
      '{"profiles":[{"desk":{"count":1}}]}',
      '{"profiles":[{"desk":{"count":1}}]}',
    ],
  ])('%s', (_, text, expected) => expect(removeKey(text, KEY)).toBe(expected));
});

test('the line of a key is found, whatever ends the lines', () => {
  expect(findLine('{\r\n"profiles":\r\n{"desk":{\n\n"count":\n1}}}', KEY)).toBe(5);
  expect(findLine('{"profiles":{"desk":{"other":{"count":1}}}}', KEY)).toBeUndefined();
  expect(findLine('{}', ['profiles'])).toBeUndefined();
});

test('nesting without end is no trouble', () => {
  const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  expect(setValue(deep, ['b'], true)).toBe(`${deep.slice(0, -1)},"b":true}`);
});

test('any change of any document is the change of its value, in the same order', () => {
  const random = seededRandom(chooseSeed('json-document'));
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const names = ['profiles', 'desk', 'count', 'a"b', 'ä\\', ''];
  const make = (depth: number): unknown => {
    const kind = depth === 0 ? 'leaf' : pick(['leaf', 'object', 'object', 'list']);
    if (kind === 'leaf') return pick([1, -2.5e3, 'te}xt,"', true, null, '']);
    if (kind === 'list') return Array.from({ length: Math.floor(random() * 3) }, () => make(depth - 1));
    return Object.fromEntries(names.filter(() => random() < 0.4).map((name) => [name, make(depth - 1)]));
  };
  let changes = 0;
  for (let round = 0; round < 2_000; round++) {
    const value = Object.fromEntries(names.map((name) => [name, make(3)]));
    const text = JSON.stringify(value, null, pick([0, 1, 2, '\t']));
    const keys = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(names));
    const label = `round ${round}, ${JSON.stringify(keys)}: ${text}`;
    expect(JSON.stringify(JSON.parse(removeKey(text, keys))), label).toBe(JSON.stringify(change(value, keys)));
    const changed = change(value, keys, 'new');
    if (changed === undefined) expect(() => setValue(text, keys, 'new'), label).toThrow(TypeError);
    else expect(JSON.stringify(JSON.parse(setValue(text, keys, 'new'))), label).toBe(JSON.stringify(changed));
    if (changed !== undefined) changes++;
  }
  expect(changes).toBeGreaterThan(200);
});

/** The same change made to the value. Undefined when a value cannot be put there. Without `to` the key is removed. */
function change(value: unknown, keys: readonly string[], to?: string): unknown {
  const copy: unknown = structuredClone(value);
  let holder = copy;
  for (const key of keys.slice(0, -1)) {
    if (!isObject(holder)) return to === undefined ? copy : undefined;
    if (!(key in holder)) {
      if (to === undefined) return copy;
      holder[key] = {};
    }
    holder = holder[key];
  }
  if (!isObject(holder)) return to === undefined ? copy : undefined;
  const last = keys.at(-1) as string;
  if (to === undefined) delete holder[last];
  else holder[last] = to;
  return copy;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
