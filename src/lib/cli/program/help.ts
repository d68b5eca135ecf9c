import { format } from 'node:util';
import type { Config } from '@oclif/core/config';
import { CommandHelp, Help } from '@oclif/core/help';

/** The groups of flags in this order; others stand before the last. */
const GROUPS = ['source', 'output', 'limits', 'connection', 'diagnostics'];

/** oclif's help of one command, with the summary said once, and the groups of flags in our order. */
class OrderedCommandHelp extends CommandHelp {
  protected override description(): string | undefined {
    const { description } = this.command;
    return description === undefined ? undefined : this.wrap(this.render(description));
  }

  protected override defaultUsage(): string {
    const args = Object.values(this.command.args).map(({ name, multiple, required }) => {
      const word = `${name.toUpperCase()}${multiple ? '...' : ''}`;
      return required ? word : `[${word}]`;
    });
    return [this.command.id, ...args, '[FLAGS]'].join(' ');
  }

  protected override groupFlags(
    flags: Parameters<CommandHelp['groupFlags']>[0],
  ): ReturnType<CommandHelp['groupFlags']> {
    const { mainFlags, flagGroups } = super.groupFlags(flags);
    const place = (group: string) => (GROUPS.includes(group) ? GROUPS.indexOf(group) : GROUPS.length - 1.5);
    const groups = Object.entries(flagGroups).sort(([a], [b]) => place(a) - place(b));
    const aligned = groups.map(([group, flags]) => [group, putLetterFirst(flags)]);
    return { mainFlags, flagGroups: Object.fromEntries(aligned) };
  }
}

/** Where some flags have a letter, one of them goes first: oclif trims a list, and a first flag without one would stand out of its column. */
function putLetterFirst<T extends { readonly char?: string }>(flags: readonly T[]): T[] {
  const first = flags.find(({ char }) => char !== undefined);
  return first === undefined ? [...flags] : [first, ...flags.filter((flag) => flag !== first)];
}

/** oclif's help, collected instead of printed. */
class CollectedHelp extends Help {
  protected override CommandHelpClass = OrderedCommandHelp;
  readonly lines: string[] = [];

  protected override log(...texts: string[]): void {
    this.lines.push(format(...texts));
  }
}

/** The help of the program, of a topic or of a command, ready to print. Throws oclif's error when there is no such command. */
export async function renderHelp(config: Config, words: readonly string[]): Promise<string> {
  const help = new CollectedHelp(config, config.pjson.oclif.helpOptions);
  await help.showHelp([...words]);
  return `${help.lines.join('\n').trimEnd()}\n`;
}
