import type { Clock, Timer } from '../clock/clock.ts';
import { DAY_MS } from '../clock/ist.ts';
import { type Instrument, instrumentOf } from '../market/topics.ts';
import { indexFeedName } from './index-names.ts';
import type { FoundInstruments, ListedInstruments, StaleInstrument } from './listed-instruments.ts';
import { isFyersMaster } from './master/master-url.ts';
import { fileOfInstrument } from './master/source-files.ts';
import type { ListedInstrument, SymbolMaster } from './master/symbol-master.ts';

/** An opened master is kept so long after its last use: a session often asks for symbols one after the other. */
const KEPT_MS = 30_000;

export interface MasterInstrumentsOptions {
  /** Opens the cached master, without a network; `undefined` when there is none. It may throw. */
  readonly readMaster: () => SymbolMaster | undefined | Promise<SymbolMaster | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the session's market-data calls go to FYERS itself. */
  readonly isFyersData: boolean;
  readonly clock: Clock;
}

/**
 * Instruments from the cached symbol master. FYERS' own master is for FYERS' own sessions, and the master of another address
 * (`TICKPIPE_MASTER_URL`) for the others: simulated tokens, other endpoints. The topics of one would be wrong on the other.
 */
export class MasterInstruments implements ListedInstruments {
  readonly #options: MasterInstrumentsOptions;
  #opened: Promise<SymbolMaster | undefined> | undefined;
  #closing: Timer | undefined;
  #usedAt = 0;

  constructor(options: MasterInstrumentsOptions) {
    this.#options = options;
  }

  async find(symbols: readonly string[], isSimulated: boolean): Promise<FoundInstruments> {
    try {
      const master = this.#belongsTo(isSimulated) ? await this.#open() : undefined;
      return master === undefined ? NOTHING : readInstruments(master, symbols, this.#options.clock.now());
    } catch {
      // A cache that cannot be read is none: the token endpoint knows the symbols, and doctor reports the cache.
      return NOTHING;
    }
  }

  /** Throws for an address that cannot be used, which the commands about the master report. */
  #belongsTo(isSimulated: boolean): boolean {
    const { env, isFyersData } = this.#options;
    return isFyersMaster(env) === (isFyersData && !isSimulated);
  }

  /** Another process may renew the cache, and an opened master takes memory: it is opened again after a pause. */
  #open(): Promise<SymbolMaster | undefined> {
    const { clock, readMaster } = this.#options;
    this.#usedAt = clock.monotonic();
    this.#opened ??= (async () => readMaster())();
    this.#closing ??= clock.every(KEPT_MS, () => {
      if (clock.monotonic() - this.#usedAt < KEPT_MS) return;
      this.#opened = undefined;
      this.#closing?.cancel();
      this.#closing = undefined;
    });
    return this.#opened;
  }
}

const NOTHING: FoundInstruments = { fresh: new Map(), stale: new Map() };

function readInstruments(master: SymbolMaster, symbols: readonly string[], nowMs: number): FoundInstruments {
  const fresh = new Map<string, Instrument>();
  const stale = new Map<string, StaleInstrument>();
  const checkedAtMs = new Map(master.files.map((file) => [file.name, file.checkedAtMs]));
  const indexNames = new Map<string, string>();
  for (const symbol of symbols) {
    const indexName = master.indexName(symbol);
    if (indexName !== undefined) indexNames.set(symbol, indexName);
    const listed = master.find(symbol);
    const instrument = listed && readInstrument(listed, indexName, nowMs);
    const file = listed && fileOfInstrument(listed);
    const checkedAt = file && checkedAtMs.get(file);
    if (instrument === undefined || checkedAt === undefined) continue;
    if (checkedAt <= nowMs && nowMs - checkedAt < DAY_MS) fresh.set(symbol, instrument);
    else stale.set(symbol, { instrument, checkedAtMs: checkedAt });
  }
  return { fresh, stale, indexNames };
}

/** `undefined` for a contract that has ended: its token may be given to another. */
function readInstrument(
  { symbol, fytoken, expiresAtMs }: ListedInstrument,
  indexName: string | undefined,
  nowMs: number,
): Instrument | undefined {
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return undefined;
  return instrumentOf(symbol, fytoken, indexName ?? indexFeedName(symbol));
}
