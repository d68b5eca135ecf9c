import { ConfigCommand } from '../../lib/cli/config/config-command.ts';

export default class ConfigEdit extends ConfigCommand {
  static override summary = 'open the configuration file in your editor';
  static override description =
    'Opens the editor of VISUAL, else that of EDITOR, on a copy of the file, which may not exist yet. What you save is checked, and only then takes the place of the file. A text that cannot be used can be edited again on a terminal; otherwise the file stays as it was and the status is 78.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "EDITOR='code --wait' <%= config.bin %> <%= command.id %>",
  ];

  override async run(): Promise<number> {
    await this.parseFlags(ConfigEdit);
    const { editConfig } = await import('../../lib/cli/config/edit-config.ts');
    return editConfig(await this.loadConfig(), this.context);
  }
}
