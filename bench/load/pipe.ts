import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';

/** Both ends of a pipe as a shell makes it: what `spawn` calls one is a socket. */
export interface PipeEnds {
  readonly read: number;
  readonly write: number;
}

/** @param folder where its name may stand for a moment */
export function openPipe(folder: string): PipeEnds {
  const file = path.join(folder, `pipe-${Math.random().toString(36).slice(2)}`);
  const { status } = spawnSync('mkfifo', [file]);
  if (status !== 0) throw new Error('mkfifo failed');
  // An end alone would wait for the other.
  const both = openSync(file, 'r+');
  const ends = { read: openSync(file, 'r'), write: openSync(file, 'w') };
  closeSync(both);
  return ends;
}

export function closePipe({ read, write }: PipeEnds): void {
  closeSync(read);
  closeSync(write);
}
