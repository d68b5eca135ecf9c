import type { SeededRandom } from './chance/random.ts';
import type { SimulatedMarket } from './market.ts';
import type { Mover } from './source.ts';
import type { TopicStream } from './topic-stream.ts';

interface Watched {
  readonly mover: Mover;
  readonly streams: TopicStream[];
  /** Its place among the active ones; -1 for what never moves. */
  position: number;
}

/** Knows which topics show which instrument. Only watched instruments trade by themselves; each trade marks their topics as changed. */
export class TradingFloor {
  readonly #market: SimulatedMarket;
  readonly #random: SeededRandom;
  readonly #watched = new Map<Mover, Watched>();
  readonly #active: Watched[] = [];
  #changed = 0;

  constructor(market: SimulatedMarket, random: SeededRandom) {
    this.#market = market;
    this.#random = random;
  }

  watch(stream: TopicStream): void {
    const mover = stream.source?.mover;
    if (mover === undefined) return;
    let watched = this.#watched.get(mover);
    if (watched === undefined) {
      watched = { mover, streams: [], position: mover.moves ? this.#active.length : -1 };
      this.#watched.set(mover, watched);
      if (mover.moves) this.#active.push(watched);
    }
    watched.streams.push(stream);
  }

  unwatch(stream: TopicStream): void {
    const mover = stream.source?.mover;
    const watched = mover && this.#watched.get(mover);
    if (watched === undefined) return;
    const at = watched.streams.indexOf(stream);
    if (at >= 0) watched.streams.splice(at, 1);
    if (watched.streams.length === 0) this.#forget(watched);
  }

  /** Lets one of the active instruments trade. Returns the number of topics that changed; 0 when no instrument is active. */
  stepAny(): number {
    const watched = this.#active[this.#random.below(this.#active.length)];
    return watched === undefined ? 0 : this.step(watched.mover);
  }

  get nowSeconds(): number {
    return this.#market.nowSeconds;
  }

  /** Lets this instrument trade, and those that move with it. Returns the number of topics that changed. */
  step(mover: Mover, nowSeconds = this.nowSeconds): number {
    this.#changed = 0;
    mover.step(nowSeconds, this.#notify);
    return this.#changed;
  }

  readonly #notify = (mover: Mover): void => {
    const watched = this.#watched.get(mover);
    if (watched === undefined) return;
    for (const stream of watched.streams) stream.changed();
    this.#changed += watched.streams.length;
  };

  #forget(watched: Watched): void {
    this.#watched.delete(watched.mover);
    if (watched.position < 0) return;
    const last = this.#active.pop() as Watched;
    if (last === watched) return;
    this.#active[watched.position] = last;
    last.position = watched.position;
  }
}
