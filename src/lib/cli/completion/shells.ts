import path from 'node:path';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findNearest } from '../../text/nearest.ts';
import type { Environment } from '../program/program.ts';

/** The shells that there are scripts for, with the files in `completions/` that hold them. */
export const COMPLETION_SCRIPTS = { bash: 'tickpipe.bash', zsh: '_tickpipe', fish: 'tickpipe.fish' } as const;
export type CompletionShell = keyof typeof COMPLETION_SCRIPTS;

export function isCompletionShell(word: string | undefined): word is CompletionShell {
  return word !== undefined && Object.hasOwn(COMPLETION_SCRIPTS, word);
}

/** The shell that a user names. Throws `USAGE` for none, and for another one. */
export function readShellName(given: string | undefined, env: Environment): CompletionShell {
  if (isCompletionShell(given)) return given;
  const shells = Object.keys(COMPLETION_SCRIPTS);
  const message =
    given === undefined ? 'no shell was given' : `no completion for ${JSON.stringify(given.slice(0, 40))}`;
  const login = path.basename(env['SHELL'] ?? '');
  const meant = given === undefined ? login : findNearest(given, shells);
  const hint = isCompletionShell(meant) ? `run tickpipe completion ${meant}` : `give one of ${shells.join(', ')}`;
  throw new TickpipeError('USAGE', message, { hint });
}
