import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { onAbort } from '../clock/abort.ts';
import { spawnApart } from './spawn-apart.ts';
import { parseSpawnResult, RESULT_FD, type SpawnResult } from './spawn-result.ts';

const MAX_ANSWER_CHARACTERS = 16 * 1024;

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
 * @param started the process, where it was started before and waits for its configuration
 */
export async function spawnDetached(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  config: object,
  signal: AbortSignal,
  started?: ChildProcess,
): Promise<{ readonly pid: number | undefined; readonly answer: SpawnResult | undefined }> {
  signal.throwIfAborted();
  const [program = '', ...args] = command;
  const child = started ?? spawnApart(program, args, env);
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

/** The text up to the end of the line or of the channel. */
function readLine(child: ChildProcess, channel: Readable | null, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const stopListening = onAbort(signal, () => reject(signal.reason));
    const finish = (): void => {
      stopListening();
      resolve(text);
    };
    child.once('error', (cause) => {
      stopListening();
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
