import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from '../errors/errno.ts';
import { loadCrypto } from './load-crypto.ts';

/** Identifies a process for ever; the system gives its pid to another process one day. No part contains a dot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started: Linux, boot id and clock ticks since boot, `b2e21f0d3-16781312`; elsewhere epoch seconds, `s1795406400`. */
  readonly start: string;
  /**
   * Where the pid means this process: the pid namespace (0 where there are none) and a hash of the machine, `4026531836-1f2e3d4c`.
   * A container has a namespace of its own. Undefined for an identity that an earlier version wrote.
   */
  readonly place?: string | undefined;
}

/** `unknown`: the pid means nothing where this process stands, in another container or on another machine. */
export type ProcessLife = 'running' | 'ended' | 'unknown';

const BOOT_ID_LENGTH = 8;
const MACHINE_LENGTH = 8;
/** The boot in the start of a process: what stands before the dash. */
const BOOT = /^b([0-9a-f]+)-/;
/** The kernel and this program may differ by some seconds in when a process started; a pid is used again much later. */
const START_TOLERANCE_S = 10;
const PS_TIMEOUT_MS = 2_000;
/** States of processes that have ended but are still listed: zombie, dead. */
const ENDED = /^[ZXx]/;

export function identifySelf(): ProcessIdentity {
  const { pid } = process;
  const seen = readProc(pid);
  const start = seen === undefined || seen === 'gone' ? Date.now() / 1000 - process.uptime() : seen.start;
  return { pid, start: typeof start === 'string' ? start : `s${Math.round(start)}`, place: findPlace() };
}

/** Whether this very process still runs. True also when that is not known: a lock must not be broken by mistake. */
export function isRunning(identity: ProcessIdentity): boolean {
  const life = lookUp(identity);
  // An identity without a place is of an earlier version, for which a process of another boot has ended.
  return life === 'running' || (life === 'unknown' && identity.place !== undefined);
}

/** What has become of a process, as far as its pid says it here. */
export function lookUp({ pid, start, place }: ProcessIdentity): ProcessLife {
  if (!isSameBoot({ start })) {
    // This machine was restarted since, so the process has ended. Of another machine nothing is known.
    return place !== undefined && machineOf(place) === machineOf(findPlace()) ? 'ended' : 'unknown';
  }
  if (place !== undefined && namespaceOf(place) !== namespaceOf(findPlace())) return 'unknown';
  return findPid(pid, start) ? 'running' : 'ended';
}

/** Whether it belongs to the time that this kernel has been up. True for a start that does not name a boot. */
export function isSameBoot({ start }: Pick<ProcessIdentity, 'start'>): boolean {
  const boot = BOOT.exec(start)?.[1];
  const ours = readBoot();
  return boot === undefined || ours === undefined || boot === ours;
}

/** Whether any process has this pid, also one of another user. */
export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

function findPid(pid: number, start: string): boolean {
  if (!isProcess(pid)) return false;
  if (!start.startsWith('s')) {
    const seen = readProc(pid);
    if (seen === undefined) return true;
    return seen !== 'gone' && !ENDED.test(seen.state) && seen.start === start;
  }
  const seen = askPs(pid);
  if (seen === undefined) return true;
  return !ENDED.test(seen.state) && Math.abs(seen.startS - Number(start.slice(1))) <= START_TOLERANCE_S;
}

const namespaceOf = (place: string): string | undefined => place.split('-')[0];
const machineOf = (place: string): string | undefined => place.split('-')[1];

function findPlace(): string {
  const machine = loadCrypto()
    .createHash('sha256')
    .update(`${hostname()}\n${readIfThere('/etc/machine-id') ?? ''}`)
    .digest('hex');
  return `${readNamespace()}-${machine.slice(0, MACHINE_LENGTH)}`;
}

/** From `pid:[4026531836]`. */
function readNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

/** Names the time since this machine was started, as far as the system does; the same text for all processes of it. */
export function identifyBoot(): string {
  return readBoot() ?? 'unknown';
}

function readBoot(): string | undefined {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.slice(0, BOOT_ID_LENGTH);
}

/** From Linux' /proc; `undefined` where there is none. Layout: proc(5); the name in brackets may hold blanks and brackets. */
function readProc(pid: number): { state: string; start: string } | 'gone' | undefined {
  const boot = readBoot();
  if (boot === undefined) return undefined;
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

/** From `ps`, as macOS and the BSDs have it; `undefined` when it gives none. */
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
