import { describe, expect, test } from 'vitest';
import { renderCheck } from '../../../src/lib/cli/doctor/check-text.ts';

const NO_TOKEN = {
  check: 'token',
  status: 'failed',
  message: 'no FYERS access token was given',
  hint: 'run tickpipe login, set FYERS_ACCESS_TOKEN to APPID:TOKEN, or use --token-file',
} as const;

describe('a check', () => {
  test('is one line where there is room, or no terminal', () => {
    const line = `failed   token          ${NO_TOKEN.message}; hint: ${NO_TOKEN.hint}\n`;
    expect(renderCheck(NO_TOKEN, { width: Number.POSITIVE_INFINITY, hasColor: false })).toBe(line);
    expect(renderCheck(NO_TOKEN, { width: line.length - 1, hasColor: false })).toBe(line);
  });

  test('is broken between words on a narrow terminal, with the hint on a line of its own', () => {
    expect(renderCheck(NO_TOKEN, { width: 80, hasColor: true })).toBe(
      [
        '\u001b[31mfailed \u001b[39m  token          no FYERS access token was given',
        '                        hint: run tickpipe login, set FYERS_ACCESS_TOKEN to',
        '                        APPID:TOKEN, or use --token-file',
        '',
      ].join('\n'),
    );
  });
});
