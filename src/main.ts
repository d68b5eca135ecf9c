import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportOf } from './lib/cli/error-report.ts';
import type { Program } from './lib/cli/program.ts';
import { guessStyle, runProgram } from './lib/cli/run.ts';
import { closeStreams, guardStdout } from './lib/cli/standard-streams.ts';
import { Reporter } from './lib/cli/stderr.ts';
import { systemClock } from './lib/clock/clock.ts';

/** The built file stands in `dist/`, one below package.json. */
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Runs the command line of this process, then ends the process. */
export async function main(): Promise<void> {
  const { env, stdout, stderr } = process;
  const argv = process.argv.slice(2);
  const exitNow = (status: number): void => process.exit(status);
  const fail = (thrown: unknown): void => {
    const report = reportOf(thrown);
    new Reporter(stderr, guessStyle(argv, env, stderr)).error(report);
    exitNow(report.exit);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  guardStdout(stdout, fail);
  const program: Program = {
    env,
    // A getter, because opening stdin takes time and may hold the process; few commands read it.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    clock: systemClock,
    signals: process,
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    root: ROOT,
    exitNow,
  };
  const status = await runProgram(argv, ROOT, program);
  await closeStreams([stdout, stderr]);
  exitNow(status);
}
