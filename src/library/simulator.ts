import type { Fault } from '../lib/simulator/faults.ts';
import type { Simulator as Server } from '../lib/simulator/simulator.ts';

/** What a simulator is started with. */
export interface SimulatorSettings {
  /** The port on 127.0.0.1; 0, the default, for any free one. */
  readonly port?: number | undefined;
  /** Decides every price: 1. */
  readonly seed?: number | undefined;
  /** Ticks a second over everything subscribed: 50. 0 for a market that moves by `tick` only. */
  readonly rate?: number | undefined;
  /** Symbols to make known beside the well-known ones and `NSE:SIM0001-EQ` to `NSE:SIM5000-EQ`. */
  readonly symbols?: readonly string[] | undefined;
  /** How many rows the symbol master has: 20,000. About 11,000 are always there; FYERS has 160,000. */
  readonly masterRows?: number | undefined;
  /** Things to go wrong, as `tickpipe simulate --fault` takes them: `drop@5s`, `upgrade=503:2`. */
  readonly faults?: readonly string[] | undefined;
}

/** A FYERS-compatible server on this machine with made-up prices, for tests and for trying things out. */
export class Simulator {
  readonly #server: Server;
  readonly #parseFaults: (text: string) => readonly Fault[];

  private constructor(server: Server, parseFaults: (text: string) => readonly Fault[]) {
    this.#server = server;
    this.#parseFaults = parseFaults;
  }

  /** Throws `TickpipeError` with `USAGE` for a fault, with `MALFORMED_SYMBOL` for a symbol; the system's error for a port. */
  static async start(settings: SimulatorSettings = {}): Promise<Simulator> {
    // Loaded here: a program that only decodes needs no server.
    const { startSimulator } = await import('../lib/simulator/simulator.ts');
    const { parseFaults } = await import('../lib/simulator/faults.ts');
    const { DEFAULT_GENERATED } = await import('../lib/simulator/universe-options.ts');
    const { port, seed, rate, symbols, masterRows, faults = [] } = settings;
    const server = await startSimulator({
      generated: DEFAULT_GENERATED,
      faults: faults.flatMap(parseFaults),
      ...(port !== undefined && { port }),
      ...(seed !== undefined && { seed }),
      ...(rate !== undefined && { rate }),
      ...(symbols !== undefined && { symbols }),
      ...(masterRows !== undefined && { masterRows }),
    });
    return new Simulator(server, parseFaults);
  }

  /** Its data socket, `ws://127.0.0.1:PORT/...`. */
  get socketUrl(): string {
    return this.#server.socketUrl;
  }

  /** The base of its REST calls, `http://127.0.0.1:PORT/data`. */
  get dataUrl(): string {
    return this.#server.dataUrl;
  }

  /** The base of login, profile and logout, `http://127.0.0.1:PORT/api/v3`. */
  get authUrl(): string {
    return this.#server.authUrl;
  }

  /** The base of the symbol master's files, `http://127.0.0.1:PORT/sym_details`. */
  get masterUrl(): string {
    return this.#server.masterUrl;
  }

  /**
   * The variables that make a `tickpipe` process use this simulator: endpoints, app id, the app's secret and the token. Without
   * `FYERS_ACCESS_TOKEN` such a process has to log in.
   */
  get environment(): Readonly<Record<string, string>> {
    return this.#server.environment;
  }

  /** A token that only this simulator accepts, `APPID:JWT`. New at each start. */
  get token(): string {
    return this.#server.token;
  }

  /** Makes a fault happen: now, or at its time. Throws `USAGE`. @param fault as `tickpipe simulate --fault` takes it */
  inject(fault: string): void {
    for (const parsed of this.#parseFaults(fault)) this.#server.inject(parsed);
  }

  /** Ends every fault that lasts. What it did to open connections stays. */
  clearFaults(): void {
    this.#server.clearFaults();
  }

  /** Lets one symbol trade once. False for a symbol that the simulator does not know. */
  tick(symbol: string): boolean {
    return this.#server.tick(symbol);
  }

  /** Closes every connection and the server. Safe to call twice. */
  async close(): Promise<void> {
    await this.#server.close();
  }
}
