import { openSync } from 'node:fs';
import { emitKeypressEvents, type Interface, type Key as TypedKey } from 'node:readline';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import type { Clock, Timer } from '../../clock/clock.ts';
import type { Key } from '../../output/terminal/key.ts';
import { isInForeground, type JobControl, type KeySignal, ownJob } from './job-control.ts';
import type { Program } from './program.ts';

/** A terminal whose keys are read. */
export type KeyboardInput = Readable & { setRawMode?(on: boolean): unknown };

const STDIN_FD = 0;
const CONTROLLING_TERMINAL = '/dev/tty';
/** How long Esc may be the beginning of another key. */
const ESCAPE_WAIT_MS = 50;
/** How often to look whether a program in the background has come to the foreground: the shell does not say so. */
const LOOK_EVERY_MS = 1_000;

/** Keys by which the terminal sends a signal. In raw mode the program does. */
const SIGNAL_KEYS: Readonly<Record<string, KeySignal>> = { '\x03': 'SIGINT', '\x1a': 'SIGTSTP', '\x1c': 'SIGQUIT' };

export interface KeyboardOptions {
  readonly input: KeyboardInput;
  readonly clock: Clock;
  readonly onKey: (key: Key) => void;
  /** Called when keys are read, or no longer, as in the background. */
  readonly onReading: (on: boolean) => void;
  /** Called before the program is stopped by a key, and after it was stopped by something else: others have used the terminal since. */
  readonly onStop: () => void;
  readonly job?: JobControl;
  readonly isInForeground?: () => boolean;
}

/**
 * Opens the terminal for keys; undefined where there is none. Stdin when it is a terminal: from a pipe or a file nothing is read. Where
 * a list of symbols was read from stdin, keys come from the controlling terminal.
 */
export function openKeyboardInput(program: Program, stdinIsRead: boolean): KeyboardInput | undefined {
  if (!stdinIsRead) return isatty(STDIN_FD) ? program.stdin : undefined;
  try {
    return new ReadStream(openSync(CONTROLLING_TERMINAL, 'r'));
  } catch {
    // Without a controlling terminal, as under cron.
    return undefined;
  }
}

/** Reads keys while the program is in the foreground. The terminal is as before whenever the program is stopped, and at the end. */
export class Keyboard {
  readonly #options: KeyboardOptions;
  readonly #job: JobControl;
  readonly #isInForeground: () => boolean;
  #isReading = false;
  #isClosed = false;
  #look: Timer | undefined;
  /** Whether `onStop` was called for the present stop. */
  #isStopped = false;

  constructor(options: KeyboardOptions) {
    this.#options = options;
    this.#job = options.job ?? ownJob;
    this.#isInForeground = options.isInForeground ?? isInForeground;
    emitKeypressEvents(options.input, { escapeCodeTimeout: ESCAPE_WAIT_MS } as unknown as Interface);
    options.input.on('error', this.#gone).on('end', this.#gone);
    this.#job.on('SIGTSTP', this.#stop);
    this.#job.on('SIGCONT', this.#continue);
    this.#begin();
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#look?.cancel();
    this.#job.off('SIGTSTP', this.#stop);
    this.#job.off('SIGCONT', this.#continue);
    this.#release();
    this.#options.input.off('end', this.#gone);
  }

  #begin(): void {
    if (this.#isClosed || this.#isReading) return;
    this.#look?.cancel();
    if (!this.#isInForeground()) {
      this.#look = this.#options.clock.every(LOOK_EVERY_MS, () => this.#isInForeground() && this.#begin());
      return;
    }
    this.#isReading = true;
    this.#setRaw(true);
    this.#options.input.on('keypress', this.#take);
    this.#options.input.resume();
    this.#options.onReading(true);
  }

  #release(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#options.input.off('keypress', this.#take);
    this.#options.input.pause();
    // Setting the mode from the background would stop the program; the shell has set its own by then.
    if (this.#isInForeground()) this.#setRaw(false);
    this.#options.onReading(false);
  }

  #setRaw(on: boolean): void {
    const { input } = this.#options;
    try {
      // After SIGSTOP the shell has changed the mode unseen: what is set already would not be set again.
      if (on) input.setRawMode?.(false);
      input.setRawMode?.(on);
    } catch {
      this.#gone();
    }
  }

  /** The terminal is gone. */
  readonly #gone = (): void => this.close();

  readonly #stop = (): void => {
    this.#release();
    this.#isStopped = true;
    this.#options.onStop();
    this.#job.stop();
  };

  readonly #continue = (): void => {
    if (!this.#isStopped) this.#options.onStop();
    this.#isStopped = false;
    this.#release();
    this.#begin();
  };

  readonly #take = (
    text: string | undefined,
    { name = '', sequence = '', ctrl = false, meta = false }: TypedKey,
  ): void => {
    const signal = SIGNAL_KEYS[sequence];
    if (signal) this.#job.raise(signal);
    else if (!meta) this.#options.onKey({ name, text: ctrl || !isPrintable(text) ? '' : text, isControl: ctrl });
    else if (name === 'escape') this.#options.onKey({ name, text: '', isControl: false });
  };
}

function isPrintable(text: string | undefined): text is string {
  return text !== undefined && !/\p{Cc}/u.test(text);
}
