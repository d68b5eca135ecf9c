import type { ErrorCode } from '../errors/catalogue.ts';
import type { PlainError, TickpipeError } from '../errors/tickpipe-error.ts';
import type { BarHistory } from '../history/bar-history.ts';
import type { Subscription } from '../market/kinds.ts';
import type { RowBatch, Tick } from '../market/tick.ts';

/** Why a feed is not delivering, or was not for a while. Printable as it is. */
export const BREAK_REASONS = [
  'server_closed',
  'network_error',
  'answer_timeout',
  'dead_connection',
  'stalled',
  'clock_jump',
  'subscription_refused',
  'lookup_failed',
  'token',
  /** A user asked the hub to close it. */
  'disconnected',
  'hub_gone',
  'hub_silent',
  /** This process did not run, as between SIGSTOP and SIGCONT. */
  'program_stopped',
] as const;
export type BreakReason = (typeof BREAK_REASONS)[number];

/** Where a feed stands. `live` means subscribed and delivering. Times are epoch milliseconds. */
export type FeedState =
  | { readonly state: 'idle'; readonly at: number }
  | { readonly state: 'connecting'; readonly at: number; readonly attempt: number }
  | { readonly state: 'live'; readonly at: number }
  | {
      readonly state: 'disconnected';
      readonly at: number;
      readonly reason: BreakReason;
      /** In words, for people: an errno, a close code. */
      readonly detail: string;
      /** When the next attempt begins, epoch milliseconds. */
      readonly retryAt: number;
      /** What a command ends with that gives up here; without it the feed is merely out of reach. */
      readonly error?: PlainError | undefined;
    }
  | { readonly state: 'closed'; readonly at: number };

/** A stretch of time without data, reported once it is over: between the last data before and the first after the break. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: BreakReason;
  readonly symbols: readonly string[];
}

export type SubscriptionResult =
  | {
      readonly subscription: Subscription;
      readonly status: 'accepted';
      /** How many decimals its prices have, where a shared session knows it already. */
      readonly precision?: number | undefined;
    }
  | { readonly subscription: Subscription; readonly status: 'unknown' }
  | {
      readonly subscription: Subscription;
      readonly status: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
    };

export interface SubscribeOptions {
  /** All or nothing: with an unknown symbol among them, the others are refused. */
  readonly strict?: boolean;
  /** A command gives up when no data came by then, milliseconds from now. A broken feed makes another attempt before that. */
  readonly withinMs?: number | undefined;
}

/** Something that happened to a feed. @template State where it stands: a hub has one more state than a feed */
export type FeedEvent<State = FeedState> =
  | { readonly type: 'state'; readonly state: State }
  | { readonly type: 'gap'; readonly gap: Gap }
  /** Subscribed and acknowledged, but no snapshot came in the time one should take. */
  | { readonly type: 'silent'; readonly subscriptions: readonly Subscription[] }
  /** The feed refused what it was asked to subscribe: a limit of the account. These are no longer subscribed. */
  | { readonly type: 'refused'; readonly subscriptions: readonly Subscription[] }
  /** Another command changed what is subscribed here, in a shared session; or the feed did, for a reason that `why` gives in words. */
  | {
      readonly type: 'changed';
      readonly added: readonly Subscription[];
      readonly dropped: readonly Subscription[];
      readonly why?: string | undefined;
    }
  /** The feed left out so many rows because this reader was slow; the latest of each symbol follow. `at`: epoch milliseconds. */
  | { readonly type: 'skipped'; readonly rows: number; readonly at: number }
  /** A user stopped the shared session. Nothing more comes of it; the feed starts another unless it is closed. */
  | { readonly type: 'stopping' }
  /** Something people should know. */
  | {
      readonly type: 'warning';
      /** A short name for programs. */
      readonly event: string;
      readonly message: string;
      /** What it is about; everything when it is left out. */
      readonly about?: readonly Subscription[] | undefined;
      /** What keeps some symbols from coming. */
      readonly error?: PlainError | undefined;
    }
  /** All rows were delivered, as at the end of a recording; nothing follows. */
  | { readonly type: 'finished' }
  /** The feed has given up; nothing follows. */
  | { readonly type: 'failed'; readonly error: TickpipeError };

export type EventOf<T extends FeedEvent['type']> = Extract<FeedEvent, { readonly type: T }>;

/** Receives what a feed delivers, in the order in which it happened. The methods must not throw and must not keep a tick's state. */
export interface FeedListener {
  /** One message's changes of one subscription. */
  tick(tick: Tick): void;
  /** Takes raw rows as they are, all of them. False when it cannot: each then comes by `tick`. */
  batch?(batch: RowBatch): boolean;
  event(event: FeedEvent): void;
}

export interface FeedCounters {
  readonly messages: number;
  readonly bytes: number;
  readonly ticks: number;
  /** Connections after the first: attempts that led to nothing do not count. */
  readonly reconnects: number;
  readonly gaps: number;
  /** Messages or packets that could not be used. */
  readonly malformed: number;
}

/** A feed at this moment, as plain data. */
export interface FeedStatus {
  readonly state: FeedState;
  readonly counters: FeedCounters;
  /** When data last came, epoch milliseconds; null before the first. */
  readonly lastDataAt: number | null;
  readonly subscriptions: readonly (Subscription & { readonly stage: SubscriptionStage })[];
}

/** How far a subscription has come. `live` once its first snapshot is here. */
export type SubscriptionStage = 'wanted' | 'sent' | 'acknowledged' | 'live';

/** The one interface of everything ticks come from. A command does not know which it has. */
export interface Feed {
  /** Whether the prices are made up: every row of such a feed is marked. Fixed for the feed's life. */
  readonly simulated: boolean;
  /** What to call it on stderr, for example `FYERS data socket`. */
  readonly name: string;
  /** Whether rows are of another time than now, as those of a recording are. */
  readonly recorded?: boolean;
  /** The broker's own candles, where the feed has a way to them. */
  readonly history?: BarHistory | undefined;
  /** Adds subscriptions; asking twice for the same is one. Resolves when each symbol is known, or known to be unknown. */
  subscribe(subscriptions: readonly Subscription[], options?: SubscribeOptions): Promise<SubscriptionResult[]>;
  unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]>;
  /** Stops and restarts reading, so that backpressure reaches the source. */
  pause(): void;
  resume(): void;
  status(): FeedStatus;
  /** Whether silent symbols are being checked just now. */
  readonly isProbing?: boolean;
  /**
   * To be awaited before the feed is closed: resolves when no check of silent symbols is under way, so that a loss it finds is
   * reported. At once when there is none, within 5 s else.
   */
  concludeProbe?(): Promise<void>;
  /** Safe at any time, twice, and while connecting. */
  close(): Promise<void>;
}

/** How a feed is made: the listener is there before anything can happen. */
export type FeedFactory = (listener: FeedListener) => Promise<Feed>;
