import { onAbort } from '../../clock/abort.ts';
import type { CommandContext } from './program.ts';

/**
 * Reads standard input piece by piece, until `take` or its end resolves to a result. Standard input is paused afterwards: another program
 * may read it next. Rejects with the signal's reason.
 */
export async function takeInput<T>(
  { program, signal }: Pick<CommandContext, 'program' | 'signal'>,
  take: (text: string, resolve: (result: T) => void) => void,
  atEnd: () => T,
): Promise<T> {
  const { stdin } = program;
  signal.throwIfAborted();
  let clean = (): void => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const read = (bytes: Buffer | string): void => take(String(bytes), resolve);
      const end = (): void => resolve(atEnd());
      stdin.on('data', read).on('end', end).on('error', end);
      const stopListening = onAbort(signal, () => reject(signal.reason));
      clean = () => {
        stdin.off('data', read).off('end', end).off('error', end);
        stopListening();
      };
      if (stdin.readableEnded) end();
      stdin.resume();
    });
  } finally {
    clean();
    stdin.pause();
  }
}
