import { BaseCommand, knownFlagsOf } from '../lib/cli/command/base-command.ts';
import { hubFlags, recordFlags, valueFlag } from '../lib/cli/command/flags.ts';
import { printRecordFields } from '../lib/cli/command/print-records.ts';
import { CHECK_SUBJECTS } from '../lib/cli/doctor/check.ts';
import { readPath } from '../lib/cli/program/flag-values.ts';
import { CHECK } from '../lib/output/records/check-record.ts';

export default class DoctorCommand extends BaseCommand {
  static override summary = 'check this set-up: token, network, data socket, hub, folders';
  static override description =
    `Prints one line for each check: ok, warning or failed, what was found, and what to do about it. A check that needs one that failed is a warning, "not checked". Ends with 0, or with the status of the first check that failed.

It makes the same checks on the first morning, without a network, or with a configuration file that cannot be used. It starts no hub and leaves nothing behind. FYERS allows one connection per user: while a hub or another command has it, doctor opens none of its own, and takes its row through the hub.

With --feed sim or --feed ws://HOST:PORT it checks that simulator or hub instead of FYERS, and leaves out what these do not need.

The checks:
${Object.entries(CHECK_SUBJECTS)
  .map(([name, subject]) => `${name}: ${subject}`)
  .join('\n')}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --feed sim',
    `<%= config.bin %> <%= command.id %> -f ndjson | jq -r 'select(.status != "ok") | .check'`,
  ];
  static override flags = {
    ...hubFlags,
    dir: valueFlag(readPath)({
      summary: 'the directory of the recordings, whose free space is checked',
      helpGroup: 'source',
      helpValue: '<path>',
      default: 'recordings',
    }),
    ...recordFlags,
  };
  protected override readonly profileUse = 'examines' as const;

  override async run(): Promise<number> {
    const { flags, sources } = await this.parseFlags(DoctorCommand);
    if (flags.fields?.includes('help')) return printRecordFields(CHECK, this.program);
    const { context, settingFaults: faults, profile } = this;
    const config = await this.loadConfig();
    const settings = { faults, knownFlags: knownFlagsOf(config), commands: config.commands, profile };
    const { diagnose } = await import('../lib/cli/doctor/diagnose.ts');
    return diagnose({ flags, sources, context, settings });
  }
}
