import type { ErrorCode, ExitStatus } from '../../errors/catalogue.ts';
import { CATALOGUE } from '../../errors/catalogue.ts';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { FeedChoice } from '../program/flag-values.ts';
import type { Doctor } from './doctor.ts';

/** What each check is about, in the order in which they are printed. */
export const CHECK_SUBJECTS = {
  program: 'its own version, and that of Node',
  clock: "this machine's clock against that of a server",
  configuration: 'the configuration file, the profile, variables that no command reads, calendars',
  token: 'the access token: its source and end, and whether the broker accepts it',
  names: 'whether the hosts are found',
  tls: 'whether they can be connected to, with a trusted certificate, through the proxy if there is one',
  socket: 'the handshake with the data socket',
  snapshot: 'one row of NSE:SBIN-EQ',
  hub: 'the shared session: whether one runs, its state and version',
  master: 'the cached symbol master: its age, and what is missing or damaged',
  folders: 'the folders of tickpipe: whether this user can write there, and nobody else',
  disk: 'the free space where recordings go',
} as const;
export type CheckName = keyof typeof CHECK_SUBJECTS;
export const CHECK_NAMES = Object.keys(CHECK_SUBJECTS) as readonly CheckName[];

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
