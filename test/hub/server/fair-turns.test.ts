import { describe, expect, it } from 'vitest';
import { FairTurns } from '../../../src/lib/hub/server/fair-turns.ts';

const TURN_BYTES = 64 * 1024;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Enters works by name, and notes what is carried out. */
function makeTurns(): {
  turns: FairTurns;
  done: string[];
  enter: (owner: object, name: string, bytes?: number) => void;
} {
  const turns = new FairTurns();
  const done: string[] = [];
  const enter = (owner: object, name: string, bytes = TURN_BYTES): void =>
    turns.enter(owner, bytes, () => void done.push(name));
  return { turns, done, enter };
}

describe('turns', () => {
  it('are not waited for while there is room', () => {
    const { done, enter } = makeTurns();
    enter({}, 'a', 1);
    enter({}, 'b', 1);
    expect(done).toEqual(['a', 'b']);
  });

  it('go to each owner after the other, however much one of them asks, and other work comes in between', async () => {
    const { done, enter } = makeTurns();
    const [greedy, modest] = [{}, {}];
    for (let at = 1; at <= 4; at++) enter(greedy, `greedy ${at}`);
    enter(modest, 'modest 1');
    enter(modest, 'modest 2');
    expect(done).toEqual(['greedy 1']);
    const perTurn: string[][] = [];
    while (done.length < 6) {
      const before = done.length;
      await nextTurn();
      perTurn.push(done.slice(before));
    }
    expect(done).toEqual(['greedy 1', 'greedy 2', 'modest 1', 'greedy 3', 'modest 2', 'greedy 4']);
    expect(Math.max(...perTurn.map(({ length }) => length))).toBe(1);
  });

  it('hold many short ones, which count for what they cost', async () => {
    const { done, enter } = makeTurns();
    for (let at = 0; at < 200; at++) enter({}, String(at), 1);
    expect(done).toHaveLength(64);
    await nextTurn();
    expect(done).toHaveLength(128);
    await nextTurn();
    await nextTurn();
    expect(done).toEqual(Array.from({ length: 200 }, (_, at) => String(at)));
  });

  it('of a client that leaves are dropped', async () => {
    const { turns, done, enter } = makeTurns();
    const [stays, leaves] = [{}, {}];
    enter(stays, 'first');
    enter(leaves, 'never');
    enter(stays, 'second');
    turns.leave(leaves);
    await nextTurn();
    await nextTurn();
    expect(done).toEqual(['first', 'second']);
  });
});
