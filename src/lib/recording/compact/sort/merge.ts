import { type CellBatch, type CellLayout, SYMBOL_CELL } from '../cells/cell-layout.ts';
import type { RunReader } from './run-file.ts';

/**
 * The rows of several sorted runs in one order: by symbol, then by time; of equal ones the earlier run's first.
 * @param ranks which place each symbol has, by its number
 */
export async function* mergeRuns(
  runs: readonly RunReader[],
  layout: CellLayout,
  ranks: Uint32Array,
  batchRows: number,
): AsyncGenerator<CellBatch> {
  const { width, receivedAt } = layout;
  const isBefore = (a: number, b: number): boolean => {
    const left = runs[a] as RunReader;
    const right = runs[b] as RunReader;
    const leftRank = ranks[left.cells[left.at + SYMBOL_CELL] as number] as number;
    const rightRank = ranks[right.cells[right.at + SYMBOL_CELL] as number] as number;
    if (leftRank !== rightRank) return leftRank < rightRank;
    const leftTime = left.cells[left.at + receivedAt] as number;
    const rightTime = right.cells[right.at + receivedAt] as number;
    return leftTime === rightTime ? a < b : leftTime < rightTime;
  };
  const heap: number[] = [];
  for (let run = 0; run < runs.length; run++) if (await (runs[run] as RunReader).readBlock()) heap.push(run);
  for (let at = heap.length >> 1; at >= 0; at--) sink(heap, at, isBefore);

  const batch = new Float64Array(batchRows * width);
  let rows = 0;
  while (heap.length > 0) {
    const top = heap[0] as number;
    const first = runs[top] as RunReader;
    const second = secondOf(heap, isBefore);
    // A symbol's rows of one run mostly all come before those of the next: they are copied in one piece.
    const begin = first.at;
    let isInBlock = true;
    let count = 0;
    do {
      count++;
      isInBlock = first.advance();
    } while (isInBlock && rows + count < batchRows && (second < 0 || isBefore(top, second)));
    batch.set(first.cells.subarray(begin, begin + count * width), rows * width);
    rows += count;
    if (!isInBlock && !(await first.readBlock())) {
      const last = heap.pop() as number;
      if (heap.length > 0) heap[0] = last;
    }
    sink(heap, 0, isBefore);
    if (rows === batchRows) {
      yield { cells: batch, rows };
      rows = 0;
    }
  }
  if (rows > 0) yield { cells: batch, rows };
}

/** The second of a heap in its order; -1 when there is none. */
function secondOf(heap: readonly number[], isBefore: (a: number, b: number) => boolean): number {
  const [, left = -1, right = -1] = heap;
  return right >= 0 && isBefore(right, left) ? right : left;
}

/** Restores the order of a heap in which only what stands at `at` may be too early. */
function sink(heap: number[], at: number, isBefore: (a: number, b: number) => boolean): void {
  const sinking = heap[at];
  if (sinking === undefined) return;
  for (let parent = at; ; ) {
    let child = 2 * parent + 1;
    if (child >= heap.length) child = -1;
    else if (child + 1 < heap.length && isBefore(heap[child + 1] as number, heap[child] as number)) child++;
    if (child < 0 || !isBefore(heap[child] as number, sinking)) {
      heap[parent] = sinking;
      return;
    }
    heap[parent] = heap[child] as number;
    parent = child;
  }
}
