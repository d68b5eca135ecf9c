import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { afterTest, type Running } from '../program.ts';
import { APP_ID, addressOf, open, Person, SECRET } from './login.ts';

const CODE = 'the-one-auth-code';
const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');
const LOCALHOST = HAS_IPV6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];

interface Waiting {
  readonly person: Person;
  readonly running: Running;
  readonly uri: string;
  readonly state: string;
  /** The address with the right answer. */
  readonly granted: string;
}

/** A login that listens. */
async function begin({
  host = '127.0.0.1',
  args = [] as readonly string[],
  env = {},
}: {
  host?: string;
  args?: readonly string[];
  env?: Record<string, string>;
} = {}): Promise<Waiting> {
  const person = await Person.create();
  const uri = `http://${host}:${await freePort(host === '[::1]' ? '::1' : '127.0.0.1')}/callback`;
  const running = person.tickpipe(['login', '--app-id', APP_ID, '--redirect-uri', uri, ...args], {
    env: { FYERS_SECRET_KEY: SECRET, ...env },
  });
  const address = await addressOf(running);
  expect(address.searchParams.get('redirect_uri')).toBe(uri);
  const state = address.searchParams.get('state') ?? '';
  return { person, running, uri, state, granted: `${uri}?s=ok&code=200&auth_code=${CODE}&state=${state}` };
}

describe('the answer at the redirect URI', () => {
  it('ends the login, and the browser sees that it worked', async () => {
    const { person, running, granted } = await begin();
    const page = await open(granted);
    expect([page.status, page.html]).toEqual([200, expect.stringContaining('You are logged in')]);
    expect(page.html).not.toContain(CODE);
    expect(page.html).not.toMatch(/<script|src=|href=/);
    expect(page.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/),
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect((await running.ended).status).toBe(0);
    expect(person.stored).toEqual(person.login);
  });

  it('is one: a second answer changes nothing, and its page says so', async () => {
    const { person, running, granted, uri, state } = await begin();
    person.broker.answers['/profile'] = 'mute';
    const first = open(granted).catch((error: NodeJS.ErrnoException) => error.code);
    await person.broker.called('/profile');
    const second = await open(`${uri}?s=ok&code=200&auth_code=another-code&state=${state}`);
    expect([second.status, second.html]).toEqual([409, expect.stringContaining('answered before')]);
    const denial = await open(`${uri}?s=error&code=401&state=${state}`);
    expect(denial.status).toBe(409);
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130, stdout: '' });
    expect(await first).toBe('ECONNRESET');
    expect(person.stored).toBeUndefined();
    expect(person.broker.calls).toHaveLength(2);
  });

  it('with another state changes nothing, and its page says so', async () => {
    const { person, running, granted, uri } = await begin();
    for (const query of [`s=ok&auth_code=${CODE}&state=other`, `s=ok&auth_code=${CODE}`, 's=error&code=1&state=x']) {
      const page = await open(`${uri}?${query}`);
      expect([page.status, page.html]).toEqual([400, expect.stringContaining('not the answer to the login')]);
    }
    expect(person.broker.calls).toEqual([]);
    expect((await open(granted)).status).toBe(200);
    expect((await running.ended).status).toBe(0);
  });

  it('is a denial: the login ends at once with 4', async () => {
    const { person, running, uri, state } = await begin();
    const evil = encodeURIComponent('<img src=x onerror=alert(1)>\x1b[2J');
    const page = await open(`${uri}?s=error&code=401&message=${evil}&state=${state}`);
    expect(page.html).toContain('The login failed');
    for (const piece of ['img', 'onerror', '\x1b']) expect(page.html).not.toContain(piece);
    const { status, stdout, stderr } = await running.ended;
    expect([status, stdout, person.stored]).toEqual([4, '', undefined]);
    expect(stderr.slice(stderr.indexOf('error:'))).toBe(
      'error: the login was refused on the page of FYERS (code 401)\nhint: run tickpipe login again, and allow the app there\n',
    );
  });

  it('without a code ends the login at once with 4', async () => {
    const { person, running, uri, state } = await begin();
    const page = await open(`${uri}?s=ok&code=200&state=${state}`);
    expect(page.html).toContain('the answer of FYERS has no auth code');
    expect([(await running.ended).status, person.stored]).toEqual([4, undefined]);
  });

  it('is refused by the broker: the page and the terminal say why', async () => {
    const { person, running, granted } = await begin();
    person.broker.answers['/validate-authcode'] = {
      status: 400,
      body: { s: 'error', code: -371, message: '<b>x</b>' },
    };
    const page = await open(granted);
    expect(page.html).toContain('FYERS does not accept the app secret for this app id (HTTP 400, code -371)');
    const { status, stderr } = await running.ended;
    expect([status, person.stored]).toEqual([4, undefined]);
    expect(`${page.html}${stderr}`).not.toContain('<b>');
  });

  it('that no browser brings ends with 4 at --timeout', async () => {
    const { running, person } = await begin({ args: ['--timeout', '300ms'] });
    expect((await running.ended).status).toBe(4);
    expect(running.stderr).toContain('error: the login was not answered within 0.3 s\n');
    expect(person.stored).toBeUndefined();
  });
});

it('what is no answer gets a page of its own and changes nothing', async () => {
  const { running, granted, uri, person } = await begin();
  const base = new URL(uri).origin;
  for (const [address, options, status] of [
    [`${base}/favicon.ico`, {}, 404],
    [`${base}/`, {}, 404],
    [granted.replace('/callback', '/callback/'), {}, 404],
    [granted.replace('/callback', '//callback'), {}, 404],
    [granted.replace('/callback', '/Callback'), {}, 404],
    [uri, {}, 400],
    [`${granted}&auth_code=second`, {}, 400],
    [granted, { headers: { host: 'evil.example' } }, 421],
    [granted, { headers: { host: new URL(uri).host.replace('127.0.0.1', 'localhost') } }, 421],
    [granted, { method: 'POST' }, 405],
    [granted, { method: 'HEAD' }, 405],
    [granted, { headers: { 'sec-fetch-mode': 'no-cors' } }, 403],
    [granted, { headers: { 'sec-fetch-mode': 'navigate', 'sec-purpose': 'prefetch' } }, 403],
    [`${uri}?s=error&code=-1`, { headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' } }, 403],
  ] as const) {
    const page = await open(address, options);
    expect([address, page.status]).toEqual([address, status]);
    expect(page.html).not.toContain(CODE);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'/);
  }
  expect(person.broker.calls).toEqual([]);
  const opened = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect((await open(granted, { headers: opened })).status).toBe(200);
  expect((await running.ended).status).toBe(0);
});

describe('the address that is listened at', () => {
  it.each(['127.0.0.9', 'localhost', ...(HAS_IPV6 ? ['[::1]'] : [])])('may be of %s', async (host) => {
    const { running, granted } = await begin({ host });
    for (const at of host === 'localhost' ? LOCALHOST : []) {
      expect((await open(granted.replace(/state=.*/, 'state=other'), { at })).status).toBe(400);
    }
    expect((await open(granted)).status).toBe(200);
    expect((await running.ended).status).toBe(0);
  });

  it('that is occupied is status 2, before a browser is opened or anything is asked', async () => {
    const person = await Person.create();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterTest(() => server.close());
    const { port } = server.address() as { port: number };
    const browser = fakeBrowser(person);
    const args = ['login', '--app-id', APP_ID, '--redirect-uri', `http://127.0.0.1:${port}/callback`];
    const { status, stderr } = await person.tickpipe(args, {
      env: { BROWSER: browser.command, FYERS_SECRET_KEY: SECRET },
    }).ended;
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^error: another program listens at 127\.0\.0\.1:\d+, where the login is to be answered\nhint: .+--paste.+\n$/,
      ),
    ]);
    expect(browser.opened()).toBe('');
  });
});

/** A program in the place of a browser, which notes its arguments and its environment. */
function fakeBrowser(person: Person) {
  const [script, log] = [path.join(person.home, 'my browser'), path.join(person.home, 'opened')];
  writeFileSync(log, '');
  writeFileSync(
    script,
    `#!/bin/sh\n{ printf '%s\\n' "$@"; env; echo END; } > '${log}.part'; mv '${log}.part' '${log}'\n`,
    {
      mode: 0o755,
    },
  );
  return { command: `'${script}' --new-window %s`, opened: () => readFileSync(log, 'utf8') };
}

describe('the browser', () => {
  it('gets the address and no secret', async () => {
    const person = await Person.create();
    const browser = fakeBrowser(person);
    const uri = `http://127.0.0.1:${await freePort()}/callback`;
    const secrets = { FYERS_SECRET_KEY: SECRET, FYERS_ACCESS_TOKEN: 'aaa', TICKPIPE_HUB_TOKEN: 'bbb' };
    const running = person.tickpipe(['login', '--app-id', APP_ID, '--redirect-uri', uri], {
      env: { ...secrets, BROWSER: `/nowhere/at/all:false:${browser.command}` },
    });
    const address = await addressOf(running);
    await expect.poll(browser.opened, { timeout: 20_000 }).toContain('END\n');
    expect(browser.opened().split('\n').slice(0, 2)).toEqual(['--new-window', address.href]);
    expect(browser.opened()).toContain(`HOME=${person.home}\n`);
    for (const name of Object.keys(secrets)) expect(browser.opened()).not.toContain(name);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(143);
  });

  it.each([
    ['--no-browser', ['--no-browser'], {}],
    ['SSH', [], { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }],
  ])('is left alone with %s, and the address is printed all the same', async (_, args, env) => {
    const person = await Person.create();
    const browser = fakeBrowser(person);
    const uri = `http://127.0.0.1:${await freePort()}/callback`;
    const running = person.tickpipe(['login', '--app-id', APP_ID, '--redirect-uri', uri, '--quiet', ...args], {
      env: { FYERS_SECRET_KEY: SECRET, BROWSER: browser.command, ...env },
    });
    const state = (await addressOf(running)).searchParams.get('state');
    expect((await open(`${uri}?s=ok&auth_code=${CODE}&state=${state}`)).status).toBe(200);
    expect((await running.ended).status).toBe(0);
    expect(browser.opened()).toBe('');
  });
});
