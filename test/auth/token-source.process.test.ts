import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokenSource } from '../../src/lib/auth/token-source.ts';
import { makeJwt, makeToken } from '../support/make-token.ts';

let directory: string;
let pipe: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'tickpipe-token-'));
  pipe = path.join(directory, 'token');
  execFileSync('mkfifo', [pipe]);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a token from a named pipe', () => {
  it('is read once and kept', async () => {
    const source = createTokenSource({ tokenFile: pipe, env: {} });
    const [token] = await Promise.all([source.read(), writeFile(pipe, makeToken())]);
    expect(token.jwt).toBe(makeJwt());
    expect((await source.read()).jwt).toBe(makeJwt());
    expect(source.warnings()).toEqual([]);
  });

  it('has no path that another process may be given', async () => {
    const source = createTokenSource({ tokenFile: pipe, env: {} });
    expect(source.lastingFile()).toBeUndefined();
    await Promise.all([source.read(), writeFile(pipe, makeToken())]);
    expect(source.lastingFile()).toBeUndefined();
  });

  it('is not waited for beyond the signal when nobody writes it', async () => {
    const stop = new AbortController();
    const reading = createTokenSource({ tokenFile: pipe, env: {}, signal: stop.signal }).read();
    stop.abort('SIGINT');
    await expect(reading).rejects.toBe('SIGINT');
  });
});
