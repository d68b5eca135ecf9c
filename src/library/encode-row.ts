import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import { kindOfType } from '../lib/market/kinds.ts';
import { toRow } from '../lib/market/row.ts';
import type { Tick } from '../lib/market/tick.ts';
import { ByteBuffer } from '../lib/output/rows/byte-buffer.ts';
import { formatControlRow } from '../lib/output/rows/control-rows.ts';
import { fieldNames } from '../lib/output/rows/field-selection.ts';
import { createRowEncoder } from '../lib/output/rows/row-encoder.ts';
import { RowState } from '../lib/rows/row-state.ts';
import type { ControlRow, Row } from './row-types.ts';

export interface EncodeOptions {
  /** `ndjson`, the default, or `csv`. */
  readonly format?: 'ndjson' | 'csv' | undefined;
  /** Columns, in this order; all of them when it is left out. `bid` and `ask` of a book are a whole side. */
  readonly fields?: readonly string[] | undefined;
  /** `epoch`, the default, or `iso`: ISO 8601 in Indian time. */
  readonly time?: 'epoch' | 'iso' | undefined;
  /** Puts the header of CSV on a line above the row. */
  readonly header?: boolean | undefined;
}

/**
 * A row as the line that tickpipe prints of it, line end included. A simulated row has its mark in the last place, whatever is
 * selected. Rows about the stream exist only as NDJSON, and with all their columns.
 *
 * Throws `TickpipeError`: `UNKNOWN_FIELD`; `USAGE` for what is no row, whose times are not numbers, or that has no CSV.
 */
export function encodeRow(row: Row | ControlRow, options: EncodeOptions = {}): string {
  const { format = 'ndjson', fields, time = 'epoch', header = false } = options;
  if (row.type === 'Gap' || row.type === 'Status' || row.type === 'Skipped') {
    if (format === 'csv') throw refuse(`a row of type ${row.type} has no CSV`, 'leave it out, or use ndjson');
    return formatControlRow(row, time);
  }
  const kind = kindOfType(row.type);
  if (kind === undefined || typeof row.symbol !== 'string' || typeof row.received_at !== 'number') {
    throw refuse('this is not a row with times as numbers', 'encode rows as a feed or decode gives them');
  }
  checkNames(fields, fieldNames([kind]));
  const state = new RowState(kind);
  state.take({ ...row }, undefined);
  const simulated = row.simulated === true;
  const tick: Tick = { id: 0, kind, symbol: row.symbol, state };
  // What an encoder is made of takes longer than a row; its bytes are those of JSON.
  if (format === 'ndjson' && fields === undefined) return `${JSON.stringify(toRow(tick, { simulated, time }))}\n`;
  const encoder = createRowEncoder({ format, kinds: [kind], fields, time, simulated, noHeader: !header });
  const line = new ByteBuffer(LINE_BYTES);
  encoder.encode(tick, line);
  return encoder.header + line.bytes.toString('utf8', 0, line.length);
}

/** Longer than most rows; the buffer grows. */
const LINE_BYTES = 1_024;

function checkNames(names: readonly string[] = [], valid: readonly string[]): void {
  const unknown = names.filter((name) => name !== 'simulated' && !valid.includes(name));
  if (unknown.length === 0) return;
  throw new TickpipeError('UNKNOWN_FIELD', `no column ${unknown.join(', ')}`, {
    hint: `there are ${valid.join(', ')}`,
  });
}

const refuse = (message: string, hint: string): TickpipeError => new TickpipeError('USAGE', message, { hint });
