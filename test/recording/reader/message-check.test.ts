import { describe, expect, test } from 'vitest';
import { checkMessageLine, parseMessageLine } from '../../../src/lib/recording/reader/message-check.ts';

const check = (text: string): number => checkMessageLine(Buffer.from(text), 0, Buffer.byteLength(text));

describe('a line of a raw recording', () => {
  test.each(['', 'AAAA', 'AAA=', 'AA==', '+/09'])('with the message %j is one', (message) => {
    const line = `{"at":1795408200000,"connection":2,"message":"${message}"}\n`;
    expect(check(line)).toBe(line.length);
    expect(parseMessageLine(Buffer.from(line))).toEqual({
      at: 1_795_408_200_000,
      connection: 2,
      bytes: Buffer.from(message, 'base64'),
    });
  });

  test.each([
    '{"at":1,"connection":2,"message":"A"}\n',
    '{"at":1,"connection":2,"message":"A==="}\n',
    '{"at":1,"connection":2,"message":"AA=A"}\n',
    '{"at":1,"connection":2,"message":"AA A"}\n',
    '{"at":-1,"connection":2,"message":""}\n',
    '{"at":01,"connection":2,"message":""}\n',
    '{"at":1.5,"connection":2,"message":""}\n',
    '{"at":1111111111111111,"connection":2,"message":""}\n',
    '{"at":1,"message":""}\n',
    '{"at":1,"connection":2,"message":""}',
    '{"at":1,"connection":2,"message":"AAAA',
    '\n',
  ])('%j is none', (line) => expect(check(line)).toBe(-1));
});
