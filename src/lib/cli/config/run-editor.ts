import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../program/program.ts';

/** What a child needs no knowledge of, although the user set it. */
const SECRET_VARIABLES = ['FYERS_ACCESS_TOKEN', 'FYERS_SECRET_KEY', 'TICKPIPE_HUB_TOKEN'];

/**
 * Runs the user's editor on a file, with the terminal of this process, until it ends. The editor may have arguments (`code --wait`), so
 * a shell reads it, as it does for other programs that open one. Resolves to its exit status, or the name of the signal that ended it.
 */
export async function runEditor(editor: string, file: string, env: Environment): Promise<number | string> {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLES.includes(name)));
  const child = spawn('/bin/sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit', env: own });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return status ?? signal ?? 'no status';
}
