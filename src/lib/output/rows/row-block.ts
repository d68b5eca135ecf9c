/** Whole rows of the contract, one behind the other. Valid until the next block is asked for. */
export interface RowBlock {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Of each row, the offset behind its line end. The array may be longer. */
  readonly ends: Int32Array;
  /** Of each row, its `received_at`, epoch milliseconds. The array may be longer. */
  readonly times: Float64Array;
  /** Which kinds of rows are in it: `kindBit` of each, added up. */
  readonly kinds: number;
}

/** Rows of a block that follow each other. */
export interface RowRun {
  readonly block: RowBlock;
  /** Which row of the block is the first, and how many they are. */
  readonly first: number;
  readonly count: number;
}

/** Where a row of a block begins. */
export function beginOfRow({ ends }: RowBlock, row: number): number {
  return row === 0 ? 0 : (ends[row - 1] as number);
}

/** The offset behind its line end. */
export function endOfRow({ ends }: RowBlock, row: number): number {
  return ends[row] as number;
}
