import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { RowOutput } from '../../output/writer/row-output.ts';

/** The size of a recording. */
export interface RecordedAmount {
  /** Finished files. */
  readonly files: number;
  readonly bytes: number;
  /** The files being written, below the recordings' directory. */
  readonly open: readonly string[];
}

/** How a recording stands. */
export interface RecordingStatus extends RecordedAmount {
  /** Lines in data files, written or on their way. */
  readonly rows: number;
  readonly gaps: number;
}

export interface RecordingListener {
  /** Asks the source to stop reading (`true`) or to go on. */
  pressure(on: boolean): void;
  /** Called once: nothing more can be written. */
  failed(error: TickpipeError): void;
}

/** Ticks, or what they are made of, on their way into files. */
export interface Recording extends RowOutput {
  readonly status: RecordingStatus;
  /** Sets the listener and replays the current state to it. */
  listen(listener: RecordingListener): void;
  /** What is subscribed from now on. */
  change(added: readonly Subscription[], dropped: readonly Subscription[]): void;
}
