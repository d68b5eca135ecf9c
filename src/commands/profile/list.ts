import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { recordFlags } from '../../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../../lib/cli/command/print-records.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';
import { PROFILE } from '../../lib/output/records/config-records.ts';

export default class ProfileList extends BaseCommand {
  static override summary = 'print the profiles';
  static override description =
    'Prints the profiles of the configuration file, and those that have only a login. Rows have the keys type, profile, active (whether it applies), settings (how many flags it sets), login (whether a login is stored under its name).';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "<%= config.bin %> <%= command.id %> -f ndjson | jq -r 'select(.active).profile'",
  ];
  static override flags = recordFlags;

  override async run(): Promise<number> {
    const { flags, sources } = await this.parseFlags(ProfileList);
    if (flags.fields?.includes('help')) return printRecordFields(PROFILE, this.program);
    const output = await planRecords(PROFILE, { flags, sources }, this.context);
    const { listProfiles } = await import('../../lib/cli/config/list-profiles.ts');
    await output.print(await listProfiles(await this.loadConfig(), this.context));
    return EXIT.done;
  }
}
