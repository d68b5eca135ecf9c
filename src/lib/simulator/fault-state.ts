import type { AnswerFault, AnswerOf, CountedFault } from './faults.ts';

/** What is wrong with the simulator at this moment. */
export class FaultState {
  /** How many occasions are left to go wrong; `Infinity` for all that come. A fault without an entry has none. */
  occasions = new Map<CountedFault, number>();
  /** With what occasions are answered, while there are any to go wrong; and for which file alone. */
  answers = new Map<AnswerFault, GivenAnswer>();
  /** With which HTTP status data connections are answered, while there are any to refuse. */
  upgradeStatus = 503;
  delayMs = 0;
  split = false;
  garble = false;
  reuseIds = false;
  loseUpdates = false;
  ackOnly = false;
  /** What comes of requests for a snapshot. */
  snapshots: 'serve' | 'refuse' | 'ignore' = 'serve';
  unknownPackets = false;
  /** Connections are closed so long after their authentication; `undefined` for not at all. */
  contestAfterMs: number | undefined = undefined;
  /** Answers of login and account come this much later. */
  accountDelayMs = 0;
}

interface GivenAnswer {
  readonly answer: AnswerOf<AnswerFault>;
  readonly file: string | undefined;
}

/** Whether this occasion is to go wrong; counts it. */
export function takeFault({ occasions }: FaultState, name: CountedFault): boolean {
  const left = occasions.get(name) ?? 0;
  if (left <= 0) return false;
  occasions.set(name, left - 1);
  return true;
}

/** How this occasion is to be answered wrongly; `undefined` for rightly. Counts it. @param file which file is asked for */
export function takeAnswer<N extends AnswerFault>(state: FaultState, name: N, file?: string): AnswerOf<N> | undefined {
  const given = state.answers.get(name);
  if (given === undefined || (given.file !== undefined && given.file !== file)) return undefined;
  return takeFault(state, name) ? (given.answer as AnswerOf<N>) : undefined;
}
