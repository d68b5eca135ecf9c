import { parseDuration } from '../clock/durations.ts';
import { InvalidValue } from '../errors/invalid-value.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { ACCOUNT_ANSWERS, EXCHANGE_ANSWERS, LOGIN_ANSWERS, LOGIN_PAGE_ANSWERS } from './account/account-faults.ts';
import { HISTORY_ANSWERS } from './history/history-faults.ts';
import { MASTER_ANSWERS } from './master/master-faults.ts';

/** What a fault wants after its `=`. A `count` may be left out: then every occasion goes wrong. `answer` and `status` may have one after a colon. */
type ArgumentKind = 'none' | 'symbol' | 'duration' | 'count' | 'answer' | 'status';

interface FaultEntry {
  readonly argument: ArgumentKind;
  /** Of an `answer`: which there are. */
  readonly answers?: readonly string[];
  /** Whether `FILE/` may stand before an answer. */
  readonly ofFiles?: true;
  /** For help texts: what it does. */
  readonly does: string;
}

/** Codes with which FYERS refuses a lookup; `edge` is a page of the edge in front of it. */
export const LOOKUP_REFUSALS = ['-8', '-15', '-16', '-17', '-50', '-99', '-300', '-352', '-373', 'edge'] as const;

/** Every fault the simulator can have. */
export const FAULTS = {
  drop: { argument: 'none', does: 'breaks every data connection' },
  stall: { argument: 'none', does: 'silences the open data connections, which stay open' },
  'stall-symbol': { argument: 'symbol', does: 'silences one symbol on the open data connections' },
  'lose-updates': { argument: 'none', does: 'sends snapshots when they are asked for, but no updates' },
  'ack-only': { argument: 'none', does: 'only acknowledges a second subscribe of a topic' },
  'refuse-snapshots': { argument: 'none', does: 'refuses requests for a snapshot' },
  'ignore-snapshots': { argument: 'none', does: 'never answers requests for a snapshot' },
  mute: { argument: 'count', does: 'never answers the next COUNT data connections' },
  'refuse-auth': { argument: 'count', does: 'refuses the next COUNT authentications' },
  contest: { argument: 'duration', does: 'closes every connection this long after its authentication' },
  delay: { argument: 'duration', does: 'sends everything this much later' },
  split: { argument: 'none', does: 'sends fragmented messages, one packet each' },
  garble: { argument: 'none', does: 'sends cut frames and noise in between' },
  'reuse-ids': { argument: 'none', does: 'gives topic ids to other topics' },
  'unknown-packets': { argument: 'none', does: 'sends frames and packets of unknown kinds in between' },
  'expire-token': { argument: 'none', does: 'ends every token and closes the connections' },
  html: { argument: 'count', does: 'answers the next COUNT symbol lookups with an HTML page' },
  'rate-limit': { argument: 'count', does: 'answers the next COUNT symbol lookups with status 429' },
  lookup: {
    argument: 'answer',
    answers: LOOKUP_REFUSALS,
    does: 'answers symbol lookups with this code of FYERS',
  },
  history: { argument: 'answer', answers: HISTORY_ANSWERS, does: 'answers requests for history like this' },
  upgrade: { argument: 'status', does: 'answers data connections with this HTTP status, such as 403, 429 or 503' },
  'login-page': { argument: 'answer', answers: LOGIN_PAGE_ANSWERS, does: 'sends this in the place of the login page' },
  login: { argument: 'answer', answers: LOGIN_ANSWERS, does: 'redirects from the login page like this' },
  exchange: { argument: 'answer', answers: EXCHANGE_ANSWERS, does: 'answers the exchange of an auth code like this' },
  profile: { argument: 'answer', answers: ACCOUNT_ANSWERS, does: 'answers requests for the profile like this' },
  logout: { argument: 'answer', answers: ACCOUNT_ANSWERS, does: 'answers logouts like this' },
  'account-delay': { argument: 'duration', does: 'answers logins, profiles and logouts this much later' },
  master: {
    argument: 'answer',
    answers: MASTER_ANSWERS,
    ofFiles: true,
    does: 'answers requests for the symbol master like this, for one file alone as in master=NSE_FO.csv/500',
  },
} as const satisfies Record<string, FaultEntry>;

export type FaultName = keyof typeof FAULTS;

type FaultWith<A extends ArgumentKind> = {
  [N in FaultName]: (typeof FAULTS)[N]['argument'] extends A ? N : never;
}[FaultName];

/** Faults that answer in one of several ways. */
export type AnswerFault = FaultWith<'answer'>;
export type AnswerOf<N extends AnswerFault> = (typeof FAULTS)[N]['answers'][number];
/** Faults that are nothing but a count of occasions that go wrong. */
export type PlainCountedFault = FaultWith<'count'>;
/** Faults with a count of occasions that go wrong. */
export type CountedFault = FaultWith<'count' | 'answer' | 'status'>;

export function isCounted(name: FaultName): name is CountedFault {
  const { argument } = FAULTS[name];
  return argument === 'count' || argument === 'answer' || argument === 'status';
}

/** A fault to come. */
export interface Fault {
  readonly name: FaultName;
  /** For `stall-symbol`. */
  readonly symbol?: string;
  /** For `delay`, `contest` and `account-delay`. */
  readonly durationMs?: number;
  /** For those that answer in one of several ways. */
  readonly answer?: AnswerOf<AnswerFault>;
  /** For `master`: the one file it is about. All of them without it. */
  readonly file?: string;
  /** For `upgrade`. */
  readonly status?: number;
  /** For counted faults; `Infinity` for every occasion. */
  readonly count?: number;
  /** Milliseconds after the first authentication; `undefined` for at once. */
  readonly atMs?: number;
}

/** Timers do not reach further. */
const MAX_DURATION_MS = 2_147_483_647;

/**
 * Reads `NAME[=ARG][@TIME[,TIME...]]`, such as `drop@2s,4s` or `stall-symbol=NSE:SBIN-EQ@3s`: one fault for each time.
 * Throws `USAGE`, naming what would be valid.
 */
export function parseFaults(text: string): Fault[] {
  const at = text.lastIndexOf('@');
  const [head, times] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const equals = head.indexOf('=');
  const name = (equals < 0 ? head : head.slice(0, equals)).trim();
  const argument = equals < 0 ? undefined : head.slice(equals + 1).trim();
  if (!isFaultName(name)) {
    const valid = Object.keys(FAULTS).join(', ');
    throw usage(`unknown fault ${quote(name)}`, `the faults are: ${valid}`);
  }
  const fault = { name, ...readArgument(name, argument) };
  if (times === undefined) return [fault];
  return times.split(',').map((time) => ({ ...fault, atMs: readTimeMs(time, `the time of fault ${name}`) }));
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

function readArgument(name: FaultName, argument: string | undefined): Omit<Fault, 'name' | 'atMs'> {
  const readers: Record<ArgumentKind, () => Omit<Fault, 'name' | 'atMs'>> = {
    none: () => {
      if (argument !== undefined) throw usage(`fault ${name} takes no argument`, `write ${name}, or ${name}@5s`);
      return {};
    },
    symbol: () => {
      if (!argument) throw usage(`fault ${name} wants a symbol`, `write ${name}=NSE:SBIN-EQ`);
      return { symbol: argument.toUpperCase() };
    },
    duration: () => ({ durationMs: readTimeMs(argument ?? '', `fault ${name}`) }),
    count: () => ({ count: readCount(name, argument) }),
    answer: () => readAnswer(name, argument ?? ''),
    status: () => {
      const [text = '', count] = (argument ?? '').split(':');
      if (!/^[3-5]\d\d$/.test(text)) {
        throw usage(`fault ${name} wants an HTTP status from 300 to 599`, `write ${name}=503, or ${name}=503:2`);
      }
      return { status: Number(text), count: readCount(name, count) };
    },
  };
  return readers[FAULTS[name].argument]();
}

/** `[FILE/]ANSWER[:COUNT]` */
function readAnswer(name: FaultName, argument: string): Omit<Fault, 'name' | 'atMs'> {
  const { answers = [], ofFiles }: FaultEntry = FAULTS[name];
  const [, file, text = '', count] = /^(?:([^/]*)\/)?([^:]*)(?::(.*))?$/s.exec(argument) ?? [];
  const isAnswer = (one: string): one is AnswerOf<AnswerFault> => answers.includes(one);
  if (!isAnswer(text) || (file !== undefined && !ofFiles)) {
    throw usage(`fault ${name} wants an answer, not ${quote(argument)}`, `the answers are: ${answers.join(', ')}`);
  }
  return { answer: text, ...(file !== undefined && { file }), count: readCount(name, count) };
}

/** What a fault does, with the answers it can give. */
export function describeFault(name: FaultName): string {
  const { does, answers }: FaultEntry = FAULTS[name];
  return answers === undefined ? does : `${does} (${answers.join(', ')})`;
}

function readCount(name: FaultName, text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(`fault ${name} wants a count`, `write ${name}, or ${name}=3`);
  return Number(text);
}

function readTimeMs(text: string, place: string): number {
  try {
    return parseDuration(text, 'allowed', MAX_DURATION_MS);
  } catch (error) {
    throw error instanceof InvalidValue ? error.at(place) : error;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}

function usage(message: string, hint: string): TickpipeError {
  return new TickpipeError('USAGE', message, { hint });
}
