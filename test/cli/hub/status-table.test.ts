import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../../src/lib/cli/hub/status-table.ts';
import type { HubStatus } from '../../../src/lib/hub/server/hub-status.ts';

const NOW = Date.parse('2026-11-23T21:00:00+05:30');
const at = (ist: string): number => Date.parse(`${ist}+05:30`);

function reportWith(hub: Partial<HubStatus['hub']> = {}, silent: readonly string[] = []): HubStatus {
  return {
    hub: {
      pid: 4711,
      since: NOW,
      feed: 'a feed',
      state: 'live',
      token_expires_at: null,
      last_tick_at: null,
      reconnects: 0,
      gaps: 0,
      ...hub,
    },
    sessions: [
      { id: 's1', pid: 7, command: 'stream symbols', symbols: ['NSE:A-EQ'], rows: 5, skipped: 0, since: NOW - 65_000 },
    ],
    subscriptions: { SymbolUpdate: ['NSE:A-EQ'], IndexUpdate: [], DepthUpdate: [], LiteUpdate: [] },
    silent,
  };
}

describe('the table of status', () => {
  it.each([
    [at('2026-11-23T23:30:00'), 'until 23:30:00 IST'],
    [at('2026-11-24T06:00:00'), 'until 2026-11-24 06:00:00 IST'],
    [at('2026-11-23T06:00:00'), 'expired at 06:00:00 IST'],
    [at('2026-11-22T06:00:00'), 'expired at 2026-11-22 06:00:00 IST'],
    [null, 'none'],
  ])('shows when the token expires: %d', (token_expires_at, text) => {
    const line = renderStatus(reportWith({ token_expires_at }), NOW)
      .split('\n')
      .find((one) => one.startsWith('token'));
    expect(line?.replace(/^token\s+/, '')).toBe(text);
  });

  it.each([
    ['live', at('2026-11-23T06:00:00'), 'connected until it breaks: the next connection needs another token'],
    ['live', at('2026-11-23T21:00:00'), 'connected until it breaks: the next connection needs another token'],
    ['live', at('2026-11-23T21:00:01'), 'live'],
    ['live', null, 'live'],
    ['waiting_for_token', at('2026-11-23T06:00:00'), 'waiting_for_token'],
  ])('does not show a feed with an expired token as live: %s, %d', (state, token_expires_at, text) => {
    const line = renderStatus(reportWith({ state, token_expires_at }), NOW)
      .split('\n')
      .find((one) => one.startsWith('state'));
    expect(line?.replace(/^state\s+/, '')).toBe(text);
  });

  it('shows the trading hours of the markets of the subscribed symbols', () => {
    const market = 'NSE closed since 15:30 IST, opens Tue 09:15';
    expect(renderStatus(reportWith(), NOW, market)).toMatch(/^market +NSE closed since 15:30 IST, opens Tue 09:15$/m);
    expect(renderStatus(reportWith(), NOW)).not.toMatch(/^market/m);
  });

  it('has a line for each session', () => {
    expect(renderStatus(reportWith(), NOW)).toMatch(/\ns1 +7 +stream symbols +5 +0 +1 min +NSE:A-EQ\n$/);
  });

  it('removes control characters that a hub of another machine sends', () => {
    const evil = '\u001b[2Jx\u001b]0;owned\u0007';
    const report = reportWith({ feed: evil, state: evil }, [evil]);
    const [session] = report.sessions;
    const sessions = [{ ...session, id: evil, command: evil, symbols: [evil] }] as HubStatus['sessions'];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(renderStatus({ ...report, sessions }, NOW)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
});
