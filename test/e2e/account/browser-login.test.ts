import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useBrowser } from '../../support/browser/browser.ts';
import { afterTest, keepSecret, rowsOf } from '../program.ts';
import { addressOf } from './login.ts';
import { LoginAccount } from './login-account.ts';

/*
 * The login as a person has it: the program, a real browser, and the pages of the broker, which the simulator serves. `$BROWSER` is a
 * script that notes the address, which the test opens in Chromium.
 */

const browser = useBrowser();

/** The page that the program opened, in the browser. */
async function openLoginPage(account: LoginAccount): Promise<Page> {
  const { args } = await account.browser.waitForOpening();
  expect(args).toHaveLength(1);
  return openPage(String(args[0]));
}

async function openPage(address: string): Promise<Page> {
  const page = await (await browser.openWindow()).newPage();
  await page.goto(address);
  return page;
}

const press = (page: Page, name: 'Allow' | 'Deny'): Promise<void> => page.getByRole('button', { name }).click();
const textOf = async (page: Page): Promise<string> => (await page.locator('body').allInnerTexts()).join('');

/** Presses Allow and returns the address that the broker sent the browser to, with the auth code in it. */
async function allow(page: Page, account: LoginAccount): Promise<string> {
  const redirected = page.waitForRequest((request) => request.url().startsWith(account.redirectUri));
  await press(page, 'Allow');
  const address = (await redirected).url();
  keepSecret(`TICKPIPESIM-100:${new URL(address).searchParams.get('auth_code')}`);
  await page.waitForLoadState();
  return address;
}

/** Nothing of the login is left: no token, and nothing that listens. */
async function expectNothingLeft(account: LoginAccount): Promise<void> {
  expect(account.stored).toEqual([]);
  expect(await isListening(account.redirectUri)).toBe(false);
}

async function isListening(uri: string): Promise<boolean> {
  const socket = connect(Number(new URL(uri).port), '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

/** One error line and one hint are the last two lines. */
const ONE_ERROR = /(?:^|\n)error: [^\n]+\nhint: [^\n]+\n$/;

describe('Allow in the browser', () => {
  it('stores the token, prints one row, and the next stream uses it', async () => {
    const account = await LoginAccount.create();
    const login = account.login();
    const page = await openLoginPage(account);
    await allow(page, account);
    const { status, stdout, stderr } = await login.ended;
    expect(stderr.replace(/http\S+/g, 'ADDRESS')).not.toMatch(/error|warning/);
    expect(status).toBe(0);
    expect(rowsOf(stdout)).toEqual([
      {
        type: 'Login',
        app_id: 'TICK*******-100',
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT06:00:00\.000\+05:30$/),
        profile: 'default',
        accepted: true,
      },
    ]);
    expect(account.stored).toEqual(['default.json']);
    expect([statSync(account.tokenFile).mode & 0o777, statSync(account.tokenFolder).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    const stream = await account.shared.run(['stream', 'lite', 'NSE:SBIN-EQ', '--count', '1']);
    expect(stream).toMatchObject({ status: 0, stdout: expect.stringContaining('"simulated":true') });
  });

  it('ends on a page of ours without scripts, whose address and text have no code', async () => {
    const account = await LoginAccount.create();
    const login = account.login();
    const page = await openLoginPage(account);
    const code = new URL(await allow(page, account)).searchParams.get('auth_code') ?? '';
    await login.ended;
    const shown = [page.url(), await page.title(), await page.content()].join('\n');
    expect(shown).not.toContain(code);
    expect(shown).not.toContain('auth_code');
    expect(await page.locator('script').count()).toBe(0);
    expect(await textOf(page)).toMatch(/close this|back to the terminal/i);
    // In the history are the empty page, the broker's and ours, and not the address with the code.
    expect(await page.evaluate('history.length')).toBe(3);
    await page.goBack();
    expect(page.url()).toContain('/generate-authcode');
  });

  it('is answered once: an answer with another state, and the same answer again, change nothing', async () => {
    const account = await LoginAccount.create();
    const login = account.login();
    const page = await openLoginPage(account);
    // Somebody else's login, to which a page could send this browser.
    const foreign = await openPage(`${account.redirectUri}?s=ok&code=200&auth_code=aaaa.bbbb.cccc&state=another`);
    expect(await textOf(foreign)).toMatch(/another login|does not belong/i);
    expect(login.child.exitCode).toBeNull();
    const address = await allow(page, account);
    const { status } = await login.ended;
    expect(status).toBe(0);
    const stored = readFileSync(account.tokenFile, 'utf8');
    await page.goto(address).catch(() => undefined);
    await page.reload().catch(() => undefined);
    expect(readFileSync(account.tokenFile, 'utf8')).toBe(stored);
  });
});

describe('what ends a login without a token', () => {
  it('Deny: status 4 at once, and the page says so', async () => {
    const account = await LoginAccount.create();
    const login = account.login();
    const page = await openLoginPage(account);
    await press(page, 'Deny');
    const { status, stdout, stderr } = await login.ended;
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(/error: .*(denied|refused)/);
    await page.waitForURL((url) => url.href.startsWith(new URL(account.redirectUri).origin));
    expect(await textOf(page)).toMatch(/denied|refused|not logged in/i);
    await expectNothingLeft(account);
  });

  it('a closed browser: status 4 at --timeout', async () => {
    const account = await LoginAccount.create();
    const login = account.login(['--timeout', '1s']);
    const page = await openLoginPage(account);
    await page.close();
    const { status, stdout, stderr } = await login.ended;
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(/error: .* 1 s/);
    await expectNothingLeft(account);
  });

  it('Ctrl-C: 130', async () => {
    const account = await LoginAccount.create();
    const login = account.login();
    await openLoginPage(account);
    login.child.kill('SIGINT');
    expect(await login.ended).toMatchObject({ status: 130, stdout: '', stderr: expect.not.stringContaining('error') });
    await expectNothingLeft(account);
  });

  it('an occupied port: status 2 before a browser opens', async () => {
    const account = await LoginAccount.create();
    const other = createServer().listen(Number(new URL(account.redirectUri).port), '127.0.0.1');
    await once(other, 'listening');
    afterTest(() => other.close());
    const { status, stdout, stderr } = await account.login(['--log-format', 'json']).ended;
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(rowsOf(stderr).at(-1)).toMatchObject({ type: 'error', code: 'LOGIN_PORT_IN_USE', exit: 2 });
    expect(account.browser.wasOpened).toBe(false);
    expect(account.stored).toEqual([]);
  });

  it('a wrong app secret: status 4, and the page says that it did not work', async () => {
    const account = await LoginAccount.create();
    const login = account.login(['--log-format', 'json'], { env: { FYERS_SECRET_KEY: 'NOTTHESECRET' } });
    const page = await openLoginPage(account);
    await allow(page, account);
    const { status, stdout, stderr } = await login.ended;
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(rowsOf(stderr).at(-1)).toMatchObject({ type: 'error', code: 'APP_SECRET_REFUSED', exit: 4 });
    expect(stderr).not.toContain('NOTTHESECRET');
    await expectNothingLeft(account);
  });
});

describe('without a browser of the program', () => {
  it('--no-browser: the printed address opened by hand logs in', async () => {
    const account = await LoginAccount.create();
    const login = account.login(['--no-browser']);
    await allow(await openPage((await addressOf(login)).href), account);
    expect(await login.ended).toMatchObject({ status: 0 });
    expect(account.browser.wasOpened).toBe(false);
    expect(account.stored).toEqual(['default.json']);
  });

  it.each(['the whole address', 'the code alone'])('--paste: nothing listens; %s is read from stdin', async (what) => {
    const account = await LoginAccount.create();
    const login = account.loginWithOpenInput(['--paste']);
    const page = await openPage((await addressOf(login)).href);
    expect(await isListening(account.redirectUri)).toBe(false);
    // The browser cannot reach it, and shows the address.
    const failed = page.waitForEvent('requestfailed');
    await press(page, 'Allow');
    const address = (await failed).url();
    const code = new URL(address).searchParams.get('auth_code') ?? '';
    keepSecret(`TICKPIPESIM-100:${code}`);
    login.child.stdin?.end(`${what === 'the code alone' ? code : address}\n`);
    expect(await login.ended).toMatchObject({ status: 0 });
    expect(account.stored).toEqual(['default.json']);
  });

  it('--paste with the answer to another login: status 4', async () => {
    const account = await LoginAccount.create();
    const login = account.loginWithOpenInput(['--paste', '--log-format', 'json']);
    const page = await openPage((await addressOf(login)).href);
    const failed = page.waitForEvent('requestfailed');
    await press(page, 'Allow');
    const address = new URL((await failed).url());
    keepSecret(`TICKPIPESIM-100:${address.searchParams.get('auth_code')}`);
    address.searchParams.set('state', 'another');
    login.child.stdin?.end(`${address.href}\n`);
    const { status, stdout, stderr } = await login.ended;
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(rowsOf(stderr).at(-1)).toMatchObject({ type: 'error', exit: 4 });
    expect(account.stored).toEqual([]);
  });
});
