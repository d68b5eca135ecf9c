import { BaseCommand } from '../lib/cli/base-command.ts';
import { hubFlags } from '../lib/cli/flags.ts';
import { findHub, noSharedSession, refuseElsewhere } from '../lib/cli/hub/hub-client.ts';
import { pause } from '../lib/clock/pause.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import { identify, isRunning } from '../lib/feed/process-identity.ts';

const LOOK_EVERY_MS = 20;
const GIVE_UP_MS = 10_000;

export default class Stop extends BaseCommand {
  static override summary = 'end the shared session';
  static override description =
    'Ends the hub of the account, in the background or in the foreground. Commands that still use it start another, and are named. Ends with 3 when none runs.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --feed sim'];
  static override flags = hubFlags;

  override async run(): Promise<number> {
    const { flags } = await this.settle(Stop);
    refuseElsewhere(flags, this.words);
    const { signal } = this.interrupts;
    const hub = await findHub(flags, this.program, signal);
    if (hub === undefined) throw noSharedSession(flags);
    const { pid } = hub.report.hub;
    // One elsewhere has its pid on another machine.
    const identity = flags.feed instanceof URL ? undefined : identify(pid);
    const { returning = [] } = await hub.post('stopped', '/api/hub/stop');
    const { clock } = this.program;
    const giveUpAt = clock.monotonic() + GIVE_UP_MS;
    while ((await hub.isThere()) || (identity !== undefined && isRunning(identity))) {
      if (clock.monotonic() > giveUpAt) {
        throw new TickpipeError('HUB_UNAVAILABLE', `the hub (pid ${pid}) does not end`, { hint: `kill ${pid}` });
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
