import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import { createOutgoing } from '../../network/route.ts';
import { describeProblems, loadSymbolMaster } from '../../symbols/master/load-master.ts';
import {
  type Exchange,
  MASTER_FILES,
  type MasterFileName,
  type RefreshOptions,
  type SymbolMaster,
} from '../../symbols/master/symbol-master.ts';
import type { CommandContext } from '../program/program.ts';
import { startSpinner } from '../program/spinner.ts';
import { FetchProgress } from './fetch-progress.ts';

/** The files of an exchange; all of them without one. */
export function filesOf(exchange: Exchange | undefined): readonly MasterFileName[] | undefined {
  return exchange && MASTER_FILES.filter((name) => name.startsWith(`${exchange}_`));
}

/**
 * The symbol master, after what is due was asked for, with its progress on a terminal. Warns of files that could not be refreshed. Throws
 * as `loadSymbolMaster`, also when other files are cached and all of these are missing.
 */
export async function openSymbolMaster(
  files: readonly MasterFileName[] | undefined,
  context: CommandContext,
): Promise<SymbolMaster> {
  const loaded = await withProgress(context, (options) => loadSymbolMaster({ ...options, files }));
  const missing = loaded.files.filter(({ outcome }) => outcome === 'missing');
  const problem = missing.length === loaded.files.length ? missing[0]?.problem : undefined;
  if (problem !== undefined) throw problem;
  for (const message of describeProblems(loaded.files, context.program.clock.now())) {
    context.reporter.warn(message, { event: 'symbol_master' });
  }
  reportIndexProblem(loaded.indexProblem, context);
  return loaded.master;
}

/** The names of indices come with the program, too: what is missing is only what is new. */
export function reportIndexProblem(problem: TickpipeError | undefined, { reporter }: CommandContext): void {
  if (problem) reporter.detail(`the names of new indices are not known: ${problem.message}`);
}

/** Runs a refresh with what it needs of the program, and shows how far it is. */
export async function withProgress<T>(
  context: CommandContext,
  refresh: (options: RefreshOptions) => Promise<T>,
): Promise<T> {
  const { program, signal, version } = context;
  const { env, clock } = program;
  const progress = new FetchProgress((text) => startSpinner(program, context.reporter, text));
  try {
    return await refresh({
      env,
      clock,
      signal,
      outgoing: createOutgoing(env, version),
      onProgress: (received) => progress.received(received),
      onWaiting: () => progress.waiting(),
    });
  } finally {
    progress.end();
  }
}
