import type { CommandContext } from '../program/program.ts';
import { takeInput } from '../program/take-input.ts';

/** Asks a question on the terminal. An empty answer is yes, the end of the input is no. Rejects with the signal's reason. */
export async function askWhether(
  question: string,
  context: Pick<CommandContext, 'program' | 'signal'>,
): Promise<boolean> {
  const { program, signal } = context;
  signal.throwIfAborted();
  program.stderr.write(question);
  let typed = '';
  try {
    return await takeInput<boolean>(
      context,
      (text, resolve) => {
        typed += text;
        if (/[\r\n]/.test(typed)) resolve(/^\s*(?:y(?:es)?)?\s*$/i.test(typed));
      },
      () => false,
    );
  } catch (error) {
    // The next line of the terminal begins at its left.
    program.stderr.write('\n');
    throw error;
  }
}
