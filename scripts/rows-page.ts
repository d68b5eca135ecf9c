import { writeRows } from '../src/lib/cli/help/rows.ts';
import { renderMarkdown } from './markdown.ts';

/** docs/rows.md: every row, column by column. */
export function renderRowsPage(): string {
  return `# Rows

This page is made from \`src/lib/market/rows.ts\` and \`src/lib/output/records\` by \`npm run docs\`. \`tickpipe help rows\` prints the same.

${renderMarkdown(writeRows())}`;
}
