import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ControlResponse } from '../../src/lib/hsm/control.ts';
import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import {
  encodeAck,
  encodeAuth,
  encodeMode,
  encodeSnapshot,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../../src/lib/hsm/requests.ts';
import type { ChannelMode } from '../../src/lib/hsm/wire.ts';
import type { Simulator } from '../../src/lib/simulator/simulator.ts';

/** What one packet told, copied. */
export interface SeenTick {
  readonly topic: string;
  readonly values: readonly number[];
}

/** The `hsm_key` of a token, as a client reads it. */
export function keyOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return (JSON.parse(payload) as { hsm_key: string }).hsm_key;
}

/** A small client of the data socket, for tests. It acknowledges unless told not to. */
export class SimulatorClient {
  readonly socket: WebSocket;
  readonly ticks: SeenTick[] = [];
  readonly snapshots: string[] = [];
  readonly answers: ControlResponse[] = [];
  readonly messages: Buffer[] = [];
  acknowledges = true;
  /** Off for bursts: counting is enough. */
  keeps = true;
  packets = 0;
  #changed: () => void = () => undefined;
  readonly decoder = new HsmDecoder<null>({
    control: (response) => this.answers.push(response),
    snapshot: (state) => this.snapshots.push(state.topic),
    tick: (state) => {
      this.packets++;
      if (this.keeps) this.ticks.push({ topic: state.topic, values: [...state.values] });
    },
    ackDue: (number) => {
      if (this.acknowledges) this.socket.send(encodeAck(number));
    },
  });

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data) => {
      if (this.keeps) this.messages.push(data as Buffer);
      this.decoder.decode(data as Buffer, 1);
      this.#changed();
    });
    this.socket.on('close', () => this.#changed());
  }

  /** Connects and authenticates. */
  static async connect(
    simulator: Pick<Simulator, 'socketUrl' | 'token'>,
    token = simulator.token,
  ): Promise<SimulatorClient> {
    const client = new SimulatorClient(simulator.socketUrl);
    await once(client.socket, 'open');
    client.socket.send(encodeAuth(keyOf(token), 'test'));
    await client.until(() => client.answers.length > 0);
    return client;
  }

  /** Waits until a condition holds, looked at after each message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.isClosed && !condition()) throw new Error('the socket closed first');
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  get isClosed(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await once(this.socket, 'close');
  }

  /** The next answer. */
  async ask(request: Buffer): Promise<ControlResponse> {
    const count = this.answers.length;
    this.socket.send(request);
    await this.until(() => this.answers.length > count);
    return this.answers[count] as ControlResponse;
  }

  subscribe(topics: readonly string[], channel = 11): Promise<ControlResponse> {
    return this.ask(encodeSubscribe(topics, channel));
  }

  unsubscribe(topics: readonly string[], channel = 11): Promise<ControlResponse> {
    return this.ask(encodeUnsubscribe(topics, channel));
  }

  requestSnapshot(topics: readonly string[]): Promise<ControlResponse> {
    return this.ask(encodeSnapshot(topics));
  }

  mode(mode: ChannelMode, channel = 11): Promise<ControlResponse> {
    return this.ask(encodeMode([channel], mode));
  }

  /** Everything the server has sent before this is here when it resolves. */
  async settle(): Promise<void> {
    await this.ask(encodeMode([30], 'full'));
  }

  ticksOf(topic: string): readonly SeenTick[] {
    return this.ticks.filter((tick) => tick.topic === topic);
  }
}
