import { systemClock } from '../../../src/lib/clock/clock.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { TickPipeline } from '../../../src/lib/output/pipeline/pipeline.ts';
import type { SlowPolicy } from '../../../src/lib/output/pipeline/slow-reader.ts';
import { openStandardOutput } from '../../../src/lib/output/writer/byte-sink.ts';
import { OutputWriter } from '../../../src/lib/output/writer/output-writer.ts';
import { EncodedOutput } from '../../../src/lib/output/writer/row-output.ts';
import { FakeEncoder, FakeTick } from './fake-rows.ts';

/*
 * A program for tests that need a real process: it writes rows to stdout through writer and pipeline until the pipeline
 * ends, then one line of JSON to stderr. Row n of the stream is `S<n % symbols> <n>`, padded. Its argument is a ProgramOptions.
 */

export interface ProgramOptions {
  readonly rows?: number;
  readonly symbols?: number;
  /** Rows in one turn of the event loop. */
  readonly batch?: number;
  readonly onSlow?: SlowPolicy;
  readonly maxLagMs?: number;
  /**
   * Once the reader is slow: so many rows, then `late` on a line of stderr, and once that reader has read, as many rows
   * again and the end.
   */
  readonly lateRows?: number;
  /** The first row is so long. */
  readonly firstRowBytes?: number;
  readonly events?: boolean;
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProgramOptions;
const { rows = Number.POSITIVE_INFINITY, symbols = 100, batch = 500, onSlow = 'conflate', maxLagMs = 2_000 } = options;
const { lateRows = Number.POSITIVE_INFINITY } = options;

class PaddedEncoder extends FakeEncoder {
  #left = options.firstRowBytes ?? 0;

  override encode(tick: FakeTick, into: Parameters<FakeEncoder['encode']>[1]): void {
    if (this.#left > 0) into.appendText(`${'x'.repeat(this.#left - 1)}\n`);
    else into.appendText(`${tick.symbol} ${tick.state.values[0]} ${'.'.repeat(400)}\n`);
    this.#left = 0;
  }
}

const ticks = Array.from({ length: symbols }, (_, id) => new FakeTick(id, `S${id}`));
const writer = new OutputWriter({
  sink: openStandardOutput(process.stdout),
  target: 'standard output',
  clock: systemClock,
  maxLagMs,
});
let made = 0;
let done = false;
/** Counts of rows at which the test is told that the reader is late, and at which the stream ends. */
let lateAt: number | undefined;
let stopAt: number | undefined;
let paused = false;
let maxResidentBytes = 0;
const losses: number[] = [];
const pipeline = new TickPipeline({
  output: new EncodedOutput(new PaddedEncoder(), writer, 'epoch'),
  clock: systemClock,
  onSlow,
  count: Number.isFinite(rows) ? rows : undefined,
  events: options.events,
  onPressure: (on) => {
    paused = on;
    if (!on) setImmediate(makeRows);
  },
  onSlowReader: () => {
    lateAt ??= made + lateRows;
  },
  onSkipped: (lost) => {
    losses.push(lost);
    stopAt ??= made + lateRows;
  },
});
writer.listen(pipeline.writerListener);

function makeRows(): void {
  if (paused || done) return;
  for (let row = 0; row < batch && made < rows; row++) {
    const tick = ticks[made % symbols] as FakeTick;
    pipeline.tick(tick.set({ 0: made }));
    made++;
    if (made === lateAt) process.stderr.write('late\n');
    if (made === stopAt) pipeline.stop();
    if (made === stopAt) return;
  }
  setImmediate(makeRows);
}

const watch = setInterval(() => {
  maxResidentBytes = Math.max(maxResidentBytes, process.memoryUsage.rss());
}, 50);
let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true;
  pipeline.stop();
  void pipeline.end({ giveUpWhenStuck: true });
});
pipeline.start();
makeRows();
const outcome = await pipeline.outcome;
done = true;
let end = 'failed';
let status = outcome.error?.exit ?? 0;
try {
  end = await pipeline.end();
} catch (error) {
  if (!(error instanceof TickpipeError)) throw error;
  status = error.exit;
}
clearInterval(watch);
const report = {
  ...outcome,
  error: outcome.error?.code,
  message: outcome.error?.message,
  end,
  made,
  losses,
  maxResidentBytes,
};
process.stderr.write(`${JSON.stringify(report)}\n`, () => process.exit(interrupted ? 130 : status));
