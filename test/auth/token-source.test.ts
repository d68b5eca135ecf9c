import { chmod, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokenSource } from '../../src/lib/auth/token-source.ts';
import { TickpipeError } from '../../src/lib/errors/tickpipe-error.ts';
import { makeJwt, makeToken } from '../support/make-token.ts';

async function failureOf(promise: Promise<unknown>): Promise<TickpipeError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof TickpipeError) return error;
  throw error;
}

let directory: string;
let tokenFile: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tickpipe-token-'));
  tokenFile = path.join(directory, 'token');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a token from the environment', () => {
  it('is read', async () => {
    const source = createTokenSource({ env: { FYERS_ACCESS_TOKEN: makeToken() } });
    expect((await source.read()).jwt).toBe(makeJwt());
    expect(source.warnings()).toEqual([]);
  });

  it('is completed by FYERS_APP_ID', async () => {
    const env = { FYERS_ACCESS_TOKEN: makeJwt(), FYERS_APP_ID: 'APP-100' };
    expect((await createTokenSource({ env }).read()).appId).toBe('APP-100');
  });

  it.each([{}, { FYERS_ACCESS_TOKEN: '' }, { FYERS_ACCESS_TOKEN: ' \n', FYERS_APP_ID: 'APP-100' }])(
    'may be missing: %j',
    async (env) => {
      const error = await failureOf(createTokenSource({ env }).read());
      expect(error.code).toBe('NO_TOKEN');
      expect(error.exit).toBe(4);
      expect(error.hint).toContain('--feed sim');
    },
  );
});

describe('a token from a file', () => {
  const read = (env = {}): Promise<unknown> => createTokenSource({ tokenFile, env }).read();

  it('may be in UTF-16, as PowerShell writes it; what is not text is named as such', async () => {
    await writeFile(tokenFile, Buffer.from(`\uFEFF${makeToken({}, 'FILE-100')}\r\n`, 'utf16le'), { mode: 0o600 });
    expect(await read()).toMatchObject({ appId: 'FILE-100' });
    await writeFile(tokenFile, Buffer.from(makeToken(), 'utf16le'));
    expect(await failureOf(read())).toMatchObject({
      code: 'NO_TOKEN',
      message: `token file ${JSON.stringify(tokenFile)} is not text in UTF-8 or UTF-16`,
    });
  });

  it('goes before the environment', async () => {
    await writeFile(tokenFile, `${makeToken({}, 'FILE-100')}\n`, { mode: 0o600 });
    const source = createTokenSource({ tokenFile, env: { FYERS_ACCESS_TOKEN: makeToken({}, 'ENV-100') } });
    expect((await source.read()).appId).toBe('FILE-100');
    expect(source.warnings()).toEqual([]);
  });

  it('is read anew each time', async () => {
    const source = createTokenSource({ tokenFile, env: {} });
    await writeFile(tokenFile, makeToken({}, 'FIRST-100'));
    expect((await source.read()).appId).toBe('FIRST-100');
    await writeFile(tokenFile, makeToken({}, 'SECOND-100'));
    expect((await source.read()).appId).toBe('SECOND-100');
  });

  it('is completed by FYERS_APP_ID, and may have a byte-order mark', async () => {
    await writeFile(tokenFile, `\uFEFF${makeJwt()}\r\n`);
    expect((await createTokenSource({ tokenFile, env: { FYERS_APP_ID: 'APP-100' } }).read()).appId).toBe('APP-100');
  });

  it('does not fall back to the environment when it is missing', async () => {
    const error = await failureOf(read({ FYERS_ACCESS_TOKEN: makeToken() }));
    expect(error.code).toBe('NO_TOKEN');
    expect(error.message).toBe(`token file ${JSON.stringify(tokenFile)} does not exist`);
    expect(error.hint).toContain('--feed sim');
  });

  it('says so when it is a directory, empty, or too large', async () => {
    await mkdir(tokenFile);
    expect((await failureOf(read())).message).toContain('is a directory');
    await rm(tokenFile, { recursive: true });
    await writeFile(tokenFile, ' \n');
    expect(await failureOf(read())).toMatchObject({ code: 'NO_TOKEN', message: expect.stringContaining('is empty') });
    await writeFile(tokenFile, makeToken().padEnd(100_000));
    expect(await failureOf(read())).toMatchObject({
      code: 'TOKEN_MALFORMED',
      message: expect.stringContaining('too large'),
    });
  });

  it('warns of a file that others can read', async () => {
    await writeFile(tokenFile, makeToken());
    const source = createTokenSource({ tokenFile, env: {} });
    await chmod(tokenFile, 0o640);
    await source.read();
    expect(source.warnings()).toEqual([`token file ${JSON.stringify(tokenFile)} can be read by others: chmod 600 it`]);
    await chmod(tokenFile, 0o600);
    await source.read();
    expect(source.warnings()).toEqual([]);
  });

  it('says nothing of what is in it when it is malformed', async () => {
    await writeFile(tokenFile, 'hunter2-hunter2-hunter2');
    const error = await failureOf(read());
    expect(error.code).toBe('TOKEN_MALFORMED');
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain('hunter2');
  });

  it.each([makeToken(), makeJwt(), 'APP-100:abcdefghijklmnopqrstuvwxyz'])(
    'does not repeat a token given for its name',
    async (token) => {
      const error = await failureOf(createTokenSource({ tokenFile: token, env: {} }).read());
      expect(error.code).toBe('NO_TOKEN');
      expect(error.hint).toContain('name of a file');
      expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain(token.slice(0, 12));
    },
  );
});

describe('the path that another process may be given', () => {
  const given = async (file: string): Promise<string | undefined> => {
    const source = createTokenSource({ tokenFile: file, env: {} });
    expect(source.lastingFile()).toBeUndefined();
    await source.read();
    return source.lastingFile();
  };

  it('is that of a regular file, absolute, also behind links', async () => {
    await writeFile(tokenFile, makeToken());
    await symlink(tokenFile, path.join(directory, 'link'));
    expect(await given(path.relative('.', tokenFile))).toBe(tokenFile);
    expect(await given(path.join(directory, 'link'))).toBe(path.join(directory, 'link'));
  });

  it.runIf(process.platform === 'linux')('is never that of a descriptor, whatever stands behind it', async () => {
    await writeFile(tokenFile, makeToken());
    const handle = await open(tokenFile, 'r');
    try {
      await symlink(`/dev/fd/${handle.fd}`, path.join(directory, 'link'));
      for (const file of [`/dev/fd/${handle.fd}`, `/proc/self/fd/${handle.fd}`, path.join(directory, 'link')]) {
        expect(await given(file)).toBeUndefined();
      }
    } finally {
      await handle.close();
    }
  });
});
