import type { Writable } from 'node:stream';
import { TickpipeError } from '../errors/tickpipe-error.ts';

/**
 * Takes oclif's listener off stdout, which swallows a closed pipe and throws everything else, and puts its own there: for
 * help and version a closed pipe is no matter and anything else is `OUTPUT_FAILED`. A writer that listens itself decides
 * alone.
 */
export function guardStdout(stdout: Writable, fail: (error: TickpipeError) => void): void {
  stdout.removeAllListeners('error');
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (stdout.listenerCount('error') > 1 || error.code === 'EPIPE') return;
    fail(
      new TickpipeError('OUTPUT_FAILED', `stdout cannot be written: ${error.code ?? error.message}`, { cause: error }),
    );
  });
}

/** Waits until all that was written has left, so that `process.exit` cuts nothing. A closed pipe is no reason to wait. */
export async function closeStreams(streams: readonly Writable[]): Promise<void> {
  await Promise.all(streams.map(flush));
}

function flush(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write('', () => resolve());
  });
}
