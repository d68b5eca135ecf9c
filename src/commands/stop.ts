import { existsSync } from 'node:fs';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { hubFlags } from '../lib/cli/command/flags.ts';
import { endHub, LOOK_EVERY_MS, SilentHub } from '../lib/cli/feed/end-hub.ts';
import { findHub, noSharedSession, refuseElsewhere } from '../lib/cli/hub/hub-control.ts';
import { pause } from '../lib/clock/abort.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { isRunning } from '../lib/host/process-identity.ts';
import { type LockHolder, listLockHolders } from '../lib/host/process-lock.ts';
import { HubUnreachable } from '../lib/hub/protocol/hub-errors.ts';

const GIVE_UP_MS = 10_000;

export default class Stop extends BaseCommand {
  static override summary = 'end the shared session';
  static override description =
    'Ends the hub of the account, in the background or in the foreground. Prints no row. Commands that still use the hub start another one; a warning names them. A hub that does not answer is ended by SIGTERM, then by SIGKILL. Ends with 3 when none runs.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --feed sim'];
  static override flags = hubFlags;

  override async run(): Promise<number> {
    const { flags } = await this.parseFlags(Stop);
    refuseElsewhere(flags, this.commandName);
    const { signal } = this.interrupts;
    const { clock, env } = this.program;
    const hub = await findHub(flags, this.context).catch((error: unknown) => {
      if (error instanceof SilentHub) return error;
      throw error;
    });
    if (hub === undefined) throw noSharedSession(flags);
    if (hub instanceof SilentHub) {
      const { pid } = hub.holder;
      await endHub(hub.holder, clock, signal);
      this.reporter.info(`ended the hub (pid ${pid}), which did not answer`, { event: 'stopped', pid });
      return EXIT.done;
    }
    const { pid } = hub.status.hub;
    const holder = (await listLockHolders(env)).find((one) => one.role === 'hub' && one.pid === pid);
    const { returning = [] } = await hub.post('stopped', '/api/hub/stop');
    const giveUpAt = clock.monotonic() + GIVE_UP_MS;
    while ((await hub.isThere()) || (holder && isHeld(holder))) {
      if (clock.monotonic() > giveUpAt) {
        if (holder === undefined) throw new HubUnreachable(`the hub (pid ${pid}) does not end`);
        await endHub(holder, clock, signal);
        break;
      }
      await pause(clock, LOOK_EVERY_MS, signal);
    }
    this.reporter.info(`stopped the hub (pid ${pid})`, { event: 'stopped', pid });
    if (returning.length > 0) this.reporter.warn(describeReturning(returning), { event: 'returning' });
    return EXIT.done;
  }
}

function describeReturning(commands: readonly { readonly command: string; readonly pid: number }[]): string {
  const list = commands.map(({ command, pid }) => `${command} (pid ${pid})`).join(', ');
  return commands.length === 1
    ? `${list} still runs and starts another hub; to end it, too: kill ${commands[0]?.pid}`
    : `${list} still run and start another hub; to end them, too: kill ${commands.map(({ pid }) => pid).join(' ')}`;
}

/** The pid of a hub in another container may be another process here, so the lock file decides. */
function isHeld({ place, identity, file }: LockHolder): boolean {
  return place === 'here' ? isRunning(identity) : existsSync(file);
}
