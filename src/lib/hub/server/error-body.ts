import type { TickpipeError } from '../../errors/tickpipe-error.ts';

/** The body of an answer that is an error. */
export function errorBody(error: TickpipeError, symbols: readonly string[] = []): object {
  return { status: 'error', code: error.code, message: error.message, symbols };
}
