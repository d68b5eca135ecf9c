import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { readDescriptorFlags } from '../../host/descriptor-flags.ts';
import type { InputSource, Terminal } from './program.ts';
import { isSharedWithParent, openRelay } from './relay.ts';

/** How long the program waits at its end for a reader of stderr that reads nothing. */
const STUCK_MESSAGES_MS = 2_000;

/** The descriptors of this process by number. Only Linux can open a pipe again by this path. */
const OWN_DESCRIPTORS = '/proc/self/fd';

/** The value on Linux; Node has no constant for it. */
const O_CLOEXEC = 0o2000000;

/** The standard streams, each opened when it is first used. */
export interface StandardStreams {
  readonly stdin: Readable & InputSource;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
}

export interface OpenedStreams extends StandardStreams {
  /** Resolves when the streams in use have written everything. */
  close(): Promise<void>;
}

/**
 * Replaces Node's standard streams, each when it is first used. Node sets O_NONBLOCK on a pipe or a socket, and all programs that
 * share it get this flag: in `(tickpipe ... & cat file) | reader` it made `cat` fail with EAGAIN. A pipe is opened again, so that the
 * flag is only ours. A socket or the pipe of another user cannot be opened again: if the parent has it, too, a relay writes to it.
 * Node itself opens terminals again, and the flag means nothing for files.
 *
 * They are replaced for the whole process, because Node's own code uses `process.stderr` whenever a socket closes.
 * @param isStdoutClosed whether the process was started without stdout
 */
export function replaceStandardStreams(
  process: { readonly ppid: number },
  fail: (error: TickpipeError) => void,
  isStdoutClosed: boolean,
): OpenedStreams {
  const stdin = replace(process, 'stdin', (open) => ({
    stream: openPipeAnew(0) ?? refuseDirectory(0) ?? markDevice(open()),
  }));
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
  /** Ends the relay between the stream and its reader. */
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

/** Notes whether stdin is a device, such as the null device: then no program and no file is behind it. */
function markDevice(stdin: Readable & InputSource): Readable & InputSource {
  return Object.assign(stdin, { isDevice: fstatSync(0).isCharacterDevice() });
}

/** Node takes a directory as stdin for an empty file. Undefined for anything else. */
function refuseDirectory(fd: number): Readable | undefined {
  if (!fstatSync(fd).isDirectory()) return undefined;
  return new Readable({
    read() {
      this.destroy(Object.assign(new Error('EISDIR'), { code: 'EISDIR' }));
    },
  });
}

/** Node opens /dev/null in place of a closed stdout, which would lose rows without an error. */
class ClosedStream extends Writable {
  override _write(_chunk: unknown, _encoding: string, done: (error: Error) => void): void {
    done(Object.assign(new Error('EBADF'), { code: 'EBADF' }));
  }
}

/**
 * Node uses blocking writes for a terminal. A terminal that takes nothing, as when its connection hangs, would block the whole
 * program, signals included. O_CLOEXEC shows that Node has opened it again, so O_NONBLOCK is set for this program only.
 */
function unblockTerminal(stream: Writable & { _handle?: { setBlocking?(on: boolean): void } }, fd: number): void {
  if ((readDescriptorFlags(fd) ?? 0) & O_CLOEXEC) stream._handle?.setBlocking?.(false);
}

/** Undefined when the descriptor is not a pipe, or cannot be opened again. */
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

/** Reports errors of stdout that no writer handles as `OUTPUT_FAILED`. A reader that has left is not an error. */
export function guardStdout(stdout: Writable, fail: (error: TickpipeError) => void): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (stdout.listenerCount('error') > 1 || error.code === 'EPIPE') return;
    fail(
      new TickpipeError('OUTPUT_FAILED', `stdout cannot be written: ${error.code ?? error.message}`, { cause: error }),
    );
  });
}

/**
 * Waits until everything has been written, so that `process.exit` cuts nothing off. It does not wait for a closed pipe, and not long
 * for a reader of stderr that reads nothing.
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
