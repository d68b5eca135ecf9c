import { describe, expect, it } from 'vitest';
import { SharedAccount } from './shared-account.ts';

describe('a feed that the hub cannot reach', () => {
  it('ends a stream with 5 after its own retries; without them it waits', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    account.simulator.inject({ name: 'contest', durationMs: 0 });
    const waiting = account.start(['stream', 'symbols', 'NSE:SBIN-EQ']);
    await waiting.until(() => waiting.stderr.includes('connection lost'));
    const { status, stdout, stderr } = await account.run(['stream', 'symbols', 'NSE:SBIN-EQ', '--max-retries', '0']);
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toMatch(/^error: cannot reach the feed/m);
    // The account is used elsewhere, as far as the hub can tell: it does not hammer at it, and says so to everybody.
    const ended = await waiting.ended;
    expect(ended.status).toBe(5);
    expect(ended.stderr).toMatch(/^error: the server closed 6 connections in a row/m);
  });
});
