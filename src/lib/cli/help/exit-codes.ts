import { CATALOGUE, type CatalogueEntry, STATUSES } from '../../errors/catalogue.ts';
import type { Page } from './page.ts';

/** `tickpipe help exit-codes`. */
export function writeExitCodes(): Page {
  return [
    {
      kind: 'text',
      text: 'The first fatal error gives the exit status; without one, a signal; without both, 3 for symbols that are unknown or gave no row. An error is one line on stderr; what to do about it is another:',
    },
    {
      kind: 'code',
      text: 'error: token expired at 06:00 IST\nhint: run tickpipe login',
    },
    { kind: 'text', text: 'With `--log-format json` it is one object on one line:' },
    {
      kind: 'code',
      text: '{"type":"error","code":"TOKEN_EXPIRED","message":"token expired at 06:00 IST","hint":"...","exit":4}',
    },
    {
      kind: 'text',
      text: 'Codes are stable; messages and hints may change. `tickpipe help errors` explains each code.',
    },
    { kind: 'heading', text: 'Exit statuses' },
    {
      kind: 'table',
      head: ['status', 'meaning', 'codes'],
      rows: Object.entries(STATUSES).map(([status, meaning]) => [status, meaning, listCodes(Number(status))]),
    },
  ];
}

/** `tickpipe help errors`. */
export function writeErrors(): Page {
  return [
    { kind: 'heading', text: 'Codes' },
    {
      kind: 'table',
      head: ['code', 'when', 'status', 'hint'],
      rows: sortedCodes().map(([code, { exit, when, hint }]) => [`\`${code}\``, when, String(exit), hint]),
    },
  ];
}

/** By status, then by name. */
function sortedCodes(): [string, CatalogueEntry][] {
  const codes: [string, CatalogueEntry][] = Object.entries(CATALOGUE);
  return codes.sort(([a, left], [b, right]) => left.exit - right.exit || (a < b ? -1 : 1));
}

function listCodes(status: number): string {
  return sortedCodes()
    .filter(([, { exit }]) => exit === status)
    .map(([code]) => `\`${code}\``)
    .join(', ');
}
