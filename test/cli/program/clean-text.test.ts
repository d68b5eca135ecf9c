import { describe, expect, test } from 'vitest';
import { cleanText } from '../../../src/lib/cli/program/reporter.ts';

const TOKEN = `eyJhbGciOiJIUzI1NiJ9.${'p'.repeat(20)}.${'s'.repeat(20)}`;

describe('cleanText', () => {
  test.each([
    ['keeps plain text and tabs', 'NSE:M&M-EQ\t610.5', 'NSE:M&M-EQ\t610.5'],
    ['keeps wide characters, emoji and combining marks', '東京 👍 cafe\u0301', '東京 👍 cafe\u0301'],
    ['makes one line of several', 'one\r\ntwo\nthree', 'one two three'],
    ['drops colours', '\x1b[1;31mred\x1b[0m text', 'red text'],
    ['drops sequences that move the cursor', 'a\x1b[2J\x1b[1;1Hb', 'ab'],
    ['drops links and keeps their text', '\x1b]8;;http://localhost\x07here\x1b]8;;\x07', 'here'],
    ['replaces a lone escape and 8-bit controls', 'a\x1b b\u0085c\u009f', 'a  b c '],
    ['hides a token', `refused ${TOKEN}!`, 'refused <token>!'],
    ['hides a token that was cut', `refused ${TOKEN.slice(0, 30)}`, 'refused <token>'],
    ['hides a token with a colour inside', `refused ${TOKEN.slice(0, 8)}\x1b[31m${TOKEN.slice(8)}`, 'refused <token>'],
  ])('%s', (_, text, clean) => expect(cleanText(text)).toBe(clean));
});
