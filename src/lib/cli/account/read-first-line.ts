import type { CommandContext } from '../program/program.ts';
import { takeInput } from '../program/take-input.ts';

const MAX_CHARACTERS = 65_536;

/** The first line of standard input that is not blank; undefined when it ends before. Rejects with the signal's reason. */
export function readFirstLine(context: Pick<CommandContext, 'program' | 'signal'>): Promise<string | undefined> {
  let text = '';
  return takeInput<string | undefined>(
    context,
    (bytes, resolve) => {
      text = `${text}${bytes}`.trimStart();
      const end = text.search(/[\r\n]/);
      if (end >= 0 || text.length > MAX_CHARACTERS) resolve(end < 0 ? text : text.slice(0, end));
    },
    () => (text === '' ? undefined : text),
  );
}
