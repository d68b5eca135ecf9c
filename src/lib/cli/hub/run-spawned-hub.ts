import { describeFailure, sendSpawnResult } from '../../host/spawn-result.ts';
import { readHubSpawnConfig } from '../../hub/daemon/hub-spawn-config.ts';
import { runLockedHub } from '../../hub/daemon/locked-hub.ts';
import type { CommandContext } from '../program/program.ts';
import { hostHub } from './hub-host.ts';

/** Shorter than a command waits for it, so that the command hears why. A start takes a fraction of a second. */
const START_TIMEOUT_MS = 10_000;

/** Does as the command that started this process says, on its standard input, until the hub ends. Throws coded errors. */
export async function runSpawnedHub(context: CommandContext): Promise<void> {
  const { program, signal } = context;
  const { clock, env, stdin } = program;
  const config = await readHubSpawnConfig(stdin, clock, signal).catch((error) => {
    sendSpawnResult(describeFailure(error));
    throw error;
  });
  await runLockedHub({
    config,
    env,
    clock,
    signal,
    ready: sendSpawnResult,
    startTimeoutMs: START_TIMEOUT_MS,
    serve: (socketPath, _, log, starting) =>
      hostHub({ config, socketPath, log, lingerMs: config.lingerMs }, { ...context, signal: starting }),
  });
}
