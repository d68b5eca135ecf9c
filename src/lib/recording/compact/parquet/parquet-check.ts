import { TickpipeError } from '../../../errors/tickpipe-error.ts';
import { type CellLayout, SYMBOL_CELL } from '../cells/cell-layout.ts';
import { RowDigest } from '../cells/row-digest.ts';
import type { SymbolTable } from '../cells/symbol-table.ts';
import type { OpenFile } from '../workspace/workspace.ts';
import { readParquetGroups, STRANGE_SYMBOL } from './parquet-rows.ts';
import { isSealed } from './seal.ts';

export interface CheckOptions {
  readonly layout: CellLayout;
  readonly symbols: SymbolTable;
  /** What was read from the recordings. */
  readonly expected: RowDigest;
  readonly openFile: OpenFile;
  readonly signal: AbortSignal;
}

/**
 * Reads a compacted file back, whole: each symbol has to have as many rows as were recorded, with the same values, and all
 * of them have to stand in order. Throws `OUTPUT_FAILED` otherwise.
 * @param name what the file is called in the error
 */
export async function checkParquet(file: string, name: string, options: CheckOptions): Promise<void> {
  const { layout, symbols, expected, openFile, signal } = options;
  const handle = await openFile(file, 'r');
  try {
    if (!(await isSealed(handle))) throw unlike(name, 'its checksum is wrong');
    const ranks = symbols.ranks();
    const found = new RowDigest(layout);
    let lastRank = -1;
    let lastTime = Number.NEGATIVE_INFINITY;
    for await (const group of readParquetGroups(handle, layout, (symbol) => symbols.find(symbol))) {
      signal.throwIfAborted();
      const numbers = group.column(SYMBOL_CELL);
      const times = group.column(layout.receivedAt);
      for (let row = 0; row < group.rows; row++) {
        const symbol = numbers[row] as number;
        if (symbol === STRANGE_SYMBOL) throw unlike(name, 'it has a row that was not recorded');
        const rank = ranks[symbol] as number;
        const time = times[row] as number;
        if (rank < lastRank || (rank === lastRank && time < lastTime)) throw unlike(name, 'its rows are not in order');
        lastRank = rank;
        lastTime = time;
      }
      found.addColumns(group);
    }
    if (found.rows !== expected.rows) throw unlike(name, `it has ${found.rows} rows of ${expected.rows}`);
    const [different] = expected.differences(found);
    if (different !== undefined) throw unlike(name, `the rows of ${symbols.nameOf(different)} differ`);
  } catch (error) {
    if (error instanceof TickpipeError || signal.aborted) throw error;
    throw unlike(name, 'it cannot be read', error);
  } finally {
    await handle.close();
  }
}

function unlike(name: string, how: string, cause?: unknown): TickpipeError {
  return new TickpipeError('OUTPUT_FAILED', `${name} is not what was recorded: ${how}`, {
    hint: 'the recordings are untouched; look at the disk, then try again',
    cause,
  });
}
