import { BaseCommand } from '../../lib/cli/command/base-command.ts';
import { printText } from '../../lib/cli/command/print-records.ts';
import { keyArgument } from '../../lib/cli/config/config-command.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class ConfigGet extends BaseCommand {
  static override summary = 'print the value of a setting';
  static override description =
    'Prints the value alone: that of the variable, else of the active profile, else the default. Ends with 3 when there is none, or when the default differs between commands.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> time',
    'dir=$(<%= config.bin %> <%= command.id %> dir --profile night)',
  ];
  static override args = { key: keyArgument };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(ConfigGet);
    const { getSetting } = await import('../../lib/cli/config/effective-settings.ts');
    await printText(`${await getSetting(args.key, await this.loadConfig(), this.context)}\n`, this.program);
    return EXIT.done;
  }
}
