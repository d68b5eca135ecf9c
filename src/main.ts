import { readFileSync, readlinkSync } from 'node:fs';
import { COMMANDS } from 'tickpipe:commands';
import { guessStyle, runProgram } from './lib/cli/command/run.ts';
import { reportOf } from './lib/cli/program/error-report.ts';
import { exitProcess } from './lib/cli/program/exit-process.ts';
import { keepIgnored, NOTE_VARIABLE, readProcessStart } from './lib/cli/program/process-start.ts';
import type { Program } from './lib/cli/program/program.ts';
import { Reporter } from './lib/cli/program/reporter.ts';
import { replaceStandardStreams } from './lib/cli/program/standard-streams.ts';
import { systemClock } from './lib/clock/clock.ts';
import type { SmallHeap } from './lib/host/small-heap.ts';
import type { EarlyHub } from './lib/hub/daemon/early-hub.ts';

/** What the start of this process has made. */
export interface Started {
  /** Keeps the code that was compiled in this run. */
  readonly saveCode: () => void;
  readonly heap: SmallHeap;
  /** The process of a hub that this command probably needs. */
  readonly earlyHub: EarlyHub | undefined;
}

/**
 * Runs the command line of this process, then ends the process.
 *
 * @param root the folder of package.json
 */
export async function main(root: string, { saveCode, heap, earlyHub }: Started): Promise<void> {
  const { env } = process;
  const argv = process.argv.slice(2);
  const exitNow = exitProcess;
  const fail = (thrown: unknown): void => {
    const report = reportOf(thrown);
    new Reporter(streams.stderr, guessStyle(argv, env, streams.stderr)).error(report);
    exitNow(report.exit);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const { pid, ppid } = process;
  const { ignored, isStdoutClosed } = readProcessStart({
    env,
    pid,
    ppid,
    readFile: (file) => readFileSync(file, 'utf8'),
    readLink: (file) => readlinkSync(file),
  });
  delete env[NOTE_VARIABLE];
  const streams = replaceStandardStreams(process, fail, isStdoutClosed);
  const program: Program = {
    env,
    // Getters, because opening a stream takes time, and stdin may hold the process.
    get stdin() {
      return streams.stdin;
    },
    get stdout() {
      return streams.stdout;
    },
    get stderr() {
      return streams.stderr;
    },
    clock: systemClock,
    signals: keepIgnored(process, ignored),
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    root,
    heap,
    earlyHub,
    exitNow,
  };
  const status = await runProgram(argv, COMMANDS, program);
  await streams.close();
  // A run that failed has not compiled what the next run needs.
  if (status === 0) saveCode();
  exitNow(status);
}
