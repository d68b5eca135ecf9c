import { Buffer } from 'node:buffer';
import type { CommandContext } from '../program/program.ts';

const MAX_CHARACTERS = 65_536;

/** The first line of standard input that is not blank; undefined when it ends before. Rejects with the signal's reason. */
export async function readFirstLine({
  program,
  signal,
}: Pick<CommandContext, 'program' | 'signal'>): Promise<string | undefined> {
  const { stdin } = program;
  signal.throwIfAborted();
  let text = '';
  let clean = (): void => {};
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      const take = (bytes: Buffer | string): void => {
        text = `${text}${Buffer.from(bytes).toString()}`.trimStart();
        const end = text.search(/[\r\n]/);
        if (end >= 0 || text.length > MAX_CHARACTERS) resolve(end < 0 ? text : text.slice(0, end));
      };
      const end = (): void => resolve(text === '' ? undefined : text);
      const abort = (): void => reject(signal.reason);
      stdin.on('data', take).on('end', end).on('error', end);
      signal.addEventListener('abort', abort, { once: true });
      clean = () => {
        stdin.off('data', take).off('end', end).off('error', end);
        signal.removeEventListener('abort', abort);
      };
      if (stdin.readableEnded) end();
      stdin.resume();
    });
  } finally {
    clean();
    stdin.pause();
  }
}
