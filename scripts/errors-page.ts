import { writeErrors, writeExitCodes } from '../src/lib/cli/help/exit-codes.ts';
import { renderMarkdown } from './markdown.ts';

/** docs/errors.md: every status, and every code of the catalogue. */
export function renderErrorsPage(): string {
  return `# Errors

This page is made from \`src/lib/errors/catalogue.ts\` by \`npm run docs\`. \`tickpipe help exit-codes\` and \`tickpipe help errors\` print the same.

${renderMarkdown([...writeExitCodes(), ...writeErrors()])}`;
}
