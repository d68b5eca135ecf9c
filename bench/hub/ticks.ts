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

/** How many updates are made beforehand; then the same changes come again. */
const SCRIPT_UPDATES = 50_000;
const CHANGED_SLOTS = [SYMBOL_SLOTS.ltp, SYMBOL_SLOTS.volume, SYMBOL_SLOTS.lastQty, SYMBOL_SLOTS.exchangeTime] as const;
const CHANGED = CHANGED_SLOTS.reduce((set: number, slot) => set | (1 << slot), 0);
/** What one update takes in the script: the place of its tick, and by how much each slot changes. */
const UPDATE_LENGTH = 1 + CHANGED_SLOTS.length;

/**
 * A seeded row of ticks, the same each time: first one of every subscribed symbol, then trades. What happens is made beforehand,
 * so that no random number is part of what is measured.
 */
export class TickSource {
  readonly #script = createScript();
  readonly #ticks: MadeTick[] = [];
  #at = 0;
  #count = 0;

  /** Only these give ticks, as with a feed. Call it before the first tick. */
  subscribe(subscriptions: readonly Subscription[]): void {
    for (const { kind, symbol } of subscriptions) {
      const id = this.#ticks.length;
      const state = new HsmTopicState<never>(`sf|nse_cm|${id}`, 'sf');
      state.values.fill(FIRST_VALUE);
      state.known = ALL_SLOTS;
      state.changed = ALL_SLOTS;
      state.multiplier = 1;
      state.precision = 2;
      this.#ticks.push({ id, kind, symbol, state });
    }
  }

  next(): Tick {
    const ticks = this.#ticks;
    const isFirst = this.#count < ticks.length;
    const tick = (isFirst ? ticks[this.#count] : this.#update()) as MadeTick;
    tick.state.receivedAt = STARTED_AT + Math.floor(this.#count / TICKS_PER_MS);
    this.#count++;
    return tick;
  }

  #update(): MadeTick {
    const script = this.#script;
    let at = this.#at === script.length ? 0 : this.#at;
    const tick = this.#ticks[(script[at++] as number) % this.#ticks.length] as MadeTick;
    const { values } = tick.state;
    for (let place = 0; place < CHANGED_SLOTS.length; place++) {
      const slot = CHANGED_SLOTS[place] as number;
      values[slot] = (values[slot] as number) + (script[at++] as number);
    }
    tick.state.changed = CHANGED;
    this.#at = at;
    return tick;
  }
}

function createScript(): Int32Array {
  const random = new SeededRandom(SEED);
  return Int32Array.from({ length: SCRIPT_UPDATES * UPDATE_LENGTH }, (_, at) =>
    at % UPDATE_LENGTH === 0 ? random.below(SYMBOLS) : random.below(5),
  );
}
