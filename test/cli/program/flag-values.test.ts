import { describe, expect, test } from 'vitest';
import * as read from '../../../src/lib/cli/program/flag-values.ts';
import { InvalidValue } from '../../../src/lib/errors/invalid-value.ts';

describe('readInteger', () => {
  test.each([
    ['1', 1],
    ['007', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s', (text, value) => expect(read.readInteger(text, 1)).toBe(value));

  test.each(['0', '-1', '+1', '1.5', '1e3', '0x10', '', ' ', '１', '9007199254740993', '99999999999999999'])(
    'refuses %j',
    (text) => {
      expect(() => read.readInteger(text, 1)).toThrow(InvalidValue);
    },
  );

  test('names the range', () => {
    expect(() => read.readInteger('11', 0, 10)).toThrow('expected a whole number from 0 to 10, not "11"');
    expect(() => read.readInteger('x'.repeat(5_000), 1)).toThrow(/^.{0,160}$/);
  });
});

test('readList trims, drops empty and repeated names, and needs at least one', () => {
  expect(read.readList(' ltp, bid,,ltp ')).toEqual(['ltp', 'bid']);
  for (const text of ['', ',', ' , ']) expect(() => read.readList(text)).toThrow('expected names between commas');
  expect(() => read.readList(Array.from({ length: 201 }, (_, n) => `f${n}`).join())).toThrow('at most 200');
});

test('readBoolean knows the usual words in any case', () => {
  for (const text of ['1', 'true', 'YES', 'On', ' true ']) expect(read.readBoolean(text)).toBe(true);
  for (const text of ['0', 'false', 'No', 'OFF']) expect(read.readBoolean(text)).toBe(false);
  for (const text of ['', '2', 'y', 'nope']) expect(() => read.readBoolean(text)).toThrow('expected 1, true, yes');
});

test('readPath refuses a text that cannot be a name', () => {
  expect(read.readPath('a b')).toBe('a b');
  for (const text of ['', 'a\0b']) expect(() => read.readPath(text)).toThrow('expected the name of a file');
});

describe('readFeed', () => {
  test.each(['fyers', 'sim'])('%s', (text) => expect(read.readFeed(text)).toBe(text));

  test.each([
    ['ws://127.0.0.1:8001', 'ws://127.0.0.1:8001/'],
    ['WSS://hub/', 'wss://hub/'],
    ['ws://[::1]:8001', 'ws://[::1]:8001/'],
    ['http://127.0.0.1:8001', 'ws://127.0.0.1:8001/'],
    ['HTTPS://hub/', 'wss://hub/'],
    ['127.0.0.1:8001', 'ws://127.0.0.1:8001/'],
    ['localhost:8001/', 'ws://localhost:8001/'],
    ['[::1]:8001', 'ws://[::1]:8001/'],
  ])('%s is a hub', (text, href) => expect(read.readFeed(text)).toEqual(new URL(href)));

  test.each([
    ['ws://', 'expected an address as in ws://127.0.0.1:8001'],
    ['ws://a b', 'expected an address as in ws://127.0.0.1:8001'],
    ['ws://hub/path', 'expected an address without a path'],
    ['WSS://hub/?token=hunter2', 'expected scheme, host and port only; a token goes into --hub-token-file'],
    ['wss://me:hunter2@hub', 'expected scheme, host and port only; a token goes into --hub-token-file'],
    ['http://me:hunter2@hub', 'expected scheme, host and port only; a token goes into --hub-token-file'],
    ['http://hub/openapi.json', 'expected an address without a path'],
    ['localhost:99999', 'expected an address as in ws://127.0.0.1:8001'],
    ['ftp://me:hunter2@hub', 'expected fyers, sim, file:PATH or ws://HOST:PORT'],
    ['ws://hub/#hunter2', 'expected scheme, host and port only; a token goes into --hub-token-file'],
  ])('refuses %s without repeating it', (text, message) => {
    expect(() => read.readFeed(text)).toThrow(new RegExp(`^${message}$`));
  });

  test.each([
    ['file:ticks/day 1', 'ticks/day 1'],
    ['FILE:/data/*.gz', '/data/*.gz'],
    ['file:///data/a%20b', '/data/a b'],
  ])('%s is a recording', (text, recording) => expect(read.readFeed(text)).toEqual({ recording }));

  test.each(['file:', 'file:////%zz'])('refuses %s', (text) => {
    expect(() => read.readFeed(text)).toThrow(/^expected (the name of a file|file:PATH)/);
  });

  test.each(['', 'SIM', 'live'])('refuses %j', (text) => {
    expect(() => read.readFeed(text)).toThrow('expected fyers, sim, file:PATH or ws://HOST:PORT');
  });
});

describe('readSpeed', () => {
  test.each([
    ['1', 1],
    ['10', 10],
    ['10x', 10],
    ['0.5', 0.5],
    ['max', Number.POSITIVE_INFINITY],
    ['MAX', Number.POSITIVE_INFINITY],
  ])('%s', (text, speed) => expect(read.readSpeed(text)).toBe(speed));

  test.each(['0', '-1', '', 'fast', '1e3', '9999999', '0.0', 'Infinity'])('refuses %j', (text) => {
    expect(() => read.readSpeed(text)).toThrow('expected a number over 0, as in 10, or max');
  });
});
