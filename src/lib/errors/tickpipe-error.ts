import { CATALOGUE, type ErrorCode, type ExitStatus } from './catalogue.ts';

/** An error with a stable code. The message is for people and holds no secret; branch on `code` only. */
export class TickpipeError extends Error {
  override readonly name = 'TickpipeError';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? CATALOGUE[code].hint;
  }

  get exit(): ExitStatus {
    return CATALOGUE[this.code].exit;
  }
}

/** An error that has a code as it is; any other is a bug. @param what failed, for its message */
export function codedError(error: unknown, what: string): TickpipeError {
  return error instanceof TickpipeError ? error : new TickpipeError('BUG', what, { cause: error });
}

/** What the work comes to, or the coded error that it throws. Throws any other error. */
export async function tryCoded<T>(work: () => T | Promise<T>): Promise<T | TickpipeError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TickpipeError) return error;
    throw error;
  }
}

/** What an error says, as it travels between processes. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

export function toPlainError({ code, message, hint }: TickpipeError): PlainError {
  return { code, message, hint };
}

export function fromPlainError({ code, message, hint }: PlainError): TickpipeError {
  return new TickpipeError(code, message, { hint });
}
