import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import { parseSpawnResult, RESULT_FD, type SpawnResult } from './spawn-result.ts';

const MAX_ANSWER_CHARACTERS = 16 * 1024;
/** Node keeps the ones before from its children. Shells hand down others: bash has the pipe of `> >(command)` as 63. */
const FIRST_INHERITED_FD = 17;
const MAX_INHERITED_FD = 1_023;

/** The program cannot be started. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

/**
 * Starts a program in the background and resolves to its process and to what it answers (spawn-result.ts), undefined when it
 * ended without an answer. It shares nothing with this process that would keep a terminal, a pipe or a directory busy, and does not
 * keep this process alive. Throws `NotStarted`, or the signal's reason.
 * @param command the program and its arguments
 * @param env the whole environment of the process
 * @param config what it reads from its standard input, as JSON: it may hold secrets, which arguments and the environment must not
 */
export async function spawnDetached(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  config: object,
  signal: AbortSignal,
): Promise<{ readonly pid: number | undefined; readonly answer: SpawnResult | undefined }> {
  signal.throwIfAborted();
  const [program = '', ...args] = command;
  const child = spawnApart(program, args, env);
  const [stdin, channel] = [child.stdin as Duplex | null, child.stdio[RESULT_FD] as Duplex | null];
  // A child that ended early sends no result. Errors of its streams say nothing more.
  for (const stream of [stdin, channel]) stream?.on('error', () => {});
  try {
    stdin?.end(JSON.stringify(config));
    return { pid: child.pid, answer: parseSpawnResult(await readLine(child, channel, signal)) };
  } finally {
    child.unref();
    stdin?.destroy();
    channel?.destroy();
  }
}

/** A process of its own: session, directory and descriptors. */
function spawnApart(program: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
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

/** The text up to the end of the line or of the channel. */
function readLine(child: ChildProcess, channel: Readable | null, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const finish = (): void => {
      signal.removeEventListener('abort', stop);
      resolve(text);
    };
    child.once('error', (cause) => {
      signal.removeEventListener('abort', stop);
      reject(new NotStarted('cannot be started', { cause }));
    });
    channel?.setEncoding('utf8');
    channel?.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n') || text.length > MAX_ANSWER_CHARACTERS) finish();
    });
    channel?.once('close', finish);
  });
}
