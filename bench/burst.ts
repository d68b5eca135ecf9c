/* The burst server, in a process of its own, for whoever measures what comes behind it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { generatedSymbol } from '../src/lib/simulator/universe.ts';

const SEED = 20261123;
const SYMBOLS = 500;

/** What a receiver is to subscribe. */
export const BURST_SYMBOLS = burstSymbols(SYMBOLS);

export function burstSymbols(count: number): string[] {
  return Array.from({ length: count }, (_, n) => generatedSymbol(n + 1));
}

export class BurstServer {
  readonly #child: ChildProcess;
  readonly #symbols: number;
  environment: Record<string, string> = {};

  private constructor(child: ChildProcess, symbols: number) {
    this.#child = child;
    this.#symbols = symbols;
  }

  static async start(symbols = SYMBOLS): Promise<BurstServer> {
    const child = fork(fileURLToPath(new URL('burst-server.ts', import.meta.url)), [String(SEED), String(symbols)], {
      execArgv: ['--import', 'tsx'],
    });
    const server = new BurstServer(child, symbols);
    const [message] = (await once(child, 'message')) as [{ environment: Record<string, string> }];
    server.environment = message.environment;
    return server;
  }

  /** Waits until the newest client has subscribed everything. */
  async subscribed(): Promise<void> {
    for (;;) {
      const { subscribed } = await this.#ask<{ subscribed: number }>({ subscribed: this.#symbols });
      if (subscribed === this.#symbols) return;
    }
  }

  async burst(updates: number): Promise<void> {
    const { sent } = await this.#ask<{ sent: number }>({ burst: updates });
    if (sent !== updates) throw new Error(`${sent} of ${updates} updates were sent`);
  }

  close(): void {
    this.#child.disconnect();
  }

  async #ask<T>(message: object): Promise<T> {
    this.#child.send(message);
    const [answer] = (await once(this.#child, 'message')) as [T];
    return answer;
  }
}
