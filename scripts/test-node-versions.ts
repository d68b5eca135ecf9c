import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Runs the tests that start no process, and the tests of the packed archive, under other versions of Node:
 *
 *     npm run test:node-versions                   Node 22 and 24, from the registry's packages
 *     npm run test:node-versions -- ~/node/bin/node
 *
 * The binaries are packages of their own, with a lock file of their own: in the devDependencies of package.json each would be
 * the `node` of npm's scripts, and everybody would download 100 MB with `npm ci`.
 */

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const BINARIES = path.join(REPOSITORY, 'scripts/node-versions');
const VERSIONS = [22, 24];
const PROJECTS = ['fast', 'package'];

/** The binary of a version in the packages of this platform. */
function locateBinary(version: number): string {
  return path.join(BINARIES, `node_modules/node-${version}-${process.platform}-${process.arch}/bin/node`);
}

/** Downloads the binaries that are missing. Ends the process where there are none for this platform. */
function installBinaries(): readonly string[] {
  const binaries = VERSIONS.map(locateBinary);
  if (!binaries.every((binary) => existsSync(binary))) {
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], BINARIES);
  }
  if (binaries.every((binary) => existsSync(binary))) return binaries;
  process.stderr.write(
    `error: no Node for ${process.platform} ${process.arch} is listed in scripts/node-versions\nhint: name its binary, as in npm run test:node-versions -- /opt/node-24/bin/node\n`,
  );
  process.exit(1);
}

/** Ends this process with the status of a command that fails. */
function run(command: string, args: readonly string[], cwd: string, env = process.env): void {
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const given = process.argv.slice(2).map((binary) => path.resolve(binary));
for (const binary of given.length > 0 ? given : installBinaries()) {
  // What the tests start by the name `node` is the same one.
  const env = { ...process.env, PATH: `${path.dirname(binary)}:${process.env['PATH']}` };
  run(binary, ['--version'], REPOSITORY, env);
  const projects = PROJECTS.flatMap((project) => ['--project', project]);
  run(binary, ['node_modules/vitest/vitest.mjs', 'run', ...projects], REPOSITORY, env);
}
