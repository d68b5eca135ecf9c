import type { ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { errnoOf } from '../../errors/errno.ts';

/** A program that copies its input to its output with plain blocking writes. */
const COPIER = 'cat';

/** A stream whose bytes another process writes to one of our descriptors. */
export interface Relay {
  readonly stream: Writable;
  /** Resolves when all has been written, or cannot be. */
  end(): Promise<void>;
}

/**
 * Starts a process that writes to a descriptor for us: one that cannot be opened anew and must not become non-blocking. It has a
 * session of its own, so that Ctrl-C does not end it before its last row. Undefined where it cannot be started.
 */
export function openRelay(fd: number): Relay | undefined {
  // Loaded here, because hardly any start needs it.
  const { spawn } = process.getBuiltinModule('node:child_process');
  // Nothing else of the environment: it may hold a token.
  const env = { PATH: process.env['PATH'] };
  const child: ChildProcess = spawn(COPIER, [], { stdio: ['pipe', fd, 'ignore'], detached: true, cwd: '/', env });
  child.on('error', () => {});
  const { stdin: stream } = child;
  if (child.pid === undefined || stream === null) return undefined;
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  // It ends by itself when its reader has left: the next row finds the stream closed.
  void exited.then(() => stream.destroy());
  child.unref();
  return {
    stream,
    end: () => {
      // What was given up must not wait for its reader.
      if (stream.destroyed) child.kill('SIGKILL');
      else stream.end();
      child.ref();
      return exited;
    },
  };
}

/** Whether the process that started this one has the same pipe or socket, as a shell has that runs others beside us. */
export function isSharedWithParent(fd: number, ppid: number): boolean {
  try {
    const own = readlinkSync(`/proc/self/fd/${fd}`);
    const folder = `/proc/${ppid}/fd`;
    return readdirSync(folder).some((name) => linkOf(`${folder}/${name}`) === own);
  } catch (error) {
    // The parent is another user's: it may be a shell.
    return errnoOf(error) === 'EACCES';
  }
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}
