import { CATALOGUE, type ErrorCode, type ExitStatus } from './catalogue.ts';

/** An error with a stable code. The message is for people and holds no secret; branch on `code` only. */
export class TickpipeError extends Error {
  override readonly name = 'TickpipeError';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? CATALOGUE[code].hint;
  }

  get exit(): ExitStatus {
    return CATALOGUE[this.code].exit;
  }
}
