import type { Readable } from 'node:stream';
import { onAbort } from '../clock/abort.ts';
import type { Clock } from '../clock/clock.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';

const TIMEOUT_MS = 10_000;

/**
 * Reads the configuration that the starting command sends: one JSON object on standard input. Throws `USAGE` for anything
 * else, also when nothing comes for 10 s; it quotes nothing. Throws the signal's reason when it is aborted.
 * @param parse checks the object, and throws for any other
 */
export async function readSpawnConfig<T>(
  stdin: Readable,
  clock: Clock,
  parse: (value: unknown) => T,
  maxBytes: number,
  signal: AbortSignal,
): Promise<T> {
  const stop = (): void => void stdin.destroy(notForPeople());
  const stopListening = onAbort(signal, stop);
  const timer = clock.after(TIMEOUT_MS, stop);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stdin) {
      length += chunk.length;
      if (length > maxBytes) throw notForPeople();
      chunks.push(Buffer.from(chunk));
    }
    return parse(JSON.parse(Buffer.concat(chunks).toString()));
  } catch {
    signal.throwIfAborted();
    throw notForPeople();
  } finally {
    stopListening();
    timer.cancel();
  }
}

const notForPeople = (): TickpipeError =>
  new TickpipeError('USAGE', 'this command is started by other commands, with its configuration on standard input', {
    hint: 'use tickpipe serve for a hub in the foreground, tickpipe record --detach for a recording',
  });
