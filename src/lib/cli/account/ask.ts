import { type JobControl, type KeySignal, ownJob } from '../program/job-control.ts';
import type { CommandContext } from '../program/program.ts';
import { takeInput } from '../program/take-input.ts';

const MAX_CHARACTERS = 65_536;

/** Keys of a terminal in raw mode, where the program and not the terminal acts on them. */
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_U = '\x15';
const CTRL_Z = '\x1a';
const CTRL_BACKSLASH = '\x1c';
/** Sequences that keys and pasted text begin with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern removes them
const ESCAPES = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)/g;

const SIGNAL_KEYS: Readonly<Record<string, KeySignal>> = {
  [CTRL_C]: 'SIGINT',
  [CTRL_Z]: 'SIGTSTP',
  [CTRL_BACKSLASH]: 'SIGQUIT',
};

export interface Question {
  readonly text: string;
  /** Nothing of the answer appears on the terminal. */
  readonly isHidden: boolean;
}

/** Whether a person can be asked: the question is seen, and the answer comes from a keyboard. */
export function canAsk({ program }: Pick<CommandContext, 'program'>): boolean {
  return program.stdin.isTTY === true && program.stderr.isTTY === true;
}

/**
 * Asks on the terminal; undefined when the user ends the input. The terminal is as before whenever the program is not waiting here:
 * after the answer, after Ctrl-C, and while the program is stopped. Rejects with the signal's reason.
 */
export async function askOnTerminal(
  { text, isHidden }: Question,
  context: Pick<CommandContext, 'program' | 'signal'>,
  job: JobControl = ownJob,
): Promise<string | undefined> {
  const { program, signal } = context;
  const { stderr } = program;
  const stdin: typeof program.stdin & { setRawMode?(on: boolean): unknown } = program.stdin;
  signal.throwIfAborted();
  const line = new TypedLine((shown) => {
    if (!isHidden) stderr.write(shown);
  });
  const begin = (): void => {
    stdin.setRawMode?.(true);
    stderr.write(isHidden ? text : `${text}${line.text}`);
  };
  const stop = (): void => {
    stdin.setRawMode?.(false);
    stderr.write('\n');
    job.stop();
  };
  const take = (bytes: string, resolve: (answer: string | undefined) => void): void => {
    const { ended, signals } = line.add(bytes);
    for (const name of signals) job.raise(name);
    if (ended === 'line') resolve(line.text);
    else if (ended === 'input') resolve(undefined);
  };
  job.on('SIGTSTP', stop);
  job.on('SIGCONT', begin);
  try {
    begin();
    return await takeInput(context, take, () => undefined);
  } finally {
    job.off('SIGTSTP', stop);
    job.off('SIGCONT', begin);
    stdin.setRawMode?.(false);
    stderr.write('\n');
  }
}

/** What was typed so far, with the few keys that correct it. */
class TypedLine {
  text = '';
  readonly #show: (text: string) => void;

  constructor(show: (text: string) => void) {
    this.#show = show;
  }

  /** Takes what the terminal sent, which is a key or a whole pasted text. */
  add(given: string): { readonly ended?: 'line' | 'input'; readonly signals: readonly KeySignal[] } {
    const signals: KeySignal[] = [];
    for (const key of given.replace(ESCAPES, '')) {
      const name = SIGNAL_KEYS[key];
      if (name) signals.push(name);
      else if (key === '\r' || key === '\n') {
        // A pasted text may begin with a line end.
        if (this.text !== '') return { ended: 'line', signals };
      } else if (key === CTRL_D) {
        if (this.text === '') return { ended: 'input', signals };
      } else this.#edit(key);
    }
    return { signals };
  }

  #edit(key: string): void {
    if (key === '\x7f' || key === '\b') {
      if (this.text !== '') this.#show('\b \b');
      this.text = Array.from(this.text).slice(0, -1).join('');
    } else if (key === CTRL_U) {
      this.#show('\b \b'.repeat(Array.from(this.text).length));
      this.text = '';
    } else if (key >= ' ' && this.text.length < MAX_CHARACTERS) {
      this.text += key;
      this.#show(key);
    }
  }
}
