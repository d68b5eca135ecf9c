import type { CommandContext } from '../program/program.ts';

/** Asks a question on the terminal. An empty answer is yes, the end of the input is no. Rejects with the signal's reason. */
export async function askWhether(
  question: string,
  { program, signal }: Pick<CommandContext, 'program' | 'signal'>,
): Promise<boolean> {
  const { stdin, stderr } = program;
  signal.throwIfAborted();
  stderr.write(question);
  let typed = '';
  let clean = (): void => {};
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const take = (bytes: Buffer | string): void => {
        typed += String(bytes);
        if (/[\r\n]/.test(typed)) resolve(/^\s*(?:y(?:es)?)?\s*$/i.test(typed));
      };
      const end = (): void => resolve(false);
      const abort = (): void => {
        // The next line of the terminal begins at its left.
        stderr.write('\n');
        reject(signal.reason);
      };
      stdin.on('data', take).on('end', end).on('error', end);
      signal.addEventListener('abort', abort, { once: true });
      clean = () => {
        stdin.off('data', take).off('end', end).off('error', end);
        signal.removeEventListener('abort', abort);
      };
      stdin.resume();
    });
  } finally {
    clean();
    // The editor reads from the same terminal next.
    stdin.pause();
  }
}
