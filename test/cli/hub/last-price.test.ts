import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findLastPrice } from '../../../src/lib/cli/hub/last-price.ts';
import { CaptureStream } from '../program/capture-stream.ts';
import { makeContext, makeProgram } from '../program/make-program.ts';

const HUB = {
  pid: 7,
  since: 1,
  feed: 'x',
  state: 'live',
  token_expires_at: null,
  last_tick_at: 1,
  reconnects: 0,
  gaps: 0,
};
const NIFTY = 'NSE:NIFTY50-INDEX';
const FUTURE = 'NSE:NIFTY26DECFUT';
const indexRow = (ltp: number | null, more: object = {}) => ({
  type: 'IndexUpdate',
  symbol: NIFTY,
  ltp,
  open: null,
  high: null,
  low: null,
  close: ltp,
  prev_close: null,
  change: null,
  change_percent: null,
  year_high: null,
  year_low: null,
  exchange_time: null,
  received_at: 1,
  ...more,
});
const liteRow = { type: 'LiteUpdate', symbol: FUTURE, ltp: 26_111.5, received_at: 1 };

interface Given {
  readonly hub?: object;
  readonly rows?: Readonly<Record<string, object>>;
}

/** A hub that has these rows, and is asked for a price of the index, else of the future. */
async function find({ hub = {}, rows = {} }: Given, isSimulated = false) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(url.pathname);
    const symbol = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const subscriptions = { SymbolUpdate: [], DepthUpdate: [], IndexUpdate: [NIFTY], LiteUpdate: [FUTURE] };
    const status = { hub: { ...HUB, ...hub }, sessions: [], subscriptions, silent: [] };
    const body = url.pathname === '/api/hub/status' ? status : { status: 'success', symbol, data: rows[symbol] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const feed = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stderr = new CaptureStream();
  const price = await findLastPrice([NIFTY, FUTURE], isSimulated, { feed }, makeContext(makeProgram({ stderr })));
  return { price, asked, stderr: stderr.text };
}

test('is that of the first symbol that has one', async () => {
  expect((await find({ rows: { [NIFTY]: indexRow(26_019.45), [FUTURE]: liteRow } })).price).toEqual({
    symbol: NIFTY,
    price: 26_019.45,
  });
});

test.each([
  ['no value', null, {}],
  ['zero', 0, {}],
  ['a stale value', 26_019.45, { stale: true, age_ms: 5_000 }],
])('%s is no price: the next symbol is asked', async (_, ltp, more) => {
  expect((await find({ rows: { [NIFTY]: indexRow(ltp, more), [FUTURE]: liteRow } })).price).toEqual({
    symbol: FUTURE,
    price: 26_111.5,
  });
});

test.each([
  [{ state: 'disconnected' }, false],
  [{ state: 'idle' }, false],
  [{ recorded: true }, false],
  [{ simulated: true }, false],
  [{}, true],
])('a hub that is %j has no price where simulated is %j', async (hub, isSimulated) => {
  const { price, asked } = await find({ hub, rows: { [NIFTY]: indexRow(26_019.45) } }, isSimulated);
  expect([price, asked]).toEqual([undefined, ['/api/hub/status']]);
});

test('a hub that is not there has none, and that is no error', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const feed = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => server.close(resolve));
  expect(await findLastPrice([NIFTY], false, { feed }, makeContext(makeProgram()))).toBeUndefined();
});
