import type { Clock } from '../clock/clock.ts';
import { SeededRandom, seedFor } from './chance/random.ts';
import type { CandleSource } from './history/candle-source.ts';
import { MarketInstrument } from './instrument.ts';
import type { Listed } from './listed.ts';
import { type IndexListing, indexClose } from './listings.ts';
import { MarketIndex, type Member } from './market-index.ts';
import type { Mover, Source } from './source.ts';
import type { Universe } from './universe.ts';

/** Members of an index whose real ones are not listed. */
const MADE_UP_MEMBERS = 6;

/** The simulated market. An instrument is created when it is first asked for, and moves only when `step` is called. */
export class SimulatedMarket {
  readonly #universe: Universe;
  readonly #seed: number;
  readonly #clock: Clock;
  /** By `segment|feed name`. */
  readonly #movers = new Map<string, MarketInstrument | MarketIndex>();
  /** Shares that indices without known members follow. */
  readonly #shares: readonly string[];

  constructor(universe: Universe, seed: number, clock: Clock) {
    this.#universe = universe;
    this.#seed = seed;
    this.#clock = clock;
    this.#shares = [...universe.symbols].filter((symbol) => {
      const listed = universe.bySymbol(symbol);
      return (
        listed?.kind === 'instrument' && listed.instrument.segment === 'nse_cm' && listed.listing.temper === 'trading'
      );
    });
  }

  /** Epoch seconds by the exchange. */
  get nowSeconds(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }

  /** What a topic shows; `undefined` for an unknown one: it can be subscribed, and never ticks. */
  sourceOf(topic: string): Source | undefined {
    const bar = topic.indexOf('|');
    const kind = topic.slice(0, bar);
    const listed = bar < 0 ? undefined : this.#universe.byPlace(topic.slice(bar + 1));
    if (listed === undefined) return undefined;
    return this.#moverOf(listed).sources.find((source) => source.kind === kind);
  }

  /** The instrument or index of a symbol. */
  moverOf(symbol: string): Mover | undefined {
    const listed = this.#universe.bySymbol(symbol);
    if (listed === undefined) return undefined;
    return this.#moverOf(this.#universe.byPlace(placeOf(listed)) ?? listed);
  }

  /** Of what the candles of a symbol are made. */
  candlesOf(symbol: string): CandleSource | undefined {
    const mover = this.moverOf(symbol);
    return mover instanceof MarketInstrument || mover instanceof MarketIndex ? mover.candles : undefined;
  }

  #moverOf(listed: Listed): MarketInstrument | MarketIndex {
    const place = placeOf(listed);
    const known = this.#movers.get(place);
    if (known !== undefined) return known;
    const mover =
      listed.kind === 'instrument'
        ? new MarketInstrument(listed.listing, listed.instrument, this.#seed, this.nowSeconds)
        : this.#indexOf(listed);
    this.#movers.set(place, mover);
    return mover;
  }

  #indexOf(listed: Listed & { kind: 'index' }): MarketIndex {
    const random = new SeededRandom(seedFor(0, listed.instrument.feedName));
    const close = indexClose(listed.listing);
    return new MarketIndex(
      listed.instrument,
      close,
      this.#membersOf(listed.listing, random),
      this.#seed,
      this.nowSeconds,
    );
  }

  #membersOf(listing: IndexListing, random: SeededRandom): Member[] {
    const names: readonly (readonly [symbol: string, weight: number])[] =
      listing.members.length > 0
        ? listing.members.map(([name, weight]) => [`NSE:${name}-EQ`, weight])
        : Array.from({ length: MADE_UP_MEMBERS }, () => [this.#shares[random.below(this.#shares.length)] ?? '', 1]);
    const members = names.flatMap(([symbol, weight]) => {
      const mover = this.moverOf(symbol);
      return mover instanceof MarketInstrument ? [{ instrument: mover, weight }] : [];
    });
    const total = members.reduce((sum, { weight }) => sum + weight, 0);
    return members.map(({ instrument, weight }) => ({ instrument, weight: weight / total }));
  }
}

function placeOf({ instrument }: Listed): string {
  return `${instrument.segment}|${instrument.feedName}`;
}
