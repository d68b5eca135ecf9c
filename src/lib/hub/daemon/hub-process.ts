import { fromPlainError } from '../../errors/tickpipe-error.ts';
import { NotStarted, spawnDetached } from '../../host/detached-process.ts';
import { selectEnvironment } from '../../network/child-environment.ts';
import type { HubSpawnConfig } from './hub-spawn-config.ts';
import { HubUnreachable } from './hub-target.ts';

/**
 * Starts a hub in the background and resolves when it serves. Throws what the hub failed with, `HubUnreachable` when it ended
 * without a word, or the signal's reason.
 * @param command the program and its arguments
 */
export async function spawnHub(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  orders: HubSpawnConfig,
  signal: AbortSignal,
): Promise<void> {
  const { answer } = await spawnDetached(command, selectEnvironment(env), orders, signal).catch((error: unknown) => {
    throw error instanceof NotStarted ? new HubUnreachable('the hub cannot be started', { cause: error.cause }) : error;
  });
  if (answer === undefined) throw new HubUnreachable('the hub ended before it was ready');
  if ('ready' in answer) return;
  const { code, message, hint } = answer.error;
  throw code === 'HUB_UNAVAILABLE' ? new HubUnreachable(message, { hint }) : fromPlainError(answer.error);
}
