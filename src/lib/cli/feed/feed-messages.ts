import type { Clock } from '../../clock/clock.ts';
import { formatIstClock } from '../../clock/ist.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { BreakReason, FeedEvent, FeedState, Gap } from '../../feed/feed.ts';
import { type Subscription, symbolsOf } from '../../market/kinds.ts';
import { nameSome } from '../../text/join-words.ts';
import { describeSuggestions } from '../command/suggest-symbols.ts';
import { type GivenSymbols, nameWithPlace } from '../command/symbol-arguments.ts';
import type { Reporter } from '../program/reporter.ts';

/** How a break is named before its detail; undefined where the detail is a whole sentence. */
const BREAK_TEXTS: Readonly<Record<BreakReason, string | undefined>> = {
  server_closed: 'connection lost',
  network_error: 'connection failed',
  answer_timeout: 'the connection timed out',
  dead_connection: 'the connection is dead',
  stalled: 'the connection is silent',
  clock_jump: undefined,
  subscription_refused: 'reconnecting',
  token: undefined,
  disconnected: 'disconnected',
  hub_gone: undefined,
  hub_silent: undefined,
  program_stopped: undefined,
  lookup_failed: 'the symbol lookup failed',
};

/** Reports the events of a feed on stderr. Reports a break and a return once each, however many attempts lie between them. */
export class FeedMessages {
  readonly #reporter: Reporter;
  readonly #clock: Clock;
  /** Monotonic milliseconds. */
  #brokenSince: number | undefined;
  #wasLive = false;
  /** The causes of the breaks that were reported: a new cause is reported, too. */
  readonly #reportedCauses = new Set<ErrorCode>();

  constructor(reporter: Reporter, clock: Clock) {
    this.#reporter = reporter;
    this.#clock = clock;
  }

  /** Where the ticks come from. */
  opened(name: string, simulated: boolean): void {
    const marked = simulated ? `${name} (simulated prices)` : name;
    this.#reporter.info(`ticks from ${marked}`, { event: 'source', source: name, simulated });
  }

  /** What other parts of a command report, as the end of a feed, is not printed here. */
  event(event: FeedEvent): void {
    switch (event.type) {
      case 'state':
        this.#state(event.state);
        break;
      case 'gap':
        this.#gap(event.gap);
        break;
      case 'silent':
        this.#silent(event.subscriptions);
        break;
      case 'changed':
        this.#changed(event);
        break;
      case 'warning':
        this.#reporter.warn(event.message, { event: event.event });
        break;
      default:
    }
  }

  /** @param message as `describeUnknown` makes it. @param meant as `describeMeant` makes it */
  unknown(message: string, symbols: readonly string[], meant?: string): void {
    const text = meant === undefined ? message : `${message}; ${meant}`;
    this.#reporter.shortfall(text, {
      event: 'unknown',
      symbols,
      code: 'UNKNOWN_SYMBOL',
      ...(meant && { hint: meant }),
    });
  }

  #state(state: FeedState): void {
    if (state.state === 'disconnected') this.#broken(state);
    if (state.state === 'live') this.#live(state.at);
    if (state.state === 'connecting') this.#reporter.detail(`connecting, attempt ${state.attempt}`);
  }

  #gap({ from, to, reason, symbols }: Gap): void {
    const fields = { event: 'gap', from, to, reason, symbols };
    this.#reporter.warn(
      `no ticks from ${formatIstClock(from)} to ${formatIstClock(to)} IST: ${nameSome(symbols)}`,
      fields,
    );
  }

  #silent(subscriptions: readonly Subscription[]): void {
    const symbols = symbolsOf(subscriptions);
    this.#reporter.warn(`subscribed, but no ticks: ${nameSome(symbols)}`, { event: 'silent', symbols });
  }

  /** It is a warning: the reader of these rows did not ask for it. */
  #changed({ added, dropped, why }: Extract<FeedEvent, { type: 'changed' }>): void {
    for (const [event, words, changed] of [
      ['subscribed', 'subscribed by another command', added],
      ['unsubscribed', why === undefined ? 'unsubscribed by another command' : `unsubscribed, ${why}`, dropped],
    ] as const) {
      const symbols = symbolsOf(changed);
      if (symbols.length > 0) this.#reporter.warn(`${words}: ${nameSome(symbols)}`, { event, symbols });
    }
  }

  #broken({ at, reason, detail, retryAt, error }: Extract<FeedState, { state: 'disconnected' }>): void {
    const wait = describeWait(reason, retryAt - at);
    const text = BREAK_TEXTS[reason];
    const what = text === undefined ? detail : error ? `${text}: ${detail}` : `${text} (${detail})`;
    const message = reason === 'token' ? `${detail}; waiting for another token` : `${what}, ${wait}`;
    const fields = { event: 'disconnected', at, reason, retry_at: retryAt, ...(error && { code: error.code }) };
    const isNewCause = error !== undefined && !this.#reportedCauses.has(error.code);
    if (error) this.#reportedCauses.add(error.code);
    const isReported =
      this.#brokenSince !== undefined && reason !== 'token' && reason !== 'disconnected' && !isNewCause;
    if (!isReported) this.#reporter.warn(message, fields);
    else this.#reporter.detail(message, fields);
    this.#brokenSince ??= this.#clock.monotonic();
  }

  #live(at: number): void {
    if (this.#brokenSince !== undefined) {
      // The times of the feed may come from another process, or from before the clock was set.
      const seconds = ((this.#clock.monotonic() - this.#brokenSince) / 1_000).toFixed(1);
      const words = this.#wasLive ? 'connected again' : 'connected';
      this.#reporter.notice(`${words} after ${seconds} s`, { event: 'connected', at });
    } else this.#reporter.detail('connected', { event: 'connected', at });
    this.#brokenSince = undefined;
    this.#reportedCauses.clear();
    this.#wasLive = true;
  }
}

const SHORTEST_PRINTED_WAIT_MS = 50;

function describeWait(reason: BreakReason, waitMs: number): string {
  // A wait that would be printed as 0.0 s is left out.
  if (waitMs >= SHORTEST_PRINTED_WAIT_MS) return `next try in ${(waitMs / 1_000).toFixed(1)} s`;
  return reason === 'disconnected' ? 'until a connect request or a new subscription' : 'trying again';
}

/** The message for unknown symbols. It names all of them on one line, those of a list with their places. */
export function describeUnknown(
  symbols: readonly string[],
  placeOf: GivenSymbols['placeOf'] = () => undefined,
): string {
  const names = symbols.map((symbol) => nameWithPlace(symbol, placeOf));
  return `unknown symbol${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
}

/** What was most likely meant by unknown symbols, by symbol: `did you mean NSE:SBIN-EQ?`; undefined when nothing is like them. */
export function describeMeant(
  symbols: readonly string[],
  suggestions: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const [only] = symbols;
  if (symbols.length === 1 && only !== undefined) return describeSuggestions(suggestions.get(only) ?? []);
  const meant = [...suggestions].map(([symbol, [best]]) => `${best} for ${symbol}`);
  return meant.length === 0 ? undefined : `did you mean ${meant.join(', ')}?`;
}
