import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { type Readable, Writable } from 'node:stream';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { readDescriptorFlags } from '../../host/descriptor-flags.ts';
import type { Terminal } from './program.ts';
import { isSharedWithParent, openRelay } from './relay.ts';

/** How long the end of the program waits for a reader of stderr that reads nothing. */
const STUCK_MESSAGES_MS = 2_000;

/** Where a process finds its descriptors by number. Only Linux opens a pipe anew there. */
const OWN_DESCRIPTORS = '/proc/self/fd';

/** As Linux has it; Node does not name it. */
const O_CLOEXEC = 0o2000000;

/** The standard streams, each opened when it is first used. */
export interface StandardStreams {
  readonly stdin: Readable & Terminal;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
}

export interface OpenedStreams extends StandardStreams {
  /** Resolves when what was written to the ones in use has left. */
  close(): Promise<void>;
}

/**
 * Puts other standard streams in the place of Node's, each opened when it is first used. Node sets O_NONBLOCK on a pipe or a
 * socket, and that flag belongs to all programs that share it: `(tickpipe ... & cat file) | reader` had `cat` fail with EAGAIN.
 * A pipe is opened anew, and the new one is ours alone. What cannot be opened anew, a socket or the pipe of another user, is
 * written by a relay when the parent has it, too. Terminals are opened anew by Node itself, and files know no such flag.
 *
 * They are replaced for the whole process: Node's own code asks for `process.stderr` whenever a socket closes.
 * @param isStdoutClosed whether the process was started without stdout
 */
export function replaceStandardStreams(
  process: { readonly ppid: number },
  fail: (error: TickpipeError) => void,
  isStdoutClosed: boolean,
): OpenedStreams {
  const stdin = replace(process, 'stdin', (open) => ({ stream: openPipeAnew(0) ?? open() }));
  const openOutput = (fd: 1 | 2, open: () => Output): Opened<Output> => {
    const apart = openPipeAnew(fd);
    if (apart) return { stream: apart };
    const stats = fstatSync(fd);
    const isShared = (stats.isSocket() || stats.isFIFO()) && isSharedWithParent(fd, process.ppid);
    const opened: Opened<Output> = (isShared ? openRelay(fd) : undefined) ?? { stream: open() };
    if (opened.stream.isTTY) unblockTerminal(opened.stream, fd);
    return opened;
  };
  const stdout = replace(process, 'stdout', (open) => {
    const opened = isStdoutClosed ? { stream: new ClosedStream() } : openOutput(1, open);
    guardStdout(opened.stream, fail);
    return opened;
  });
  const stderr = replace(process, 'stderr', (open) => openOutput(2, open));
  return {
    get stdin() {
      return stdin.stream;
    },
    get stdout() {
      return stdout.stream;
    },
    get stderr() {
      return stderr.stream;
    },
    close: () => closeStreams(stdout.opened, stderr.opened),
  };
}

type Name = keyof StandardStreams;
type Output = StandardStreams['stdout'];

interface Opened<T> {
  readonly stream: T;
  /** Ends what stands between the stream and its reader. */
  readonly end?: () => Promise<void>;
}

/** A stream that is opened when it is first used. */
interface Late<T> {
  readonly stream: T;
  readonly opened: Opened<T> | undefined;
}

/** @param choose opens the stream; it may call `open` for Node's own */
function replace<N extends Name>(
  process: object,
  name: N,
  choose: (open: () => StandardStreams[N]) => Opened<StandardStreams[N]>,
): Late<StandardStreams[N]> {
  const original = Object.getOwnPropertyDescriptor(process, name);
  let opened: Opened<StandardStreams[N]> | undefined;
  const open = (): StandardStreams[N] => {
    opened ??= choose(() => original?.get?.call(process) ?? original?.value);
    return opened.stream;
  };
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get: open });
  return {
    get stream() {
      return open();
    },
    get opened() {
      return opened;
    },
  };
}

/** Node opens /dev/null in place of a closed stdout: rows would be lost unseen. */
class ClosedStream extends Writable {
  override _write(_chunk: unknown, _encoding: string, done: (error: Error) => void): void {
    done(Object.assign(new Error('EBADF'), { code: 'EBADF' }));
  }
}

/**
 * Node writes to a terminal with blocking writes. One that takes nothing, as when its connection hangs, would keep the program from
 * everything else, signals included. Node has opened it anew, which shows in O_CLOEXEC, so the flag is ours alone.
 */
function unblockTerminal(stream: Writable & { _handle?: { setBlocking?(on: boolean): void } }, fd: number): void {
  if ((readDescriptorFlags(fd) ?? 0) & O_CLOEXEC) stream._handle?.setBlocking?.(false);
}

/** Undefined when it is no pipe, or cannot be opened. */
function openPipeAnew(fd: 0 | 1 | 2): Socket | undefined {
  if (!fstatSync(fd).isFIFO()) return undefined;
  let own: number;
  try {
    own = openSync(
      `${OWN_DESCRIPTORS}/${fd}`,
      constants.O_NONBLOCK | (fd === 0 ? constants.O_RDONLY : constants.O_WRONLY),
    );
  } catch {
    return undefined;
  }
  if (isSamePipe(own, fd)) return new Socket({ fd: own, readable: fd === 0, writable: fd !== 0 });
  closeSync(own);
  return undefined;
}

function isSamePipe(one: number, other: number): boolean {
  const [a, b] = [fstatSync(one, { bigint: true }), fstatSync(other, { bigint: true })];
  return a.dev === b.dev && a.ino === b.ino;
}

/** A failed write is reported by its writer. What fails beside is `OUTPUT_FAILED`, but for a reader that has left. */
export function guardStdout(stdout: Writable, fail: (error: TickpipeError) => void): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (stdout.listenerCount('error') > 1 || error.code === 'EPIPE') return;
    fail(
      new TickpipeError('OUTPUT_FAILED', `stdout cannot be written: ${error.code ?? error.message}`, { cause: error }),
    );
  });
}

/**
 * Waits until all that was written has left, so that `process.exit` cuts nothing. A closed pipe is no reason to wait, and the
 * messages of a reader that takes none are given up.
 */
export async function closeStreams(
  stdout: Opened<Writable> | undefined,
  stderr: Opened<Writable> | undefined,
): Promise<void> {
  const stuck = new Promise<void>((resolve) => {
    if (stderr) setTimeout(resolve, STUCK_MESSAGES_MS).unref();
  });
  await Promise.all([stdout && finish(stdout), stderr && Promise.race([finish(stderr), stuck])]);
}

async function finish({ stream, end }: Opened<Writable>): Promise<void> {
  await flush(stream);
  await end?.();
}

function flush(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write('', () => resolve());
  });
}
