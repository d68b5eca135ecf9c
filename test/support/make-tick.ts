import { HsmTopicState } from '../../src/lib/hsm/topic-table.ts';
import type { Kind } from '../../src/lib/market/kinds.ts';
import { ALL_SLOTS, type Tick } from '../../src/lib/market/tick.ts';
import { topicKindOf } from '../../src/lib/market/topics.ts';

export type MadeTick = Tick & { state: HsmTopicState<never> };

export interface TickValues {
  /** Raw values by slot; the others are unknown. */
  readonly values?: Readonly<Record<number, number>>;
  readonly multiplier?: number;
  readonly precision?: number;
  readonly receivedAt?: number;
}

/** A tick on a fresh state. */
export function makeTick(id: number, kind: Kind, symbol: string, given: TickValues = {}): MadeTick {
  return { id, kind, symbol, state: makeState(kind, symbol, given) };
}

export function makeState(kind: Kind, symbol: string, given: TickValues): HsmTopicState<never> {
  const topicKind = topicKindOf(kind, symbol);
  const state = new HsmTopicState<never>(`${topicKind}|nse_cm|1`, topicKind);
  state.multiplier = given.multiplier ?? 1;
  state.precision = given.precision ?? 2;
  state.receivedAt = given.receivedAt ?? 1_795_428_683_755;
  setValues(state, given.values ?? {});
  state.changed = ALL_SLOTS;
  return state;
}

/** Takes values over as the decoder does: what changed is told. */
export function setValues(state: HsmTopicState<never>, values: Readonly<Record<number, number>>): void {
  state.changed = 0;
  for (const [slot, value] of Object.entries(values)) {
    const bit = 1 << Number(slot);
    if (state.known & bit && state.values[Number(slot)] === value) continue;
    state.values[Number(slot)] = value;
    state.known |= bit;
    state.changed |= bit;
  }
}
