import type { ErrorCode } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';

export interface AttemptOptions {
  readonly hint?: string;
  /** Whether another attempt may fare better by itself. */
  readonly isPassing: boolean;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** One attempt to reach a server that failed, and what that means for the next. Whoever gives up throws it as it is. */
export class AttemptError extends TickpipeError {
  readonly isPassing: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, { hint, isPassing, retryAfterMs }: AttemptOptions) {
    super(code, message, hint === undefined ? {} : { hint });
    this.isPassing = isPassing;
    this.retryAfterMs = retryAfterMs;
  }
}
