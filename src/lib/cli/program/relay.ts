import type { ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { errnoOf } from '../../errors/errno.ts';

/** A program that copies its input to its output with plain blocking writes. */
const COPIER = 'cat';

/** A stream whose bytes another process writes to one of our descriptors. */
export interface Relay {
  readonly stream: Writable;
  /** Resolves when everything has been written, or writing has failed. */
  end(): Promise<void>;
}

/**
 * Starts a process that writes to a descriptor for this one. It is for a descriptor that cannot be opened again and must stay
 * blocking. The process has its own terminal session, so that Ctrl-C does not end it before the last row. Undefined where it cannot be started.
 */
export function openRelay(fd: number): Relay | undefined {
  // Loaded here because few commands need it.
  const { spawn } = process.getBuiltinModule('node:child_process');
  // It gets no other variable: they may hold a token.
  const env = { PATH: process.env['PATH'] };
  const child: ChildProcess = spawn(COPIER, [], { stdio: ['pipe', fd, 'ignore'], detached: true, cwd: '/', env });
  child.on('error', () => {});
  const { stdin: stream } = child;
  if (child.pid === undefined || stream === null) return undefined;
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  // The process ends when its reader has left; then the next row meets a closed stream.
  void exited.then(() => stream.destroy());
  child.unref();
  return {
    stream,
    end: () => {
      // Rows that were given up must not wait for the reader.
      if (stream.destroyed) child.kill('SIGKILL');
      else stream.end();
      child.ref();
      return exited;
    },
  };
}

/** Whether the parent process has the same pipe or socket, as a shell does that runs several programs. */
export function isSharedWithParent(fd: number, ppid: number): boolean {
  try {
    const own = readlinkSync(`/proc/self/fd/${fd}`);
    const folder = `/proc/${ppid}/fd`;
    return readdirSync(folder).some((name) => linkOf(`${folder}/${name}`) === own);
  } catch (error) {
    // The parent belongs to another user. It may be a shell.
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
