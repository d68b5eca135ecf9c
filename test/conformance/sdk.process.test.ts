import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRequest, type Request } from '../../src/lib/hsm/request-parser.ts';
import * as requests from '../../src/lib/hsm/requests.ts';
import { countOf } from '../../src/lib/market/column-value.ts';
import { decimalNumber, priceDecimals, priceUnits } from '../../src/lib/market/price.ts';
import { DEPTH_SLOTS as D, INDEX_SLOTS as I, SYMBOL_SLOTS as S } from '../../src/lib/market/slots.ts';
import { type Simulator, startSimulator } from '../../src/lib/simulator/simulator.ts';
import { keyOf, type SeenTick, SimulatorClient } from '../simulator/simulator-client.ts';

/*
 * The official JavaScript SDK, in a process of its own, beside our decoder on the same simulator run: both must see the
 * same values, field by field, and what the SDK sends must be what our encoders send. Two differences are known and allowed,
 * and each has to occur here (docs/protocol.md): the SDK rounds prices to the precision, and takes counts as signed.
 */

const CHILD = fileURLToPath(new URL('./sdk-child.cjs', import.meta.url));

type SdkMessage = Record<string, string | number>;
type Call = { readonly call: string; readonly args: readonly unknown[] };

/** The SDK's names of our slots. */
const SYMBOL_FIELDS: readonly (readonly [name: string, slot: number, what: 'price' | 'count' | 'time'])[] = [
  ['ltp', S.ltp, 'price'],
  ['vol_traded_today', S.volume, 'count'],
  ['last_traded_time', S.lastTradeTime, 'time'],
  ['exch_feed_time', S.exchangeTime, 'time'],
  ['bid_size', S.bidSize, 'count'],
  ['ask_size', S.askSize, 'count'],
  ['bid_price', S.bid, 'price'],
  ['ask_price', S.ask, 'price'],
  ['last_traded_qty', S.lastQty, 'count'],
  ['tot_buy_qty', S.totalBuyQty, 'count'],
  ['tot_sell_qty', S.totalSellQty, 'count'],
  ['avg_trade_price', S.avgPrice, 'price'],
  ['low_price', S.low, 'price'],
  ['high_price', S.high, 'price'],
  ['open_price', S.open, 'price'],
  ['prev_close_price', S.prevClose, 'price'],
];
const INDEX_FIELDS: typeof SYMBOL_FIELDS = [
  ['ltp', I.ltp, 'price'],
  ['prev_close_price', I.prevClose, 'price'],
  ['exch_feed_time', I.exchangeTime, 'time'],
  ['high_price', I.high, 'price'],
  ['low_price', I.low, 'price'],
  ['open_price', I.open, 'price'],
];
const DEPTH_FIELDS: typeof SYMBOL_FIELDS = [1, 2, 3, 4, 5].flatMap((level) => [
  [`bid_price${level}`, D.bidPrice + level - 1, 'price'] as const,
  [`ask_price${level}`, D.askPrice + level - 1, 'price'] as const,
  [`bid_size${level}`, D.bidQuantity + level - 1, 'count'] as const,
  [`ask_size${level}`, D.askQuantity + level - 1, 'count'] as const,
  [`bid_order${level}`, D.bidOrders + level - 1, 'count'] as const,
  [`ask_order${level}`, D.askOrders + level - 1, 'count'] as const,
]);
const FIELDS: Readonly<Record<string, typeof SYMBOL_FIELDS>> = {
  sf: SYMBOL_FIELDS,
  if: INDEX_FIELDS,
  dp: DEPTH_FIELDS,
};
const CONTROL_TYPES = new Set(['cn', 'sub', 'unsub', 'lit', 'ful', 'cp', 'cr']);
/** The first time the SDK prints before it has set TZ is off by the difference of IST (section 7 of the protocol page). */
const IST_OFFSET_SECONDS = 19_800;

let simulator: Simulator;
let cwd: string;
let child: ChildProcessWithoutNullStreams | undefined;
let ours: SimulatorClient;

beforeEach(async () => {
  simulator = await startSimulator({ seed: 11, rate: 0, ackEvery: 3 });
  cwd = await mkdtemp(path.join(tmpdir(), 'tickpipe-sdk-'));
  ours = await SimulatorClient.connect(simulator, simulator.issueToken({ user: 'OURS' }).token);
});

afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  ours.socket.terminate();
  await simulator.close();
  await rm(cwd, { recursive: true, force: true });
});

/** The SDK, following a plan once it is connected. */
class Sdk {
  readonly messages: SdkMessage[] = [];
  readonly others: Record<string, unknown>[] = [];
  readonly process: ChildProcessWithoutNullStreams;
  #stderr = '';

  constructor(plan: readonly Call[]) {
    this.process = spawn(process.execPath, [CHILD], {
      cwd,
      env: {
        PATH: process.env['PATH'],
        TZ: 'Asia/Kolkata',
        SIM_SOCKET: simulator.socketUrl,
        SIM_DATA: simulator.dataUrl,
        SIM_TOKEN: simulator.token,
        SIM_PLAN: JSON.stringify(plan),
      },
    });
    child = this.process;
    this.process.stderr.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    createInterface(this.process.stdout).on('line', (line) => {
      const said = JSON.parse(line) as Record<string, unknown>;
      const message = said['message'] as SdkMessage | undefined;
      if (message === undefined) this.others.push(said);
      else this.messages.push(message);
    });
  }

  call(call: string, ...args: unknown[]): void {
    this.process.stdin.write(`${JSON.stringify({ call, args })}\n`);
  }

  get ticks(): readonly SdkMessage[] {
    return this.messages.filter(({ type }) => !CONTROL_TYPES.has(String(type)));
  }

  controls(type: string): readonly SdkMessage[] {
    return this.messages.filter((message) => message['type'] === type);
  }

  ticksOf(type: string, symbol: string): readonly SdkMessage[] {
    return this.ticks.filter((tick) => tick['type'] === type && tick['symbol'] === symbol);
  }

  async until(condition: () => boolean): Promise<void> {
    await expect.poll(() => condition() || this.#stderr !== '').toBe(true);
    expect(this.#stderr).toBe('');
  }
}

type Difference = 'rounded' | 'signed';

/** How the SDK's value differs from ours; undefined when it does not. Throws for a difference that is not allowed. */
function differenceOf(theirs: unknown, ours: number, what: 'price' | 'count' | 'time', precision: number) {
  if (theirs === ours) return undefined;
  if (what === 'price' && theirs === Number(ours.toFixed(precision))) return 'rounded';
  if (what === 'count' && ours > 0x7fffffff && theirs === ours - 2 ** 32) return 'signed';
  throw new Error(`the SDK has ${String(theirs)} for ${ours}`);
}

function expectSame(sdk: SdkMessage, tick: SeenTick | undefined): Difference[] {
  if (tick === undefined) throw new Error(`the SDK had a tick of ${sdk['symbol']} that we had not`);
  const scale = ours.decoder.state(tick.topic);
  if (scale === undefined) throw new Error(`we have no state of ${tick.topic}`);
  return (FIELDS[tick.topic.slice(0, 2)] ?? []).flatMap(([name, slot, what]) => {
    if (!(name in sdk)) throw new Error(`the SDK gave no ${name} of ${sdk['symbol']}`);
    const raw = tick.values[slot] as number;
    const price = (): number => decimalNumber(priceUnits(raw, scale.multiplier), priceDecimals(scale));
    const own = what === 'price' ? price() : what === 'count' ? countOf(raw) : raw;
    return differenceOf(sdk[name], own, what, scale.precision) ?? [];
  });
}

const PAIRS = [
  ['sf', 'NSE:SBIN-EQ', 'sf|nse_cm|3045'],
  ['sf', 'NSE:IDEA-EQ', 'sf|nse_cm|14366'],
  ['sf', 'NSE:USDINR26NOVFUT', 'sf|cde_fo|9452'],
  ['sf', 'MCX:GOLD26DECFUT', 'sf|mcx_fo|454818'],
  ['sf', 'NSE:M&M-EQ', 'sf|nse_cm|2031'],
  ['sf', 'NSE:SIMPENNY-EQ', 'sf|nse_cm|990004'],
  ['dp', 'NSE:SBIN-EQ', 'dp|nse_cm|3045'],
  ['dp', 'NSE:USDINR26NOVFUT', 'dp|cde_fo|9452'],
  ['dp', 'NSE:SIMPENNY-EQ', 'dp|nse_cm|990004'],
  ['if', 'NSE:NIFTY50-INDEX', 'if|nse_cm|Nifty 50'],
  ['if', 'BSE:SENSEX-INDEX', 'if|bse_cm|SENSEX'],
] as const;
const symbolsOf = (...types: string[]) => PAIRS.filter(([type]) => types.includes(type)).map(([, symbol]) => symbol);

describe('the official SDK on the simulator', () => {
  it('gets the same values as our decoder, field by field, but for its rounding and its signed counts', async () => {
    await ours.subscribe(PAIRS.map(([, , topic]) => topic));
    const sdk = new Sdk([
      { call: 'subscribe', args: [symbolsOf('sf', 'if')] },
      { call: 'subscribe', args: [symbolsOf('dp'), true] },
    ]);
    await sdk.until(() => PAIRS.every(([type, symbol]) => sdk.ticksOf(type, symbol).length === 1));
    let settled = 0;
    for (let round = 0; round < 40; round++) {
      for (const symbol of new Set(PAIRS.map(([, name]) => name))) simulator.tick(symbol);
      settled = ours.packets;
      await ours.settle();
      // Both may still be receiving on a busy machine.
      await sdk.until(() => sdk.ticks.length === ours.packets);
    }
    expect(settled).toBeGreaterThan(200);
    const differing: Record<Difference, Set<string>> = { rounded: new Set(), signed: new Set() };
    for (const [type, symbol, topic] of PAIRS) {
      const sdkTicks = sdk.ticksOf(type, symbol);
      const ourTicks = ours.ticksOf(topic);
      expect(sdkTicks.length, topic).toBe(ourTicks.length);
      expect(sdkTicks.length, topic).toBeGreaterThan(20);
      for (const [position, tick] of sdkTicks.entries()) {
        const shown = position === 0 && tick['exch_feed_time'] !== undefined ? withTrueTimes(tick, ourTicks[0]) : tick;
        for (const difference of expectSame(shown, ourTicks[position])) differing[difference].add(topic);
      }
    }
    // Where prices had more decimals than the precision says, and where counts are beyond 2^31: nowhere else.
    expect([...differing.rounded].sort()).toEqual(['sf|cde_fo|9452', 'sf|nse_cm|14366']);
    expect([...differing.signed].sort()).toEqual(['dp|nse_cm|990004', 'sf|nse_cm|990004']);
    expect(simulator.counters.acks).toBeGreaterThan(10);
    await end(sdk);
  });

  it('gets the same last prices on a lite channel', async () => {
    await ours.mode('lite');
    await ours.subscribe(['sf|nse_cm|3045', 'if|nse_cm|Nifty 50']);
    const sdk = new Sdk([
      { call: 'mode', args: ['$lite'] },
      { call: 'subscribe', args: [['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX']] },
    ]);
    await sdk.until(() => sdk.ticks.length === 2);
    for (let round = 0; round < 40; round++) {
      simulator.tick('NSE:SBIN-EQ');
      simulator.tick('NSE:NIFTY50-INDEX');
      await ours.settle();
      const total = ours.packets;
      await sdk.until(() => sdk.ticks.length === total);
    }
    for (const [type, symbol, topic] of [PAIRS[0], PAIRS[9]]) {
      const prices = sdk.ticksOf(type, symbol).map((tick) => tick['ltp']);
      expect(prices).toEqual(ours.ticksOf(topic).map(({ values }) => Number(((values[0] as number) / 100).toFixed(2))));
      expect(new Set(prices).size).toBeGreaterThan(5);
    }
    await end(sdk);
  });

  it('unsubscribes, and has no tick of what nobody knows', async () => {
    const sdk = new Sdk([{ call: 'subscribe', args: [['NSE:SBIN-EQ', 'NSE:NOPE-EQ']] }]);
    await sdk.until(() => sdk.ticks.length === 1);
    sdk.call('unsubscribe', ['NSE:SBIN-EQ']);
    await sdk.until(() => sdk.controls('unsub').length === 1);
    simulator.tick('NSE:SBIN-EQ');
    sdk.call('subscribe', ['NSE:INFY-EQ']);
    await sdk.until(() => sdk.ticksOf('sf', 'NSE:INFY-EQ').length === 1);
    expect(sdk.ticks).toHaveLength(2);
    await end(sdk);
  });

  it('has no success to tell when it is refused', async () => {
    simulator.inject({ name: 'refuse-auth' });
    const sdk = new Sdk([]);
    await sdk.until(() => sdk.others.some((said) => 'closed' in said));
    expect(sdk.messages).toEqual([]);
    expect(simulator.counters.refusedAuth).toBe(1);
    await end(sdk);
  });
});

describe('what the SDK sends', () => {
  it('is what our encoders send, for every kind of frame', async () => {
    const sent: Buffer[] = [];
    const before = new Set(simulator.connections);
    simulator.onRequest = (bytes, connection) => {
      if (!before.has(connection)) sent.push(Buffer.from(bytes));
    };
    const sdk = new Sdk([
      { call: 'mode', args: ['$lite', 12] },
      { call: 'subscribe', args: [['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX'], false, 12] },
    ]);
    await sdk.until(() => sdk.ticks.length === 2);
    for (let n = 0; n < 20; n++) simulator.tick('NSE:SBIN-EQ');
    sdk.call('unsubscribe', ['NSE:SBIN-EQ'], false, 12);
    await sdk.until(() => sdk.controls('unsub').length === 1);
    const kinds = new Set<string>();
    for (const bytes of sent) {
      const request = parseRequest(bytes);
      if (request === undefined) throw new Error(`an unreadable frame of the SDK: ${bytes.toString('hex')}`);
      kinds.add(request.type);
      expect(comparable(bytes), request.type).toBe(comparable(encodeLike(request)));
      if (request.type === 'auth') expect(request.hsmKey).toBe(keyOf(simulator.token));
    }
    expect([...kinds].sort()).toEqual(['ack', 'auth', 'mode', 'pause', 'resume', 'subscribe', 'unsubscribe']);
    await end(sdk);
  });
});

/** The SDK's times before the first `process.env.TZ` has effect are those of a machine in another zone. */
function withTrueTimes(tick: SdkMessage, own: SeenTick | undefined): SdkMessage {
  const times = Object.entries(tick).map(([name, value]) =>
    name.endsWith('_time') && own !== undefined && !own.values.includes(Number(value))
      ? [name, Number(value) + IST_OFFSET_SECONDS]
      : [name, value],
  );
  return Object.fromEntries(times) as SdkMessage;
}

function encodeLike(request: Request): Buffer {
  switch (request.type) {
    case 'auth':
      return requests.encodeAuth(request.hsmKey, request.source);
    case 'ack':
      return requests.encodeAck(request.messageNumber);
    case 'subscribe':
      return requests.encodeSubscribe(request.topics, request.channel);
    case 'unsubscribe':
      return requests.encodeUnsubscribe(request.topics, request.channel);
    case 'snapshot':
      return requests.encodeSnapshot(request.topics);
    case 'mode':
      return requests.encodeMode(request.channels, request.mode);
    case 'pause':
      return requests.encodePause(request.channels);
    case 'resume':
      return requests.encodeResume(request.channels);
    case 'ping':
      return requests.encodePing();
  }
}

/** A frame without its length prefix, which the SDK leaves at other values that no server reads. */
function comparable(frame: Buffer): string {
  return frame.subarray(2).toString('hex');
}

/** Ends the SDK, which must have written no file and asked no other host. */
async function end(sdk: Sdk): Promise<void> {
  sdk.process.stdin.end();
  if (sdk.process.exitCode === null) await once(sdk.process, 'exit');
  expect(sdk.others.filter((said) => 'refusedHost' in said)).toEqual([]);
  expect(await readdir(cwd)).toEqual([]);
}
