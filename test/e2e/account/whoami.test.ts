import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeJwt, makeToken } from '../../support/make-token.ts';
import { rowsOf } from '../program.ts';
import { APP_ID, Person, SECRET } from './login.ts';

async function createLoggedIn(): Promise<Person> {
  const person = await Person.create();
  const args = ['login', '--paste', '--app-id', APP_ID];
  const { status } = await person.tickpipe(args, { input: 'the-one-auth-code', env: { FYERS_SECRET_KEY: SECRET } })
    .ended;
  expect(status).toBe(0);
  person.broker.calls.length = 0;
  return person;
}

const later = Math.floor(Date.now() / 1000) + 10_000;

describe('whoami', () => {
  it('prints the row of the login, with its source, and what the broker says', async () => {
    const person = await createLoggedIn();
    const { status, stdout, stderr } = await person.tickpipe(['whoami']).ended;
    expect([status, stderr]).toEqual([0, '']);
    expect(Object.keys(rowsOf(stdout)[0] ?? {})).toEqual([
      'type',
      'app_id',
      'expires_at',
      'profile',
      'accepted',
      'source',
    ]);
    expect(rowsOf(stdout)[0]).toMatchObject({
      type: 'Login',
      app_id: 'ABCD******-100',
      accepted: true,
      source: 'login',
    });
    expect(person.broker.calls.map(({ path: called }) => called)).toEqual(['/profile']);
  });

  it('does not ask with --offline, and says null when it cannot ask', async () => {
    const person = await createLoggedIn();
    const offline = await person.tickpipe(['whoami', '--offline']).ended;
    expect([offline.status, rowsOf(offline.stdout)[0]?.['accepted']]).toEqual([0, null]);
    expect(person.broker.calls).toEqual([]);
    await person.broker.close();
    const unreachable = await person.tickpipe(['whoami']).ended;
    expect([unreachable.status, rowsOf(unreachable.stdout)[0]?.['accepted']]).toEqual([0, null]);
    expect(unreachable.stderr).toMatch(
      /^warning: the broker cannot be asked about the token: .* refused the connection\n$/,
    );
  });

  it('ends with 4 for a token that the broker refuses, after its row', async () => {
    const person = await createLoggedIn();
    person.broker.answers['/profile'] = { status: 401, body: { s: 'error', code: -15, message: '<b>no</b>' } };
    const { status, stdout, stderr } = await person.tickpipe(['whoami']).ended;
    expect([status, rowsOf(stdout)[0]?.['accepted']]).toEqual([4, false]);
    expect(stderr).toBe(
      'error: FYERS refused the access token (HTTP 401, code -15)\nhint: run tickpipe login; this token may have been revoked\n',
    );
  });

  it('knows a token of the environment and of a file, in this order, and an expired one', async () => {
    const person = await createLoggedIn();
    const env = { FYERS_ACCESS_TOKEN: makeToken({ exp: later }, 'ENVIRON001-100') };
    const variable = rowsOf((await person.tickpipe(['whoami'], { env }).ended).stdout)[0];
    expect([variable?.['app_id'], variable?.['source']]).toEqual(['ENVI******-100', 'environment']);
    const file = path.join(person.home, 'token');
    writeFileSync(file, makeToken({ exp: later }, 'FILETOKEN1-100'), { mode: 0o600 });
    const given = rowsOf((await person.tickpipe(['whoami', '--token-file', file], { env }).ended).stdout)[0];
    expect([given?.['app_id'], given?.['source']]).toEqual(['FILE******-100', 'token-file']);
    const expired = await person.tickpipe(['whoami'], { env: { FYERS_ACCESS_TOKEN: makeToken({ exp: 1 }) } }).ended;
    expect([expired.status, rowsOf(expired.stdout)[0]?.['accepted']]).toEqual([4, null]);
    expect(expired.stderr).toContain(
      'hint: set FYERS_ACCESS_TOKEN to a new token; or unset it, then run tickpipe login\n',
    );
  });

  it('ends with 4 and no row without a token, and for a login that others can read', async () => {
    const person = await createLoggedIn();
    chmodSync(person.loginFile, 0o644);
    const open = await person.tickpipe(['whoami']).ended;
    expect([open.status, open.stdout, open.stderr]).toEqual([
      4,
      '',
      expect.stringContaining(`hint: chmod 600 ${person.loginFile}\n`),
    ]);
    const other = await Person.create();
    const none = await other.tickpipe(['whoami']).ended;
    expect([none.status, none.stdout, none.stderr]).toEqual([
      4,
      '',
      expect.stringContaining('hint: run tickpipe login, '),
    ]);
  });
});

describe('logout', () => {
  it('ends the token at the broker and removes it', async () => {
    const person = await createLoggedIn();
    const { status, stdout, stderr } = await person.tickpipe(['logout']).ended;
    expect([status, stdout, stderr, person.stored]).toEqual([0, '', '', undefined]);
    expect(person.broker.calls.map(({ method, path: called }) => `${method} ${called}`)).toEqual(['POST /logout']);
    expect(person.broker.calls[0]?.headers.authorization).toBe(`${APP_ID}:${person.broker.jwt}`);
    const again = await person.tickpipe(['logout']).ended;
    expect([again.status, again.stderr]).toEqual([
      4,
      expect.stringMatching(/^error: no login is stored for the profile default\n/),
    ]);
  });

  it('removes it also when the broker refuses, and when others could read it', async () => {
    const person = await createLoggedIn();
    person.broker.answers['/logout'] = { status: 500, body: '<html>' };
    chmodSync(person.loginFile, 0o644);
    const { status, stderr } = await person.tickpipe(['logout']).ended;
    expect([status, stderr]).toEqual([
      0,
      'warning: the broker did not end the token: the answer of the login endpoint is not JSON (HTTP 500)\n',
    ]);
    expect(person.stored).toBeUndefined();
  });

  it('leaves a login alone that came while the broker was asked', async () => {
    const person = await createLoggedIn();
    person.broker.answers['/logout'] = 'mute';
    const running = person.tickpipe(['logout']);
    await person.broker.called('/logout');
    const login = { app_id: APP_ID, access_token: makeJwt({ exp: Math.floor(Date.now() / 1000) + 30_000 }) };
    writeFileSync(person.loginFile, JSON.stringify(login));
    await person.broker.close();
    const { status, stderr } = await running.ended;
    expect([status, person.stored]).toEqual([0, login]);
    expect(stderr).toMatch(/\nwarning: a new login of the profile default came meanwhile: it stays\n$/);
  });

  it('removes what a killed login left beside it', async () => {
    const person = await createLoggedIn();
    const folder = path.dirname(person.loginFile);
    const left = `.tickpipe-4194305-${'0'.repeat(16)}.tmp`;
    const unfinished = `.tickpipe-${process.pid}-${'0'.repeat(16)}.tmp`;
    for (const name of [left, unfinished, 'other.json']) writeFileSync(path.join(folder, name), '{}', { mode: 0o600 });
    expect((await person.tickpipe(['logout']).ended).status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([unfinished, 'other.json']);
  });

  it('removes a damaged login without a call', async () => {
    const person = await createLoggedIn();
    writeFileSync(person.loginFile, '{"app_id":');
    const { status, stderr } = await person.tickpipe(['logout']).ended;
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: the stored login .* is damaged: it is removed\n$/),
    ]);
    expect([person.stored, person.broker.calls]).toEqual([undefined, []]);
  });
});
