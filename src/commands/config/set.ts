import * as Args from '@oclif/core/args';
import { ConfigCommand, keyArgument } from '../../lib/cli/config/config-command.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class ConfigSet extends ConfigCommand {
  static override summary = 'set a flag for all commands that have it';
  static override description =
    'Writes the value into the active profile of the configuration file; profile and file are made when they are missing. The value is checked as the commands check it. The rest of the file stays as it is. Secrets are refused.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> time iso',
    '<%= config.bin %> <%= command.id %> fields symbol,ltp,volume --profile night',
  ];
  static override args = {
    key: keyArgument,
    value: Args.string({ required: true, description: 'the value, as on the command line', ignoreStdin: true }),
  };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(ConfigSet);
    const { setSetting } = await import('../../lib/cli/config/config-changes.ts');
    await setSetting(args.key, args.value, await this.loadConfig(), this.context);
    return EXIT.done;
  }
}
