import { HsmTopicState } from '../../src/lib/hsm/topic-table.ts';
import type { Subscription } from '../../src/lib/market/kinds.ts';
import { SYMBOL_SLOTS } from '../../src/lib/market/slots.ts';
import { ALL_SLOTS, type Tick } from '../../src/lib/market/tick.ts';
import { SeededRandom } from '../../src/lib/simulator/chance/random.ts';
import { generatedSymbol } from '../../src/lib/simulator/universe.ts';

const SEED = 20261123;
const STARTED_AT = 1_795_428_683_755;
const TICKS_PER_MS = 25;
const FIRST_VALUE = 60_000;

export const SYMBOLS = 500;
export const ALL: readonly Subscription[] = Array.from({ length: SYMBOLS }, (_, n) => ({
  kind: 'symbol',
  symbol: generatedSymbol(n + 1),
}));

interface MadeTick extends Tick {
  readonly state: HsmTopicState<never>;
}

/** A seeded row of ticks, the same each time: first one of every symbol, then trades. */
export class TickSource {
  readonly #random = new SeededRandom(SEED);
  readonly #ticks: readonly MadeTick[];
  #count = 0;

  constructor() {
    this.#ticks = ALL.map(({ kind, symbol }, id) => {
      const state = new HsmTopicState<never>(`sf|nse_cm|${id}`, 'sf');
      state.values.fill(FIRST_VALUE);
      state.known = ALL_SLOTS;
      state.changed = ALL_SLOTS;
      state.multiplier = 1;
      state.precision = 2;
      return { id, kind, symbol, state };
    });
  }

  next(): Tick {
    const isFirst = this.#count < SYMBOLS;
    const tick = this.#ticks[isFirst ? this.#count : this.#random.below(SYMBOLS)] as MadeTick;
    const { state } = tick;
    if (!isFirst) {
      state.changed = 0;
      for (const slot of [SYMBOL_SLOTS.ltp, SYMBOL_SLOTS.volume, SYMBOL_SLOTS.lastQty, SYMBOL_SLOTS.exchangeTime]) {
        state.values[slot] = (state.values[slot] as number) + this.#random.below(5);
        state.changed |= 1 << slot;
      }
    }
    state.receivedAt = STARTED_AT + Math.floor(this.#count / TICKS_PER_MS);
    this.#count++;
    return tick;
  }
}
