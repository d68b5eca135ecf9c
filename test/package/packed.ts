import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** npm and the shell start the Node that runs this test. */
const PATH = `${path.dirname(process.execPath)}:${process.env['PATH']}`;

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** An environment in which nothing of this machine's user is found. @param home an empty folder */
export function bareEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH, HOME: home };
}

/** Packs the built package into a folder, which is made. Gives the archive's path. */
export async function pack(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder], ROOT, folder);
  const [archive] = await readdir(folder).then((names) => names.filter((name) => name.endsWith('.tgz')));
  return path.join(folder, archive as string);
}

/** Runs npm without a registry: its only address is a port that is closed, and it may not ask there. */
export function npm(args: readonly string[], cwd: string, home: string): Promise<Printed> {
  const noRegistry = ['--offline', '--registry', 'http://127.0.0.1:1'];
  return promisify(execFile)('npm', [...args, ...noRegistry], { cwd, env: bareEnvironment(home) });
}
