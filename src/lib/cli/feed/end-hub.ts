import { pause } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { errnoOf } from '../../errors/errno.ts';
import { lookUp, type ProcessIdentity } from '../../host/process-identity.ts';
import type { LockHolder } from '../../host/process-lock.ts';
import { HubUnreachable } from '../../hub/protocol/hub-errors.ts';

/** How often to check whether a process has ended. */
export const LOOK_EVERY_MS = 20;
/** How long a hub may take to end after SIGTERM: it gives up closing after 5 s. */
const TERM_TIMEOUT_MS = 8_000;
const KILL_TIMEOUT_MS = 5_000;

/**
 * Ends a hub that does not answer as service managers do: by SIGTERM, then by SIGKILL. SIGCONT lets a stopped process handle
 * SIGTERM. Throws `HUB_UNAVAILABLE` when this process cannot end it, or the signal's reason.
 */
export async function endHub(holder: LockHolder, clock: Clock, signal: AbortSignal): Promise<void> {
  const { pid, place, identity } = holder;
  if (place !== 'here') throw describeSilentHub(holder);
  send(pid, 'SIGTERM');
  send(pid, 'SIGCONT');
  if (await hasEnded(identity, TERM_TIMEOUT_MS, clock, signal)) return;
  send(pid, 'SIGKILL');
  if (await hasEnded(identity, KILL_TIMEOUT_MS, clock, signal)) return;
  throw new HubUnreachable(`the hub (pid ${pid}) does not end`, { hint: `kill -KILL ${pid}` });
}

/** A hub holds the account's lock and does not answer. */
export class SilentHub extends HubUnreachable {
  readonly holder: LockHolder;

  constructor(holder: LockHolder, message: string, hint: string) {
    super(message, { hint });
    this.holder = holder;
  }
}

export function describeSilentHub(holder: LockHolder): SilentHub {
  const { pid, place, host, file } = holder;
  if (place === 'here') {
    return new SilentHub(holder, `the shared session (pid ${pid}) does not answer`, 'tickpipe stop ends it');
  }
  const message = `the shared session of another container or machine (pid ${pid} on host ${host}) does not answer`;
  return new SilentHub(holder, message, `end it there; when it has ended already, remove ${file}`);
}

async function hasEnded(
  identity: ProcessIdentity,
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const giveUpAt = clock.monotonic() + timeoutMs;
  while (lookUp(identity) !== 'ended') {
    if (clock.monotonic() > giveUpAt) return false;
    await pause(clock, LOOK_EVERY_MS, signal);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return;
    const message = `the hub (pid ${pid}) cannot be ended by this user`;
    throw new HubUnreachable(message, { hint: `sudo kill ${pid}` });
  }
}
