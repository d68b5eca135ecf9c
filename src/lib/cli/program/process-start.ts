import path from 'node:path';
import { readDescriptorFlags } from '../../host/descriptor-flags.ts';
import type { Environment } from './program.ts';
import { SIGNAL_STATUS, type SignalSource, type StopSignal } from './signals.ts';

/** What `bin/run.js` saw before Node started, when it was run by its name: `PID MASK CLOSED`. */
export const NOTE_VARIABLE = 'TICKPIPE_STARTED';
const NOTE = /^(\d+) (\d+) ([012]*)$/;

const STOP_SIGNALS = Object.keys(SIGNAL_STATUS) as StopSignal[];
/** A set of signals as the kernel keeps it: signal N is bit N - 1. */
const SIGNAL_BITS: Readonly<Record<StopSignal, number>> = { SIGHUP: 1 << 0, SIGINT: 1 << 1, SIGTERM: 1 << 14 };
/** Interactive shells ignore this one, and SIGTERM, for themselves alone. */
const SIGTTOU_BIT = 1 << 21;
const SHELL = /^-?(?:ba|da|z|k|mk|fi)?sh$|^busybox$/;
const ACCESS_MODE = 3;
const WRITE_ONLY = 1;

/** How this process was started. */
export interface ProcessStart {
  /** Signals that were ignored then: they must stay ignored. */
  readonly ignored: ReadonlySet<StopSignal>;
  /** Whether stdout was closed then. */
  readonly isStdoutClosed: boolean;
}

export interface ProcessFacts {
  readonly env: Environment;
  readonly pid: number;
  readonly ppid: number;
  /** The text of a file, or where a link leads. Both throw when there is none. */
  readonly readFile: (file: string) => string;
  readonly readLink: (file: string) => string;
}

/**
 * How this process was started, as far as it can be known. Node gives every signal its default action and opens /dev/null in
 * place of closed streams before any JavaScript runs. `bin/run.js`, run by its name, looks before that and hands on what it
 * saw. `node bin/run.js` leaves only signs: an ignored signal of the parent, and the marks of `nohup`.
 */
export function readProcessStart(facts: ProcessFacts): ProcessStart {
  const [, pid, mask, closed = ''] = NOTE.exec(facts.env[NOTE_VARIABLE] ?? '') ?? [];
  // The variable of another process is inherited, and says nothing of this one.
  if (Number(pid) === facts.pid) return { ignored: signalsOf(Number(mask)), isStdoutClosed: closed.includes('1') };
  const ignored = signalsOf(readInheritedMask(facts));
  if (isUnderNohup(facts)) ignored.add('SIGHUP');
  return { ignored, isStdoutClosed: false };
}

/** Ignores what was ignored, and keeps listeners away from it. */
export function keepIgnored(source: SignalSource, ignored: ReadonlySet<StopSignal>): SignalSource {
  for (const name of ignored) source.on(name, ignore);
  return {
    on: (name, listener) => (ignored.has(name) ? undefined : source.on(name, listener)),
    off: (name, listener) => source.off(name, listener),
  };
}

function ignore(): void {}

function signalsOf(mask: number): Set<StopSignal> {
  return new Set(STOP_SIGNALS.filter((name) => mask & SIGNAL_BITS[name]));
}

/**
 * What the parent ignores and a child inherits: all of it from a shell that runs a script. Only SIGHUP from other programs,
 * because a caller of system(3) ignores SIGINT for itself alone.
 */
function readInheritedMask({ ppid, readFile }: ProcessFacts): number {
  const status = attempt(() => readFile(`/proc/${ppid}/status`)) ?? '';
  const mask = Number.parseInt(/^SigIgn:\s+[0-9a-f]*?([0-9a-f]{1,8})$/m.exec(status)?.[1] ?? '0', 16);
  const { SIGHUP, SIGTERM } = SIGNAL_BITS;
  if (!SHELL.test(/^Name:\s+(.*)$/m.exec(status)?.[1] ?? '')) return mask & SIGHUP;
  return mask & SIGTTOU_BIT ? mask & ~SIGTERM : mask;
}

/** bash and zsh name in `_` the program that they started. GNU nohup replaces a terminal on stdin by a /dev/null that cannot be read. */
function isUnderNohup({ env, readFile, readLink }: ProcessFacts): boolean {
  if (path.basename(env['_'] ?? '') === 'nohup') return true;
  const flags = readDescriptorFlags(0, readFile);
  if (flags === undefined || (flags & ACCESS_MODE) !== WRITE_ONLY) return false;
  return attempt(() => readLink('/proc/self/fd/0')) === '/dev/null';
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
