import { KINDS, type Kind, ROW_TYPES } from '../market/kinds.ts';
import type { Tick } from '../market/tick.ts';
import type { RowBlock } from '../output/rows/row-block.ts';
import { kindBit } from '../output/rows/row-scanner.ts';

const TYPE_AT = '{"type":"'.length;
const LAST_OF_TRUE = 0x65;

/** By the first letter of its type. */
const KINDS_BY_LETTER: readonly (Kind | undefined)[] = KINDS.reduce<Kind[]>((kinds, kind) => {
  kinds[ROW_TYPES[kind].charCodeAt(0)] = kind;
  return kinds;
}, []);

/** The kind of a row of the contract that begins here. */
export function kindOfRow(bytes: Uint8Array, begin: number): Kind | undefined {
  return KINDS_BY_LETTER[bytes[begin + TYPE_AT] as number];
}

/** Whether a row of the contract is marked as simulated. @param end behind its line end */
export function isSimulatedRow(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 3] === LAST_OF_TRUE;
}

/** `,"simulated":true` in front of the closing brace. */
const MARK_BYTES = 17;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;

/** When a tick's message arrived, epoch milliseconds; a row that came as bytes is not parsed for it. */
export function receivedAtOf(tick: Tick): number {
  return tick.row === undefined ? tick.state.receivedAt : receivedAtIn(tick.row, tick.row.length);
}

/**
 * The `received_at` of a row of the contract, which stands last, or last but the mark of simulated rows. NaN where there is
 * none. @param end where the row ends, its line end included
 */
export function receivedAtIn(bytes: Uint8Array, end: number): number {
  let at = end - 3;
  if (bytes[at] === LAST_OF_TRUE) at -= MARK_BYTES;
  let value = 0;
  let scale = 1;
  for (; at >= 0; at--) {
    const digit = bytes[at] as number;
    if (digit < DIGIT_ZERO || digit > DIGIT_NINE) break;
    value += (digit - DIGIT_ZERO) * scale;
    scale *= 10;
  }
  return scale === 1 ? Number.NaN : value;
}

const LINE_END = 0x0a;

/** A block of rows of the contract that this program has printed itself: they are not checked. */
export function blockOf(bytes: Buffer): RowBlock {
  const ends: number[] = [];
  const times: number[] = [];
  let kinds = 0;
  for (let begin = 0; begin < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, begin) + 1;
    ends.push(end);
    times.push(receivedAtIn(bytes, end));
    const kind = kindOfRow(bytes, begin);
    if (kind) kinds |= kindBit(kind);
    begin = end;
  }
  return { bytes, rows: ends.length, ends: Int32Array.from(ends), times: Float64Array.from(times), kinds };
}
