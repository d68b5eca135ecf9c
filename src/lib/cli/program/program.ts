import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../clock/clock.ts';
import type { SmallHeap } from '../../host/small-heap.ts';
import type { EarlyHub } from '../../hub/daemon/early-hub.ts';
import type { Reporter } from './reporter.ts';
import type { SignalSource } from './signals.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stream that may be a terminal. */
export type Terminal = { readonly isTTY?: boolean; readonly columns?: number };
/** `isDevice`: nothing can be piped in, as from `/dev/null`, which cron and systemd give. */
export type InputSource = Terminal & { readonly isDevice?: boolean };

/** Everything outside the program that it uses, made once in `main.ts`; tests make their own. */
export interface Program {
  readonly env: Environment;
  readonly stdin: Readable & InputSource;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
  readonly clock: Clock;
  readonly signals: SignalSource;
  /** The command that starts this program: the file to execute and its first arguments. */
  readonly command: readonly string[];
  /** The folder of package.json. */
  readonly root: string;
  /** The heap of this process, where the program may change it. */
  readonly heap?: SmallHeap | undefined;
  /** The process of a hub that was started before the program was loaded. */
  readonly earlyHub?: EarlyHub | undefined;
  /** Ends the process at once, as a second Ctrl-C does. */
  exitNow(status: number): void;
}

/** What a command works with while it runs. */
export interface CommandContext {
  readonly program: Program;
  readonly reporter: Reporter;
  /** Ends waits: the first SIGINT, SIGTERM or SIGHUP aborts it. */
  readonly signal: AbortSignal;
  /** The name of the profile that applies; `tokenFileOf` has its login. A process in the background reads none: `default`. */
  readonly profile: string;
  /** Of the program, as in package.json. */
  readonly version: string;
}
