import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errnoOf } from '../errors/errno.ts';

/** A process for good: a pid alone is given to another process one day. Neither part has a dot in it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started: Linux, boot id and clock ticks since boot, `b2e21f0d3-16781312`; elsewhere epoch seconds, `s1795406400`. */
  readonly start: string;
}

const BOOT_ID_LENGTH = 8;
/** The kernel and this program may differ by some seconds in when a process started; a pid comes round much later. */
const START_TOLERANCE_S = 10;
const PS_TIMEOUT_MS = 2_000;
/** States of processes that have ended but are still listed: zombie, dead. */
const ENDED = /^[ZXx]/;

export function identifySelf(): ProcessIdentity {
  const { pid } = process;
  const seen = readProc(pid);
  const start = seen === undefined || seen === 'gone' ? Date.now() / 1000 - process.uptime() : seen.start;
  return { pid, start: typeof start === 'string' ? start : `s${Math.round(start)}` };
}

/** A process that runs now; undefined where there is none, or it cannot be told. */
export function identify(pid: number): ProcessIdentity | undefined {
  const seen = readProc(pid);
  if (seen === 'gone') return undefined;
  if (seen !== undefined) return ENDED.test(seen.state) ? undefined : { pid, start: seen.start };
  const started = askPs(pid);
  return started && { pid, start: `s${started.startS}` };
}

/** Whether this very process still runs. Where that cannot be told it counts as running: a lock must not be broken by mistake. */
export function isRunning({ pid, start }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
  }
  if (!start.startsWith('s')) {
    const seen = readProc(pid);
    if (seen === undefined) return true;
    return seen !== 'gone' && !ENDED.test(seen.state) && seen.start === start;
  }
  const seen = askPs(pid);
  if (seen === undefined) return true;
  return !ENDED.test(seen.state) && Math.abs(seen.startS - Number(start.slice(1))) <= START_TOLERANCE_S;
}

/** From Linux' /proc; `undefined` where there is none. Layout: proc(5); the name in brackets may hold blanks and brackets. */
function readProc(pid: number): { state: string; start: string } | 'gone' | undefined {
  let boot: string;
  try {
    boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, BOOT_ID_LENGTH);
  } catch {
    return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    return state && ticks ? { state, start: `b${boot}-${ticks}` } : undefined;
  } catch (error) {
    const code = errnoOf(error);
    return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : undefined;
  }
}

/** From `ps`, as macOS and the BSDs have it; `undefined` when it does not tell. */
function askPs(pid: number): { state: string; startS: number } | undefined {
  try {
    const env = { LC_ALL: 'C', TZ: 'UTC' };
    const args = ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)];
    const text = execFileSync('/bin/ps', args, { env, timeout: PS_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'ignore'] });
    const [, state, started] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(text.toString()) ?? [];
    const startS = Date.parse(`${started} UTC`) / 1000;
    return state && Number.isFinite(startS) ? { state, startS } : undefined;
  } catch {
    return undefined;
  }
}
