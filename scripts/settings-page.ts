import { writeConfig } from '../src/lib/cli/help/config.ts';
import { writeEnvironment } from '../src/lib/cli/help/environment.ts';
import { writeFormatting } from '../src/lib/cli/help/formatting.ts';
import { writeWhere } from '../src/lib/cli/help/where.ts';
import { type Manifest, visibleCommands } from './commands-page.ts';
import { renderMarkdown } from './markdown.ts';

/** docs/settings.md: the configuration file and the variables. */
export function renderSettingsPage(manifest: Manifest): string {
  const context = { commands: visibleCommands(manifest) };
  return `# Settings

This page is made from the code by \`npm run docs\`. \`tickpipe help config\` and \`tickpipe help environment\` print the same.

## The configuration file

${renderMarkdown(writeConfig(context), 3)}
## The environment

${renderMarkdown(writeEnvironment(context), 3)}`;
}

/** docs/formatting.md: formats, columns and times. */
export function renderFormattingPage(manifest: Manifest): string {
  return `# Formatting

This page is made from the code by \`npm run docs\`. \`tickpipe help formatting\` prints the same; [rows.md](rows.md) explains every column.

${renderMarkdown(writeFormatting({ commands: visibleCommands(manifest) }))}`;
}

/** docs/where.md: the conditions of --where. */
export function renderWherePage(): string {
  return `# Conditions: --where

This page is made from the code by \`npm run docs\`. \`tickpipe help where\` prints the same; [rows.md](rows.md) explains every column.

${renderMarkdown(writeWhere())}`;
}
