import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAccessToken, parseAccessToken } from '../../src/lib/auth/access-token.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { makeJwt, makeToken } from '../support/make-token.ts';

const NOW = Date.parse('2026-11-23T10:00:00+05:30');

function failureOf(action: () => unknown): TickpipeError {
  try {
    action();
  } catch (error) {
    if (error instanceof TickpipeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Everything of an error that could reach a terminal or a log. */
const showAll = (error: Error): string =>
  [
    error.message,
    error.stack,
    String(error),
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
  ].join('\n');

function expectNoPieceOf(secret: string, shown: string): void {
  for (let at = 0; at + 8 <= secret.length; at++) {
    if (shown.includes(secret.slice(at, at + 8))) throw new Error(`8 characters of the secret at ${at} are shown`);
  }
}

describe('parseAccessToken', () => {
  it('reads APPID:JWT', () => {
    const token = parseAccessToken(makeToken());
    expect(token.appId).toBe('TESTAPP001-100');
    expect(token.jwt).toBe(makeJwt());
    expect(token.hsmKey).toBe('ab12'.repeat(14));
    expect(token.expiresAtMs).toBe(Date.parse('2026-11-24T00:30:00Z'));
    expect(token.userId).toBe('XT00001');
    expect(token.subject).toBe('access_token');
    expect(token.simulated).toBe(false);
  });

  it('reads a bare JWT with the app id beside it, and prefers the app id in the token', () => {
    expect(parseAccessToken(makeJwt(), { appId: ' OTHER-100 ' }).appId).toBe('OTHER-100');
    expect(parseAccessToken(makeToken(), { appId: 'OTHER-100' }).appId).toBe('TESTAPP001-100');
  });

  it('knows the simulator by its issuer alone', () => {
    expect(parseAccessToken(makeToken({ iss: 'tickpipe-simulator' })).simulated).toBe(true);
    expect(parseAccessToken(makeToken({ iss: 'tickpipe-simulator ' })).simulated).toBe(false);
  });

  it('does without a user id', () => {
    expect(parseAccessToken(makeToken({ fy_id: undefined })).userId).toBe('');
    expect(parseAccessToken(makeToken({ fy_id: 7 })).userId).toBe('');
  });

  it.each([
    ['blanks and line ends', (token: string) => `  ${token}\r\n\n`],
    ['a byte-order mark', (token: string) => `\uFEFF${token}`],
    ['double quotes', (token: string) => `"${token}"`],
    ['single quotes', (token: string) => `'${token}'\n`],
    ['a shell line', (token: string) => `export FYERS_ACCESS_TOKEN="${token}"\n`],
    ['an env file', (token: string) => `FYERS_ACCESS_TOKEN=${token}\n`],
  ])('forgives %s around it', (_, wrap) => {
    expect(parseAccessToken(wrap(makeToken())).jwt).toBe(makeJwt());
  });

  const [header, payload, signature] = makeJwt().split('.') as [string, string, string];
  it.each([
    ['nothing', '  ', /is empty/],
    ['only quotes', '""', /is empty/],
    ['no JWT', 'APP-100:hello', /not a JWT/],
    ['two parts', `APP-100:${header}.${payload}`, /not a JWT/],
    ['an empty signature', `APP-100:${header}.${payload}.`, /not a JWT/],
    ['four parts', `APP-100:${header}.${payload}.${signature}.x`, /not a JWT/],
    ['two app ids', `A-100:B-100:${makeJwt()}`, /not a JWT/],
    ['a letter beyond ASCII', `APP-100:${header}.${payload}.é`, /not a JWT/],
    ['claims cut short', `APP-100:${header}.${payload.slice(0, 40)}.${signature}`, /cut short/],
    [
      'claims that are a list',
      `APP-100:${header}.${Buffer.from('[]').toString('base64url')}.${signature}`,
      /cut short/,
    ],
    [
      'claims that are null',
      `APP-100:${header}.${Buffer.from('null').toString('base64url')}.${signature}`,
      /cut short/,
    ],
    ['a line end inside', makeToken().replace('.', '.\n'), /line end inside/],
    ['no app id', makeJwt(), /no app id/],
    ['an empty app id', `:${makeJwt()}`, /no app id/],
    ['a malformed app id', `a/b:${makeJwt()}`, /app id .* malformed/],
    ['no end', makeToken({ exp: undefined }), /when it ends/],
    ['an end in words', makeToken({ exp: 'tomorrow' }), /when it ends/],
    ['an end beyond time', makeToken({ exp: 1e30 }), /when it ends/],
    ['an end that has no date in India', makeToken({ exp: 8.64e12 }), /when it ends/],
    ['an end after the year 9999', makeToken({ exp: 253_402_300_800 }), /when it ends/],
    ['an end before time', makeToken({ exp: -1 }), /when it ends/],
    ['too much of it', 'x'.repeat(100_000), /too long/],
  ])('refuses %s', (_, text, message) => {
    const error = failureOf(() => parseAccessToken(text));
    expect(error.code).toBe('TOKEN_MALFORMED');
    expect(error.exit).toBe(4);
    expect(error.message).toMatch(message);
  });

  it('says what to do about a missing app id', () => {
    expect(failureOf(() => parseAccessToken(makeJwt())).hint).toBe('give it as APPID:TOKEN, or set FYERS_APP_ID');
  });

  it('refuses a token cut anywhere before its signature', () => {
    const whole = makeToken();
    const end = whole.lastIndexOf('.');
    for (let length = 0; length <= end; length++) {
      expect(failureOf(() => parseAccessToken(whole.slice(0, length))).code).toBe('TOKEN_MALFORMED');
    }
  });

  it('shows nothing of a token by accident', () => {
    const text = makeToken();
    const token = parseAccessToken(text);
    const shown = [
      String(token),
      `${token}`,
      JSON.stringify({ token }),
      inspect(token, { showHidden: true, getters: true, depth: 9 }),
      inspect({ nested: [token] }, { customInspect: false, showHidden: true, depth: 9 }),
      JSON.stringify({ ...token }),
      JSON.stringify(structuredClone({ ...token })),
    ].join('\n');
    for (const secret of [text, 'ab12'.repeat(14), 'XT00001', 'TEST PERSON']) expectNoPieceOf(secret, shown);
    expect(shown).not.toContain('XT00001');
    expect(String(token)).toBe('[access token]');
  });
});

describe('checkAccessToken', () => {
  const check = (claims: Record<string, unknown>, now = NOW): TickpipeError =>
    failureOf(() => checkAccessToken(parseAccessToken(makeToken(claims)), now));

  it('accepts a good token until the moment it ends', () => {
    const token = parseAccessToken(makeToken());
    expect(() => checkAccessToken(token, NOW)).not.toThrow();
    expect(() => checkAccessToken(token, token.expiresAtMs - 1)).not.toThrow();
    expect(failureOf(() => checkAccessToken(token, token.expiresAtMs)).code).toBe('TOKEN_EXPIRED');
  });

  it('knows an auth code', () => {
    const error = check({ sub: 'auth_code', hsm_key: undefined, exp: 1 });
    expect(error.code).toBe('TOKEN_WRONG_KIND');
    expect(error.message).toBe('this is an auth code, not an access token');
  });

  it.each(['refresh_token', undefined, 5])('refuses a token with the subject %s', (sub) => {
    expect(check({ sub }).code).toBe('TOKEN_WRONG_KIND');
  });

  it('says when a token ended, with the date unless it was today', () => {
    expect(check({ exp: Date.parse('2026-11-23T06:00:00+05:30') / 1000 }).message).toBe('token expired at 06:00 IST');
    const before = check({ exp: Date.parse('2026-11-22T06:00:00+05:30') / 1000 });
    expect(before.message).toBe('token expired at 06:00 IST on 2026-11-22');
    expect(before.code).toBe('TOKEN_EXPIRED');
  });

  it('reckons today by IST', () => {
    const exp = Date.parse('2026-11-23T00:10:00+05:30') / 1000;
    expect(check({ exp }, Date.parse('2026-11-23T00:20:00+05:30')).message).toBe('token expired at 00:10 IST');
    expect(check({ exp: exp - 1200 }, exp * 1000).message).toBe('token expired at 23:50 IST on 2026-11-22');
  });

  it.each([undefined, '', 12])('refuses a token whose key is %s', (hsm_key) => {
    const error = check({ hsm_key });
    expect(error.code).toBe('TOKEN_WITHOUT_KEY');
    expect(error.message).toContain('has no key');
  });

  it.each(['clé', 'a b', 'a\n', 'k'.repeat(257)])('refuses an unusable key', (hsm_key) => {
    const error = check({ hsm_key });
    expect(error.code).toBe('TOKEN_WITHOUT_KEY');
    expect(error.message).toContain('unusable');
  });

  it('has a code and a hint of its own for each failure', () => {
    const failures = [
      failureOf(() => parseAccessToken('x')),
      check({ sub: 'auth_code' }),
      check({ exp: 1 }),
      check({ hsm_key: '' }),
    ];
    expect(new Set(failures.map((error) => error.code)).size).toBe(4);
    expect(new Set(failures.map((error) => error.hint)).size).toBe(4);
  });
});

describe('errors about tokens', () => {
  const secretText = fc
    .uint8Array({ minLength: 24, maxLength: 200 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'));
  const claim = fc.oneof(secretText, fc.constant(undefined), fc.integer());

  it('hold no 8 characters of what was given, however it is malformed', () => {
    const text = fc.oneof(
      secretText,
      fc.tuple(secretText, secretText).map(([a, b]) => `${a}:${b}`),
      fc.tuple(secretText, secretText, secretText).map(([a, b, c]) => `${a}.${b}.${c}`),
      fc
        .tuple(secretText, secretText)
        .map(([a, b]) => `APP-100:${a}.${Buffer.from(`{"a":${b}`).toString('base64url')}.${b}`),
      fc.tuple(secretText, secretText).map(([a, b]) => `${a} ${b}`),
    );
    fc.assert(
      fc.property(text, (secret) => {
        expectNoPieceOf(secret, showAll(failureOf(() => parseAccessToken(secret))));
      }),
      { numRuns: 300 },
    );
  });

  it('hold no 8 characters of the claims of a token that is refused', () => {
    fc.assert(
      fc.property(claim, claim, secretText, fc.boolean(), (sub, hsm_key, fy_id, expired) => {
        const text = makeToken(
          { sub: sub ?? 'access_token', hsm_key, fy_id, exp: expired ? 1 : 4e9 },
          'SECRETAPP9-100',
        );
        const token = parseAccessToken(text);
        let shown = '';
        try {
          checkAccessToken(token, NOW);
        } catch (error) {
          shown = showAll(error as Error);
        }
        for (const secret of [text, sub, hsm_key, fy_id, 'SECRETAPP9-100']) {
          if (typeof secret === 'string') expectNoPieceOf(secret, shown);
        }
      }),
      { numRuns: 300 },
    );
  });
});
