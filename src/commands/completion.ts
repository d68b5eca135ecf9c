import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as Args from '@oclif/core/args';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { printText } from '../lib/cli/command/print-records.ts';
import { COMPLETION_SCRIPTS, readShellName } from '../lib/cli/completion/shells.ts';
import { EXIT } from '../lib/errors/catalogue.ts';

const SHELLS = Object.keys(COMPLETION_SCRIPTS);

export default class Completion extends BaseCommand {
  static override summary = 'print a script that completes commands, flags, values and symbols in your shell';
  static override description =
    'Prints the script for bash, zsh or fish. Its first lines say how it is installed. It completes commands, flags and their values, columns, watchlists, profiles, and symbols of the symbol master when it is cached. A later version of the program needs no new script.';
  static override examples = [
    'eval "$(<%= config.bin %> <%= command.id %> bash)"',
    'source <(<%= config.bin %> <%= command.id %> zsh)',
    '<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/tickpipe.fish',
  ];
  static override args = {
    shell: Args.string({ description: SHELLS.join(', ').replace(/, (?=\w+$)/, ' or '), ignoreStdin: true }),
  };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(Completion);
    const script = COMPLETION_SCRIPTS[readShellName(args.shell, this.program.env)];
    await printText(await readFile(path.join(this.program.root, 'completions', script), 'utf8'), this.program);
    return EXIT.done;
  }
}
