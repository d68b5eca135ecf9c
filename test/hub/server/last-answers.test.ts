import { expect, it, vi } from 'vitest';
import { ask, parse } from '../core/hub-client.ts';
import { startHub } from '../core/hub-fixture.ts';

const SUBSCRIBE = '/api/websocket/subscribe?symbols=NSE:SBIN-EQ&data_type=SymbolUpdate';

it.each(['TCP', 'the Unix socket'])(
  'a caller that waits for the feed over %s gets an answer when the hub ends',
  async (way) => {
    const hub = await startHub();
    await hub.simulator.close();
    const waiting = ask(hub, 'POST', SUBSCRIBE, { unix: way !== 'TCP' });
    await vi.waitFor(() => expect(hub.hub.sessionCount).toBe(1), { interval: 1, timeout: 20_000 });
    await hub.close();
    const answer = await waiting;
    expect(answer.status).toBe(503);
    expect(parse(answer)).toMatchObject({
      status: 'error',
      code: expect.stringMatching(/^(HUB|FEED)_UN/),
      symbols: [],
    });
  },
);
