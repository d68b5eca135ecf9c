import type { Clock } from '../clock/clock.ts';
import type { CallLimit } from '../data-api/call-limit.ts';
import type { BarHistory } from '../history/bar-history.ts';
import type { Subscription } from '../market/kinds.ts';
import type { Calendar } from '../market/trading-hours.ts';
import type { FindRoute } from '../network/route.ts';
import type { FeedToken } from './connection-token.ts';
import type { AdmissionRecord } from './reconnect-policy.ts';
import type { ResolveSymbols } from './retrying-lookup.ts';
import type { WatchToken } from './supervisor.ts';

/** Receives the messages of a data socket unchanged. */
export interface FeedTap {
  /**
   * A message, the answer to authentication first.
   * @param at when it arrived, epoch milliseconds
   * @param connection counts the connections of the feed, from 1
   * @param message only valid until this returns
   */
  message(at: number, connection: number, message: Buffer): void;
  /** What is subscribed from now on, by topic. Called before the first message about it. */
  subscribed(topics: ReadonlyMap<string, readonly Subscription[]>): void;
}

/** The options of every feed on a data socket, wherever its tokens and symbols come from. */
export interface FeedConditions {
  /** The feed's name on stderr. */
  readonly name: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly calendar: Calendar;
  /** 0 turns the stall watch off. */
  readonly stallTimeoutMs: number;
  /** Attempts in a row before the feed gives up; undefined for no end. */
  readonly maxRetries?: number | undefined;
  /** Whether to wait for another token when one is refused or expires, instead of failing. */
  readonly waitsForToken?: boolean | undefined;
  readonly watchToken?: WatchToken | undefined;
  readonly tap?: FeedTap | undefined;
  /** The broker's own candles. */
  readonly history?: BarHistory | undefined;
}

export interface LiveFeedOptions<T extends FeedToken> extends FeedConditions {
  readonly socketUrl: string;
  /** Called for every connection. Throws a coded error when there is no usable token. */
  readonly readToken: () => Promise<T>;
  /** Finds what each symbol is; answers are kept, so that a reconnect asks nothing. */
  readonly resolve: ResolveSymbols<T>;
  /** How the data socket is reached; directly when it is left out. */
  readonly findRoute?: FindRoute | undefined;
  /** Holds off connections for as long as the server asks; shared with the lookups of the account. */
  readonly limit?: CallLimit | undefined;
  /** Whether a server has let this process in, with this feed or one before it. */
  readonly admissions?: AdmissionRecord | undefined;
  /** Called once when the feed is closed, to release what it held. */
  readonly onClosed?: () => Promise<void> | void;
}
