import type { ErrorCode } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';

export interface AttemptOptions {
  readonly hint?: string;
  /** Whether another attempt may fare better by itself. */
  readonly isPassing: boolean;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** A failed attempt to reach a server, and whether another one may help. A command that gives up ends with it. */
export class AttemptError extends TickpipeError {
  readonly isPassing: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, { hint, isPassing, retryAfterMs }: AttemptOptions) {
    super(code, message, hint === undefined ? {} : { hint });
    this.isPassing = isPassing;
    this.retryAfterMs = retryAfterMs;
  }
}
