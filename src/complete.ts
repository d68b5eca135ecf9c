import { fstatSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { answerCompletion } from './lib/cli/completion/answer.ts';
import { openLocalSources } from './lib/cli/completion/local-sources.ts';
import { isCompletionShell } from './lib/cli/completion/shells.ts';
import type { CompletionTable } from './lib/cli/completion/table.ts';

/*
 * Answers the completion scripts (`tickpipe internal complete SHELL`). A bundle of its own, because a key press waits for it:
 * oclif and the commands take longer to load than Node itself.
 */

const STDIN = 0;
const STDOUT = 1;

/** How far a completion comes: with the look-up of symbols it runs most of the code. */
const REACH = { words: 0, symbols: 1 } as const;

/**
 * Completes what stdin says, and prints on stdout. Whatever goes wrong, it prints nothing and ends with 0.
 *
 * @param folder where the table of the commands is: `dist/`
 * @returns how far it came, for the code cache
 */
export function completeLine(shell: string | undefined, folder: string): number {
  let reach: number = REACH.words;
  try {
    // On a terminal somebody typed the command, and nothing would come.
    if (!isCompletionShell(shell) || fstatSync(STDIN).isCharacterDevice()) return reach;
    const table = JSON.parse(readFileSync(path.join(folder, 'completion.json'), 'utf8')) as CompletionTable;
    const sources = openLocalSources(process.env, Date.now(), shell !== 'bash');
    const symbols: typeof sources.symbols = (typed) => {
      reach = REACH.symbols;
      return sources.symbols(typed);
    };
    const answer = answerCompletion(shell, readFileSync(STDIN, 'utf8'), table, { ...sources, symbols });
    writeSync(STDOUT, answer);
  } catch {
    // A message would stand in the middle of the line that is being typed.
  }
  return reach;
}
