import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYMBOL_SLOTS as S } from '../../src/lib/market/slots.ts';
import { type Simulator, startSimulator } from '../../src/lib/simulator/simulator.ts';
import { SimulatorClient } from './simulator-client.ts';

const SBIN = 'sf|nse_cm|3045';
let simulator: Simulator;
let client: SimulatorClient;

beforeEach(async () => {
  simulator = await startSimulator({ rate: 0, ackEvery: 5, generated: 1_000 });
  client = await SimulatorClient.connect(simulator);
});
afterEach(async () => {
  client.socket.terminate();
  await simulator.close();
});

describe('burst', () => {
  it('sends exactly so many updates, each a new state', async () => {
    await client.subscribe([SBIN, 'sf|nse_cm|2885', 'dp|nse_cm|3045', 'if|nse_cm|Nifty 50', 'sf|nse_cm|990001']);
    await client.until(() => client.packets === 5);
    client.messages.length = 0;
    expect(await simulator.burst(20_000)).toBe(20_000);
    await client.until(() => client.packets === 20_005);
    const volumes = client.ticksOf(SBIN).map(({ values }) => values[S.volume] as number);
    expect(volumes.length).toBeGreaterThan(4_000);
    expect(volumes.every((volume, n) => n === 0 || volume > (volumes[n - 1] as number))).toBe(true);
    expect(client.decoder.counters.malformed).toBe(0);
  });

  it('loses nothing to a reader that stops for a while', async () => {
    client.keeps = false;
    await client.subscribe(Array.from({ length: 1_000 }, (_, n) => `sf|nse_cm|${1_000_001 + n}`));
    await client.until(() => client.packets === 1_000);
    const sent = simulator.burst(300_000);
    client.socket.pause();
    // It acknowledges nothing either, so the simulator waits.
    await vi.waitFor(() => expect(simulator.connections[0]?.sender.isStarved).toBe(true), 10_000);
    client.socket.resume();
    expect(await sent).toBe(300_000);
    await client.until(() => client.packets === 301_000);
  });

  it('ends when the client leaves, and when nothing can tick', async () => {
    await client.subscribe(['sf|nse_cm|990001']);
    expect(await simulator.burst(10)).toBe(0);
    await client.subscribe([SBIN]);
    client.acknowledges = false;
    const sent = simulator.burst(10_000_000);
    await client.until(() => client.packets > 1_000);
    client.socket.terminate();
    expect(await sent).toBeLessThan(10_000_000);
    expect(await simulator.burst(10)).toBe(0);
  });

  it('sends to a lite channel only prices that moved', async () => {
    await client.mode('lite');
    await client.subscribe([SBIN]);
    await client.until(() => client.packets === 1);
    expect(await simulator.burst(500)).toBe(500);
    await client.until(() => client.packets === 501);
  });
});

describe('a slow reader', () => {
  it('costs bounded memory, and has the last state of everything when it reads on', async () => {
    const topics = Array.from({ length: 500 }, (_, n) => `sf|nse_cm|${1_000_001 + n}`);
    client.keeps = false;
    client.acknowledges = false;
    await simulator.close();
    simulator = await startSimulator({ rate: 0, ackEvery: 0, generated: 1_000 });
    client = await SimulatorClient.connect(simulator);
    client.keeps = false;
    await client.subscribe(topics);
    await client.until(() => client.packets === 500);
    client.socket.pause();
    const rounds = 400;
    let most = 0;
    for (let round = 0; round < rounds; round++) {
      for (let n = 1; n <= 500; n++) simulator.tick(`NSE:SIM${String(n).padStart(4, '0')}-EQ`);
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, simulator.connections[0]?.outlet.queuedBytes ?? 0);
    }
    expect(most).toBeLessThan(2 * 1024 * 1024);
    client.socket.resume();
    const isLast = (topic: string) =>
      client.decoder.state(topic)?.values[S.volume] === simulator.market.sourceOf(topic)?.values[S.volume];
    await client.until(() => topics.every(isLast));
    expect(client.packets).toBeLessThan(500 * rounds);
  });
});
