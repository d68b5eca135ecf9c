import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

/** Node keeps the ones before from its children. Shells hand down others: bash has the pipe of `> >(command)` as 63. */
const FIRST_INHERITED_FD = 17;
const MAX_INHERITED_FD = 1_023;

/** Starts a process of its own: session, directory and descriptors. It reads its configuration from a pipe, and answers on `RESULT_FD`. */
export function spawnApart(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  // Not imported: most commands start no process, and every start loads this file.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const nothing = openSync(devNull, 'r+');
  try {
    const stdio: ('pipe' | 'ignore' | number)[] = ['pipe', 'ignore', 'ignore', 'pipe'];
    for (const fd of listInherited()) {
      while (stdio.length < fd) stdio.push('ignore');
      stdio[fd] = nothing;
    }
    return spawn(program, args, { detached: true, cwd: '/', stdio, env });
  } finally {
    closeSync(nothing);
  }
}

/** Descriptors that a child would keep open, though other processes wait for their end. In ascending order. */
function listInherited(): number[] {
  let names: string[];
  try {
    names = readdirSync('/dev/fd');
  } catch {
    return [];
  }
  const max = Math.min(MAX_INHERITED_FD, readDescriptorLimit() - 1);
  return names
    .map(Number)
    .filter((fd) => fd >= FIRST_INHERITED_FD && fd <= max && isOpen(fd))
    .sort((a, b) => a - b);
}

/** A descriptor beyond the limit was opened before the limit was set. It cannot be replaced, and trying would fail the start. */
function readDescriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** False for the descriptor that the list was read from: it is closed by now. */
function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
