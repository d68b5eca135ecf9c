import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { statOrNothing } from '../../output/writer/temporary-file.ts';
import { type CompactedSet, type CompactOptions, compactSet } from './compact-set.ts';
import { findRecordingSets } from './recording-set.ts';
import { removeStaleWorkspaces } from './workspace/workspace.ts';

/**
 * Makes Parquet files of the finished recordings below a folder, one of each kind and day, and yields each once it has its
 * name. An output of other recordings that is there already, or a damaged recording, does not keep the others back: the error is thrown at the
 * end. Throws `OUTPUT_EXISTS`, `RECORDING_CORRUPT`, and at once `INPUT_MISSING`, `RECORDING_EMPTY`, `RECORDING_UNSUPPORTED`,
 * `OUTPUT_FAILED`, or the signal's reason.
 */
export async function* compactRecordings(folder: string, options: CompactOptions): AsyncGenerator<CompactedSet> {
  const { out, warn, signal } = options;
  let isDone = false;
  const unchanged = (file: string): void => {
    isDone = true;
    options.unchanged(file);
  };
  const found = await findRecordingSets(folder).catch(async (error: unknown) => {
    const isEmpty = error instanceof TickpipeError && error.code === 'RECORDING_EMPTY';
    if (isEmpty && (await statOrNothing(out))) return undefined;
    throw error;
  });
  // All that was recorded has been compacted and removed.
  if (found === undefined) return;
  const { sets, passedOver } = found;
  for (const { file, reason } of passedOver) warn(`${file} left alone: ${reason}`);
  await removeStaleWorkspaces(out);
  let failure: TickpipeError | undefined;
  let rows = 0;
  for (const set of sets) {
    signal.throwIfAborted();
    try {
      const compacted = await compactSet(set, { ...options, unchanged });
      if (compacted === undefined) continue;
      yield compacted;
      rows += compacted.rows;
      if (compacted.isDamaged) failure ??= damaged(compacted);
    } catch (error) {
      if (!(error instanceof TickpipeError) || error.code !== 'OUTPUT_EXISTS') throw error;
      if (failure) warn(error.message);
      failure ??= error;
    }
  }
  if (failure) throw failure;
  if (rows === 0 && !isDone)
    throw new TickpipeError('RECORDING_EMPTY', `no finished recording with a row in ${folder}`);
}

function damaged({ date, kind, file }: CompactedSet): TickpipeError {
  return new TickpipeError('RECORDING_CORRUPT', `recordings of ${kind} on ${date} are damaged`, {
    hint: `${file} has all that is whole; nothing of that day and kind was deleted`,
  });
}
