import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAccessToken } from '../../src/lib/auth/access-token.ts';
import { removeLogin, storeLogin } from '../../src/lib/auth/store-login.ts';
import { readLastLogin, readStoredLogin } from '../../src/lib/auth/stored-login.ts';
import { createTokenSource } from '../../src/lib/auth/token-source.ts';
import { tokenFileOf } from '../../src/lib/host/user-directories.ts';
import { makeJwt, makeToken } from '../support/make-token.ts';

const { signal } = new AbortController();
const APP_ID = 'TESTAPP001-100';
let env: { HOME: string };
let file: string;
beforeEach(async () => {
  env = { HOME: await mkdtemp(path.join(tmpdir(), 'tickpipe-login-')) };
  file = tokenFileOf(env, 'default');
});
afterEach(() => rm(env.HOME, { recursive: true, force: true }));

const store = (claims = {}): Promise<void> => storeLogin(env, 'default', parseAccessToken(makeToken(claims)));
const modeOf = async (name: string): Promise<number> => (await stat(name)).mode & 0o777;

describe('a stored login', () => {
  it('is for its user only, in a folder for this user only', async () => {
    const mask = process.umask(0);
    try {
      await store();
    } finally {
      process.umask(mask);
    }
    expect([await modeOf(file), await modeOf(path.dirname(file))]).toEqual([0o600, 0o700]);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ app_id: APP_ID, access_token: makeJwt() });
    expect(await readdir(path.dirname(file))).toEqual(['default.json']);
  });

  it('narrows a folder that others could enter, and replaces what is there', async () => {
    await store();
    await chmod(path.dirname(file), 0o755);
    await store({ fy_id: 'XT00002' });
    expect(await modeOf(path.dirname(file))).toBe(0o700);
    expect(await readStoredLogin(file, signal)).toBe(makeToken({ fy_id: 'XT00002' }));
  });

  it.each([0o640, 0o604, 0o620, 0o602])('is refused with the mode %o, with the command that mends it', async (mode) => {
    await store();
    await chmod(file, mode);
    await expect(readStoredLogin(file, signal)).rejects.toMatchObject({
      code: 'SECRET_FILE_UNSAFE',
      exit: 4,
      message: `the stored login ${JSON.stringify(file)} can be read or changed by others`,
      hint: `chmod 600 ${file}`,
    });
  });

  it.each(['', '{', '{"app_id":1}', 'null', 'TESTAPP001-100:abc', '\0\0'])(
    'that is damaged (%j) is reported without its text',
    async (text) => {
      await store();
      await writeFile(file, text);
      await expect(readStoredLogin(file, signal)).rejects.toMatchObject({
        code: 'TOKEN_MALFORMED',
        message: expect.stringMatching(/is damaged/),
        hint: 'run tickpipe login',
      });
    },
  );

  it('may be missing, and may be removed twice', async () => {
    expect(await readStoredLogin(file, signal)).toBeUndefined();
    await store();
    await removeLogin(file);
    await removeLogin(file);
    expect(await readStoredLogin(file, signal)).toBeUndefined();
    expect(await readLastLogin(file, signal)).toBeUndefined();
  });

  it('remembers its app id, also when it has expired', async () => {
    await store({ exp: 1 });
    expect((await readLastLogin(file, signal))?.appId).toBe(APP_ID);
  });
});

describe('as a source of tokens', () => {
  const source = (given: { tokenFile?: string; env?: object } = {}) =>
    createTokenSource({ profile: 'default', ...given, env: { ...env, ...given.env } });

  it('a stored login comes after the environment and after a token file', async () => {
    await store();
    const [login, variable] = [source(), source({ env: { FYERS_ACCESS_TOKEN: makeToken({}, 'ENV-100') } })];
    expect([(await login.read()).appId, login.origin, login.lastingFile()]).toEqual([APP_ID, 'login', file]);
    expect([(await variable.read()).appId, variable.origin, variable.lastingFile()]).toEqual([
      'ENV-100',
      'environment',
      undefined,
    ]);
    const other = path.join(env.HOME, 'token');
    await writeFile(other, makeToken({}, 'FILE-100'), { mode: 0o600 });
    const given = source({ tokenFile: other, env: { FYERS_ACCESS_TOKEN: makeToken({}, 'ENV-100') } });
    expect([(await given.read()).appId, given.origin, given.lastingFile()]).toEqual(['FILE-100', 'token-file', other]);
  });

  it('takes the place of a variable whose token has expired since it was read', async () => {
    let now = 1_000_000;
    const given = (claims: object, extra = {}) =>
      createTokenSource({
        profile: 'default',
        now: () => now,
        env: { ...env, FYERS_ACCESS_TOKEN: makeToken({ exp: 2_000, ...claims }, 'ENV-100') },
        ...extra,
      });
    await store({ exp: 90_000 });
    const [used, unused, ofAnother] = [given({}), given({}), given({ fy_id: 'XT00002' })];
    for (const source of [used, ofAnother]) expect((await source.read()).appId).toBe('ENV-100');
    now = 3_000_000;
    expect([(await used.read()).appId, used.origin, used.lastingFile()]).toEqual([APP_ID, 'login', file]);
    expect([(await ofAnother.read()).appId, ofAnother.origin]).toEqual(['ENV-100', 'environment']);
    // A command that only starts gets the error of the variable, which counts first.
    expect([(await unused.read()).appId, unused.origin]).toEqual(['ENV-100', 'environment']);
    expect([used.watchedFile, given({}, { profile: undefined }).watchedFile]).toEqual([file, undefined]);
  });

  it('is not looked for without a profile', async () => {
    await store();
    await expect(createTokenSource({ env }).read()).rejects.toMatchObject({ code: 'NO_TOKEN' });
  });

  it('is named in the hint when it is missing', async () => {
    await expect(source().read()).rejects.toMatchObject({
      code: 'NO_TOKEN',
      hint: expect.stringMatching(/^run tickpipe login/),
    });
  });

  it('may be given as a token file, and is refused there, too, when others can read it', async () => {
    await store();
    const given = source({ tokenFile: file });
    expect((await given.read()).jwt).toBe(makeJwt());
    expect(given.lastingFile()).toBe(file);
    await chmod(file, 0o644);
    await expect(given.read()).rejects.toMatchObject({ code: 'SECRET_FILE_UNSAFE', hint: `chmod 600 ${file}` });
  });
});
