import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  chooseLevel,
  cleanText,
  type LogFormat,
  Reporter,
  type ReportLevel,
} from '../../../src/lib/cli/program/reporter.ts';
import { CaptureStream } from './capture-stream.ts';

const TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhY2Nlc3MifQ.c2lnbmF0dXJl';
const REPORT = { code: 'NO_TOKEN', message: 'no token', hint: 'set one', exit: 4 } as const;

function say(level: ReportLevel, format: LogFormat = 'text') {
  const stream = new CaptureStream();
  const reporter = new Reporter(stream, { level, format });
  reporter.info('ticks from the simulator', { simulated: true });
  reporter.warn('silent: NSE:X-EQ', { symbols: ['NSE:X-EQ'] });
  reporter.notice('connected again');
  reporter.shortfall('unknown: NSE:Y-EQ');
  reporter.detail('3 topics');
  reporter.error(REPORT);
  return stream.lines;
}

describe('levels', () => {
  const error = ['error: no token', 'hint: set one'];
  const shortfall = 'warning: unknown: NSE:Y-EQ';
  const warnings = ['warning: silent: NSE:X-EQ', 'connected again', shortfall];
  test('quiet prints errors, and the reason of a status other than 0', () => {
    expect(say('quiet')).toEqual([shortfall, ...error]);
  });
  test('off a terminal: warnings and their end', () => {
    expect(say('warnings')).toEqual([...warnings, ...error]);
  });
  test('normal also prints information', () => {
    expect(say('normal')).toEqual(['ticks from the simulator', ...warnings, ...error]);
  });
  test('verbose prints everything', () => {
    expect(say('verbose')).toEqual(['ticks from the simulator', ...warnings, '3 topics', ...error]);
  });
  test.each([
    [{ quiet: false, verbose: false }, true, 'normal'],
    [{ quiet: false, verbose: false }, false, 'warnings'],
    [{ quiet: false, verbose: true }, false, 'verbose'],
    [{ quiet: true, verbose: false }, true, 'quiet'],
  ] as const)('%j on a terminal (%s): %s', (flags, isTTY, level) => {
    expect(chooseLevel(flags, { isTTY })).toBe(level);
  });
});

test('JSON is one object a line, with the fields', () => {
  expect(say('verbose', 'json').map((line) => JSON.parse(line))).toEqual([
    { type: 'info', message: 'ticks from the simulator', simulated: true },
    { type: 'warning', message: 'silent: NSE:X-EQ', symbols: ['NSE:X-EQ'] },
    { type: 'info', message: 'connected again' },
    { type: 'warning', message: 'unknown: NSE:Y-EQ' },
    { type: 'detail', message: '3 topics' },
    { type: 'error', ...REPORT },
  ]);
});

describe('text from other programs', () => {
  test.each(['text', 'json'] as const)('prints no token and no control character as %s', (format) => {
    const stream = new CaptureStream();
    const reporter = new Reporter(stream, { level: 'normal', format });
    reporter.info(`refused AB12-100:${TOKEN}\r\nerror: forged \u001b]0;title\u0007`, { answer: `${TOKEN}\u001b[2J` });
    expect(stream.text).not.toMatch(/eyJ/);
    expect(stream.lines).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stream.lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  test('keeps JSON valid', () => {
    const stream = new CaptureStream();
    new Reporter(stream, { level: 'normal', format: 'json' }).warn('a "quoted"\nline', { path: 'C:\\new', gone: null });
    expect(JSON.parse(stream.text)).toEqual({
      type: 'warning',
      message: 'a "quoted" line',
      path: 'C:\\new',
      gone: null,
    });
  });
});

describe('a stream that fails', () => {
  test('loses only the message', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const reporter = new Reporter(broken, { level: 'normal', format: 'text' });
    reporter.info('one');
    await new Promise((resolve) => broken.once('close', resolve));
    expect(() => reporter.error(REPORT)).not.toThrow();
  });

  test('gets one listener from several reporters', () => {
    const stream = new CaptureStream();
    for (let n = 0; n < 20; n++) new Reporter(stream, { level: 'normal', format: 'text' });
    expect(stream.listenerCount('error')).toBe(1);
  });
});

const LONG_TOKEN = `eyJhbGciOiJIUzI1NiJ9.${'p'.repeat(20)}.${'s'.repeat(20)}`;

describe('cleanText', () => {
  test.each([
    ['keeps plain text and tabs', 'NSE:M&M-EQ\t610.5', 'NSE:M&M-EQ\t610.5'],
    ['keeps wide characters, emoji and combining marks', '東京 👍 cafe\u0301', '東京 👍 cafe\u0301'],
    ['makes one line of several', 'one\r\ntwo\nthree', 'one two three'],
    ['drops colours', '\x1b[1;31mred\x1b[0m text', 'red text'],
    ['drops sequences that move the cursor', 'a\x1b[2J\x1b[1;1Hb', 'ab'],
    ['drops links and keeps their text', '\x1b]8;;http://localhost\x07here\x1b]8;;\x07', 'here'],
    ['replaces a lone escape and 8-bit controls', 'a\x1b b\u0085c\u009f', 'a  b c '],
    ['hides a token', `refused ${LONG_TOKEN}!`, 'refused <token>!'],
    ['hides a token that was cut', `refused ${LONG_TOKEN.slice(0, 30)}`, 'refused <token>'],
    [
      'hides a token with a colour inside',
      `refused ${LONG_TOKEN.slice(0, 8)}\x1b[31m${LONG_TOKEN.slice(8)}`,
      'refused <token>',
    ],
  ])('%s', (_, text, clean) => expect(cleanText(text)).toBe(clean));
});
