import type { Readable } from 'node:stream';
import type { Clock } from '../clock/clock.ts';
import { errnoOf } from '../errors/errno.ts';
import { codedError, TickpipeError } from '../errors/tickpipe-error.ts';
import type { Feed, FeedListener, FeedState, FeedStatus, SubscriptionResult } from '../feed/feed.ts';
import { describeInputFailure } from '../host/read-input.ts';
import { type Kind, type Subscription, subscriptionKey } from '../market/kinds.ts';
import type { ControlRow } from '../output/rows/control-rows.ts';
import { type RowScanner, RowScanners } from '../output/rows/row-scanner.ts';
import { LineBlocks } from './line-blocks.ts';
import { type ParsedLine, parseLine, type ReceivedRecord } from './parsed-line.ts';
import { PipedTick, ScannedState } from './piped-tick.ts';
import { RowNames } from './row-reader.ts';

/** A gap names all its symbols: 5,000 of them take 120 KB. */
const MAX_LINE_BYTES = 1024 * 1024;
/** Many times what an account can stream at once. */
const MAX_TICKS = 100_000;
/** An input that is no rows at all would fill the terminal. */
const MAX_NAMED_LINES = 10;
const LINE_END = 0x0a;
/** Where the scanner looks for the type of a row. */
const FIRST_BYTES = '{"type":"'.length;
const BYTE_ORDER_MARK = '\ufeff';
/** The warning of what makes the status other than 0, as of a damaged recording. */
const DAMAGE = 'damage';
/** What messages call it. */
export const PIPE_NAME = 'standard input';

/** Receives what a pipe delivers, in its order. */
export interface PipedListener extends FeedListener {
  /** What the program before this one reported of its own feed. */
  control(row: ControlRow): void;
  record(row: ReceivedRecord): void;
}

export interface PipedFeedOptions {
  readonly input: Readable;
  readonly clock: Clock;
  /** Kinds of ticks that are read; rows of others are passed over. */
  readonly kinds: readonly Kind[];
  /** The columns that are read of them: a row without one of these is no row. */
  readonly needs: readonly string[];
  /** Types of rows that are read besides ticks; others are passed over. */
  readonly records: readonly string[];
}

/**
 * NDJSON rows of another program as a feed, from its first subscription on: as `stream`, `replay` and recordings give them. Rows of the
 * contract are read as bytes, all others as JSON. A line that is no row is reported and passed over: `error` says so at the end.
 */
export class PipedFeed implements Feed {
  readonly name = PIPE_NAME;
  readonly #options: PipedFeedOptions;
  readonly #listener: PipedListener;
  readonly #kinds: ReadonlySet<Kind>;
  readonly #scanners = new RowScanners();
  readonly #scanned = new Map<RowScanner, ScannedState>();
  readonly #names = new RowNames<PipedTick>();
  readonly #ticks = new Map<string, PipedTick>();
  readonly #blocks: LineBlocks;
  #state: FeedState;
  #isReading = false;
  #isSimulated = false;
  /** Whether a row about the feed has come. */
  #hasControl = false;
  #lines = 0;
  #badLines = 0;
  /** Rows of types that are not read. */
  #passed = 0;
  #rows = 0;
  #gaps = 0;
  #bytes = 0;
  #lastAt: number | null = null;

  constructor(options: PipedFeedOptions, listener: PipedListener) {
    this.#options = options;
    this.#listener = listener;
    this.#kinds = new Set(options.kinds);
    this.#state = { state: 'idle', at: options.clock.now() };
    this.#blocks = new LineBlocks(MAX_LINE_BYTES, {
      lines: (bytes, begin, end) => this.#readLines(bytes, begin, end),
      tooLong: () => {
        this.#lines++;
        this.#refuse(`it is longer than ${MAX_LINE_BYTES} bytes`);
      },
      unended: (bytes) => this.#readLines(bytes, 0, bytes.length),
    });
  }

  /** Known from the first row on: rows of simulated prices are marked. What is made of any of them is marked, too. */
  get simulated(): boolean {
    return this.#isSimulated;
  }

  /** What makes the status other than 0 although the input was read to its end. */
  get error(): TickpipeError | undefined {
    if (this.#badLines === 0) return undefined;
    const what =
      this.#badLines === 1 ? `1 line of ${PIPE_NAME} is no row` : `${this.#badLines} lines of ${PIPE_NAME} are no rows`;
    return new TickpipeError('ROWS_UNREADABLE', what);
  }

  /** Begins to read, whatever is asked for: a pipe brings what it brings. */
  async subscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    this.#read();
    return subscriptions.map((subscription) => ({ subscription, status: 'accepted' }));
  }

  async unsubscribe(subscriptions: readonly Subscription[]): Promise<SubscriptionResult[]> {
    return subscriptions.map((subscription) => ({ subscription, status: 'accepted' }));
  }

  pause(): void {
    this.#options.input.pause();
  }

  resume(): void {
    if (this.#isReading) this.#options.input.resume();
  }

  status(): FeedStatus {
    const subscriptions = Array.from(this.#ticks.values(), ({ kind, symbol }) => ({
      kind,
      symbol,
      stage: 'live' as const,
    }));
    return {
      state: this.#state,
      counters: {
        messages: this.#lines,
        bytes: this.#bytes,
        ticks: this.#rows,
        reconnects: 0,
        gaps: this.#gaps,
        malformed: this.#badLines,
      },
      lastDataAt: this.#lastAt,
      subscriptions,
    };
  }

  /** The program before this one then gets EPIPE at its next row. */
  async close(): Promise<void> {
    if (this.#state.state === 'closed') return;
    this.#state = { state: 'closed', at: this.#options.clock.now() };
    this.#options.input.destroy();
  }

  #read(): void {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    const { input, clock } = this.#options;
    this.#state = { state: 'live', at: clock.now() };
    input
      .on('data', (piece: Buffer | string) => this.#take(typeof piece === 'string' ? Buffer.from(piece) : piece))
      .on('end', () => this.#end())
      .on('close', () => this.#end())
      .on('error', (error) => this.#fail(unreadable(error)));
    if (input.readableEnded || input.destroyed) this.#end();
  }

  #take(piece: Buffer): void {
    if (this.#isClosed) return;
    this.#bytes += piece.length;
    this.#lastAt = this.#options.clock.now();
    try {
      this.#blocks.add(piece);
    } catch (error) {
      this.#fail(codedError(error, 'the rows could not be read'));
    }
  }

  #readLines(bytes: Buffer, begin: number, end: number): void {
    const scanners = this.#scanners;
    for (let at = begin; at < end && !this.#isClosed; ) {
      this.#lines++;
      const scanner = at + FIRST_BYTES < end ? scanners.find(bytes, at) : undefined;
      let next = scanner === undefined ? -1 : scanner.scan(bytes, at, end);
      if (next >= 0) this.#readScanned(scanner as RowScanner, bytes, at, next);
      else {
        next = bytes.indexOf(LINE_END, at) + 1;
        this.#readOther(bytes.toString('utf8', at, next - 1));
      }
      at = next;
    }
  }

  /** A row of the contract, which the scanner has just scanned. */
  #readScanned(scanner: RowScanner, bytes: Buffer, begin: number, end: number): void {
    const { kind } = scanner.shape;
    if (!this.#kinds.has(kind)) {
      this.#passed++;
      return;
    }
    const symbolPlace = 0;
    const tick = this.#names.find(bytes, begin, end) ?? this.#addTick({ kind, symbol: scanner.text(symbolPlace) });
    let state = this.#scanned.get(scanner);
    if (state === undefined) {
      state = new ScannedState(scanner);
      this.#scanned.set(scanner, state);
    }
    tick.takeScanned(state);
    if (scanner.isSimulated) this.#isSimulated = true;
    this.#deliver(tick);
  }

  #readOther(text: string): void {
    const line = this.#lines === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    if (line.trim() === '') return;
    const parsed = parseLine(line, this.#options.needs);
    this.#readers[parsed.is](parsed as never);
  }

  readonly #readers: { readonly [K in ParsedLine['is']]: (line: Extract<ParsedLine, { readonly is: K }>) => void } = {
    tick: ({ kind, symbol, row }) => {
      if (!this.#kinds.has(kind)) {
        this.#passed++;
        return;
      }
      const tick = this.#ticks.get(subscriptionKey({ kind, symbol })) ?? this.#addTick({ kind, symbol });
      tick.takeParsed(row);
      if (row['simulated'] === true) this.#isSimulated = true;
      this.#deliver(tick);
    },
    control: ({ row }) => {
      this.#hasControl = true;
      if (row.type === 'Gap') this.#gaps++;
      this.#listener.control(row);
    },
    record: ({ row }) => {
      if (!this.#options.records.includes(row.type)) {
        this.#passed++;
        return;
      }
      if (row['simulated'] === true) this.#isSimulated = true;
      this.#rows++;
      // A bar itself says what of its interval was not seen.
      if (row.type !== 'Bar') this.#warnOfUnseenGaps();
      this.#listener.record(row);
    },
    bad: ({ why }) => this.#refuse(why),
  };

  #deliver(tick: PipedTick): void {
    this.#rows++;
    if (!this.#hasControl) this.#warnOfUnseenGaps();
    this.#listener.tick(tick);
    tick.release();
  }

  /** Once, at the first row. */
  #warnOfUnseenGaps(): void {
    if (this.#hasControl) return;
    this.#hasControl = true;
    const message = `${PIPE_NAME} has no Status rows, so that gaps in its rows cannot be seen: give --events to the command that prints them`;
    this.#listener.event({ type: 'warning', event: 'no_status', message });
  }

  #addTick(subscription: Subscription): PipedTick {
    if (this.#ticks.size >= MAX_TICKS) {
      throw new TickpipeError('TOO_MANY_SYMBOLS', `more than ${MAX_TICKS} symbols in ${PIPE_NAME}`);
    }
    const tick = new PipedTick(this.#ticks.size, subscription);
    this.#ticks.set(subscriptionKey(subscription), tick);
    this.#names.add(tick);
    return tick;
  }

  #refuse(why: string): void {
    this.#badLines++;
    if (this.#badLines > MAX_NAMED_LINES + 1) return;
    const message =
      this.#badLines <= MAX_NAMED_LINES
        ? `${PIPE_NAME}, line ${this.#lines}: no row: ${why}`
        : `${PIPE_NAME}: more such lines follow, which are only counted`;
    this.#listener.event({ type: 'warning', event: DAMAGE, message });
  }

  get #isClosed(): boolean {
    return this.#state.state === 'closed';
  }

  #end(): void {
    if (this.#isClosed) return;
    try {
      this.#blocks.end();
    } catch (error) {
      this.#fail(codedError(error, 'the rows could not be read'));
    }
    // Its last row may have been the last that was wanted.
    if (this.#isClosed) return;
    if (this.#passed > 0) {
      const message = `${this.#passed} rows of other types were passed over`;
      this.#listener.event({ type: 'warning', event: 'types', message });
    }
    if (this.#lines === 0) {
      this.#listener.event({ type: 'warning', event: 'empty', message: `${PIPE_NAME} was empty` });
    }
    void this.close();
    this.#listener.event({ type: 'finished' });
  }

  #fail(error: TickpipeError): void {
    if (this.#isClosed) return;
    void this.close();
    this.#listener.event({ type: 'failed', error });
  }
}

function unreadable(error: unknown): TickpipeError {
  if (errnoOf(error) === undefined) return codedError(error, `${PIPE_NAME} cannot be read`);
  return new TickpipeError('INPUT_MISSING', `${PIPE_NAME} cannot be read: ${describeInputFailure(error)}`);
}
