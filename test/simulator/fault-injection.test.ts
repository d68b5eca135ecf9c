import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeAuth, encodeSnapshot } from '../../src/lib/hsm/requests.ts';
import { SYMBOL_SLOTS as S } from '../../src/lib/market/slots.ts';
import { parseFaults } from '../../src/lib/simulator/faults.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { keyOf, SimulatorClient } from './simulator-client.ts';

const SBIN = 'sf|nse_cm|3045';
const INFY = 'sf|nse_cm|1594';
let simulator: Simulator;
let clock: ManualClock;
const clients: SimulatorClient[] = [];

async function start(faults: readonly string[] = [], options: SimulatorOptions = {}): Promise<void> {
  await simulator?.close();
  clock = new ManualClock();
  simulator = await startSimulator({ rate: 0, ackEvery: 5, clock, ...options, faults: faults.flatMap(parseFaults) });
}

beforeEach(() => start());
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate();
  await simulator.close();
});

async function connect(token?: string): Promise<SimulatorClient> {
  const client = await SimulatorClient.connect(simulator, token);
  clients.push(client);
  return client;
}

describe('faults of the connection', () => {
  it('drops at each of its times, counted from the first authentication', async () => {
    await start(['drop@2s,4s']);
    clock.advance(60_000);
    const first = await connect();
    clock.advance(1_999);
    await first.settle();
    clock.advance(1);
    await first.closed();
    const second = await connect();
    clock.advance(1_999);
    await second.settle();
    clock.advance(1);
    await second.closed();
    const third = await connect();
    clock.advance(60_000);
    await third.settle();
  });

  it('drops now, when injected', async () => {
    const client = await connect();
    simulator.inject({ name: 'drop' });
    await client.closed();
  });

  it('stalls what is connected, with the socket open, and not the next connection', async () => {
    const stalled = await connect();
    await stalled.subscribe([SBIN]);
    await stalled.until(() => stalled.ticks.length === 1);
    simulator.inject({ name: 'stall' });
    simulator.tick('NSE:SBIN-EQ');
    const other = await connect(simulator.issueToken({ user: 'OTHER' }).token);
    await other.subscribe([SBIN]);
    simulator.tick('NSE:SBIN-EQ');
    await other.until(() => other.ticks.length === 2);
    expect(stalled.ticks).toHaveLength(1);
    expect(stalled.isClosed).toBe(false);
  });

  it('stalls one symbol until the next connection, also after another subscribe', async () => {
    const client = await connect();
    await client.subscribe([SBIN, INFY]);
    simulator.inject({ name: 'stall-symbol', symbol: 'NSE:SBIN-EQ' });
    await client.subscribe([SBIN, 'dp|nse_cm|3045', INFY]);
    simulator.tick('NSE:SBIN-EQ');
    simulator.tick('NSE:INFY-EQ');
    await client.settle();
    expect(client.ticksOf(SBIN)).toHaveLength(1);
    expect(client.ticksOf('dp|nse_cm|3045')).toHaveLength(0);
    expect(client.ticksOf(INFY)).toHaveLength(2);
    const next = await connect();
    await next.subscribe([SBIN]);
    await next.until(() => next.ticks.length === 1);
  });

  it('refuses a stall of an unknown symbol', () => {
    expect(() => simulator.inject({ name: 'stall-symbol', symbol: 'NSE:NOPE-EQ' })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });

  it('refuses authentication as often as it says', async () => {
    await start(['refuse-auth=2']);
    for (const ok of [false, false, true]) {
      const client = new SimulatorClient(simulator.socketUrl);
      clients.push(client);
      await once(client.socket, 'open');
      expect((await client.ask(encodeAuth(keyOf(simulator.token), 'x'))).ok).toBe(ok);
    }
  });

  it('never answers a muted connection', async () => {
    await start(['mute=1']);
    const mute = new SimulatorClient(simulator.socketUrl);
    clients.push(mute);
    await once(mute.socket, 'open');
    mute.socket.send(encodeAuth(keyOf(simulator.token), 'x'));
    await connect();
    expect(mute.messages).toEqual([]);
  });

  it('contests: closes each connection some time after it has authenticated', async () => {
    await start(['contest=1s']);
    for (let n = 0; n < 3; n++) {
      const client = await connect();
      clock.advance(1_000);
      await client.closed();
    }
    simulator.clearFaults();
    const client = await connect();
    clock.advance(10_000);
    await client.settle();
  });

  it('ends tokens: closes, and accepts only new ones', async () => {
    await start(['expire-token@1m']);
    const client = await connect();
    clock.advance(60_000);
    await client.closed();
    const next = await SimulatorClient.connect(simulator);
    clients.push(next);
    expect(next.answers[0]?.ok).toBe(false);
    const response = await fetch(`${simulator.dataUrl}/symbol-token`, {
      method: 'POST',
      headers: { authorization: simulator.token },
      body: '{"symbols":[]}',
    });
    expect([response.status, ((await response.json()) as { code: number }).code]).toEqual([401, -8]);
    const renewed = await connect(simulator.issueToken().token);
    expect(renewed.answers[0]?.ok).toBe(true);
  });

  it('forgets what it had planned when it is closed', async () => {
    await start(['drop@10s', 'delay=1s']);
    const client = new SimulatorClient(simulator.socketUrl);
    clients.push(client);
    await once(client.socket, 'open');
    client.socket.send(encodeAuth(keyOf(simulator.token), 'x'));
    await expect.poll(() => simulator.counters.authenticated).toBe(1);
    await simulator.close();
    await client.closed();
    await expect.poll(() => clock.pending).toBe(0);
  });
});

describe('faults of subscriptions', () => {
  it('acknowledges a second subscribe and sends no snapshot, but does after an unsubscribe', async () => {
    await start(['ack-only']);
    const client = await connect();
    await client.subscribe([SBIN]);
    await client.until(() => client.snapshots.length === 1);
    expect((await client.subscribe([SBIN])).ok).toBe(true);
    await client.settle();
    expect(client.snapshots).toEqual([SBIN]);
    await client.unsubscribe([SBIN]);
    await client.subscribe([SBIN]);
    await client.until(() => client.snapshots.length === 2);
  });

  it('refuses requests for a snapshot', async () => {
    await start(['refuse-snapshots']);
    const client = await connect();
    await client.subscribe([SBIN]);
    expect(await client.requestSnapshot([SBIN])).toMatchObject({ type: 'snapshot', ok: false });
    await client.settle();
    expect(client.snapshots).toEqual([SBIN]);
    expect(simulator.counters.snapshotRequests.get(SBIN)).toBe(1);
  });

  it('never answers requests for a snapshot', async () => {
    await start(['ignore-snapshots']);
    const client = await connect();
    await client.subscribe([SBIN]);
    client.socket.send(encodeSnapshot([SBIN]));
    await client.settle();
    expect(client.answers.map(({ type }) => type)).toEqual(['auth', 'subscribe', 'mode']);
    expect(client.snapshots).toEqual([SBIN]);
    expect(simulator.counters.snapshotRequests.get(SBIN)).toBe(1);
  });

  it('loses updates, and shows what was lost in the snapshot that is asked for', async () => {
    const client = await connect();
    await client.subscribe([SBIN]);
    await client.until(() => client.ticks.length === 1);
    simulator.inject({ name: 'lose-updates' });
    simulator.tick('NSE:SBIN-EQ');
    await client.settle();
    expect(client.ticks).toHaveLength(1);
    await client.subscribe([SBIN]);
    await client.until(() => client.ticks.length === 2);
    const volume = (): number | undefined => simulator.market.sourceOf(SBIN)?.values[S.volume];
    expect(client.ticks[1]?.values[S.volume]).toBe(volume());
    simulator.tick('NSE:SBIN-EQ');
    simulator.clearFaults();
    simulator.tick('NSE:SBIN-EQ');
    await client.until(() => client.ticks.length === 3);
    expect(client.ticks[2]?.values[S.volume]).toBe(volume());
  });
});

describe('faults of the stream', () => {
  it('delays everything, in order', async () => {
    const client = await connect();
    await client.subscribe([SBIN]);
    await client.until(() => client.ticks.length === 1);
    simulator.inject({ name: 'delay', durationMs: 200 });
    for (let n = 0; n < 3; n++) simulator.tick('NSE:SBIN-EQ');
    clock.advance(199);
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.ticks).toHaveLength(1);
    clock.advance(1);
    await client.until(() => client.ticks.length === 4);
    const volumes = client.ticks.map(({ values }) => values[S.volume] as number);
    expect(volumes).toEqual([...volumes].sort((a, b) => a - b));
  });

  it('keeps the order when the delay ends', async () => {
    const client = await connect();
    await client.subscribe([SBIN]);
    simulator.inject({ name: 'delay', durationMs: 100 });
    simulator.tick('NSE:SBIN-EQ');
    simulator.clearFaults();
    simulator.tick('NSE:SBIN-EQ');
    clock.advance(100);
    await client.until(() => client.ticks.length === 3);
    expect(client.ticks[2]?.values[S.volume]).toBe(simulator.market.sourceOf(SBIN)?.values[S.volume]);
  });

  it('splits messages into fragments of one packet', async () => {
    await start(['split']);
    const client = await connect();
    await client.subscribe([SBIN, INFY, 'dp|nse_cm|3045']);
    await client.until(() => client.ticks.length === 3);
    for (const message of client.messages.filter((bytes) => bytes[2] === 6)) expect(message.readUInt16BE(7)).toBe(1);
    expect(client.decoder.counters.malformed).toBe(0);
  });

  it.each(['garble', 'unknown-packets', 'reuse-ids', 'split'])('lets no wrong tick through with %s', async (name) => {
    await start([name]);
    const client = await connect();
    const topics = [SBIN, INFY, 'sf|nse_cm|2885', 'dp|nse_cm|3045', 'if|nse_cm|Nifty 50'];
    await client.subscribe(topics);
    for (let n = 0; n < 200; n++) {
      simulator.tick(['NSE:SBIN-EQ', 'NSE:INFY-EQ', 'NSE:RELIANCE-EQ', 'NSE:NIFTY50-INDEX'][n % 4] as string);
      if (name === 'reuse-ids' && n % 20 === 0) simulator.inject({ name: 'reuse-ids' });
      await client.settle();
      for (const topic of topics) {
        const expected = [...(simulator.market.sourceOf(topic)?.values ?? [])];
        const got = [...(client.decoder.state(topic)?.values ?? [])];
        expect(got, `${topic} after ${n}`).toEqual(expected.map((value) => (value === -2147483648 ? 0 : value)));
      }
    }
    const { malformed, unknownPackets, unknownFrames } = client.decoder.counters;
    expect({ garbled: malformed > 0, unknown: unknownPackets > 0 && unknownFrames > 0 }).toEqual({
      garbled: name === 'garble',
      unknown: name === 'unknown-packets',
    });
  });

  it('gives ids to other topics at once', async () => {
    const client = await connect();
    await client.subscribe([SBIN, INFY]);
    const before = [simulator.topicId(SBIN), simulator.topicId(INFY)];
    simulator.inject({ name: 'reuse-ids' });
    expect([simulator.topicId(INFY), simulator.topicId(SBIN)]).toEqual(before);
    await client.unsubscribe([SBIN]);
    const freed = before[1];
    await client.subscribe(['sf|nse_cm|2885']);
    expect([1, freed]).toContain(simulator.topicId('sf|nse_cm|2885'));
    await client.until(() => client.ticksOf('sf|nse_cm|2885').length === 1);
  });
});
