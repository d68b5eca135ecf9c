import type { Timer } from '../../clock/clock.ts';
import type { RecordingStatus } from '../../recording/writer/recording.ts';
import { formatByteSize, formatCount } from '../program/amounts.ts';
import type { Program } from '../program/program.ts';
import type { Reporter } from '../program/reporter.ts';
import { type Spinner, startSpinner } from '../program/spinner.ts';

const REDRAW_EVERY_MS = 1_000;
/** Off a terminal a log needs only some lines. */
const REPORT_EVERY_MS = 60_000;

/** What a line of the recorded files is. */
export type RecordedUnit = 'row' | 'message';

/** Shows the progress of a recording: one changing line on a terminal, a line a minute elsewhere. */
export class RecordProgress {
  readonly #program: Program;
  readonly #reporter: Reporter;
  readonly #read: () => RecordingStatus;
  readonly #unit: RecordedUnit;
  #timer: Timer | undefined;
  #spinner: Spinner | undefined;
  #isStopped = false;
  /** The rows at the last report, and its time in monotonic milliseconds. */
  #before = { rows: 0, at: 0 };

  constructor(program: Program, reporter: Reporter, read: () => RecordingStatus, unit: RecordedUnit = 'row') {
    this.#program = program;
    this.#reporter = reporter;
    this.#read = read;
    this.#unit = unit;
  }

  /** Starts showing progress. Later calls do nothing. */
  async start(): Promise<void> {
    if (this.#timer || this.#isStopped) return;
    const { clock } = this.#program;
    this.#before = { rows: this.#read().rows, at: clock.monotonic() };
    this.#timer = clock.every(REPORT_EVERY_MS, () => this.#report());
    const spinner = await startSpinner(this.#program, this.#reporter, 'recording');
    if (spinner === undefined) return;
    this.#timer.cancel();
    this.#timer = clock.every(REDRAW_EVERY_MS, () => spinner.setText(this.#describe()));
    this.#spinner = spinner;
    if (this.#isStopped) this.#stop();
  }

  /** Stops, and reports the totals. @param where the recordings' directory */
  finish(where: string, how: 'well' | 'failed' = 'well'): void {
    this.#isStopped = true;
    this.#stop();
    const { rows, files, bytes, gaps } = this.#read();
    const fields = { event: 'recorded', rows, files, bytes, gaps };
    const message =
      files > 0 ? `recorded ${this.#amount({ rows, files, bytes, gaps })} in ${where}` : 'nothing was recorded';
    // After a loss the log should have the totals, too.
    if (how === 'failed' || gaps > 0) this.#reporter.notice(message, fields);
    else this.#reporter.info(message, fields);
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#spinner?.stop();
  }

  #report(): void {
    const status = this.#read();
    const { rows, files, bytes, gaps } = status;
    this.#reporter.info(this.#describe(), { event: 'progress', rows, files, bytes, gaps, open: status.open });
  }

  #describe(): string {
    const status = this.#read();
    const at = this.#program.clock.monotonic();
    const seconds = (at - this.#before.at) / 1_000;
    const rate = seconds > 0 ? Math.round((status.rows - this.#before.rows) / seconds) : 0;
    this.#before = { rows: status.rows, at };
    const [file] = status.open;
    const more = status.open.length > 1 ? ` and ${status.open.length - 1} more` : '';
    const now = file === undefined ? '' : `; ${file}${more}`;
    return `${this.#amount({ ...status, files: status.files + status.open.length })}, ${formatCount(rate, this.#unit)}/s${now}`;
  }

  #amount({ rows, files, bytes, gaps }: Omit<RecordingStatus, 'open'>): string {
    const missed = gaps === 0 ? '' : `, ${formatCount(gaps, 'gap')}`;
    return `${formatCount(rows, this.#unit)}, ${formatByteSize(bytes)} in ${formatCount(files, 'file')}${missed}`;
  }
}
