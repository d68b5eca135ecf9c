import type { ErrorCode, ExitStatus } from '../../errors/catalogue.ts';
import { CATALOGUE } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import type { Doctor } from './doctor.ts';

/** The checks in the order in which they are printed. */
export const CHECK_NAMES = [
  'program',
  'clock',
  'configuration',
  'token',
  'names',
  'tls',
  'socket',
  'snapshot',
  'hub',
  'master',
  'folders',
  'disk',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export const CHECK_STATUSES = ['ok', 'warning', 'failed'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

/** What a check found. The message is for people and holds no secret. */
export interface CheckResult {
  readonly status: CheckStatus;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Of a failed check: the status that the command ends with. */
  readonly exit?: ExitStatus | undefined;
  /** The check could not be made, for a reason that another check or the message names. */
  readonly isUntried?: boolean | undefined;
}

export interface Check {
  /** Whether it makes sense for a feed; always when it is left out. */
  readonly appliesTo?: (feed: FeedChoice) => boolean;
  /** Checks that end before this one begins. */
  readonly after?: readonly CheckName[];
  /** The same; when one of them failed or could not be made, neither can this one. */
  readonly needs?: readonly CheckName[];
  /** How long it may take. */
  readonly limitMs: number;
  /** @param signal aborted when its time is over, or the command is to end. May throw coded errors: they are failures. */
  readonly run: (doctor: Doctor, signal: AbortSignal) => Promise<CheckResult>;
}

export function passed(message: string): CheckResult {
  return { status: 'ok', message };
}

export function warned(message: string, hint?: string): CheckResult {
  return { status: 'warning', message, hint };
}

/** A failure with the status and, unless another is given, the hint of an error code. */
export function failed(code: ErrorCode, message: string, hint: string = CATALOGUE[code].hint): CheckResult {
  return { status: 'failed', message, hint, exit: CATALOGUE[code].exit };
}

export function failedWith({ code, message, hint }: TickpipeError): CheckResult {
  return failed(code, message, hint);
}

/** A check that could not be made. That is a warning: nothing is known to be wrong, and nothing to be right. */
export function untried(reason: string, hint?: string): CheckResult {
  return { status: 'warning', message: `not checked: ${reason}`, hint, isUntried: true };
}

/** What a coded error says about a check; anything else is thrown on. */
export function resultOf(error: unknown): CheckResult {
  if (error instanceof TickpipeError && error.code !== 'BUG') return failedWith(error);
  throw error;
}
