import { CATALOGUE, type CatalogueEntry } from '../src/lib/errors/catalogue.ts';

/** What each exit status means, as the contract has it; the signals have no code of their own. */
const STATUSES: Readonly<Record<number, string>> = {
  0: 'done, or the reader closed the pipe',
  1: 'a bug',
  2: 'usage',
  3: 'partly: some symbols unknown, or never ticked before the end',
  4: 'no token, an expired or a refused one',
  5: 'the feed cannot be reached, or another program keeps taking the connection',
  6: 'a limit: subscriptions, rate, a second live socket',
  7: 'the output cannot be written',
  8: 'an input file is corrupt or missing',
  78: 'bad configuration',
  124: 'nothing came in time',
  129: 'ended by SIGHUP',
  130: 'ended by SIGINT',
  143: 'ended by SIGTERM',
};

/** docs/errors.md: every code of the catalogue. */
export function renderErrorsPage(): string {
  const codes: [string, CatalogueEntry][] = Object.entries(CATALOGUE);
  codes.sort(([a, left], [b, right]) => left.exit - right.exit || (a < b ? -1 : 1));
  const codeRows = codes.map(([code, { exit, when, hint }]) => [`\`${code}\``, String(exit), when, hint]);
  const statusRows = Object.entries(STATUSES).map(([status, meaning]) => [
    status,
    meaning,
    codesOf(codes, Number(status)),
  ]);
  return `# Errors

An error is one line on stderr, what to do about it another:

    error: token expired at 06:00 IST
    hint: make a new token: FYERS ends them daily at 06:00 IST

With \`--log-format json\` it is one object on one line:

    {"type":"error","code":"TOKEN_EXPIRED","message":"token expired at 06:00 IST","hint":"...","exit":4}

Codes are stable; messages and hints may change. The first fatal error decides the exit status, then a signal, then 3.

This page is made from \`src/lib/errors/catalogue.ts\` by \`npm run docs\`.

## Exit statuses

${renderTable(['status', 'meaning', 'codes'], statusRows)}
## Codes

${renderTable(['code', 'status', 'when', 'hint'], codeRows)}`;
}

function codesOf(codes: readonly [string, CatalogueEntry][], status: number): string {
  const names = codes.filter(([, { exit }]) => exit === status).map(([code]) => `\`${code}\``);
  return names.join(', ');
}

/** A Markdown table with its line end. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}
