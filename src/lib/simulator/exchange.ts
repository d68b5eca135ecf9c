import type { Clock, Timer } from '../clock/clock.ts';
import { istDate } from '../clock/ist.ts';
import { type Instrument, instrumentOf } from '../market/topics.ts';
import { indexFeedName } from '../symbols/index-names.ts';
import type { FoundInstruments } from '../symbols/listed-instruments.ts';
import { SeededRandom, seedFor } from './chance/random.ts';
import { SimulatorCounters } from './counters.ts';
import { type ClientSocket, type ConnectionParts, DataConnection, type KeyJudge } from './data-connection.ts';
import { FaultState } from './fault-state.ts';
import { SimulatedMarket } from './market.ts';
import { TopicIds } from './served-topics.ts';
import { Ticker } from './ticker.ts';
import { TradingFloor } from './trading-floor.ts';
import { Universe } from './universe.ts';
import type { UniverseOptions } from './universe-options.ts';

const DEFAULT_RATE = 50;
const DEFAULT_SEED = 1;
const DEFAULT_ACK_EVERY = 20;
/** A client may owe so many rounds of acks before it is starved. */
const STARVE_ROUNDS = 4;
const PING_CHECK_MS = 10_000;

export interface ExchangeOptions extends UniverseOptions {
  /** Decides every price. */
  readonly seed?: number;
  /** Ticks a second over everything subscribed; 0 for a market that only moves by hand. */
  readonly rate?: number;
  /** Data frames between two acks; 0 for never, and then frames carry no message number. */
  readonly ackEvery?: number;
  /** Whether clients that ask for the field dictionary get it. */
  readonly dictionary?: boolean;
}

/** The simulated market and its data connections, however clients reach them. */
export class SimulatedExchange {
  /** Sees every message of a client as it came. */
  onRequest: ((bytes: Buffer, connection: DataConnection) => void) | undefined;
  readonly counters = new SimulatorCounters();
  readonly market: SimulatedMarket;
  protected readonly faults = new FaultState();
  protected readonly universe: Universe;
  protected readonly ticker: Ticker;
  protected readonly floor: TradingFloor;
  /** Today, `YYYY-MM-DD` in IST. */
  protected readonly date: string;
  readonly #connections = new Set<DataConnection>();
  readonly #parts: ConnectionParts;
  readonly #pingCheck: Timer;

  /** @param judge knows who may connect */
  constructor(options: ExchangeOptions, clock: Clock, judge: KeyJudge) {
    const seed = options.seed ?? DEFAULT_SEED;
    const ackEvery = options.ackEvery ?? DEFAULT_ACK_EVERY;
    this.date = istDate(clock.now());
    this.universe = new Universe(options, this.date);
    this.market = new SimulatedMarket(this.universe, seed, clock);
    this.floor = new TradingFloor(this.market, new SeededRandom(seedFor(seed, 'floor')));
    this.ticker = new Ticker(this.floor, clock, options.rate ?? DEFAULT_RATE, () => this.flush());
    this.#parts = {
      clock,
      market: this.market,
      floor: this.floor,
      judge,
      faults: this.faults,
      ids: new TopicIds(),
      counters: this.counters,
      settings: { ackEvery, starveAfter: ackEvery * STARVE_ROUNDS, dictionary: options.dictionary ?? true },
      seed: seedFor(seed, 'disturbance'),
      authenticated: (connection) => this.authenticated(connection),
      received: (bytes, connection) => this.onRequest?.(bytes, connection),
    };
    this.#pingCheck = clock.every(PING_CHECK_MS, () => {
      for (const connection of this.#connections) connection.checkPing();
    });
  }

  /** The authenticated data connections, oldest first. */
  get connections(): readonly DataConnection[] {
    return [...this.#connections].filter(({ user, isOpen }) => user !== undefined && isOpen);
  }

  /** The instruments of symbols that are listed, as a client makes them of the answer to a symbol lookup. */
  find(symbols: readonly string[]): FoundInstruments {
    const fresh = new Map<string, Instrument>();
    for (const symbol of symbols) {
      const fytoken = this.universe.bySymbol(symbol)?.listing.fytoken;
      const instrument = fytoken && instrumentOf(symbol, fytoken, indexFeedName(symbol));
      if (instrument) fresh.set(symbol, instrument);
    }
    return { fresh, stale: new Map() };
  }

  /** Serves a client that has connected. */
  serve(socket: ClientSocket): void {
    const connection = new DataConnection(socket, this.#parts);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  /** Stops the market and the checks of connections, which stay open. Safe to call twice. */
  stop(): void {
    this.ticker.close();
    this.#pingCheck.cancel();
  }

  protected flush(): void {
    for (const { sender } of this.#connections) sender.flush();
  }

  /** One data connection per user: the newer one ends the older. */
  protected authenticated(connection: DataConnection): void {
    for (const other of this.#connections) {
      if (other !== connection && other.user === connection.user) other.close();
    }
  }
}
