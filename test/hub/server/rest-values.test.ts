import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rowSchema } from '../../../src/lib/market/rows.ts';
import { type Answer, parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from './api-user.ts';

const SBIN = 'NSE:SBIN-EQ';
const NIFTY = 'NSE:NIFTY50-INDEX';
const COLUMNS = {
  SymbolUpdate:
    'type symbol ltp open high low close prev_close change change_percent bid ask bid_size ask_size volume last_qty avg_price total_buy_qty total_sell_qty oi year_high year_low lower_circuit upper_circuit last_trade_time exchange_time received_at simulated',
  IndexUpdate:
    'type symbol ltp open high low close prev_close change change_percent year_high year_low exchange_time received_at simulated',
  DepthUpdate: 'type symbol bid ask spread imbalance received_at simulated',
  LiteUpdate: 'type symbol ltp received_at simulated',
};

type Row = Record<string, unknown>;

let hub: HubFixture;
let user: ApiUser;

beforeEach(async () => {
  hub = await startHub();
  user = new ApiUser(hub);
});

afterEach(async () => {
  user.checkAnswers();
  expect(hub.bugs).toEqual([]);
  await hub.close();
});

const askValue = (symbol: string, type = 'SymbolUpdate'): Promise<Answer> =>
  user.get(`/api/websocket/symbol/${symbol}?data_type=${type}`);
const readValue = async (symbol: string, type?: string): Promise<Row> =>
  parse<{ data: Row }>(await askValue(symbol, type)).data;
const readValues = async (type: string): Promise<Record<string, Row>> =>
  parse<{ data: Record<string, Row> }>(await user.get(`/api/websocket/data/${type}`)).data;
/** A first row follows the answer to a subscription by itself. */
const untilThere = (symbol: string, type?: string): Promise<void> =>
  vi.waitFor(async () => expect((await askValue(symbol, type)).status).toBe(200), { interval: 10, timeout: 5_000 });

async function untilLive(live: boolean): Promise<void> {
  await vi.waitFor(async () => expect((await user.status())['connected']).toBe(live), { interval: 10, timeout: 5_000 });
}

/** Breaks the connection so that it does not come back before the faults are cleared. */
async function cutOff(): Promise<void> {
  hub.simulator.inject({ name: 'contest', durationMs: 0 });
  hub.simulator.inject({ name: 'drop' });
  await untilLive(false);
}

describe('last values', () => {
  it.each([
    ['SymbolUpdate', SBIN],
    ['DepthUpdate', SBIN],
    ['LiteUpdate', SBIN],
    ['IndexUpdate', NIFTY],
  ] as const)('gives the last %s', async (type, symbol) => {
    await user.subscribe([symbol], type);
    await untilThere(symbol, type);
    const one = await askValue(symbol, type);
    expect(one.headers['content-type']).toBe('application/json; charset=utf-8');
    const { data, ...rest } = parse<{ data: Row }>(one);
    expect(rest).toEqual({ status: 'success', symbol });
    expect(Object.keys(data).join(' ')).toBe(COLUMNS[type]);
    expect(rowSchema.parse(data)).toMatchObject({ type, symbol, simulated: true });
    expect(parse(await user.get(`/api/websocket/data/${type}`))).toEqual({
      status: 'success',
      data_type: type,
      data: { [symbol]: data },
    });
    expect(await user.status()).toMatchObject({ data_cache: { [type]: 1 } });
  });

  it('follows the ticks', async () => {
    const socket = await SocketUser.connect(hub);
    await socket.subscribe([SBIN]);
    const first = await socket.next('SymbolUpdate');
    expect(await readValue(SBIN)).toEqual(first.data);
    hub.simulator.tick(SBIN);
    const second = await socket.next('SymbolUpdate');
    expect(second.data).not.toEqual(first.data);
    expect(await readValue(SBIN)).toEqual(second.data);
  });

  it('knows a symbol in any spelling, encoded or not', async () => {
    await user.subscribe(['NSE:M&M-EQ']);
    await untilThere('NSE:M&M-EQ');
    for (const name of ['NSE:M%26M-EQ', 'nse%3Am%26m-eq', '%20NSE:M&M-EQ']) {
      expect(parse(await askValue(name)), name).toMatchObject({ symbol: 'NSE:M&M-EQ' });
    }
  });

  it('finds an index under the type of quotes, as it is subscribed', async () => {
    await user.subscribe([NIFTY]);
    await untilThere(NIFTY);
    expect(await readValue(NIFTY)).toMatchObject({ type: 'IndexUpdate' });
    expect(await readValues('SymbolUpdate')).toEqual({});
  });

  it('has nothing of a type without a subscription', async () => {
    expect(parse(await user.get('/api/websocket/data/LiteUpdate'))).toEqual({
      status: 'success',
      data_type: 'LiteUpdate',
      data: {},
    });
  });

  it('answers differently for a symbol that is not subscribed and one without a tick, and forgets with the last client', async () => {
    const missing = (text: string, symbol: string) => ({
      status: 'error',
      code: 'NOT_FOUND',
      message: `${symbol} ${text}`,
      symbols: [symbol],
    });
    const silent = 'NSE:SIMSILENT-INDEX';
    await user.subscribe([silent], 'IndexUpdate');
    const unticked = await askValue(silent, 'IndexUpdate');
    expect([unticked.status, parse(unticked)]).toEqual([404, missing('has not ticked yet', silent)]);
    expect(await readValues('IndexUpdate')).toEqual({});
    await user.subscribe([SBIN]);
    await untilThere(SBIN);
    await user.unsubscribe([SBIN]);
    const forgotten = await askValue(SBIN);
    expect([forgotten.status, parse(forgotten)]).toEqual([404, missing('is not subscribed', SBIN)]);
    // Of another type it never was.
    expect(parse(await askValue(SBIN, 'LiteUpdate'))).toEqual(missing('is not subscribed', SBIN));
  });
});

describe('while the feed is away', () => {
  it('marks what it has as stale, with its age, until the feed says it again', async () => {
    await user.subscribe([SBIN]);
    await untilThere(SBIN);
    const live = await readValue(SBIN);
    await cutOff();
    const stale = await readValue(SBIN);
    expect(stale).toEqual({ ...live, stale: true, age_ms: expect.any(Number) });
    expect(Object.keys(stale).slice(-3)).toEqual(['stale', 'age_ms', 'simulated']);
    expect(stale['age_ms']).toBeGreaterThanOrEqual(0);
    expect(stale['age_ms']).toBeLessThanOrEqual(Date.now() - Number(live['received_at']));
    expect(await readValues('SymbolUpdate')).toMatchObject({ [SBIN]: { stale: true } });
    expect(await user.status()).toMatchObject({ connected: false, streaming: false, data_cache: { SymbolUpdate: 1 } });
    hub.simulator.clearFaults();
    await vi.waitFor(async () => expect(await readValue(SBIN)).not.toHaveProperty('stale'), {
      interval: 10,
      timeout: 5_000,
    });
    expect(await readValue(SBIN)).not.toHaveProperty('age_ms');
  });

  it('marks what others still want after a disconnect', async () => {
    const socket = await SocketUser.connect(hub);
    await socket.subscribe([SBIN]);
    const { data } = await socket.next('SymbolUpdate');
    await user.post('/api/websocket/disconnect');
    expect(await readValue(SBIN)).toEqual({ ...data, stale: true, age_ms: expect.any(Number) });
  });

  it('marks it while there is no token that is good', async () => {
    await user.subscribe([SBIN]);
    await untilThere(SBIN);
    hub.simulator.inject({ name: 'expire-token' });
    await untilLive(false);
    expect(await readValue(SBIN)).toMatchObject({ stale: true });
  });
});
