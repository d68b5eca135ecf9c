import { ConfigCommand, keyArgument } from '../../lib/cli/config/config-command.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class ConfigUnset extends ConfigCommand {
  static override summary = 'remove a key from the active profile';
  static override description =
    'The flag then has the value of its variable, else its default. A key that is no flag can be removed, too. Ends with 3 when the profile does not have the key.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> time',
    '<%= config.bin %> <%= command.id %> fields --profile night',
  ];
  static override args = { key: keyArgument };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(ConfigUnset);
    const { unsetSetting } = await import('../../lib/cli/config/config-changes.ts');
    await unsetSetting(args.key, await this.loadConfig(), this.context);
    return EXIT.done;
  }
}
