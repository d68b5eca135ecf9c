import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { usageErrorOf } from './usage-error.ts';

/** An error as it is printed: two lines of text, or one JSON object. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly exit: number;
  /** The stack of a bug. It is printed only with `--verbose`. */
  readonly stack?: string;
}

/**
 * Any thrown value as a report: our own errors, usage errors of oclif's parser, and everything else as a bug.
 *
 * @param command the command as it is typed, for hints
 */
export function reportOf(thrown: unknown, command?: string): ErrorReport {
  const error = shortOfFiles(thrown) ?? (thrown instanceof TickpipeError ? thrown : usageErrorOf(thrown));
  if (error) {
    const hint = error.hint === CATALOGUE.USAGE.hint && command ? `see ${command} --help` : error.hint;
    return { code: error.code, message: error.message, hint, exit: error.exit };
  }
  const { exit, hint } = CATALOGUE.BUG;
  if (!(thrown instanceof Error)) return { code: 'BUG', message: `thrown: ${String(thrown)}`, hint, exit };
  return {
    code: 'BUG',
    message: thrown.message || thrown.name,
    hint,
    exit,
    ...(thrown.stack && { stack: thrown.stack }),
  };
}

/** The process can reach its limit of open files anywhere: when it loads a module, or opens a socket. */
function shortOfFiles(thrown: unknown): TickpipeError | undefined {
  const isExpected = thrown instanceof TickpipeError && thrown.code !== 'BUG';
  for (let error = thrown; error instanceof Error && !isExpected; error = error.cause) {
    const code = errnoOf(error);
    if (code === 'EMFILE' || code === 'ENFILE') return new TickpipeError('TOO_MANY_FILES', 'too many open files');
  }
  return undefined;
}
