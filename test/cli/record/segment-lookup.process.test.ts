import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HubFlags } from '../../../src/lib/cli/command/flag-groups.ts';
import { createSegmentLookup } from '../../../src/lib/cli/record/segment-lookup.ts';
import { makeToken } from '../../support/make-token.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { answerJson, answerNever, startTokenServer } from '../../symbols/token-server.ts';
import { makeContext, makeProgram } from '../program/make-program.ts';

const GOLD = 'NSE:GOLDM26DECFUT';
const BOND = 'NSE:718GS203326DECFUT';
const NOW = Date.parse('2026-11-23T08:30:00+05:30');

async function setUp(flags: Partial<HubFlags> = {}, env: Record<string, string> = {}) {
  const server = await startTokenServer();
  onTestFinished(() => server.close());
  const clock = new ManualClock(NOW);
  const program = makeProgram({
    clock,
    env: { TICKPIPE_DATA_URL: server.dataUrl, FYERS_ACCESS_TOKEN: makeToken(), ...env },
  });
  const abort = new AbortController();
  const context = makeContext(program, abort.signal);
  return { server, clock, abort, lookUp: createSegmentLookup({ feed: 'fyers', ...flags }, context) };
}

describe('the segments of symbols', () => {
  it('come from FYERS, whose fytoken contains them', async () => {
    const { server, lookUp } = await setUp();
    const validSymbol = { [GOLD]: '1020261204454820', [BOND]: '101226123112345' };
    server.script.push(answerJson({ s: 'ok', code: 200, message: '', validSymbol, invalidSymbol: ['NSE:NO26DECFUT'] }));
    const found = await lookUp([GOLD, BOND, 'NSE:NO26DECFUT']);
    expect([...found]).toEqual([
      [GOLD, 'nse_com'],
      [BOND, 'cde_fo'],
    ]);
  });

  it('are empty for another feed', async () => {
    const { server, lookUp } = await setUp({ feed: 'sim' });
    expect(await lookUp([GOLD])).toEqual(new Map());
    expect(server.calls).toEqual([]);
  });

  it('need a token that has not expired', async () => {
    const none = await setUp({}, { FYERS_ACCESS_TOKEN: '' });
    await expect(none.lookUp([GOLD])).rejects.toMatchObject({ code: 'NO_TOKEN' });
    const old = await setUp({}, { FYERS_ACCESS_TOKEN: makeToken({ exp: NOW / 1000 - 60 }) });
    await expect(old.lookUp([GOLD])).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect([...none.server.calls, ...old.server.calls]).toEqual([]);
  });

  it('time out after ten seconds', async () => {
    const { server, clock, lookUp } = await setUp();
    let answer = (): void => {};
    const called = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.script.push((...all) => {
      answerNever(...all);
      answer();
    });
    const asking = lookUp([GOLD]);
    await called;
    clock.advance(10_000);
    await expect(asking).rejects.toThrow('the answer takes too long');
    expect(clock.pending).toBe(0);
  });

  it('stop at the signal', async () => {
    const { server, abort, lookUp } = await setUp();
    server.script.push(() => abort.abort('SIGINT'));
    await expect(lookUp([GOLD])).rejects.toBe('SIGINT');
  });

  it('do not read a token from a pipe, which the feed needs', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const pipe = path.join(folder, 'token');
    execFileSync('mkfifo', [pipe]);
    const { server, lookUp } = await setUp({ 'token-file': pipe });
    expect(await lookUp([GOLD])).toEqual(new Map());
    const file = path.join(folder, 'file');
    writeFileSync(file, makeToken(), { mode: 0o600 });
    const other = await setUp({ 'token-file': file });
    expect(await other.lookUp([GOLD])).toEqual(new Map([[GOLD, 'nse_cm']]));
    expect(server.calls).toEqual([]);
  });
});
