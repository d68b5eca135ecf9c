import { describe, expect, it } from 'vitest';
import { makeJwt } from '../../support/make-token.ts';
import { PlantedSecrets } from '../../support/planted-secrets.ts';
import { type Ended, rowsOf } from '../program.ts';
import { open } from './login.ts';
import { LoginAccount } from './login-account.ts';
import { json, page, type ScriptedAnswer, ScriptedBroker } from './scripted-broker.ts';

/*
 * The broker refuses, answers nonsense, or sends markup and secrets back. Each way ends with a status, an error and a hint of its own;
 * nothing is stored, and nothing of the answer is repeated.
 */

const APP_ID = 'PLANTEDAPP-100';
const IN_A_DAY = Math.floor(Date.now() / 1_000) + 86_400;
/** What a terminal or a browser would act on. */
const PIECES = ['alert(', '\u001b', '\u202e', '\u0007'];
const MARKUP = `<script>alert("<b>&amp;</b>")</script>${PIECES.join('[31m')}`;

/** What must never come out, and what the broker is given or gives. */
function plantSecrets() {
  const secrets = new PlantedSecrets();
  const claims = { hsm_key: 'f00d'.repeat(14), fy_id: 'YK90210', display_name: `O'NEIL "THE" ${MARKUP}` };
  const token = makeJwt({ ...claims, exp: IN_A_DAY });
  const code = makeJwt({ ...claims, sub: 'auth_code', exp: IN_A_DAY, hsm_key: 'beef'.repeat(14) });
  const appSecret = 'PLANTED9SECRET';
  secrets.plantToken('token', token);
  secrets.plantToken('auth code', code);
  secrets.plant('app secret', appSecret);
  return { secrets, token, code, appSecret };
}
type Planted = ReturnType<typeof plantSecrets>;

interface Attempt extends Ended {
  /** The page on which the browser ends, with its address. */
  readonly page: string;
  readonly account: LoginAccount;
  readonly broker: ScriptedBroker;
}

/** A login whose code is exchanged, and whose token is checked, at a broker that answers so. */
async function tryLogin(
  planted: Planted,
  exchange: ScriptedAnswer,
  { profile = json(200, { s: 'ok' }), args = ['--log-format', 'json', '--verbose'] } = {},
): Promise<Attempt> {
  const broker = await ScriptedBroker.start({ 'validate-authcode': exchange, profile });
  const account = await LoginAccount.create();
  const env = { TICKPIPE_AUTH_URL: broker.authUrl, FYERS_APP_ID: APP_ID, FYERS_SECRET_KEY: planted.appSecret };
  const login = account.login(args, { env });
  const { args: opened } = await account.browser.waitForOpening();
  const state = new URL(String(opened[0])).searchParams.get('state') ?? '';
  const query = new URLSearchParams({ s: 'ok', code: '200', auth_code: planted.code, state });
  const { address, html } = await open(`${account.redirectUri}?${query}`);
  return { ...(await login.ended), page: `${address}\n${html}`, account, broker };
}

/** Every text of this answer holds what the client sent, and markup. */
const refusal =
  (status: number, code: number): ScriptedAnswer =>
  (response, { body }) => {
    const echo = `${MARKUP} ${body}`;
    json(status, { s: 'error', code, message: echo, errors: [echo], data: { [echo]: echo }, access_token: '' })(
      response,
      {
        method: '',
        path: '',
        headers: {},
        body,
      },
    );
  };

const html = `<html><title>${MARKUP}</title><h1>Attention required</h1></html>`;

const REFUSALS: readonly (readonly [name: string, code: string, answer: (planted: Planted) => ScriptedAnswer])[] = [
  ['-371, the wrong app secret', 'APP_SECRET_REFUSED', () => refusal(400, -371)],
  ['-374, the auth code', 'AUTH_CODE_REFUSED', () => refusal(400, -374)],
  ['-441, the grant type', 'GRANT_TYPE_REFUSED', () => refusal(400, -441)],
  ['-352, the app id', 'APP_ID_REFUSED', () => refusal(400, -352)],
  ['-373, the permission', 'APP_WITHOUT_PERMISSION', () => refusal(403, -373)],
  ['-371 with status 200', 'APP_SECRET_REFUSED', () => refusal(200, -371)],
  ['another code', 'LOGIN_REFUSED', () => refusal(400, -9_999)],
  ['403 without a known code', 'LOGIN_BLOCKED', () => refusal(403, -9_999)],
  ['403 with a page', 'LOGIN_BLOCKED', () => page(403, html)],
  ['502 with a page', 'LOGIN_NOT_JSON', () => page(502, html)],
  ['200 with a page', 'LOGIN_NOT_JSON', () => page(200, html)],
  ['200 with nothing', 'LOGIN_NOT_JSON', () => page(200, '')],
  ['bytes', 'LOGIN_NOT_JSON', () => page(200, Buffer.from([0, 0xff, 0xfe, 0x1b, 0x5b]))],
  ['half an answer', 'LOGIN_NOT_JSON', ({ token }) => page(200, `{"s":"ok","access_token":"${token}`)],
  ['more than a megabyte', 'LOGIN_NO_ANSWER', () => page(200, Buffer.alloc(2_000_000, 'x'))],
  [
    'a redirect to another host',
    'LOGIN_REDIRECTED',
    () => page(307, '', { location: `https://evil.example/?${MARKUP.replace(/[^\x20-\x7e]/g, '')}` }),
  ],
  ['a connection that is cut', 'LOGIN_NO_ANSWER', () => (response) => response.destroy()],
  ['success without a token', 'LOGIN_MALFORMED', () => json(200, { s: 'ok', code: 200, message: MARKUP })],
  ['a token that is a number', 'LOGIN_MALFORMED', () => json(200, { s: 'ok', access_token: 17 })],
  ['a token of markup', 'TOKEN_MALFORMED', () => json(200, { s: 'ok', access_token: MARKUP })],
  ['an auth code as the token', 'TOKEN_WRONG_KIND', ({ code }) => json(200, { s: 'ok', access_token: code })],
  ['an expired token', 'TOKEN_EXPIRED', () => json(200, { s: 'ok', access_token: makeJwt({ exp: 1_700_000_000 }) })],
  [
    'a token without a key',
    'TOKEN_WITHOUT_KEY',
    () => json(200, { s: 'ok', access_token: makeJwt({ exp: IN_A_DAY, hsm_key: '' }) }),
  ],
];

describe('the broker answers the exchange of the auth code with', () => {
  it.each(REFUSALS)('%s: %s, status 4', async (_, code, answer) => {
    const planted = plantSecrets();
    const attempt = await tryLogin(planted, answer(planted));
    const { status, stdout, stderr, account } = attempt;
    expect(rowsOf(stderr).at(-1)).toMatchObject({ type: 'error', code, exit: 4, hint: expect.stringMatching(/\w/) });
    expect({ status, stdout, stored: account.stored }).toEqual({ status: 4, stdout: '', stored: [] });
    expectNothingRepeated(planted, attempt);
  });

  it('a refusal: for people it is one error and one hint, also with --verbose', async () => {
    const planted = plantSecrets();
    const attempt = await tryLogin(planted, refusal(400, -371), { args: ['--verbose'] });
    expect(attempt.stderr).toMatch(/\nerror: [^\n]+\nhint: [^\n]+\n$/);
    expectNothingRepeated(planted, attempt);
  });
});

/** No secret, and no markup or control character of the answer. */
function expectNothingRepeated(
  { secrets }: Planted,
  { stdout, stderr, page: shown, account }: Attempt,
  except: readonly string[] = [],
): void {
  expect(secrets.findIn(stdout + stderr + shown)).toEqual([]);
  expect(secrets.findInFiles(account.shared.home, except)).toEqual([]);
  for (const piece of PIECES) expect(stderr + shown).not.toContain(piece);
}

describe('the broker answers the check of the token with', () => {
  /** Every field that FYERS documents, and more, holds markup. */
  const everything = (planted: Planted): object => {
    const echo = `${MARKUP} ${planted.token} ${planted.code}`;
    const data = {
      fy_id: echo,
      name: echo,
      display_name: echo,
      email_id: echo,
      PAN: echo,
      mobile_number: echo,
      [echo]: echo,
    };
    return { s: 'ok', code: 200, message: echo, data: { ...data, pwd_to_expire: echo, pin_change_date: echo } };
  };

  it('markup in every field: the login is done, and nothing of it is printed', async () => {
    const planted = plantSecrets();
    const exchange = json(200, { ...everything(planted), access_token: planted.token });
    const attempt = await tryLogin(planted, exchange, { profile: json(200, everything(planted)) });
    expect(attempt.status).toBe(0);
    expect(rowsOf(attempt.stdout)).toMatchObject([{ type: 'Login', accepted: true }]);
    expectNothingRepeated(planted, attempt, [attempt.account.tokenFile]);
    const env = { TICKPIPE_AUTH_URL: attempt.broker.authUrl, FYERS_APP_ID: APP_ID };
    for (const args of [['whoami'], ['whoami', '-f', 'table'], ['whoami', '-f', 'csv', '--verbose']]) {
      const { status, stdout, stderr } = await attempt.account.shared.run(args, { env });
      expect(status).toBe(0);
      expectNothingRepeated(planted, { ...attempt, stdout, stderr }, [attempt.account.tokenFile]);
    }
  });

  it.each([
    ['-15', 401],
    ['-16', 401],
    ['-17', 401],
  ])('%s, a refusal: status 4, nothing is stored', async (code, status) => {
    const planted = plantSecrets();
    const exchange = json(200, { s: 'ok', access_token: planted.token });
    const attempt = await tryLogin(planted, exchange, { profile: refusal(status, Number(code)) });
    expect([attempt.status, attempt.stdout, attempt.account.stored]).toEqual([4, '', []]);
    expect(rowsOf(attempt.stderr).at(-1)).toMatchObject({ type: 'error', code: 'TOKEN_REFUSED', exit: 4 });
    expectNothingRepeated(planted, attempt);
  });

  it.each<[string, ScriptedAnswer]>([
    ['a page', page(502, html)],
    ['nothing', (response) => response.destroy()],
  ])('%s: the token is kept, with a warning', async (_, profile) => {
    const planted = plantSecrets();
    const attempt = await tryLogin(planted, json(200, { s: 'ok', access_token: planted.token }), { profile });
    expect([attempt.status, attempt.account.stored]).toEqual([0, ['default.json']]);
    expect(rowsOf(attempt.stdout)).toMatchObject([{ type: 'Login', accepted: null }]);
    expect(rowsOf(attempt.stderr).filter(({ type }) => type === 'warning')).toHaveLength(1);
    expectNothingRepeated(planted, attempt, [attempt.account.tokenFile]);
  });
});
