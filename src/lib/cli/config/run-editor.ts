import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../program/program.ts';
import { withoutSecrets } from '../program/without-secrets.ts';

/**
 * Runs the user's editor on a file, with the terminal of this process, until it ends. The editor may have arguments (`code --wait`), so
 * a shell reads it, as it does for other programs that open one. Resolves to its exit status, or the name of the signal that ended it.
 */
export async function runEditor(editor: string, file: string, env: Environment): Promise<number | string> {
  const command = ['-c', `${editor} "$@"`, editor, file];
  const child = spawn('/bin/sh', command, { stdio: 'inherit', env: withoutSecrets(env) });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return status ?? signal ?? 'no status';
}
