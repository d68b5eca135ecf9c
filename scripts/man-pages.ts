import type { Command } from '@oclif/core';
import { describeDefault, describeFlag, PLACEHOLDERS } from '../src/lib/cli/help/command-facts.ts';
import { CONFIG_PLACE } from '../src/lib/cli/help/config.ts';
import type { Block, Page } from '../src/lib/cli/help/page.ts';
import { HELP_TOPICS } from '../src/lib/cli/help/topics.ts';
import { variableOf } from '../src/lib/cli/settings/settings.ts';
import { OWN_VARIABLES } from '../src/lib/cli/settings/variables.ts';
import { STATUSES } from '../src/lib/errors/catalogue.ts';
import { fillIn, groupFlags, type Manifest, synopsisOf, visibleCommands } from './commands-page.ts';
import { renderManPage } from './roff.ts';

/** What the man pages are made from, beside the code. */
export interface ManSource {
  readonly manifest: Manifest;
  readonly version: string;
  /** The day of the release, `YYYY-MM-DD`; empty before it. */
  readonly date: string;
  /** package.json's line about the program. */
  readonly description: string;
}

/** The man pages of the program, of each command and of each help topic, by file name. */
export async function renderManPages(source: ManSource): Promise<ReadonlyMap<string, string>> {
  const { manifest, version, date } = source;
  const commands = visibleCommands(manifest);
  const pages = new Map<string, string>();
  const add = (name: string, section: 1 | 7, page: Page) =>
    pages.set(`${name}.${section}`, renderManPage({ name, section, version, date }, page));
  add('tickpipe', 1, describeProgram(source, commands));
  for (const command of commands) add(pageName(command), 1, describeCommand(command));
  for (const topic of HELP_TOPICS) {
    const page = await topic.write({ commands });
    const begin = page[0]?.kind === 'heading' ? [] : [heading('Description')];
    const others = HELP_TOPICS.filter(({ name }) => name !== topic.name).map(({ name }) => `tickpipe-${name}(7)`);
    add(`tickpipe-${topic.name}`, 7, [
      ...nameSection(`tickpipe-${topic.name}`, topic.summary),
      ...begin,
      ...page,
      ...seeAlso(['tickpipe(1)', ...others]),
    ]);
  }
  return pages;
}

/** The day that the changelog gives a version, as in `## 0.2.0 - 2026-11-30`; `''` when it has none. */
export function findReleaseDate(changelog: string, version: string): string {
  const heading = changelog.split('\n').find((line) => line.startsWith('## ') && line.includes(version));
  return /\d{4}-\d{2}-\d{2}/.exec(heading ?? '')?.[0] ?? '';
}

function describeProgram({ description }: ManSource, commands: readonly Command.Cached[]): Page {
  return [
    ...nameSection('tickpipe', description),
    heading('Synopsis'),
    text('`tickpipe` COMMAND [ARGUMENT...] [FLAGS]'),
    text('`tickpipe help` [COMMAND|TOPIC]'),
    heading('Description'),
    text(
      'tickpipe prints one row for each change of a quote, an index or an order book, as NDJSON, CSV or a table that is redrawn in place. Rows go to stdout, messages to stderr. With `--feed sim` prices come from a simulator on this machine, without an account.',
    ),
    heading('Commands'),
    { kind: 'table', head: [], rows: commands.map((command) => [`\`${wordsOf(command)}\``, command.summary ?? '']) },
    heading('Help topics'),
    { kind: 'table', head: [], rows: HELP_TOPICS.map(({ name, summary }) => [`\`help ${name}\``, summary]) },
    ...closing(),
    heading('Examples'),
    {
      kind: 'code',
      text: [
        'tickpipe stream symbols NSE:SBIN-EQ NSE:INFY-EQ --feed sim',
        'tickpipe quote NSE:SBIN-EQ NSE:NIFTY50-INDEX --feed sim',
        "tickpipe stream symbols NSE:SBIN-EQ --feed sim | jq -c '[.symbol, .ltp]'",
      ].join('\n'),
    },
    ...seeAlso([...commands.map((command) => `${pageName(command)}(1)`), ...TOPIC_PAGES]),
  ];
}

function describeCommand(command: Command.Cached): Page {
  const paragraphs = command.description ? fillIn(command.description, command).split('\n\n') : [];
  const args = Object.values(command.args).map(({ name, description }) => [name.toUpperCase(), description ?? '']);
  return [
    ...nameSection(pageName(command), command.summary ?? ''),
    heading('Synopsis'),
    text(synopsisOf(command)),
    ...(paragraphs.length > 0 ? [heading('Description'), ...paragraphs.map(text)] : []),
    ...(args.length > 0 ? [heading('Arguments'), { kind: 'table', head: [], rows: args } as const] : []),
    heading('Options'),
    text(PLACEHOLDERS),
    ...groupFlags(command).flatMap(([group, flags]): Block[] => [
      { kind: 'subheading', text: group.charAt(0).toUpperCase() + group.slice(1) },
      {
        kind: 'table',
        head: ['flag', 'meaning', 'default', 'variable'],
        rows: flags.map((flag) => [
          `${flag.char ? `\`-${flag.char}\`, ` : ''}\`${describeFlag(flag)}\``,
          flag.summary ?? '',
          describeDefault(flag),
          flag.name === 'help' ? '' : variableOf(flag.name),
        ]),
      },
    ]),
    ...examplesOf(command),
    ...closing(),
    ...seeAlso(['tickpipe(1)', ...TOPIC_PAGES]),
  ];
}

function examplesOf(command: Command.Cached): Block[] {
  const examples = command.examples ?? [];
  if (examples.length === 0) return [];
  const lines = examples.map((example) => (typeof example === 'string' ? example : example.command));
  return [heading('Examples'), ...lines.map((line): Block => ({ kind: 'code', text: fillIn(line, command) }))];
}

/** What every command has in common. */
function closing(): Block[] {
  return [
    heading('Exit status'),
    { kind: 'table', head: [], rows: Object.entries(STATUSES) },
    heading('Environment'),
    {
      kind: 'table',
      head: [],
      rows: [
        ...Object.entries(OWN_VARIABLES).map(([name, meaning]) => [`\`${name}\``, meaning]),
        ['`TICKPIPE_<FLAG>`', 'sets a flag: TICKPIPE_FORMAT=csv stands for --format csv'],
      ],
    },
    heading('Files'),
    {
      kind: 'table',
      head: [],
      rows: [[`\`${CONFIG_PLACE}\``, 'flags by profile; see tickpipe-config(7)']],
    },
  ];
}

const TOPIC_PAGES = HELP_TOPICS.map(({ name }) => `tickpipe-${name}(7)`);

function nameSection(name: string, summary: string): Block[] {
  return [heading('Name'), text(`${name} - ${summary}`)];
}

function seeAlso(pages: readonly string[]): Block[] {
  return [heading('See also'), text(pages.join(', '))];
}

function heading(words: string): Block {
  return { kind: 'heading', text: words };
}

function text(words: string): Block {
  return { kind: 'text', text: words };
}

function wordsOf({ id }: Command.Cached): string {
  return id.replaceAll(':', ' ');
}

function pageName({ id }: Command.Cached): string {
  return `tickpipe-${id.replaceAll(':', '-')}`;
}
