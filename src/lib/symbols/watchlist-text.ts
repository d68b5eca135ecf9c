import { COMMENT, LINE_END, splitEntries } from './symbol-list.ts';

/*
 * Changes to the text of a watchlist, a list of plain lines, that leave its comments, its order and its other lines as they are.
 */

/** The text with these entries at its end, one a line, in the line ends of the text. */
export function appendEntries(text: string, entries: readonly string[]): string {
  const newline = LINE_END.exec(text)?.[0] ?? '\n';
  const isOpen = text !== '' && !/[\r\n]$/.test(text);
  return text + (isOpen ? newline : '') + entries.map((entry) => entry + newline).join('');
}

/** The text without some entries. Lines that have no other entry go, their comments stay. */
export function removeEntries(text: string, isRemoved: (entry: string) => boolean): string {
  // Each line with its end.
  const lines = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  return lines.map((line) => removeFromLine(line, isRemoved)).join('');
}

function removeFromLine(line: string, isRemoved: (entry: string) => boolean): string {
  const end = LINE_END.exec(line)?.[0] ?? '';
  const content = line.slice(0, line.length - end.length);
  const at = content.indexOf(COMMENT);
  const [code, comment] = at < 0 ? [content, ''] : [content.slice(0, at), content.slice(at)];
  const entries = splitEntries(code);
  const kept = entries.filter((entry) => !isRemoved(entry));
  if (kept.length === entries.length) return line;
  if (kept.length === 0) return comment === '' ? '' : comment + end;
  return [kept.join(', '), ...(comment === '' ? [] : [comment])].join(' ') + end;
}
