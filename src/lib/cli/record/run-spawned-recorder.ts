import { readSpawnConfig } from '../../host/spawn-config.ts';
import { describeFailure, sendSpawnResult } from '../../host/spawn-result.ts';
import { fromWire } from '../../market/wire-subscriptions.ts';
import type { CommandContext } from '../program/program.ts';
import { Reporter } from '../program/stderr.ts';
import { record } from './record.ts';
import { RecorderLog } from './recorder-log.ts';
import { MAX_ORDERS_BYTES, recorderSpawnConfigSchema } from './recorder-spawn-config.ts';

/** The command that started this process does not wait longer. */
const PATIENCE_MS = 5_000;

/** Records as the command that started this process says, on its standard input. Resolves to the exit status. Throws coded errors. */
export async function runSpawnedRecorder(context: CommandContext): Promise<number> {
  const { program, signal } = context;
  const { clock } = program;
  let isAnswered = false;
  const answer = (told: Parameters<typeof sendSpawnResult>[0]): void => {
    if (!isAnswered) sendSpawnResult(told);
    isAnswered = true;
  };
  let log: RecorderLog | undefined;
  const ready = (): void => answer({ ready: true });
  // While the feed is out of reach it cannot be told whether it knows the symbols.
  const patience = clock.after(PATIENCE_MS, ready);
  try {
    const orders = await readSpawnConfig(program.stdin, clock, recorderSpawnConfigSchema, MAX_ORDERS_BYTES, signal);
    const env = { ...program.env, ...orders.environment };
    log = new RecorderLog(program.env, clock);
    return await record(
      { subscriptions: fromWire(orders.subscriptions), kinds: orders.kinds },
      { ...orders.settings, raw: false },
      { ...context, program: { ...program, env, stderr: log }, reporter: new Reporter(log, orders.report) },
      ready,
    );
  } catch (error) {
    answer(describeFailure(error));
    log?.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
    throw error;
  } finally {
    patience.cancel();
  }
}
