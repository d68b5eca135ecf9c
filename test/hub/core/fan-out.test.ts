import { afterEach, describe, expect, it } from 'vitest';
import { ClientQueue, MAX_QUEUED_BYTES, type RowEncoding } from '../../../src/lib/hub/core/client-queue.ts';
import { FanOut } from '../../../src/lib/hub/core/fan-out.ts';
import { HubSession } from '../../../src/lib/hub/core/hub-session.ts';
import { SharedTick } from '../../../src/lib/hub/core/shared-ticks.ts';
import type { HubMessage } from '../../../src/lib/hub/protocol/messages.ts';
import { KINDS } from '../../../src/lib/market/kinds.ts';
import { SYMBOL_SLOTS } from '../../../src/lib/market/slots.ts';
import { createRowEncoder } from '../../../src/lib/output/rows/row-encoder.ts';
import { makeState, setValues } from '../../support/make-tick.ts';
import { rowsOf } from '../../support/row-messages.ts';
import { FakeDuplex } from './fake-duplex.ts';

const AT = 1_795_428_683_755;
const sockets: FakeDuplex[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

class Fixture {
  flushes = 0;
  readonly fanOut = new FanOut(
    createRowEncoder({ format: 'ndjson', kinds: KINDS, time: 'epoch', simulated: false }),
    () => this.flushes++,
  );
  readonly entries = ['A', 'B', 'C'].map((name, id) => {
    const symbol = `NSE:${name}-EQ`;
    const entry = new SharedTick(id, { kind: 'symbol', symbol });
    entry.state = makeState('symbol', symbol, { precision: 2 });
    return entry;
  });

  client(encoding: RowEncoding, wanted: readonly number[]): Client {
    return new Client(this, encoding, wanted);
  }

  tick(at: number, ltp: number): void {
    const entry = this.entry(at);
    setValues(entry.state as ReturnType<typeof makeState>, { [SYMBOL_SLOTS.ltp]: ltp });
    entry.hasRow = true;
    entry.isLive = true;
    this.fanOut.tick(entry);
  }

  entry(at: number): SharedTick {
    const entry = this.entries[at];
    if (entry === undefined) throw new RangeError(`no entry ${at}`);
    return entry;
  }
}

class Client {
  readonly socket = new FakeDuplex();
  readonly told: HubMessage[] = [];
  readonly session: HubSession;
  readonly queue: ClientQueue;

  constructor({ fanOut, entries }: Fixture, encoding: RowEncoding, wanted: readonly number[]) {
    sockets.push(this.socket);
    this.queue = new ClientQueue(this.socket, encoding);
    const send = (message: HubMessage): number => this.told.push(message);
    this.session = new HubSession('s1', AT, { command: 'test', pid: 1, kinds: [] }, { send, queue: this.queue });
    for (const at of wanted) this.session.ticks.add(entries[at] as SharedTick);
    fanOut.regroup(this.session);
  }

  /** What it was sent, as messages. */
  get messages(): { opcode: number; text: string }[] {
    const messages: { opcode: number; text: string }[] = [];
    const { bytes } = this.socket;
    for (let at = 0; at < bytes.length; ) {
      const opcode = (bytes[at] as number) & 0xf;
      let length = bytes[at + 1] as number;
      at += 2;
      if (length === 126) {
        length = bytes.readUInt16BE(at);
        at += 2;
      } else if (length === 127) {
        length = Number(bytes.readBigUInt64BE(at));
        at += 8;
      }
      const payload = bytes.subarray(at, at + length);
      messages.push({ opcode, text: opcode === 2 ? rowsOf(payload) : payload.toString() });
      at += length;
    }
    return messages;
  }

  get prices(): [string, number][] {
    return this.messages
      .flatMap(({ text }) => text.split('\n').filter((line) => line !== ''))
      .map((line) => {
        const row = JSON.parse(line) as { symbol: string; ltp: number };
        return [row.symbol.slice(4, 5), row.ltp];
      });
  }
}

describe('rows of one turn', () => {
  it('leave in one message, the very same for all clients that want the same', () => {
    const fixture = new Fixture();
    const [one, other] = [fixture.client('rows', [0, 1]), fixture.client('rows', [1, 0])];
    fixture.tick(0, 100);
    fixture.tick(1, 200);
    fixture.tick(0, 101);
    expect(one.socket.writes).toEqual([]);
    fixture.fanOut.flush();
    expect(one.messages.map(({ opcode }) => opcode)).toEqual([2]);
    expect(one.prices).toEqual([
      ['A', 1],
      ['B', 2],
      ['A', 1.01],
    ]);
    expect(other.socket.writes[0]).toBe(one.socket.writes[0]);
    expect(one.queue.rows).toBe(3);
    expect(fixture.flushes).toBe(1);
  });

  it('go only to clients that want them', () => {
    const fixture = new Fixture();
    const [first, second, third] = [[0], [0, 1], [2]].map((wanted) => fixture.client('rows', wanted));
    for (const at of [0, 1, 2]) fixture.tick(at, 100 * (at + 1));
    fixture.fanOut.flush();
    expect([first?.prices, second?.prices, third?.prices]).toEqual([
      [['A', 1]],
      [
        ['A', 1],
        ['B', 2],
      ],
      [['C', 3]],
    ]);
  });

  it('are text messages of their own for clients that speak JSON', () => {
    const fixture = new Fixture();
    const client = fixture.client('json', [0, 1]);
    fixture.tick(0, 100);
    fixture.tick(1, 200);
    fixture.fanOut.flush();
    expect(client.messages.map(({ opcode }) => opcode)).toEqual([1, 1]);
    const [first] = client.messages.map(({ text }) => JSON.parse(text) as { type: string; data: object });
    expect(first).toEqual({ type: 'SymbolUpdate', data: JSON.parse(fixture.fanOut.lastRow(fixture.entry(0))) });
    expect(client.told).toEqual([]);
  });

  it('leave by themselves when the turn is over', async () => {
    const fixture = new Fixture();
    const client = fixture.client('rows', [0]);
    fixture.tick(0, 100);
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.prices).toEqual([['A', 1]]);
  });

  it('show what changed while no client wanted them', () => {
    const fixture = new Fixture();
    fixture.tick(0, 100);
    fixture.tick(0, 150);
    const client = fixture.client('rows', [0]);
    fixture.fanOut.welcome(client.session, [fixture.entry(0)]);
    expect(client.prices).toEqual([['A', 1.5]]);
  });
});

describe('a newcomer', () => {
  it('has no row of what is not live', () => {
    const fixture = new Fixture();
    fixture.tick(0, 100);
    fixture.tick(1, 200);
    fixture.entry(0).isLive = false;
    const client = fixture.client('rows', [0, 1]);
    fixture.fanOut.welcome(client.session, [fixture.entry(0), fixture.entry(1)]);
    expect(client.prices).toEqual([['B', 2]]);
  });
});

describe('a symbol whose scale changes', () => {
  it('has its prices in the scale of their tick', () => {
    const fixture = new Fixture();
    const client = fixture.client('rows', [0]);
    fixture.tick(0, 100);
    fixture.entry(0).state = makeState('symbol', 'NSE:A-EQ', { precision: 4 });
    fixture.tick(0, 100);
    fixture.fanOut.flush();
    expect(client.prices).toEqual([
      ['A', 1],
      ['A', 0.01],
    ]);
  });
});

describe('a client that does not read', () => {
  it('has 4 MiB, then misses rows, and gets the count and the latest of each once it has read everything', () => {
    const fixture = new Fixture();
    const client = fixture.client('rows', [0, 1]);
    client.socket.isReading = false;
    client.queue.send(Buffer.alloc(MAX_QUEUED_BYTES), []);
    for (let n = 0; n < 10; n++) {
      fixture.tick(0, 100 + n);
      if (n % 2 === 0) fixture.tick(1, 200 + n);
      fixture.fanOut.flush();
    }
    expect(client.queue).toMatchObject({ isBehind: true, rows: 0, heldRows: 2, queuedBytes: MAX_QUEUED_BYTES });
    client.socket.readOn();
    client.socket.writes.length = 0;
    fixture.fanOut.catchUp(client.session, AT);
    expect(client.told.at(-1)).toEqual({ type: 'skipped', rows: 13, at: AT });
    expect(client.prices).toEqual([
      ['A', 1.09],
      ['B', 2.08],
    ]);
    expect(client.queue).toMatchObject({ isBehind: false, rows: 2, skipped: 13 });
    fixture.fanOut.catchUp(client.session, AT);
    expect(client.prices).toHaveLength(2);
  });

  it('gets nothing of what it dropped meanwhile', () => {
    const fixture = new Fixture();
    const client = fixture.client('rows', [0, 1]);
    client.socket.isReading = false;
    client.queue.send(Buffer.alloc(MAX_QUEUED_BYTES), []);
    fixture.tick(0, 100);
    fixture.tick(1, 200);
    fixture.fanOut.flush();
    client.session.ticks.delete(fixture.entry(0));
    client.queue.forget(fixture.entry(0));
    fixture.fanOut.regroup(client.session);
    client.socket.readOn();
    client.socket.writes.length = 0;
    fixture.fanOut.catchUp(client.session, AT);
    expect(client.prices).toEqual([['B', 2]]);
    expect(client.queue.skipped).toBe(1);
  });
});
