import type { Agent } from 'node:http';
import { onAbort, raceAbort } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { istDate } from '../clock/ist.ts';
import type { CallLimit } from '../data-api/call-limit.ts';
import { isUnreachable } from '../data-api/data-call.ts';
import { LimitByApp } from '../data-api/limit-by-app.ts';
import { RateLimit } from '../data-api/rate-limit.ts';
import type { TickpipeError } from '../errors/tickpipe-error.ts';
import { hasEnded, type Instrument, instrumentOf } from '../market/topics.ts';
import { createAgent } from '../network/http.ts';
import type { Outgoing } from '../network/route.ts';
import { indexFeedName } from './index-names.ts';
import type { ListedInstruments, StaleInstrument } from './listed-instruments.ts';
import { callSymbolToken, type LookupToken } from './symbol-token-call.ts';

/** What a symbol is, or that the feed does not know it. */
export type LookupAnswer = Instrument | 'unknown';

export interface SymbolLookup {
  /**
   * The instrument of each symbol. What is known is kept for the lookup's life, a contract until it has ended; what is unknown is asked
   * again at the next call. Callers that want the same symbol at once share one request. A failure loses none of the answers that came before it.
   * Throws what `callSymbolToken` throws, or the reason of a signal that was aborted.
   */
  resolve(symbols: readonly string[], token: LookupToken, signal?: AbortSignal): Promise<Map<string, LookupAnswer>>;
}

export interface SymbolLookupOptions {
  /** The base of FYERS' market-data calls, without a slash at its end. */
  readonly dataUrl: string;
  readonly clock: Clock;
  /** Ends the lookup's life and whatever is under way. */
  readonly signal: AbortSignal;
  readonly random?: () => number;
  readonly outgoing: Outgoing;
  /** Shared by all lookups of an account in this process. */
  readonly limit?: CallLimit | undefined;
  /** The limit that all processes of the app of a token keep; without it only `limit` holds. */
  readonly limitOf?: ((token: LookupToken) => CallLimit) | undefined;
  /** Instruments that are known without asking. */
  readonly listed?: ListedInstruments | undefined;
  /**
   * Called when old instruments are used because the endpoint cannot be reached.
   * @param checkedAtMs when the oldest of them was confirmed last, epoch milliseconds
   */
  readonly onStale?: ((checkedAtMs: number, failure: TickpipeError) => void) | undefined;
}

/** The symbol-token endpoint takes no more at once. */
const SYMBOLS_PER_CALL = 500;

/** Batches asked one after the other; aborted when no caller waits for any of them. */
interface Run {
  waiters: number;
  /** Old instruments of all symbols of this run, or none: used when the endpoint cannot be reached. */
  readonly stale: ReadonlyMap<string, StaleInstrument>;
  /** The endpoint could not be reached: the batches that are left do not wait for it again. */
  isAway: boolean;
  readonly stop: AbortController;
  readonly agent: Agent;
}

const NONE: Run['stale'] = new Map();

interface Batch {
  readonly run: Run;
  readonly done: Promise<void>;
}

export function createSymbolLookup(options: SymbolLookupOptions): SymbolLookup {
  const { dataUrl, clock, signal: life, random = Math.random, outgoing, limit = new RateLimit(clock) } = options;
  const { listed, onStale, limitOf } = options;
  const limits = new LimitByApp(limit, limitOf);
  const { findRoute, userAgent } = outgoing;
  const url = new URL(`${dataUrl}/symbol-token`);
  const known = new Map<string, Instrument>();
  /** The day in India on which contracts that had ended were forgotten. */
  let checkedOn = istDate(clock.now());
  const pending = new Map<string, Batch>();
  /** The endpoint could not be reached the last time. */
  let isAway = false;
  const liveIndexNames = new Map<string, string>();
  const nameIndex = (symbol: string): string | undefined => liveIndexNames.get(symbol) ?? indexFeedName(symbol);

  async function ask(run: Run, symbols: readonly string[], token: LookupToken): Promise<void> {
    const signal = AbortSignal.any([life, run.stop.signal]);
    const caller = { url, agent: run.agent, clock, limit: limits.of(token), random, userAgent };
    const maxTries = run.stale.size > 0 ? 1 : undefined;
    try {
      if (run.isAway) return takeStale(run, symbols);
      const fytokens = await callSymbolToken(caller, symbols, token, signal, maxTries);
      isAway = false;
      for (const symbol of symbols) {
        const instrument = instrumentOf(symbol, fytokens.get(symbol) ?? '', nameIndex(symbol));
        if (instrument) known.set(symbol, instrument);
      }
    } catch (error) {
      if (run.stale.size === 0 || !isUnreachable(error)) throw error;
      run.isAway = true;
      takeStale(run, symbols);
      // One warning is enough until the endpoint has answered again.
      if (!isAway) onStale?.(Math.min(...[...run.stale.values()].map(({ checkedAtMs }) => checkedAtMs)), error);
      isAway = true;
    }
  }

  function takeStale({ stale }: Run, symbols: readonly string[]): void {
    for (const symbol of symbols) {
      const instrument = stale.get(symbol)?.instrument;
      if (instrument) known.set(symbol, instrument);
    }
  }

  function forget(symbols: readonly string[], run: Run): void {
    for (const symbol of symbols) if (pending.get(symbol)?.run === run) pending.delete(symbol);
  }

  /** Each batch waits for the one before, and fails with it: ten calls at once would only load a server in trouble. */
  function start(symbols: readonly string[], stale: Run['stale'], token: LookupToken): void {
    const run: Run = {
      waiters: 0,
      stale,
      isAway: false,
      stop: new AbortController(),
      agent: createAgent(url, findRoute(url)),
    };
    onAbort(run.stop.signal, () => forget(symbols, run));
    let previous = Promise.resolve();
    for (let at = 0; at < symbols.length; at += SYMBOLS_PER_CALL) {
      const some = symbols.slice(at, at + SYMBOLS_PER_CALL);
      const done = previous.then(() => ask(run, some, token));
      const batch: Batch = { run, done };
      for (const symbol of some) pending.set(symbol, batch);
      const settle = (): void => forget(some, run);
      done.then(settle, settle);
      previous = done;
    }
    const close = (): void => run.agent.destroy();
    previous.then(close, close);
  }

  async function resolve(
    symbols: readonly string[],
    token: LookupToken,
    signal?: AbortSignal,
  ): Promise<Map<string, LookupAnswer>> {
    life.throwIfAborted();
    signal?.throwIfAborted();
    const wanted = [...new Set(symbols)];
    forgetEnded();
    const stale = await findListed(wanted, token);
    life.throwIfAborted();
    signal?.throwIfAborted();
    const unasked = wanted.filter((symbol) => !known.has(symbol) && !pending.has(symbol));
    const old = unasked.filter((symbol) => stale.has(symbol));
    const others = unasked.filter((symbol) => !stale.has(symbol));
    if (old.length > 0) start(old, stale, token);
    if (others.length > 0) start(others, NONE, token);
    const batches = new Set(wanted.map((symbol) => pending.get(symbol)).filter((batch) => batch !== undefined));
    await waitFor(batches, signal);
    return new Map(wanted.map((symbol) => [symbol, known.get(symbol) ?? 'unknown']));
  }

  /** The exchange token of a contract that has ended may be given to another one. */
  function forgetEnded(): void {
    const today = istDate(clock.now());
    if (today === checkedOn) return;
    for (const [symbol, { endsOn }] of known) if (hasEnded(endsOn, checkedOn, today)) known.delete(symbol);
    checkedOn = today;
  }

  /** Takes what is known without asking. Returns what is known, but old. */
  async function findListed(wanted: readonly string[], token: LookupToken): Promise<Run['stale']> {
    const missing = wanted.filter((symbol) => !known.has(symbol) && !pending.has(symbol));
    if (listed === undefined || missing.length === 0) return NONE;
    const found = await listed.find(missing, token.simulated === true);
    for (const [symbol, instrument] of found.fresh) known.set(symbol, instrument);
    for (const [symbol, name] of found.indexNames ?? []) liveIndexNames.set(symbol, name);
    return found.stale;
  }

  return { resolve };
}

async function waitFor(batches: ReadonlySet<Batch>, signal: AbortSignal | undefined): Promise<void> {
  const runs = new Set([...batches].map((batch) => batch.run));
  for (const run of runs) run.waiters++;
  try {
    await raceAbort(Promise.all([...batches].map((batch) => batch.done)), signal);
  } finally {
    for (const run of runs) if (--run.waiters === 0) run.stop.abort();
  }
}
