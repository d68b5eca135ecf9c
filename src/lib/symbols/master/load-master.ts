import { describeSpan } from '../../clock/durations.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { refreshSymbolMaster } from './refresh-master.ts';
import type { RefreshedFile, RefreshOptions, SymbolMaster } from './symbol-master.ts';

/** A master that is ready for use, and what a user has to know of it. */
export interface LoadedMaster {
  readonly master: SymbolMaster;
  readonly files: readonly RefreshedFile[];
  readonly indexProblem: TickpipeError | undefined;
}

/**
 * The symbol master: the cached one, after what was not confirmed today was asked for. Files that could not be refreshed are as old as
 * `files` says. Throws `SYMBOL_MASTER_UNAVAILABLE`, or the code of the network, when there is none; `BAD_CONFIGURATION`,
 * `INSECURE_ENDPOINT`, or the signal's reason.
 */
export async function loadSymbolMaster(options: RefreshOptions): Promise<LoadedMaster> {
  const { master, files, indexProblem } = await refreshSymbolMaster(options);
  if (master !== undefined) return { master, files, indexProblem };
  const problem = files.find((file) => file.problem !== undefined)?.problem;
  const { code = 'SYMBOL_MASTER_UNAVAILABLE', hint } = problem ?? {};
  const reason = problem === undefined ? 'no file was asked for' : problem.message;
  throw new TickpipeError(code, `there is no symbol master: ${reason}`, { hint });
}

/**
 * What did not go well in a refresh, one line for each different cause, with how old the files are that stay in use. Empty when all is well.
 * @param nowMs epoch milliseconds
 */
export function describeProblems(files: readonly RefreshedFile[], nowMs: number): string[] {
  const byCause = new Map<string, RefreshedFile[]>();
  for (const file of files) {
    if (file.problem === undefined) continue;
    const cause = `${file.outcome === 'missing' || file.outcome === 'kept' ? file.outcome : 'used'}\n${file.problem.message}`;
    byCause.set(cause, [...(byCause.get(cause) ?? []), file]);
  }
  return [...byCause.values()].map((some) => {
    const [{ outcome, problem }] = some as [RefreshedFile];
    const names = some.map(({ name }) => name).join(', ');
    if (outcome === 'missing') return `${names} of the symbol master cannot be fetched: ${problem?.message}`;
    if (outcome !== 'kept') return problem?.message ?? '';
    const oldest = Math.min(...some.map(({ checkedAtMs = nowMs }) => checkedAtMs));
    return `${names} of the symbol master cannot be refreshed: ${problem?.message}; what is used is ${describeSpan(nowMs - oldest)} old`;
  });
}
