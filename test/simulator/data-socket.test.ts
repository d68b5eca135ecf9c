import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  encodeAck,
  encodeAuth,
  encodeMode,
  encodePause,
  encodePing,
  encodeResume,
} from '../../src/lib/hsm/requests.ts';
import { SYMBOL_SLOTS as S } from '../../src/lib/market/slots.ts';
import { type Simulator, startSimulator } from '../../src/lib/simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { keyOf, SimulatorClient } from './simulator-client.ts';

const SBIN = 'sf|nse_cm|3045';
let simulator: Simulator;
const clients: SimulatorClient[] = [];

beforeEach(async () => {
  simulator = await startSimulator({ rate: 0, ackEvery: 5 });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate();
  await simulator.close();
});

async function connect(token?: string): Promise<SimulatorClient> {
  const client = await SimulatorClient.connect(simulator, token);
  clients.push(client);
  return client;
}

function open(headers: Record<string, string> = {}): SimulatorClient {
  const client = new SimulatorClient(simulator.socketUrl, headers);
  clients.push(client);
  return client;
}

describe('authentication', () => {
  it('answers with the ack period and the dictionary', async () => {
    const client = await connect();
    expect(client.answers[0]).toMatchObject({ type: 'auth', ok: true, ackEvery: 5, dictionaryValid: true });
    expect(client.messages[0]?.toString('utf8')).toContain('"scrip":["s105","s104"');
    expect(simulator.counters.authenticated).toBe(1);
  });

  it('leaves the dictionary out for a client that does not ask', async () => {
    const client = open();
    await once(client.socket, 'open');
    const auth = encodeAuth(keyOf(simulator.token), 'x');
    auth[auth.indexOf('P') + 4] = 0;
    await client.ask(auth);
    expect(client.messages[0]).toHaveLength(4 + 4 + 5);
  });

  it('refuses a key it did not give out, and one that is over, and closes', async () => {
    const expired = simulator.issueToken({ exp: 1 });
    for (const key of ['00'.repeat(28), expired.hsmKey]) {
      const client = open();
      await once(client.socket, 'open');
      expect(await client.ask(encodeAuth(key, 'x'))).toMatchObject({ type: 'auth', ok: false });
      await client.closed();
    }
    expect(simulator.counters.refusedAuth).toBe(2);
  });

  it('refuses to subscribe a client that is not authenticated', async () => {
    const client = open();
    await once(client.socket, 'open');
    expect(await client.subscribe([SBIN])).toMatchObject({ type: 'subscribe', ok: false });
    expect(client.ticks).toEqual([]);
  });

  it('is mute for ever after an Authorization header on the upgrade', async () => {
    const mute = open({ Authorization: simulator.token });
    await once(mute.socket, 'open');
    mute.socket.send(encodeAuth(keyOf(simulator.token), 'x'));
    const pong = once(mute.socket, 'pong');
    mute.socket.ping();
    await pong;
    const other = await connect();
    await other.subscribe([SBIN]);
    expect(mute.messages).toEqual([]);
    expect(mute.isClosed).toBe(false);
    expect(simulator.counters.muted).toBe(1);
  });

  it('closes the older connection of a user, and leaves other users alone', async () => {
    const other = await connect(simulator.issueToken({ user: 'SOMEBODY' }).token);
    const first = await connect();
    const second = await connect(simulator.issueToken().token);
    await first.closed();
    await second.settle();
    await other.settle();
    expect(simulator.connections).toHaveLength(2);
  });

  it('answers 404 at another path', async () => {
    const client = new SimulatorClient(simulator.socketUrl.replace('/prod', '/test'));
    const [error] = await once(client.socket, 'error');
    expect(String(error)).toContain('404');
  });
});

describe('subscriptions', () => {
  it('gives a snapshot at once, then updates of what changed', async () => {
    const client = await connect();
    await client.subscribe([SBIN, 'dp|nse_cm|3045', 'if|nse_cm|Nifty 50']);
    await client.until(() => client.ticks.length === 3);
    expect(client.snapshots).toEqual([SBIN, 'dp|nse_cm|3045', 'if|nse_cm|Nifty 50']);
    expect(client.ticks[0]?.values).toEqual(snapshotValues(SBIN));
    // Names that only the official SDK reads.
    expect(client.messages.some((message) => message.includes('\x06nse_cm\x043045\x07SBIN-EQ'))).toBe(true);
    simulator.tick('NSE:SBIN-EQ');
    await client.until(() => client.ticks.length >= 5);
    expect(client.ticksOf(SBIN).at(-1)?.values).toEqual(snapshotValues(SBIN));
    const update = client.messages.at(-1) as Buffer;
    expect(update.length).toBeLessThan(9 + 2 * 4 + 51 * 4);
  });

  /** What the decoder has for the market's state now: slots without a value stay 0. */
  function snapshotValues(topic: string): number[] {
    return [...(simulator.market.sourceOf(topic)?.values ?? [])].map((value) => (value === -2147483648 ? 0 : value));
  }

  it('sends the snapshot again for a second subscribe, under the same id', async () => {
    const client = await connect();
    await client.subscribe([SBIN]);
    const id = simulator.topicId(SBIN);
    await client.subscribe([SBIN]);
    await client.until(() => client.snapshots.length === 2);
    expect(simulator.topicId(SBIN)).toBe(id);
    expect(simulator.counters.subscribes.get(SBIN)).toBe(2);
    expect(client.ticks).toHaveLength(1);
  });

  it('sends the snapshot again on request, of subscribed topics only', async () => {
    const client = await connect();
    await client.subscribe([SBIN]);
    expect(await client.requestSnapshot([SBIN, 'sf|nse_cm|1594'])).toMatchObject({ type: 'snapshot', ok: true });
    await client.settle();
    expect(client.snapshots).toEqual([SBIN, SBIN]);
  });

  it('takes a request for 1,500 snapshots, and none before authentication', async () => {
    const many = Array.from({ length: 1_500 }, (_, n) => `sf|nse_cm|${n}`);
    expect((await (await connect()).requestSnapshot(many)).ok).toBe(true);
    const stranger = open();
    await once(stranger.socket, 'open');
    expect(await stranger.requestSnapshot([SBIN])).toMatchObject({ type: 'snapshot', ok: false });
  });

  it('accepts unknown topics, and never ticks them', async () => {
    const client = await connect();
    expect(await client.subscribe(['if|nse_cm|NIFTY50', 'sf|nse_cm|1', SBIN])).toMatchObject({ ok: true });
    await client.until(() => client.snapshots.length > 0);
    await client.settle();
    expect(client.snapshots).toEqual([SBIN]);
  });

  it('stops at an unsubscribe of the last channel', async () => {
    const client = await connect();
    await client.subscribe([SBIN], 11);
    await client.subscribe([SBIN], 12);
    await client.unsubscribe([SBIN], 11);
    simulator.tick('NSE:SBIN-EQ');
    await client.settle();
    expect(client.ticks).toHaveLength(2);
    expect(await client.unsubscribe([SBIN, 'sf|nse_cm|2885'], 12)).toMatchObject({ ok: true });
    simulator.tick('NSE:SBIN-EQ');
    await client.settle();
    expect(client.ticks).toHaveLength(2);
    expect(simulator.counters.unsubscribes.get(SBIN)).toBe(2);
  });

  it('refuses more than 5,000 topics on a connection, and more than 30 channels', async () => {
    const client = await connect();
    const topics = (from: number, count: number) => Array.from({ length: count }, (_, n) => `sf|nse_cm|${from + n}`);
    for (const from of [0, 1_500, 3_000])
      expect((await client.subscribe(topics(5_000_000 + from, 1_500))).ok).toBe(true);
    expect((await client.subscribe(topics(5_004_500, 501))).ok).toBe(false);
    expect((await client.subscribe(topics(5_004_500, 500))).ok).toBe(true);
    expect((await client.subscribe(topics(5_000_000, 1_500))).ok).toBe(true);
    expect((await client.subscribe([SBIN])).ok).toBe(false);
    await client.unsubscribe(topics(5_000_000, 1));
    expect((await client.subscribe([SBIN])).ok).toBe(true);
  });

  it('refuses more than 1,500 topics in a frame, and a channel that does not exist', async () => {
    const client = await connect();
    const list = Buffer.alloc(2 + 1_501 * 2, 0);
    list.writeUInt16BE(1_501, 0);
    for (let n = 0; n < 1_501; n++) list.write('\x01x', 2 + n * 2, 'latin1');
    const frame = Buffer.concat([
      Buffer.from([0, 0, 4, 2, 1, list.length >> 8, list.length & 0xff]),
      list,
      Buffer.from([2, 0, 1, 11]),
    ]);
    expect((await client.ask(frame)).ok).toBe(false);
    for (const channel of [0, 31]) {
      const bad = Buffer.concat([
        Buffer.from([0, 0, 4, 2, 1, 0, 4, 0, 1, 1]),
        Buffer.from('x'),
        Buffer.from([2, 0, 1, channel]),
      ]);
      expect((await client.ask(bad)).ok).toBe(false);
    }
  });

  it('gives topics other ids on every connection', async () => {
    const first = await connect();
    await first.subscribe([SBIN]);
    const id = simulator.topicId(SBIN);
    const second = await connect();
    await second.subscribe([SBIN]);
    expect(simulator.topicId(SBIN)).not.toBe(id);
  });
});

describe('channels', () => {
  it('sends only the price on a lite channel, and only when it moves', async () => {
    const client = await connect();
    await client.mode('lite');
    await client.subscribe([SBIN]);
    await client.until(() => client.ticks.length === 1);
    const before = client.messages.length;
    let moves = 0;
    for (let n = 0; n < 30; n++) {
      const ltp = simulator.market.sourceOf(SBIN)?.values[S.ltp];
      simulator.tick('NSE:SBIN-EQ');
      if (simulator.market.sourceOf(SBIN)?.values[S.ltp] !== ltp) moves++;
      await client.settle();
    }
    await client.until(() => client.ticks.length === 1 + moves);
    const frames = client.messages.slice(before).filter((message) => message[2] === 6);
    expect(frames).toHaveLength(moves);
    for (const frame of frames) expect(frame).toHaveLength(9 + 3 + 4);
    expect(moves).toBeGreaterThan(5);
  });

  it('sends in full again, with what was left out, after a change of mode', async () => {
    const client = await connect();
    await client.mode('lite');
    await client.subscribe([SBIN]);
    for (let n = 0; n < 5; n++) simulator.tick('NSE:SBIN-EQ');
    await client.mode('full');
    const volume = simulator.market.sourceOf(SBIN)?.values[S.volume];
    await client.until(() => client.ticks.at(-1)?.values[S.volume] === volume);
  });

  it('sends a topic on a full and a lite channel in full', async () => {
    const client = await connect();
    await client.mode('lite', 12);
    await client.subscribe([SBIN], 12);
    await client.subscribe([SBIN], 11);
    simulator.tick('NSE:SBIN-EQ');
    const volume = simulator.market.sourceOf(SBIN)?.values[S.volume];
    await client.until(() => client.ticks.at(-1)?.values[S.volume] === volume);
  });

  it('sends nothing on a paused channel, and the latest state when it resumes', async () => {
    const client = await connect();
    await client.subscribe([SBIN]);
    await client.ask(encodePause([11]));
    for (let n = 0; n < 5; n++) simulator.tick('NSE:SBIN-EQ');
    await client.settle();
    expect(client.ticks).toHaveLength(1);
    expect(await client.ask(encodeResume([11]))).toMatchObject({ type: 'resume', ok: true });
    await client.until(() => client.ticks.length === 2);
    expect(client.ticks[1]?.values[S.volume]).toBe(simulator.market.sourceOf(SBIN)?.values[S.volume]);
  });

  it('refuses a mode for no channel', async () => {
    const client = await connect();
    const frame = encodeMode([11], 'full');
    frame.fill(0, 7, 15);
    expect(await client.ask(frame)).toMatchObject({ type: 'mode', ok: false });
  });
});

describe('acknowledgements', () => {
  it('starves a client that owes them, silently, and feeds it again after one', async () => {
    const client = await connect();
    client.acknowledges = false;
    await client.subscribe([SBIN]);
    for (let n = 0; n < 100; n++) simulator.tick('NSE:SBIN-EQ');
    await client.settle();
    expect(client.ticks).toHaveLength(20);
    expect(client.isClosed).toBe(false);
    client.socket.send(encodeAck(20));
    await client.until(() => client.ticks.length === 21);
    expect(client.ticks[20]?.values[S.volume]).toBe(simulator.market.sourceOf(SBIN)?.values[S.volume]);
  });

  it('does not believe an ack of what it has not sent', async () => {
    const client = await connect();
    client.acknowledges = false;
    await client.subscribe([SBIN]);
    client.socket.send(encodeAck(4_000_000_000));
    for (let n = 0; n < 100; n++) simulator.tick('NSE:SBIN-EQ');
    await client.settle();
    expect(client.ticks).toHaveLength(20);
  });

  it('never starves one that acknowledges, and counts', async () => {
    const client = await connect();
    await client.subscribe([SBIN]);
    for (let n = 0; n < 100; n++) {
      simulator.tick('NSE:SBIN-EQ');
      await client.until(() => client.ticks.length === n + 2);
    }
    await client.settle();
    expect(simulator.counters.acks).toBe(20);
  });

  it('asks for none and numbers nothing with an ack period of 0', async () => {
    await simulator.close();
    simulator = await startSimulator({ rate: 0, ackEvery: 0 });
    const client = await connect();
    client.acknowledges = false;
    await client.subscribe([SBIN]);
    for (let n = 0; n < 100; n++) simulator.tick('NSE:SBIN-EQ');
    await client.until(() => client.ticks.length === 101);
    expect(client.decoder.counters.malformed).toBe(0);
  });
});

describe('time', () => {
  it('drops a client without a ping for two minutes, and keeps the others', async () => {
    const clock = new ManualClock();
    await simulator.close();
    simulator = await startSimulator({ rate: 0, clock });
    const silent = await connect();
    const pinging = await connect(simulator.issueToken({ user: 'OTHER' }).token);
    for (let n = 0; n < 12; n++) {
      clock.advance(10_000);
      pinging.socket.send(encodePing());
      await pinging.settle();
    }
    expect(silent.isClosed).toBe(false);
    clock.advance(10_000);
    await silent.closed();
    await pinging.settle();
    expect(simulator.counters).toMatchObject({ pings: 12, pingTimeouts: 1 });
  });

  it('ticks at its rate over all that is subscribed', async () => {
    const clock = new ManualClock();
    await simulator.close();
    simulator = await startSimulator({ rate: 50, clock });
    const client = await connect();
    await client.subscribe([SBIN, 'sf|nse_cm|2885', 'sf|nse_cm|990001', 'if|nse_cm|NOPE']);
    await client.until(() => client.ticks.length === 3);
    for (let n = 0; n < 50; n++) {
      clock.advance(20);
      await client.settle();
    }
    expect(client.ticks.length - 3).toBe(50);
    simulator.freeze();
    clock.advance(1_000);
    await client.settle();
    expect(client.ticks.length - 3).toBe(50);
    simulator.thaw();
    clock.advance(20);
    await client.settle();
    expect(client.ticks.length - 3).toBe(51);
  });
});

describe('the server', () => {
  it('counts what it cannot read, and lives on', async () => {
    const client = await connect();
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from([1]),
      Buffer.from([0, 1, 99]),
      Buffer.from([0, 4, 4, 9, 1, 255]),
    ]) {
      client.socket.send(bytes);
    }
    client.socket.send('text');
    await client.settle();
    expect(simulator.counters.malformed).toBe(5);
  });

  it('sends hand-made frames as they are', async () => {
    const client = await connect();
    simulator.sendFrame(Buffer.from([0, 3, 13, 1, 2]));
    await client.settle();
    expect(client.decoder.counters.unknownFrames).toBe(1);
    expect(simulator.tick('NSE:NOPE-EQ')).toBe(false);
  });

  it('closes twice, with clients connected, and refuses a port that is taken', async () => {
    await connect();
    await expect(startSimulator({ port: simulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await Promise.all([simulator.close(), simulator.close()]);
    await simulator.close();
  });
});
