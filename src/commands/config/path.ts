import { printText } from '../../lib/cli/command/print-records.ts';
import { ConfigCommand } from '../../lib/cli/config/config-command.ts';
import { locateConfigFile } from '../../lib/cli/settings/config-file.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class ConfigPath extends ConfigCommand {
  static override summary = 'print the path of the configuration file';
  static override description = 'Prints the path also when there is no file yet. TICKPIPE_CONFIG names another one.';
  static override examples = ['cat "$(<%= config.bin %> <%= command.id %>)"'];

  override async run(): Promise<number> {
    await this.parseFlags(ConfigPath);
    await printText(`${locateConfigFile(this.program.env).file}\n`, this.program);
    return EXIT.done;
  }
}
