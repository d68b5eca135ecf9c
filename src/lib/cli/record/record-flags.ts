import * as Flags from '@oclif/core/flags';
import type { FeedFlags } from '../command/flag-groups.ts';
import {
  connectionFlags,
  durationFlag,
  playbackFlags,
  sourceFlags,
  streamLimitFlags,
  valueFlag,
  whereFlag,
} from '../command/flags.ts';
import { type RowTypeName, readTypes } from '../command/row-type-names.ts';
import { readByteSize } from '../program/amounts.ts';
import { readPath } from '../program/flag-values.ts';

const RECORDING = 'recording';
const LIMITS = 'limits';
const CONNECTION = 'connection';

/** An index has its own kind of rows, which `symbols` includes. */
const RECORDED_WORDS = ['symbols', 'depth', 'lite'] as const satisfies readonly RowTypeName[];

const MIN_SIZE = 64_000;
const DEFAULT_SIZE = 256_000_000;
const DEFAULT_ROTATION_MS = 3_600_000;

/** The flags of `record`. */
export const recordFlags = {
  ...sourceFlags,
  type: valueFlag((text) => readTypes(text, RECORDED_WORDS))({
    summary: 'what to record of each symbol, as in symbols,depth; an index is recorded under symbols',
    helpGroup: RECORDING,
    helpValue: RECORDED_WORDS.join(','),
    default: ['symbol'],
    defaultHelp: async () => 'symbols',
  }),
  dir: valueFlag(readPath)({
    summary: 'the directory of the recordings; it is made if it is missing',
    helpGroup: RECORDING,
    helpValue: '<path>',
    default: 'recordings',
  }),
  gzip: Flags.boolean({
    summary: 'compress the files (the default), or not',
    helpGroup: RECORDING,
    default: true,
    allowNo: true,
  }),
  rotate: durationFlag()({
    summary: 'begin a new file at each multiple of this time since midnight in India',
    helpGroup: RECORDING,
    helpValue: '<time>',
    default: DEFAULT_ROTATION_MS,
    defaultHelp: async () => '1h',
  }),
  'max-size': valueFlag((text) => readByteSize(text, MIN_SIZE))({
    summary: 'begin a new file when one has reached this size, as in 256MB',
    helpGroup: RECORDING,
    helpValue: '<size>',
    default: DEFAULT_SIZE,
    defaultHelp: async () => '256MB',
  }),
  raw: Flags.boolean({
    summary: 'record the messages of the data socket instead of rows, on a connection of its own',
    helpGroup: RECORDING,
  }),
  detach: Flags.boolean({
    summary: 'record in the background; tickpipe status lists it, tickpipe stop ends it',
    helpGroup: RECORDING,
  }),
  where: {
    ...whereFlag,
    summary: 'record only rows for which this condition is true; see tickpipe help where',
    helpGroup: RECORDING,
  },
  'session-hours': Flags.boolean({
    summary: "record the symbols' trading session, from 15 minutes before it to 15 minutes after it; wait for it first",
    helpGroup: LIMITS,
  }),
  count: streamLimitFlags.count,
  duration: streamLimitFlags.duration,
  until: streamLimitFlags.until,
  ...playbackFlags,
  ...connectionFlags,
  force: Flags.boolean({
    summary: 'with --direct or --raw: open a connection even if this account has another',
    helpGroup: CONNECTION,
  }),
};

/** The values of these flags; sizes in bytes, times in milliseconds. */
export interface RecordFlags extends FeedFlags {
  readonly dir: string;
  readonly gzip: boolean;
  readonly rotate: number;
  readonly 'max-size': number;
  /** The messages of the data socket instead of rows. */
  readonly raw: boolean;
  /** From 15 minutes before the session of the symbols to 15 minutes after it. */
  readonly 'session-hours': boolean;
  readonly strict: boolean;
  /** The text of a condition. */
  readonly where?: string | undefined;
  readonly count?: number | undefined;
  readonly duration?: number | undefined;
  /** Epoch milliseconds. */
  readonly until?: number | undefined;
}
