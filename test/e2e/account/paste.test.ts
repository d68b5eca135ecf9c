import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeJwt } from '../../support/make-token.ts';
import { environment, PROGRAM, Running, rowsOf, shell } from '../program.ts';
import { APP_ID, addressOf, Person, SECRET } from './login.ts';

const CODE = 'the-one-auth-code';
const LOGIN = ['login', '--paste', '--app-id', APP_ID];

/** A login whose stdin is still open when its address is known. */
async function begin(person: Person, args: readonly string[] = LOGIN) {
  const env = environment({ ...person.env, FYERS_SECRET_KEY: SECRET });
  const child = spawn(process.execPath, [PROGRAM, ...args], { env });
  const running = new Running(child);
  const address = await addressOf(running);
  return { running, child, address, state: address.searchParams.get('state') ?? '' };
}

it('a pasted address becomes a stored token, and one row', async () => {
  const person = await Person.create();
  const { running, child, address, state } = await begin(person);
  expect(address.pathname).toBe('/api/generate-authcode');
  expect(Object.fromEntries(address.searchParams)).toEqual({
    client_id: APP_ID,
    redirect_uri: 'http://127.0.0.1:8765/callback',
    response_type: 'code',
    state: expect.stringMatching(/^[\w-]{32}$/),
  });
  // The pipe stays open: the first line is enough.
  child.stdin.write(`http://127.0.0.1:8765/callback?s=ok&code=200&auth_code=${CODE}&state=${state}\n`);
  const { status, stdout } = await running.ended;
  expect(status).toBe(0);
  expect(rowsOf(stdout)).toEqual([
    {
      type: 'Login',
      app_id: 'ABCD******-100',
      expires_at: expect.stringMatching(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+05:30$/),
      profile: 'default',
      accepted: true,
    },
  ]);
  expect(Object.keys(rowsOf(stdout)[0] ?? {})).toEqual(['type', 'app_id', 'expires_at', 'profile', 'accepted']);
  expect(person.stored).toEqual(person.login);
  expect(person.broker.calls.map(({ path: called }) => called)).toEqual(['/validate-authcode', '/profile']);
  expect(JSON.parse(person.broker.calls[0]?.text ?? '')['code']).toBe(CODE);
});

it('another state, a refusal and nothing at all end with 4, and the stored login stays', async () => {
  const person = await Person.create();
  const first = person.tickpipe(LOGIN, { input: CODE, env: { FYERS_SECRET_KEY: SECRET } });
  expect((await first.ended).status).toBe(0);
  const { login } = person;
  for (const [input, code] of [
    [`http://127.0.0.1:8765/callback?s=ok&auth_code=${CODE}&state=another`, 'LOGIN_STATE_WRONG'],
    ['http://127.0.0.1:8765/callback?s=error&code=401&message=no', 'LOGIN_DENIED'],
    ['http://127.0.0.1:8765/callback', 'LOGIN_ANSWER_UNUSABLE'],
    ['', 'LOGIN_ANSWER_UNUSABLE'],
  ] as const) {
    const args = [...LOGIN, '--log-format', 'json'];
    const { status, stdout, stderr } = await person.tickpipe(args, { input, env: { FYERS_SECRET_KEY: SECRET } }).ended;
    expect([status, stdout, JSON.parse(stderr.trim().split('\n').at(-1) ?? '')['code']]).toEqual([4, '', code]);
    expect(person.stored).toEqual(login);
  }
  expect(person.broker.calls).toHaveLength(2);
});

it('a token that the broker refuses is not stored; one that cannot be checked is, with a warning', async () => {
  const person = await Person.create();
  const env = { FYERS_SECRET_KEY: SECRET };
  person.broker.answers['/profile'] = { status: 401, body: { s: 'error', code: -16 } };
  const refused = await person.tickpipe(LOGIN, { input: CODE, env }).ended;
  expect([refused.status, refused.stdout, person.stored]).toEqual([4, '', undefined]);
  expect(refused.stderr).toContain('error: FYERS refused the access token (HTTP 401, code -16)\n');
  person.broker.answers['/profile'] = { status: 503, body: '<html>' };
  const kept = await person.tickpipe(LOGIN, { input: CODE, env }).ended;
  expect([kept.status, rowsOf(kept.stdout)[0]?.['accepted'], person.stored]).toEqual([0, null, person.login]);
  expect(kept.stderr).toContain('warning: the token is kept although it could not be checked: ');
});

it('a simulated login does not replace one of FYERS that still holds; in a profile of its own it is stored', async () => {
  const person = await Person.create();
  const env = { FYERS_SECRET_KEY: SECRET };
  expect((await person.tickpipe(LOGIN, { input: CODE, env }).ended).status).toBe(0);
  const { login } = person;
  person.broker.jwt = makeJwt({ iss: 'tickpipe-simulator', exp: Math.floor(Date.now() / 1_000) + 30_000 });
  const refused = await person.tickpipe(LOGIN, { input: CODE, env }).ended;
  expect([refused.status, refused.stdout, person.stored]).toEqual([4, '', login]);
  expect(refused.stderr).toContain('hint: log in to the simulator with --profile NAME, or run tickpipe logout first\n');
  const apart = await person.tickpipe([...LOGIN, '--profile', 'sim'], { input: CODE, env }).ended;
  expect([apart.status, rowsOf(apart.stdout)[0]?.['profile'], person.stored]).toEqual([0, 'sim', login]);
  const shown = rowsOf((await person.tickpipe(['whoami', '--profile', 'sim']).ended).stdout)[0];
  expect([shown?.['profile'], shown?.['source'], shown?.['accepted']]).toEqual(['sim', 'login', true]);
});

it('the secret comes from a file of this user only; the app id from the last login', async () => {
  const person = await Person.create();
  const { secretFile } = person;
  const args = ['login', '--paste', '--secret-file', secretFile];
  const env = { FYERS_APP_ID: APP_ID, FYERS_SECRET_KEY: 'ANOTHER' };
  expect((await person.tickpipe(args, { input: CODE, env }).ended).status).toBe(0);
  expect((await person.tickpipe(args, { input: CODE }).ended).status).toBe(0);
  const [first, second] = person.broker.calls.filter(({ path: called }) => called === '/validate-authcode');
  expect(first?.text).toBe(second?.text);
  chmodSync(secretFile, 0o644);
  const { status, stderr } = await person.tickpipe(args, { input: CODE }).ended;
  expect([status, stderr]).toEqual([
    4,
    `error: the secret file ${JSON.stringify(secretFile)} can be read or changed by others\nhint: chmod 600 ${secretFile}\n`,
  ]);
});

it('without a terminal, what is missing is a usage error that names both ways', async () => {
  const person = await Person.create();
  const noApp = await person.tickpipe(['login']).ended;
  expect([noApp.status, noApp.stderr]).toEqual([
    2,
    'error: no app id was given\nhint: use --app-id XXXXXXXXXX-100, or set FYERS_APP_ID\n',
  ]);
  const noSecret = await person.tickpipe(['login', '--app-id', APP_ID]).ended;
  expect([noSecret.status, noSecret.stderr]).toEqual([
    2,
    'error: no app secret was given\nhint: use --secret-file FILE, or set FYERS_SECRET_KEY\n',
  ]);
});

it.each([
  'ftp://127.0.0.1/x',
  'callback',
  'http://127.0.0.1:0/callback',
  'http://u:p@127.0.0.1:8765/',
  'http://127.0.0.1:8765/#a',
])('the redirect URI %s is a usage error', async (uri) => {
  const person = await Person.create();
  const { status, stderr } = await person.tickpipe(['login', '--app-id', APP_ID, '--redirect-uri', uri]).ended;
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^error: --redirect-uri: .+\nhint: .+\n$/)]);
});

it('Ctrl-C ends with 130 at once and stores nothing, also while the broker is asked', async () => {
  const person = await Person.create();
  const waiting = await begin(person);
  waiting.child.kill('SIGINT');
  expect(await waiting.running.ended).toMatchObject({ status: 130, stdout: '' });
  person.broker.answers['/profile'] = 'mute';
  const asking = await begin(person);
  asking.child.stdin.write(`${CODE}\n`);
  await person.broker.called('/profile');
  asking.child.kill('SIGINT');
  expect(await asking.running.ended).toMatchObject({ status: 130, stdout: '' });
  expect(person.stored).toBeUndefined();
});

it('--timeout ends with 4', async () => {
  const person = await Person.create();
  const { running } = await begin(person, [...LOGIN, '--timeout', '300ms']);
  const { status, stderr } = await running.ended;
  expect([status, stderr]).toEqual([4, expect.stringContaining('error: the login was not answered within 0.3 s\n')]);
});

it('the limit of a variable or a profile is for rows, not for a login', async () => {
  const person = await Person.create();
  const { status } = await person.tickpipe(LOGIN, {
    input: CODE,
    env: { FYERS_SECRET_KEY: SECRET, TICKPIPE_TIMEOUT: '1ms' },
  }).ended;
  expect(status).toBe(0);
});

it('a login that cannot be written leaves the earlier one as it was, and nothing beside it', async () => {
  const person = await Person.create();
  expect((await person.tickpipe(LOGIN, { input: CODE, env: { FYERS_SECRET_KEY: SECRET } }).ended).status).toBe(0);
  const { login } = person;
  person.broker.jwt = makeJwt({ exp: Math.floor(Date.now() / 1_000) + 30_000 });
  // A file may have no block, as on a full disk.
  const line = `ulimit -f 0; $tickpipe ${LOGIN.join(' ')}`;
  const { status, stdout, stderr } = await shell(line, {
    env: { ...person.env, FYERS_SECRET_KEY: SECRET },
    input: CODE,
  }).ended;
  expect([status, stdout, stderr]).toEqual([7, '', expect.stringContaining('error: cannot write the login: ')]);
  expect(person.stored).toEqual(login);
  expect(readdirSync(path.dirname(person.loginFile))).toEqual(['default.json']);
});

it('a folder that cannot be made is reported before anything is asked', async () => {
  const person = await Person.create();
  writeFileSync(path.join(person.home, '.config'), '');
  const { status, stderr } = await person.tickpipe(LOGIN).ended;
  expect([status, stderr]).toEqual([7, expect.stringMatching(/^error: cannot write the login: .+\nhint: .+\n$/)]);
});
