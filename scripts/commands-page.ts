import type { Command } from '@oclif/core';
import { variableOf } from '../src/lib/cli/settings/settings.ts';
import { renderTable } from './errors-page.ts';

export type Manifest = { readonly commands: Readonly<Record<string, Command.Cached>> };
type Flag = Command.Cached['flags'][string];

/** Flags of every command stand once, at the end. */
const EVERYWHERE = 'diagnostics';
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(['help']);

/** docs/commands.md: every command of oclif's manifest. */
export function renderCommandsPage(manifest: Manifest): string {
  const commands = Object.values(manifest.commands)
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const shared = new Map(
    commands.flatMap(({ flags }) => Object.entries(flags)).filter(([, flag]) => flag.helpGroup === EVERYWHERE),
  );
  return `# Commands

This page is made from the commands by \`npm run docs\`; \`tickpipe COMMAND --help\` says the same.

Every flag can be set by the variable that stands beside it and by a profile of the configuration file; order: flag,
environment, profile, default. Booleans in the environment are 1, true, yes, on or 0, false, no, off.

${commands.map(renderCommand).join('\n')}
## Flags of every command

${renderFlags([...shared.values()])}`;
}

function renderCommand(command: Command.Cached): string {
  const name = `tickpipe ${command.id.replaceAll(':', ' ')}`;
  const args = Object.values(command.args).map((arg) => `[${arg.name.toUpperCase()}${arg.multiple ? '...' : ''}]`);
  const flags = Object.values(command.flags).filter(({ helpGroup, hidden }) => helpGroup !== EVERYWHERE && !hidden);
  const groups = [...new Set(flags.map(({ helpGroup }) => helpGroup ?? 'flags'))];
  const parts = [
    `## ${name}\n`,
    `${command.summary ?? ''}\n`,
    `    ${[name, ...args, '[FLAGS]'].join(' ')}\n`,
    ...(command.description ? [`${fillIn(command.description, command)}\n`] : []),
    ...groups.map(
      (group) =>
        `### ${name}: ${group}\n\n${renderFlags(flags.filter((flag) => (flag.helpGroup ?? 'flags') === group))}`,
    ),
    ...(command.examples?.length
      ? [`### ${name}: examples\n`, ...command.examples.map((example) => renderExample(example, command))]
      : []),
  ];
  return parts.join('\n');
}

function renderExample(example: Command.Example, command: Command.Cached): string {
  if (typeof example === 'string') return `    ${fillIn(example, command).split('\n').join('\n    ')}\n`;
  return `${fillIn(example.description, command)}\n\n    ${fillIn(example.command, command)}\n`;
}

/** What oclif fills in itself when it prints help. */
function fillIn(text: string, command: Command.Cached): string {
  return text
    .replaceAll('<%= config.bin %>', 'tickpipe')
    .replaceAll('<%= command.id %>', command.id.replaceAll(':', ' '));
}

function renderFlags(flags: readonly Flag[]): string {
  const rows = flags.map((flag) => {
    const value = flag.type === 'option' ? ` ${flag.helpValue ?? flag.options?.join('|') ?? '<value>'}` : '';
    const fallback = flag.type === 'option' && flag.default !== undefined ? String(flag.default) : '';
    const name = flag.type === 'boolean' && flag.allowNo ? `[no-]${flag.name}` : flag.name;
    return [
      `${flag.char ? `\`-${flag.char}\`, ` : ''}\`--${name}${value}\``,
      flag.summary ?? flag.description ?? '',
      fallback,
      COMMAND_LINE_ONLY.has(flag.name) ? '' : `\`${variableOf(flag.name)}\``,
    ];
  });
  return renderTable(['flag', 'meaning', 'default', 'variable'], rows);
}
