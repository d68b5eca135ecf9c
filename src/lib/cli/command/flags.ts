import * as Flags from '@oclif/core/flags';
import type { BooleanFlag, FlagDefinition } from '@oclif/core/interfaces';
import { parseDuration, parseTimeToday } from '../../clock/durations.ts';
import { FORMATS, type TimeFormat } from '../../output/rows/encoder.ts';
import {
  type FeedChoice,
  readChoice,
  readFeed,
  readInteger,
  readList,
  readPath,
  readSpeed,
} from '../program/flag-values.ts';
import type { LogFormat } from '../program/reporter.ts';
import type { ValueReader } from '../settings/settings.ts';

const TIME_FORMATS = ['epoch', 'iso'] as const satisfies readonly TimeFormat[];
const LOG_FORMATS = ['text', 'json'] as const satisfies readonly LogFormat[];
export const SLOW_ACTIONS = ['conflate', 'drop', 'exit'] as const;
export type SlowAction = (typeof SLOW_ACTIONS)[number];

const MAX_RETRIES = 1_000_000;
const DEFAULT_MAX_LAG_MS = 2_000;
const DEFAULT_STALL_TIMEOUT_MS = 30_000;
export const DEFAULT_LINGER_MS = 10_000;

const SOURCE = 'source';
const OUTPUT = 'output';
const LIMITS = 'limits';
const CONNECTION = 'connection';
const DIAGNOSTICS = 'diagnostics';

type Repeated<T> = FlagDefinition<T, Record<string, unknown>, { multiple: true; requiredOrDefaulted: false }>;
type Bare<T> = FlagDefinition<T, Record<string, unknown>, { multiple: false; requiredOrDefaulted: false }>;

/** A flag with a value. `resolveSettings` calls `read` with the flag's text, wherever that comes from. */
export function valueFlag<T>(read: ValueReader<T>): Bare<T> {
  // oclif's parser returns the text unchanged. TypeScript cannot choose among its overloads for a generic T.
  return (Flags.custom as (defaults: object) => unknown)({ read }) as Bare<T>;
}

/** A flag that may be given several times, with a value each time. */
export function repeatedFlag<T>(read: ValueReader<T>): Repeated<T> {
  const defaults = { read, multiple: true, multipleNonGreedy: true };
  return (Flags.custom as (defaults: object) => unknown)(defaults) as Repeated<T>;
}

/** A flag whose value is one of these words. */
export function choiceFlag<T extends string>(choices: readonly T[]): Bare<T> {
  return valueFlag((text) => readChoice(text, choices));
}

/** A flag whose value is a time with its unit; the flag's value is in milliseconds. */
export function durationFlag(zero: 'allowed' | 'refused' = 'refused'): Bare<number> {
  return valueFlag((text) => parseDuration(text, zero));
}

/** A flag whose value is a whole number in a range. */
export function integerFlag(min: number, max?: number): Bare<number> {
  return valueFlag((text) => readInteger(text, min, max));
}

const path = valueFlag(readPath);
const list = valueFlag(readList);

function toggle(summary: string, helpGroup: string): BooleanFlag<boolean> {
  return Flags.boolean({ summary, helpGroup });
}

/** Which symbols and whose ticks. */
export const sourceFlags = {
  feed: valueFlag<FeedChoice>(readFeed)({
    summary: "where ticks come from: the account's shared live session, a simulator, a recording, or a hub elsewhere",
    helpGroup: SOURCE,
    helpValue: 'fyers|sim|file:PATH|ws://HOST:PORT',
    default: 'fyers',
  }),
  file: path({ summary: 'also read symbols from this list', helpGroup: SOURCE, helpValue: '<path>' }),
  strict: toggle('end with 3 before anything is subscribed when a symbol is unknown', SOURCE),
  'token-file': path({
    summary: 'read the access token from a file that holds APPID:TOKEN',
    helpGroup: SOURCE,
    helpValue: '<path>',
  }),
};

/** How a recording is played. */
export const playbackFlags = {
  speed: valueFlag(readSpeed)({
    summary: 'with a recording: how many times as fast as it was recorded, or max; 1 if not given',
    helpGroup: SOURCE,
    helpValue: '<n>|max',
  }),
  loop: toggle('with a recording: begin again at its end', SOURCE),
};

/** How rows look and where they go. */
export const recordFlags = {
  format: choiceFlag(FORMATS)({
    char: 'f',
    summary: 'the format of the rows; without it a table on a terminal, ndjson otherwise',
    helpGroup: OUTPUT,
    helpValue: FORMATS.join('|'),
  }),
  raw: toggle('print the values alone, separated by tabs: no names, no header', OUTPUT),
  'no-header': toggle('leave out the header line of CSV', OUTPUT),
  fields: list({
    summary: 'only these columns, in this order; "help" lists them',
    helpGroup: OUTPUT,
    helpValue: '<a,b,c>',
  }),
  output: path({
    char: 'o',
    summary:
      'write to a file instead of stdout; its suffix decides the format, and %F, %H%M and the like become the time in India',
    helpGroup: OUTPUT,
    helpValue: '<path>',
  }),
  append: toggle('add to the output file if it exists; only an empty file gets a CSV header', OUTPUT),
  force: toggle('replace the output file if it exists', OUTPUT),
};

/** The same for rows of ticks. */
export const rowFlags = {
  ...recordFlags,
  time: choiceFlag(TIME_FORMATS)({
    summary: 'print times as epoch numbers or as ISO 8601 in IST',
    helpGroup: OUTPUT,
    helpValue: TIME_FORMATS.join('|'),
    default: 'epoch',
  }),
};

/** Which rows are printed, by their values. */
export const whereFlag = valueFlag((text) => text)({
  summary:
    "only rows for which this condition is true, as in 'change_percent < -2 and volume > 1000000'; see tickpipe help where",
  helpGroup: OUTPUT,
  helpValue: '<condition>',
});

/** Which rows of a stream are printed, and what happens when the reader is slow. */
export const streamOutputFlags = {
  where: whereFlag,
  conflate: durationFlag()({
    summary: 'at most one row per symbol in this time, as in 250ms; always the latest',
    helpGroup: OUTPUT,
    helpValue: '<time>',
  }),
  changed: list({
    summary: 'only rows in which one of these columns changed',
    helpGroup: OUTPUT,
    helpValue: '<a,b,c>',
  }),
  events: toggle('print Gap, Status and Skipped rows among the ticks; not with csv', OUTPUT),
  'on-slow': choiceFlag(SLOW_ACTIONS)({
    summary: 'when the reader of stdout is slow: keep the latest row of each symbol, drop rows, or end with 7',
    helpGroup: OUTPUT,
    helpValue: SLOW_ACTIONS.join('|'),
    default: 'conflate',
  }),
  'max-lag': durationFlag()({
    summary: 'how long the reader may make no progress before it counts as slow',
    helpGroup: OUTPUT,
    helpValue: '<time>',
    default: DEFAULT_MAX_LAG_MS,
    defaultHelp: async () => '2s',
  }),
};

/** What a live table shows beside its numbers. */
export const tableFlags = {
  spark: Flags.boolean({
    summary:
      'in a live table without --fields: a column that draws the prices so far, where there is room (the default)',
    helpGroup: OUTPUT,
    default: true,
    allowNo: true,
  }),
};

/** When a stream ends. */
export const streamLimitFlags = {
  count: integerFlag(1)({ char: 'n', summary: 'stop after this many rows', helpGroup: LIMITS, helpValue: '<n>' }),
  duration: durationFlag()({
    summary: 'stop after this time, as in 90s, 5m or 1h',
    helpGroup: LIMITS,
    helpValue: '<time>',
  }),
  until: valueFlag(parseTimeToday)({
    summary: 'stop at this time of today in India, as in 15:30',
    helpGroup: LIMITS,
    helpValue: '<hh:mm>',
  }),
  'idle-timeout': durationFlag()({
    summary: 'stop with 124 when no row comes for this long',
    helpGroup: LIMITS,
    helpValue: '<time>',
  }),
  snapshot: toggle('print the first row of each symbol, then stop', LIMITS),
};

/** Limits that `quote` has, too. */
export const answerLimitFlags = {
  timeout: durationFlag()({
    char: 't',
    summary: 'stop with 124 when no row came within this time; with --snapshot: how long to wait for all symbols (10s)',
    helpGroup: LIMITS,
    helpValue: '<time>',
  }),
  'max-age': durationFlag()({
    summary: 'with --snapshot: a row whose exchange_time is older than this counts as missing',
    helpGroup: LIMITS,
    helpValue: '<time>',
  }),
};

const lingerFlag = durationFlag('allowed')({
  summary: 'how long the shared session stays after its last client, when this command starts it',
  helpGroup: CONNECTION,
  helpValue: '<time>',
  default: DEFAULT_LINGER_MS,
  defaultHelp: async () => '10s',
});

/** The bearer token of a hub that wants one. */
const hubTokenFlag = path({
  summary: 'read the bearer token of a hub from a file, instead of TICKPIPE_HUB_TOKEN',
  helpGroup: CONNECTION,
  helpValue: '<path>',
});

/** How the live socket is kept. */
export const connectionFlags = {
  direct: toggle('open a live connection for this command alone instead of sharing one', CONNECTION),
  linger: lingerFlag,
  'hub-token-file': hubTokenFlag,
  'max-retries': integerFlag(
    0,
    MAX_RETRIES,
  )({
    summary: 'give up with 5 after this many failed connections in a row; without it, never',
    helpGroup: CONNECTION,
    helpValue: '<n>',
  }),
  'stall-timeout': durationFlag('allowed')({
    summary: 'check the connection when nothing came for this long in market hours; 0 turns it off',
    helpGroup: CONNECTION,
    helpValue: '<time>',
    default: DEFAULT_STALL_TIMEOUT_MS,
    defaultHelp: async () => '30s',
  }),
};

/** Flags of every command. */
export const diagnosticFlags = {
  help: Flags.boolean({ char: 'h', summary: 'show this help', helpGroup: DIAGNOSTICS }),
  quiet: Flags.boolean({
    char: 'q',
    summary: 'print on stderr only errors, and what makes the status other than 0',
    helpGroup: DIAGNOSTICS,
  }),
  verbose: toggle('print more on stderr, also off a terminal', DIAGNOSTICS),
  'log-format': choiceFlag(LOG_FORMATS)({
    summary: 'the format of the messages on stderr',
    helpGroup: DIAGNOSTICS,
    helpValue: LOG_FORMATS.join('|'),
    default: 'text',
  }),
  profile: valueFlag((text) => text)({
    summary: 'use this profile of the configuration file',
    helpGroup: DIAGNOSTICS,
    helpValue: '<name>',
  }),
};

/** Which hub, for commands about sessions that run. */
export const hubFlags = {
  feed: sourceFlags.feed,
  'token-file': sourceFlags['token-file'],
  'hub-token-file': hubTokenFlag,
};

/** The flags of `stream` commands. */
export const streamFlags = {
  ...sourceFlags,
  ...playbackFlags,
  ...rowFlags,
  ...streamOutputFlags,
  ...tableFlags,
  ...streamLimitFlags,
  ...answerLimitFlags,
  ...connectionFlags,
};

/** The flags of `quote`. It has no `--snapshot`, so the texts of its limits do not name it. */
export const quoteFlags = {
  ...sourceFlags,
  ...playbackFlags,
  ...rowFlags,
  where: whereFlag,
  timeout: { ...answerLimitFlags.timeout, summary: 'how long to wait for all symbols; 10s when it is not given' },
  'max-age': {
    ...answerLimitFlags['max-age'],
    summary: 'a row whose exchange_time is older than this counts as missing',
  },
  ...connectionFlags,
};
