import type { SlotOrder } from './dictionary.ts';
import type { HsmTopicState } from './topic-table.ts';
import { NO_VALUE } from './wire.ts';

/*
 * Packets of a data frame (docs/protocol.md). Measuring comes first and checks every length against the end of the frame;
 * reading then trusts what was measured.
 */

/** Names at the end of a snapshot, which are not used: exchange, exchange token, trading symbol. */
const SNAPSHOT_NAMES = 3;
/** Between the values of a snapshot and its names: 2 bytes without a meaning, u16 multiplier, u8 precision. */
const SCALE_BYTES = 5;

/** Where a snapshot that starts at `at` ends, or -1 when a length in it passes the end of the frame. */
export function measureSnapshot(bytes: Buffer, at: number): number {
  let end = at + 4;
  if (end > bytes.length) return -1;
  end += bytes[at + 3] as number;
  if (end >= bytes.length) return -1;
  end += 1 + (bytes[end] as number) * 4 + SCALE_BYTES;
  for (let name = 0; name < SNAPSHOT_NAMES; name++) {
    if (end >= bytes.length) return -1;
    end += 1 + (bytes[end] as number);
  }
  return end <= bytes.length ? end : -1;
}

/** What a snapshot says beside its values, which stand from `valuesAt` to `valuesEnd`. */
export interface SnapshotHead {
  readonly topicId: number;
  readonly topic: string;
  readonly valuesAt: number;
  readonly valuesEnd: number;
  readonly multiplier: number;
  readonly precision: number;
}

/** Reads a snapshot that has been measured. */
export function readSnapshotHead(bytes: Buffer, at: number): SnapshotHead {
  const nameEnd = at + 4 + (bytes[at + 3] as number);
  const valuesAt = nameEnd + 1;
  const valuesEnd = valuesAt + (bytes[nameEnd] as number) * 4;
  return {
    topicId: bytes.readUInt16BE(at + 1),
    topic: bytes.toString('latin1', at + 4, nameEnd),
    valuesAt,
    valuesEnd,
    multiplier: bytes.readUInt16BE(valuesEnd + 2),
    precision: bytes[valuesEnd + 4] as number,
  };
}

/** Takes over the values that are there and returns which slots changed. Reads only from `at` to `end`. */
export function applyValues<A>(
  state: HsmTopicState<A>,
  slots: SlotOrder,
  bytes: Buffer,
  at: number,
  end: number,
): number {
  const { values } = state;
  let known = state.known;
  let changed = 0;
  for (let position = 0; at < end; position++, at += 4) {
    const raw =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    const slot = slots[position] as number;
    if (raw === NO_VALUE || slot < 0) continue;
    const bit = 1 << slot;
    if (values[slot] === raw && (known & bit) !== 0) continue;
    values[slot] = raw;
    known |= bit;
    changed |= bit;
  }
  state.known = known;
  return changed;
}
