import { Config } from '@oclif/core/config';
import type { Logger } from '@oclif/core/interfaces';
import { settings } from '@oclif/core/settings';
import type { CommandTable } from './command-table.ts';

/** Replaces oclif's logger, which opens the terminal to find out whether it has colours. */
const SILENT: Logger = {
  namespace: 'oclif',
  child: () => SILENT,
  debug: () => {},
  error: () => {},
  info: () => {},
  trace: () => {},
  warn: () => {},
};

/**
 * What oclif knows of the commands: for help, for suggestions, and for commands about settings.
 *
 * @param root the folder of package.json and oclif.manifest.json
 */
export async function loadOclifConfig(root: string, pjson: Config['pjson'], commands: CommandTable): Promise<Config> {
  // Without this, oclif looks for TypeScript sources beside the built commands when NODE_ENV says development.
  settings.enableAutoTranspile = false;
  const config = new Config({ root, pjson, devPlugins: false, userPlugins: false, logger: SILENT });
  await config.load();
  // oclif looks for a file of each command. Ours are in one file.
  for (const command of config.commands) {
    const load = commands[command.id];
    // A bundle for help has no commands, and none of ours makes its help anew.
    command.hasDynamicHelp = false;
    if (load) command.load = async () => (await load()).default as Awaited<ReturnType<typeof command.load>>;
  }
  return config;
}
