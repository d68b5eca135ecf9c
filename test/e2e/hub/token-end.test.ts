import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, keepSecret, run, simulate, start } from '../program.ts';
import { SharedAccount, ticksOf } from './shared-account.ts';

const SBIN = 'NSE:SBIN-EQ';
const MINUTE_MS = 60_000;
const SOON = /^warning: the token expires at \d\d:\d\d IST$/m;

/** A token of the account that ends at a time from now. */
function issue(account: { readonly simulator: SharedAccount['simulator'] }, lastsMs: number): string {
  const { token } = account.simulator.issueToken({ exp: Math.ceil((Date.now() + lastsMs) / 1_000) });
  keepSecret(token);
  return token;
}

describe('a token that ends within a quarter of an hour', () => {
  it('is reported at the start by every command of the hub, and by serve', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const env = { FYERS_ACCESS_TOKEN: issue(account, 10 * MINUTE_MS) };
    const first = await account.run(['quote', SBIN], { env });
    expect(first).toMatchObject({ status: 0, stderr: expect.stringMatching(SOON) });
    const second = await account.run(['quote', SBIN], { env });
    expect(second.stderr.match(SOON)).toHaveLength(1);
    const serving = account.start(['serve', '--port', '0'], { env });
    await serving.until(() => serving.stderr.includes('serving at'));
    expect(serving.stderr).toMatch(SOON);
    const [, url = ''] = /serving at (http:\S+)/.exec(serving.stderr) ?? [];
    const elsewhere = await run(['quote', SBIN, '--feed', url], { env: { TICKPIPE_DIRECT: undefined } });
    expect(elsewhere).toMatchObject({ status: 0, stderr: expect.stringMatching(SOON) });
    // The hub adopts one that lasts longer, and nobody is warned any more.
    const later = await account.run(['quote', SBIN], { env: { FYERS_ACCESS_TOKEN: issue(account, 60 * MINUTE_MS) } });
    expect(later).toMatchObject({ status: 0, stderr: '' });
  });

  it('is reported by serve that is the hub, and by a connection of its own', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const env = { FYERS_ACCESS_TOKEN: issue(account, 10 * MINUTE_MS) };
    const serving = account.start(['serve', '--port', '0'], { env });
    await serving.until(() => serving.stderr.includes('serving at'));
    expect(serving.stderr.match(SOON)).toHaveLength(1);
    const simulator = await simulate({ rate: 200 });
    const direct = { ...simulator.environment, FYERS_ACCESS_TOKEN: issue({ simulator }, 10 * MINUTE_MS) };
    const quote = await run(['quote', SBIN], { env: direct });
    expect(quote.status).toBe(0);
    expect(quote.stderr.match(SOON)).toHaveLength(1);
    const long = { ...simulator.environment, FYERS_ACCESS_TOKEN: issue({ simulator }, 60 * MINUTE_MS) };
    expect(await run(['quote', SBIN], { env: long })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a token that ends while its connection lives on', () => {
  it('is reported then; status follows the newer one that its file has', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    const tokenFile = path.join(emptyFolder(), 'token');
    writeFileSync(tokenFile, issue(account, 12_000), { mode: 0o600 });
    const env = { FYERS_ACCESS_TOKEN: undefined };
    const running = account.start(['stream', 'symbols', SBIN, '--token-file', tokenFile], { env });
    await running.until(() => ticksOf(running).length > 0);
    await running.until(() => /^warning: the token expired at \d\d:\d\d IST; /m.test(running.stderr));
    const before = running.rows.length;
    await running.until(() => running.rows.length > before);
    const status = async (): Promise<string> => {
      const { stdout } = await account.run(['status', '-f', 'table'], { env: { FYERS_ACCESS_TOKEN: undefined } });
      return stdout;
    };
    const over = await status();
    expect(over).toMatch(/^token +expired at /m);
    expect(over).toMatch(/^state +connected until it breaks: /m);
    writeFileSync(tokenFile, issue(account, 60 * MINUTE_MS));
    const renewed = await status();
    expect(renewed).toMatch(/^state +live$/m);
    expect(renewed).toMatch(/^token +until /m);
  });

  it('is reported by a connection of its own', async () => {
    const simulator = await simulate({ rate: 200 });
    const account = { simulator };
    const env = { ...simulator.environment, FYERS_ACCESS_TOKEN: issue(account, 8_000) };
    const running = start(['stream', 'symbols', SBIN], { env });
    await running.until(() => running.stderr.includes('the token expired at'));
    running.child.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(/^warning: the token expires at .* IST\nwarning: the token expired at .* IST; .*\n$/);
  });
});
