import path from 'node:path';
import { readDescriptorFlags } from '../../host/descriptor-flags.ts';
import type { Environment } from './program.ts';
import { SIGNAL_STATUS, type SignalSource, type StopSignal } from './signals.ts';

/** The note of `bin/run.js`, made before Node starts when the script is run by its name: `PID MASK CLOSED`. */
export const NOTE_VARIABLE = 'TICKPIPE_STARTED';
const NOTE = /^(\d+) (\d+) ([012]*)$/;

const STOP_SIGNALS = Object.keys(SIGNAL_STATUS) as StopSignal[];
/** A set of signals as the kernel keeps it: signal N is bit N - 1. */
const SIGNAL_BITS: Readonly<Record<StopSignal, number>> = { SIGHUP: 1 << 0, SIGINT: 1 << 1, SIGTERM: 1 << 14 };
/** Interactive shells ignore SIGTTOU and SIGTERM, but not for their children. */
const SIGTTOU_BIT = 1 << 21;
const SHELL = /^-?(?:ba|da|z|k|mk|fi)?sh$|^busybox$/;
const ACCESS_MODE = 3;
const WRITE_ONLY = 1;

/** The state of signals and stdout when this process started. */
export interface ProcessStart {
  /** Signals that were ignored. They must stay ignored. */
  readonly ignored: ReadonlySet<StopSignal>;
  /** Whether stdout was closed. */
  readonly isStdoutClosed: boolean;
}

export interface ProcessFacts {
  readonly env: Environment;
  readonly pid: number;
  readonly ppid: number;
  /** Read a file, or the target of a link. Both throw when it does not exist. */
  readonly readFile: (file: string) => string;
  readonly readLink: (file: string) => string;
}

/**
 * Finds out how this process was started. Before any JavaScript runs, Node gives every signal its default action and opens
 * /dev/null in place of closed streams. `bin/run.js`, run by its name, makes a note before Node starts. For `node bin/run.js` there
 * is only indirect evidence: a signal that the parent ignores, and the traces of `nohup`.
 */
export function readProcessStart(facts: ProcessFacts): ProcessStart {
  const [, pid, mask, closed = ''] = NOTE.exec(facts.env[NOTE_VARIABLE] ?? '') ?? [];
  // Another process wrote the variable, and this one inherited it.
  if (Number(pid) === facts.pid) return { ignored: signalsOf(Number(mask)), isStdoutClosed: closed.includes('1') };
  const ignored = signalsOf(readInheritedMask(facts));
  if (isUnderNohup(facts)) ignored.add('SIGHUP');
  return { ignored, isStdoutClosed: false };
}

/** Keeps ignored signals ignored: they never reach a listener. */
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
 * The signals that a child inherits as ignored: all that the parent ignores if it is a shell that runs a script. From other
 * programs only SIGHUP, because a caller of system(3) ignores SIGINT only for itself.
 */
function readInheritedMask({ ppid, readFile }: ProcessFacts): number {
  const status = attempt(() => readFile(`/proc/${ppid}/status`)) ?? '';
  const mask = Number.parseInt(/^SigIgn:\s+[0-9a-f]*?([0-9a-f]{1,8})$/m.exec(status)?.[1] ?? '0', 16);
  const { SIGHUP, SIGTERM } = SIGNAL_BITS;
  if (!SHELL.test(/^Name:\s+(.*)$/m.exec(status)?.[1] ?? '')) return mask & SIGHUP;
  return mask & SIGTTOU_BIT ? mask & ~SIGTERM : mask;
}

/** bash and zsh put the name of the program they start into `_`. GNU nohup replaces a terminal on stdin by a write-only /dev/null. */
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
