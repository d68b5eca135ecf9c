import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { istDate } from '../clock/ist.ts';
import { errnoOf } from '../errors/errno.ts';
import { makeDirectory } from '../host/make-directory.ts';
import type { AllowedCalls } from './call-limit.ts';

/*
 * The calls of an app that the processes of a user make, as files in one directory. A call is a file whose name is its number. The process
 * that makes the file has the call: the system lets one process make it. No process waits for another, and none holds a lock, so a process
 * that is stopped or killed blocks nobody. Each process adds lines to its own files only:
 *
 *     call BOOT MONOTONIC WALL MAY_LAST    when it began, on both clocks, and how long it may take at most
 *     end MONOTONIC                        when its answer was there
 *     void                                 it was never made
 *     refused MONOTONIC WALL WAIT          the server refused it for the rate, and asked to be left alone for so long
 *
 * A call counts from its beginning until a window after its end, since only then it is certain that the server has left its own window
 * behind it: the time that a request takes to the server does not matter. A call without an end, because its process was killed or
 * stopped, counts as one that ended at the last moment at which it could.
 */

/** A process that looked at the directory longer ago than this makes no call on what it saw. */
const MAX_LOOK_AGE_MS = 250;
/** With more files than this, those that no longer matter are removed. */
const MAX_FILES = 400;
const NUMBER = /^\d{1,15}$/;
const LINE = /^(call|end|void|refused)(?: ([^\n]*))?$/;

/** A moment of another process, perhaps of another machine. */
interface ForeignMoment {
  readonly boot: string;
  readonly monotonicMs: number;
  readonly wallMs: number;
}

interface LedgerCall {
  readonly number: number;
  readonly began: ForeignMoment;
  readonly mayLastMs: number;
  readonly ended: ForeignMoment | undefined;
  readonly isVoid: boolean;
  readonly refusal: { readonly at: ForeignMoment; readonly waitMs: number } | undefined;
  /** When this process saw it first, monotonic. */
  readonly seenMs: number;
}

/** What a look at the directory showed. */
export interface LedgerView {
  readonly calls: readonly LedgerCall[];
  /** Monotonic. */
  readonly lookedAtMs: number;
}

export interface LedgerOptions {
  /** There, and this user's own. */
  readonly directory: string;
  readonly clock: Clock;
  /** Names the time since which this machine's monotonic clock runs. */
  readonly boot: string;
}

/** The files of the calls, for one process. Every method throws what the file system says. */
export class CallLedger {
  readonly #options: LedgerOptions;
  /** Calls to which no line is added any more, and when each of the others was seen first. */
  readonly #closed = new Map<number, LedgerCall>();
  readonly #seen = new Map<number, number>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  look(): LedgerView {
    const { directory, clock } = this.#options;
    const lookedAtMs = clock.monotonic();
    const numbers = listNames(directory)
      .filter((name) => NUMBER.test(name))
      .map(Number);
    const present = new Set(numbers);
    for (const number of this.#closed.keys()) if (!present.has(number)) this.#closed.delete(number);
    for (const number of this.#seen.keys()) if (!present.has(number)) this.#seen.delete(number);
    const calls = numbers.map((number) => this.#read(number)).filter((call) => call !== undefined);
    return { calls, lookedAtMs };
  }

  /** How long until one more call is allowed, as far as it can be known now. */
  freeInMs({ calls }: LedgerView, { calls: most, windowMs }: AllowedCalls, pollMs: number): number {
    const ended: number[] = [];
    const pending: number[] = [];
    for (const call of calls) {
      if (call.isVoid) continue;
      const leftMs =
        call.ended === undefined
          ? this.#leftMs(call.began, call.mayLastMs + windowMs, call.seenMs)
          : this.#leftMs(call.ended, windowMs, call.seenMs);
      if (leftMs > 0) (call.ended === undefined ? pending : ended).push(leftMs);
    }
    const over = ended.length + pending.length - most;
    if (over < 0) return 0;
    // Calls that have ended leave the window before those that have not.
    const known = ended.sort((one, other) => one - other)[over];
    return known ?? Math.min(pollMs, ...pending);
  }

  /** How much is left of the time for which the server asked to be left alone. */
  blockedMs({ calls }: LedgerView): number {
    return Math.max(
      0,
      ...calls.map(({ refusal, seenMs }) => (refusal ? this.#leftMs(refusal.at, refusal.waitMs, seenMs) : 0)),
    );
  }

  /** How many calls the server refused for the rate on this day in India. */
  refusalsToday({ calls }: LedgerView): number {
    const today = istDate(this.#options.clock.now());
    return calls.filter(({ refusal }) => refusal !== undefined && istDate(refusal.at.wallMs) === today).length;
  }

  /** The number of a new call; undefined when another process was quicker, or this one was stopped meanwhile. Then look again. */
  claim(view: LedgerView, mayLastMs: number): number | undefined {
    const { clock, boot } = this.#options;
    const number = Math.max(0, ...view.calls.map((call) => call.number)) + 1;
    const line = `call ${boot} ${clock.monotonic()} ${clock.now()} ${mayLastMs}\n`;
    try {
      writeFileSync(this.#fileOf(number), line, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return undefined;
      throw error;
    }
    if (clock.monotonic() - view.lookedAtMs > MAX_LOOK_AGE_MS) {
      // Its number stays taken: another process may have counted on it.
      this.#add(number, 'void');
      return undefined;
    }
    if (view.calls.length > MAX_FILES) this.#prune(view);
    return number;
  }

  end(number: number): void {
    this.#add(number, `end ${this.#options.clock.monotonic()}`);
  }

  refuse(number: number, waitMs: number): void {
    const { clock } = this.#options;
    this.#add(number, `refused ${clock.monotonic()} ${clock.now()} ${Math.ceil(waitMs)}`);
  }

  #add(number: number, line: string): void {
    appendFileSync(this.#fileOf(number), `${line}\n`, { mode: 0o600 });
  }

  #fileOf(number: number): string {
    return path.join(this.#options.directory, String(number));
  }

  #read(number: number): LedgerCall | undefined {
    const closed = this.#closed.get(number);
    if (closed) return closed;
    const file = this.#fileOf(number);
    const text = readIfThere(file);
    if (text === undefined) return undefined;
    const { clock } = this.#options;
    const seenMs = this.#seen.get(number) ?? clock.monotonic();
    this.#seen.set(number, seenMs);
    const call = parseCall(number, text, seenMs, () => this.#beganWith(file));
    // A refusal is written before the end.
    if (call.isVoid || call.ended) this.#closed.set(number, call);
    return call;
  }

  /** Of a file that its process has not filled yet, or never will. */
  #beganWith(file: string): ForeignMoment {
    const wallMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return { boot: '', monotonicMs: 0, wallMs };
  }

  /** How much of a time is left that began at a moment. Where the clocks cannot say, it began when this process first saw it. */
  #leftMs(moment: ForeignMoment, lastsMs: number, seenMs: number): number {
    const { clock, boot } = this.#options;
    const nowMs = clock.monotonic();
    if (moment.boot === boot && moment.monotonicMs <= nowMs) return lastsMs - (nowMs - moment.monotonicMs);
    const elapsedMs = clock.now() - moment.wallMs;
    return lastsMs - (elapsedMs >= 0 ? elapsedMs : nowMs - seenMs);
  }

  /** Removes the files that no window and no day counts any more, never the last one: its number must not come again. */
  #prune({ calls }: LedgerView): void {
    const last = Math.max(...calls.map(({ number }) => number));
    const today = istDate(this.#options.clock.now());
    for (const { number, began, mayLastMs, ended, refusal, seenMs } of calls) {
      const leftMs = this.#leftMs(ended ?? began, mayLastMs + OLDEST_MS, seenMs);
      const matters = refusal !== undefined && istDate(refusal.at.wallMs) >= today;
      if (number < last && leftMs <= 0 && !matters) rmSync(this.#fileOf(number), { force: true });
    }
  }
}

/** Longer than the longest window. */
const OLDEST_MS = 120_000;
/** Of a call whose own line cannot be read. */
const DEFAULT_LAST_MS = 60_000;

function parseCall(number: number, text: string, seenMs: number, beganWith: () => ForeignMoment): LedgerCall {
  let began: ForeignMoment | undefined;
  let mayLastMs = DEFAULT_LAST_MS;
  let ended: ForeignMoment | undefined;
  let isVoid = false;
  let refusal: LedgerCall['refusal'];
  // The last line counts when it is whole.
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [, word, rest = ''] = LINE.exec(line) ?? [];
    const parts = rest.split(' ');
    if (word === 'call') {
      const [boot = '', monotonicMs, wallMs, lasts] = parts;
      began = { boot, monotonicMs: Number(monotonicMs), wallMs: Number(wallMs) };
      mayLastMs = Number(lasts);
    } else if (word === 'void') isVoid = true;
    else if (began !== undefined && word === 'end') {
      const monotonicMs = Number(parts[0]);
      ended = { ...began, monotonicMs, wallMs: began.wallMs + monotonicMs - began.monotonicMs };
    } else if (began !== undefined && word === 'refused') {
      const [monotonicMs, wallMs, waitMs] = parts.map(Number);
      refusal = { at: { boot: began.boot, monotonicMs: monotonicMs ?? 0, wallMs: wallMs ?? 0 }, waitMs: waitMs ?? 0 };
    }
  }
  return { number, began: began ?? beganWith(), mayLastMs, ended, isVoid, refusal, seenMs };
}

/** Makes a directory that somebody has removed. */
function listNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makeDirectory(directory, false);
    return [];
  }
}

/** Undefined for a file that another process has removed. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
