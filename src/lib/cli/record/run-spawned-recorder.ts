import { readSpawnConfig } from '../../host/spawn-config.ts';
import { describeFailure, sendSpawnResult } from '../../host/spawn-result.ts';
import { fromWire } from '../../market/kinds.ts';
import type { CommandContext } from '../program/program.ts';
import { Reporter } from '../program/reporter.ts';
import { record } from './record.ts';
import { RecorderLog } from './recorder-log.ts';
import { MAX_CONFIG_BYTES, recorderSpawnConfigSchema } from './recorder-spawn-config.ts';

/** The command that started this process waits no longer than this. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Records by the configuration that the starting command sends on standard input. Resolves to the exit status. Throws coded errors. */
export async function runSpawnedRecorder(context: CommandContext): Promise<number> {
  const { program, signal } = context;
  const { clock } = program;
  let isAnswered = false;
  const answer = (result: Parameters<typeof sendSpawnResult>[0]): void => {
    if (!isAnswered) sendSpawnResult(result);
    isAnswered = true;
  };
  let log: RecorderLog | undefined;
  const ready = (): void => answer({ ready: true });
  // A feed that cannot be reached cannot say whether it knows the symbols.
  const timer = clock.after(ANSWER_TIMEOUT_MS, ready);
  try {
    const config = await readSpawnConfig(
      program.stdin,
      clock,
      (value) => recorderSpawnConfigSchema.parse(value),
      MAX_CONFIG_BYTES,
      signal,
    );
    const env = { ...program.env, ...config.environment };
    log = new RecorderLog(program.env, clock);
    return await record(
      { subscriptions: fromWire(config.subscriptions), kinds: config.kinds },
      { ...config.settings, raw: false },
      {
        ...context,
        program: { ...program, env, stderr: log },
        reporter: new Reporter(log, config.report),
        profile: config.profile,
      },
      ready,
    );
  } catch (error) {
    answer(describeFailure(error));
    log?.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
    throw error;
  } finally {
    timer.cancel();
  }
}
