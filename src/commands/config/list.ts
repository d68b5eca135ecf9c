import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { recordFlags } from '../../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../../lib/cli/command/print-records.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';
import { PLAIN_SETTING, SETTING } from '../../lib/output/records/config-records.ts';

export default class ConfigList extends BaseCommand {
  static override summary = 'print the settings that apply';
  static override description =
    'Prints each setting that has a value when the command line does not give one: that of the variable, else of the active profile, else the default. Settings without a value are left out. Rows have the keys type, key, value; with --origin also origin (default, file, environment) and place (the file and line, or the variable).';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --origin -f ndjson | jq -r \'select(.origin != "default").key\'',
  ];
  static override flags = {
    origin: Flags.boolean({ summary: 'also print where each value comes from', helpGroup: 'output' }),
    ...recordFlags,
  };

  override async run(): Promise<number> {
    const { flags, sources } = await this.parseFlags(ConfigList);
    if (flags.fields?.includes('help')) return printRecordFields(SETTING, this.program);
    const hasChoice = flags.origin || sources['fields'] === 'flag';
    const output = await planRecords(hasChoice ? SETTING : PLAIN_SETTING, { flags, sources }, this.context);
    const { listSettings } = await import('../../lib/cli/config/effective-settings.ts');
    await output.print(await listSettings(await this.loadConfig(), this.context));
    return EXIT.done;
  }
}
