import type { Block, Page } from '../src/lib/cli/help/page.ts';

/** A page of documentation as Markdown, its headings of this level. */
export function renderMarkdown(page: Page, level = 2): string {
  return page.map((block) => renderBlock(block, level)).join('\n');
}

function renderBlock(block: Block, level: number): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(level)} ${block.text}\n`;
    case 'subheading':
      return `${'#'.repeat(level + 1)} ${block.text}\n`;
    case 'text':
      return `${block.text}\n`;
    case 'code':
      return `    ${block.text.replaceAll('\n', '\n    ')}\n`;
    case 'bullets':
      return block.items.map((item) => `- ${item}\n`).join('');
    case 'table':
      return renderTable(block.head, block.rows);
  }
}

/** A Markdown table with its line end. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}
