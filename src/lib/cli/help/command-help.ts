import { format } from 'node:util';
import type { Config } from '@oclif/core/config';
import { CommandHelp, Help } from '@oclif/core/help';
import { EXIT, STATUSES } from '../../errors/catalogue.ts';
import type { Environment, Program } from '../program/program.ts';
import { locateConfigFile } from '../settings/config-file.ts';
import { OWN_VARIABLES } from '../settings/variables.ts';
import { placeOfGroup } from './command-facts.ts';
import { arrangeCommands } from './command-sections.ts';
import { type Page, renderText, wrap } from './page.ts';
import { HELP_TOPICS, type HelpTopic } from './topics.ts';

/** Where the output has no width of its own. */
const HELP_WIDTH = 80;

/** Whose help it is: paths and the width of the terminal. */
type Reader = Pick<Program, 'env' | 'stdout'>;

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
    const groups = Object.entries(flagGroups).sort(([a], [b]) => placeOfGroup(a) - placeOfGroup(b));
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

  /** Without the lists of commands, which `describeProgram` has in our order. */
  protected override async showRootHelp(): Promise<void> {
    this.log(this.formatRoot());
  }

  protected override log(...texts: string[]): void {
    this.lines.push(format(...texts));
  }
}

/** The help of the program, of a group of commands or of a command, ready to print. Throws oclif's error when there is no such command. */
export async function renderHelp(config: Config, words: readonly string[], { env, stdout }: Reader): Promise<string> {
  const help = new CollectedHelp(config, config.pjson.oclif.helpOptions);
  await help.showHelp([...words]);
  const width = stdout.columns ?? HELP_WIDTH;
  const flags = config.findCommand(words.join(':'))?.flags ?? {};
  const more = words.length === 0 ? describeProgram(config, env) : describeSources(env, 'fields' in flags);
  // oclif leaves the first line, a description, as long as it is.
  const [first = '', ...lines] = help.lines.join('\n').trimEnd().split('\n');
  return `${[wrap(first, width, 0), ...lines].join('\n')}\n\n${renderText(more, width)}`;
}

/** A topic, ready to print. */
export async function renderTopic(config: Config, topic: HelpTopic, { env, stdout }: Reader): Promise<string> {
  const page = await topic.write({ commands: config.commands, env });
  return `${topic.summary}\n\n${renderText(page, stdout.columns ?? HELP_WIDTH)}`;
}

/** The first steps, the commands, the topics, the statuses, the variables, and where the configuration is. */
function describeProgram(config: Config, env: Environment): Page {
  return [
    { kind: 'heading', text: 'First steps' },
    { kind: 'code', text: FIRST_STEPS },
    ...describeCommands(config),
    { kind: 'heading', text: 'Help topics' },
    { kind: 'table', head: [], rows: HELP_TOPICS.map(listTopic) },
    { kind: 'heading', text: 'Exit status' },
    { kind: 'table', head: [], rows: Object.entries(STATUSES) },
    { kind: 'heading', text: 'Environment' },
    { kind: 'table', head: [], rows: [...Object.entries(OWN_VARIABLES), ['TICKPIPE_<FLAG>', FLAG_VARIABLE]] },
    { kind: 'heading', text: 'Configuration' },
    { kind: 'code', text: locateConfigFile(env).file },
  ];
}

const FIRST_STEPS = `$ tickpipe stream symbols NSE:SBIN-EQ --feed sim   # needs no account
$ tickpipe login                                   # once a day, with FYERS
$ tickpipe symbols search state bank
$ tickpipe stream symbols NSE:SBIN-EQ`;

/** The topics on what commands with rows print. */
const ROW_TOPICS: ReadonlySet<string> = new Set(['formatting', 'rows']);

/** Commands, and groups of them, by what they are for. */
function describeCommands({ commands, topics }: Config): Page {
  const summaries = new Map([
    ...topics.filter(({ hidden }) => !hidden).map(({ name, description }) => [name, description ?? ''] as const),
    ...commands.filter(({ hidden }) => !hidden).map(({ id, summary }) => [id, summary ?? ''] as const),
  ]);
  const names = [...summaries.keys()].filter((name) => !name.includes(':')).sort();
  return arrangeCommands(names).flatMap(({ heading, names }): Page => {
    const rows = names.map((name) => [name, summaries.get(name) ?? '']);
    return [
      { kind: 'heading', text: heading },
      { kind: 'table', head: [], rows },
    ];
  });
}

function listTopic({ name, summary }: HelpTopic): [string, string] {
  return [`tickpipe help ${name}`, summary];
}

const FLAG_VARIABLE = 'sets a flag: TICKPIPE_FORMAT=csv stands for --format csv';

/** Below the help of a command: the same in short, and where the columns are explained if it prints rows. */
function describeSources(env: Environment, hasRows: boolean): Page {
  const statuses = Object.entries(EXIT).map(([name, status]) => `${status} ${name}`);
  return [
    { kind: 'heading', text: 'See also' },
    {
      kind: 'table',
      head: [],
      rows: [
        ...(hasRows ? HELP_TOPICS.filter(({ name }) => ROW_TOPICS.has(name)).map(listTopic) : []),
        ['tickpipe help exit-codes', statuses.join(', ')],
        ['tickpipe help environment', ['TICKPIPE_<FLAG>', ...Object.keys(OWN_VARIABLES)].join(', ')],
        ['tickpipe help config', locateConfigFile(env).file],
      ],
    },
  ];
}
