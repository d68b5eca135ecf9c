import { formatIstTime } from '../../clock/ist.ts';
import { EXIT } from '../../errors/catalogue.ts';
import type { RecordRow } from '../../output/records/record-type.ts';
import type { MASTER_FILE } from '../../output/records/symbol-records.ts';
import { describeProblems } from '../../symbols/master/load-master.ts';
import { refreshSymbolMaster } from '../../symbols/master/refresh-master.ts';
import type { Exchange, RefreshedFile } from '../../symbols/master/symbol-master.ts';
import type { RecordOutput } from '../command/print-records.ts';
import type { CommandContext } from '../program/program.ts';
import { filesOf, reportIndexProblem, withProgress } from './open-master.ts';

/**
 * Asks for the files of the symbol master, whatever is cached, and prints what came of each. Resolves to the status: 3 when some failed.
 * Throws the failure when all did, `OUTPUT_FAILED` when a new file cannot be kept.
 */
export async function refreshMaster(
  exchange: Exchange | undefined,
  output: RecordOutput<typeof MASTER_FILE>,
  context: CommandContext,
): Promise<number> {
  const { program, reporter } = context;
  const { files, indexProblem } = await withProgress(context, (options) =>
    refreshSymbolMaster({ ...options, files: filesOf(exchange), force: true }),
  );
  reportIndexProblem(indexProblem, context);
  await output.print(files.map(toRow));
  const failed = files.filter(({ outcome }) => outcome === 'kept' || outcome === 'missing');
  const fatal =
    files.find(({ problem }) => problem?.exit === EXIT.output)?.problem ??
    (failed.length === files.length ? failed[0]?.problem : undefined);
  if (fatal !== undefined) throw fatal;
  const isPartial = failed.length > 0;
  for (const message of describeProblems(files, program.clock.now())) {
    if (isPartial) reporter.shortfall(message, { event: 'symbol_master' });
    else reporter.warn(message, { event: 'symbol_master' });
  }
  return isPartial ? EXIT.partly : EXIT.done;
}

function toRow({ name, outcome, rows, checkedAtMs }: RefreshedFile): RecordRow<typeof MASTER_FILE> {
  return {
    file: name,
    // Another process had it confirmed a moment ago.
    status: outcome === 'fresh' ? 'unchanged' : outcome,
    rows,
    checked_at: checkedAtMs === undefined ? null : formatIstTime(checkedAtMs),
  };
}
