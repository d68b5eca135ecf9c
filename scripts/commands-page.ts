import { isDeepStrictEqual } from 'node:util';
import type { Command } from '@oclif/core';
import { describeDefault, describeFlag, PLACEHOLDERS, placeOfGroup } from '../src/lib/cli/help/command-facts.ts';
import { variableOf } from '../src/lib/cli/settings/settings.ts';
import { renderTable } from './markdown.ts';

export type Manifest = { readonly commands: Readonly<Record<string, Command.Cached>> };
type Flag = Command.Cached['flags'][string];

/** Flags of every command stand once, at the end. */
const EVERYWHERE = 'diagnostics';
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(['help']);

/** docs/commands.md: every command of oclif's manifest. */
export function renderCommandsPage(manifest: Manifest): string {
  const commands = visibleCommands(manifest);
  const shared = new Map(
    commands.flatMap(({ flags }) => Object.entries(flags)).filter(([, flag]) => flag.helpGroup === EVERYWHERE),
  );
  return `# Commands

This page is made from the commands by \`npm run docs\`; \`tickpipe COMMAND --help\` prints the same.

Every flag can be set by the variable that stands beside it and by a profile of the configuration file; order: flag,
environment, profile, default ([settings.md](settings.md)).

${PLACEHOLDERS}

${commands.map((command, at) => renderCommand(command, commands.slice(0, at))).join('\n')}
## Flags of every command

${renderFlags([...shared.values()])}`;
}

/** The commands that people run, by name. */
export function visibleCommands(manifest: Manifest): Command.Cached[] {
  return Object.values(manifest.commands)
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What people type: the command, its arguments, and that flags follow. */
export function synopsisOf(command: Command.Cached): string {
  const args = Object.values(command.args).map(({ name, multiple, required }) => {
    const word = `${name.toUpperCase()}${multiple ? '...' : ''}`;
    return required ? word : `[${word}]`;
  });
  return ['tickpipe', command.id.replaceAll(':', ' '), ...args, '[FLAGS]'].join(' ');
}

/** The flags of a command by group, in the order of `--help`. */
export function groupFlags(command: Command.Cached): [group: string, flags: Flag[]][] {
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  const groups = [...new Set(flags.map(({ helpGroup }) => helpGroup))];
  groups.sort((a, b) => placeOfGroup(a) - placeOfGroup(b));
  return groups.map((group) => [group ?? 'flags', flags.filter(({ helpGroup }) => helpGroup === group)]);
}

/** `before` are the commands above it on the page. A command with the flags of one of them only refers to it. */
function renderCommand(command: Command.Cached, before: readonly Command.Cached[]): string {
  const name = nameOf(command);
  const tables = renderGroups(command);
  const twin = before.find((one) => isDeepStrictEqual(renderGroups(one), tables));
  const parts = [
    `## ${name}\n`,
    `${command.summary ?? ''}\n`,
    `    ${synopsisOf(command)}\n`,
    ...Object.values(command.args).map(({ name, description }) => `\`${name.toUpperCase()}\`: ${description ?? ''}\n`),
    ...(command.description ? [`${fillIn(command.description, command)}\n`] : []),
    ...(tables.length > 0 && twin
      ? [`The flags are those of [${nameOf(twin)}](#${nameOf(twin).replaceAll(' ', '-')}).\n`]
      : tables.map(([group, table]) => `### ${name}: ${group}\n\n${table}`)),
    ...(command.examples?.length
      ? [`### ${name}: examples\n`, ...command.examples.map((example) => renderExample(example, command))]
      : []),
  ];
  return parts.join('\n');
}

function nameOf(command: Command.Cached): string {
  return `tickpipe ${command.id.replaceAll(':', ' ')}`;
}

/** The tables of a command's own flags. */
function renderGroups(command: Command.Cached): [group: string, table: string][] {
  const groups = groupFlags(command).filter(([group]) => group !== EVERYWHERE);
  return groups.map(([group, flags]) => [group, renderFlags(flags)]);
}

function renderExample(example: Command.Example, command: Command.Cached): string {
  if (typeof example === 'string') return `    ${fillIn(example, command).split('\n').join('\n    ')}\n`;
  return `${fillIn(example.description, command)}\n\n    ${fillIn(example.command, command)}\n`;
}

/** What oclif fills in itself when it prints help. */
export function fillIn(text: string, command: Command.Cached): string {
  return text
    .replaceAll('<%= config.bin %>', 'tickpipe')
    .replaceAll('<%= command.id %>', command.id.replaceAll(':', ' '));
}

function renderFlags(flags: readonly Flag[]): string {
  const rows = flags.map((flag) => [
    `${flag.char ? `\`-${flag.char}\`, ` : ''}\`${describeFlag(flag)}\``,
    flag.summary ?? '',
    describeDefault(flag),
    COMMAND_LINE_ONLY.has(flag.name) ? '' : `\`${variableOf(flag.name)}\``,
  ]);
  return renderTable(['flag', 'meaning', 'default', 'variable'], rows);
}
