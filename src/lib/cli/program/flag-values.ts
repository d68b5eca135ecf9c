import { fileURLToPath } from 'node:url';
import { InvalidValue } from '../../errors/invalid-value.ts';

const MAX_LIST_LENGTH = 200;

function refuse(expected: string, text: string): never {
  throw new InvalidValue(`expected ${expected}, not ${JSON.stringify(text.slice(0, 100))}`);
}

/** A whole number in a range, both ends included. Throws `InvalidValue`. */
export function readInteger(text: string, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  return refuse(`a whole number ${range}`, text);
}

/** One of some words. Throws `InvalidValue` listing them. */
export function readChoice<T extends string>(text: string, choices: readonly T[]): T {
  return choices.find((choice) => choice === text) ?? refuse(`one of ${choices.join(', ')}`, text);
}

/** Words between commas, each once. Throws `InvalidValue` when there is none. */
export function readList(text: string): readonly string[] {
  const words = [...new Set(text.split(',').map((word) => word.trim()))].filter((word) => word !== '');
  if (words.length === 0) return refuse('names between commas', text);
  if (words.length > MAX_LIST_LENGTH) throw new InvalidValue(`expected at most ${MAX_LIST_LENGTH} names`);
  return words;
}

export function readPath(text: string): string {
  return text === '' || text.includes('\0') ? refuse('the name of a file', text) : text;
}

/** `1`, `true`, `yes`, `on` and their opposites, in any case. Throws `InvalidValue`. */
export function readBoolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  return ['0', 'false', 'no', 'off'].includes(word) ? false : refuse('1, true, yes, 0, false or no', text);
}

const FEEDS = ['fyers', 'sim'] as const;
/** A file, a folder or a pattern of recordings. */
export interface RecordingChoice {
  readonly recording: string;
}

/** A feed by its name, a hub by its address, or a recording. */
export type FeedChoice = (typeof FEEDS)[number] | URL | RecordingChoice;

/** A feed that a hub of this machine can have. */
export type ServedFeed = Exclude<FeedChoice, URL>;

/** `host:port`, `[::1]:8001`. */
const HOST_AND_PORT = /^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}\/?$/i;

/**
 * Which feed. The address of a hub may also be `http://...` or have no scheme, as for browsers and curl. An address may contain a
 * secret, so errors do not repeat it. Throws `InvalidValue`.
 */
export function readFeed(text: string): FeedChoice {
  const expected = `${FEEDS.join(', ')}, file:PATH or ws://HOST:PORT`;
  if (/^file:/i.test(text)) return readServedFeed(text);
  if (/^wss?:/i.test(text)) return readHubAddress(text);
  if (/^https?:\/\//i.test(text)) return readHubAddress(text.replace(/^http/i, 'ws'));
  if (HOST_AND_PORT.test(text)) return readHubAddress(`ws://${text}`);
  if (text.includes('://')) throw new InvalidValue(`expected ${expected}`);
  return readServedFeed(text, expected);
}

/** A feed that a hub of this machine can have. Throws `InvalidValue`. */
export function readServedFeed(text: string, expected = `${FEEDS.join(', ')} or file:PATH`): ServedFeed {
  if (/^file:/i.test(text)) return { recording: readRecordingPath(text.slice('file:'.length)) };
  return FEEDS.find((feed) => feed === text) ?? refuse(expected, text);
}

/** The path of `file:PATH`, or of a `file:///PATH` address as browsers write it. */
function readRecordingPath(text: string): string {
  if (!text.startsWith('///')) return readPath(text);
  try {
    return readPath(fileURLToPath(`file:${text}`));
  } catch {
    throw new InvalidValue('expected file:PATH');
  }
}

export function isRecording(feed: FeedChoice): feed is RecordingChoice {
  return typeof feed === 'object' && 'recording' in feed;
}

const MAX_SPEED = 1_000_000;

/** How many times as fast as it was recorded; `max` is infinite. Throws `InvalidValue`. */
export function readSpeed(text: string): number {
  if (text.trim().toLowerCase() === 'max') return Number.POSITIVE_INFINITY;
  const speed = /^\d{1,7}(?:\.\d{1,6})?x?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  return speed > 0 && speed <= MAX_SPEED ? speed : refuse('a number over 0, as in 10, or max', text);
}

function readHubAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw new InvalidValue('expected an address as in ws://127.0.0.1:8001');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidValue('expected scheme, host and port only; a token goes into --hub-token-file');
  }
  if (url.pathname !== '/' && url.pathname !== '') throw new InvalidValue('expected an address without a path');
  return url;
}
