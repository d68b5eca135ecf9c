import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type LoginAnswer, readLoginAnswer, readPastedAnswer } from '../../src/lib/auth/login-answer.ts';
import { makeJwt } from '../support/make-token.ts';

const STATE = 'state-of-this-login';
const CODE = makeJwt({ sub: 'auth_code' });
const QUERY = `s=ok&code=200&auth_code=${CODE}&state=${STATE}`;

const read = (query: string): LoginAnswer => readLoginAnswer(new URLSearchParams(query), STATE);
const codeOf = (answer: LoginAnswer): string | undefined =>
  answer.kind === 'granted' ? answer.code.reveal() : answer.kind;
const errorOf = (answer: LoginAnswer) => (answer.kind === 'refused' ? answer.error : undefined);

describe('the answer at the redirect URI', () => {
  it('has the grant in auth_code; code is a status', () => {
    expect(codeOf(read(QUERY))).toBe(CODE);
    expect(errorOf(read(`s=ok&code=${CODE}&state=${STATE}`))).toMatchObject({ code: 'LOGIN_ANSWER_UNUSABLE', exit: 4 });
  });

  it.each([
    ['another state', `s=ok&code=200&auth_code=${CODE}&state=other-of-this-login`],
    ['a longer state', `s=ok&code=200&auth_code=${CODE}&state=${STATE}x`],
    ['no state', `s=ok&code=200&auth_code=${CODE}`],
    ['an empty state', `s=ok&code=200&auth_code=${CODE}&state=`],
    ['an error with another state', 's=error&code=-99&state=other'],
  ])('with %s is the answer to another login', (_, query) => {
    expect(read(query)).toEqual({ kind: 'wrong_state' });
  });

  it.each(['', 's=ok&code=200', 'x=1', `auth_code=${CODE}&auth_code=${CODE}&state=${STATE}`])(
    'is none: %j',
    (query) => {
      expect(read(query)).toEqual({ kind: 'unusable' });
    },
  );

  it.each(['short', '<b>aaaaaaaaaaa</b>', 'a b c d e f g h i', 'x'.repeat(8_193)])('takes no code like %j', (code) => {
    const answer = read(`s=ok&auth_code=${encodeURIComponent(code)}&state=${STATE}`);
    expect(errorOf(answer)?.code).toBe('LOGIN_ANSWER_UNUSABLE');
  });

  it.each([
    ['-371', 'APP_SECRET_REFUSED'],
    ['-374', 'AUTH_CODE_REFUSED'],
    ['-441', 'GRANT_TYPE_REFUSED'],
    ['-352', 'APP_ID_REFUSED'],
    ['-373', 'APP_WITHOUT_PERMISSION'],
    ['401', 'LOGIN_DENIED'],
  ])('is a refusal with the code %s, also without a state', (number, code) => {
    for (const end of ['', `&state=${STATE}`]) {
      const error = errorOf(read(`s=error&code=${number}&message=no${end}`));
      expect([error?.code, error?.exit]).toEqual([code, 4]);
      expect(error?.message).toContain(`(code ${number})`);
    }
  });

  it('repeats no text of a refusal', () => {
    const evil = '<script>alert(1)</script>\x1b[2J';
    const error = errorOf(read(`s=error&code=${encodeURIComponent(evil)}&message=${encodeURIComponent(evil)}`));
    expect([error?.code, error?.message]).toEqual(['LOGIN_DENIED', 'the login was refused on the page of FYERS']);
  });

  it('does not print its code', () => {
    const answer = read(QUERY);
    expect(`${inspect(answer)} ${JSON.stringify(answer)}`).not.toContain(CODE.slice(0, 20));
  });
});

describe('a pasted answer', () => {
  it.each([
    ['the whole address', `http://127.0.0.1:8765/callback?${QUERY}`],
    ['an address elsewhere, in quotes', ` "https://example.com/a?x=1&${QUERY}#top" `],
    ['an address in two lines', `http://127.0.0.1:8765/callback?${QUERY.slice(0, 40)}\r\n${QUERY.slice(40)}`],
    ['the query alone', `?${QUERY}`],
    ['the query without its mark', QUERY],
    ['the code alone', `  ${CODE}\n`],
  ])('may be %s', (_, text) => {
    expect(codeOf(readPastedAnswer(text, STATE))).toBe(CODE);
  });

  it('is compared by its state', () => {
    expect(readPastedAnswer(`http://x/?s=ok&auth_code=${CODE}&state=other`, STATE)).toEqual({ kind: 'wrong_state' });
  });

  it.each(['', ' ', 'http://127.0.0.1:8765/callback', 'https://example.com/?q=1', 'ABCDEFGHIJ-100:abcdefghijkl'])(
    'is none: %j',
    (text) => {
      expect(readPastedAnswer(text, STATE)).toEqual({ kind: 'unusable' });
    },
  );
});
