import { wrap } from '../help/page.ts';
import { cleanText } from '../program/reporter.ts';
import { CHECK_NAMES, CHECK_STATUSES, type CheckStatus } from './check.ts';
import type { NamedResult } from './run-checks.ts';

const STATUS_WIDTH = Math.max(...CHECK_STATUSES.map(({ length }) => length));
const NAME_WIDTH = Math.max(...CHECK_NAMES.map(({ length }) => length));
/** Where what a check found begins. */
const TEXT_COLUMN = STATUS_WIDTH + NAME_WIDTH + 4;
const COLORS: Readonly<Record<CheckStatus, string>> = { ok: '32', warning: '33', failed: '31' };

export interface CheckTextOptions {
  /** Columns of the terminal; `Infinity` elsewhere. */
  readonly width: number;
  readonly hasColor: boolean;
}

/**
 * One line for people, with its line end: `failed   token          token expired at 06:00 IST; hint: run tickpipe login`. One that is
 * wider than the terminal is broken between words, and its hint begins a line.
 */
export function renderCheck(
  { check, status, message, hint }: NamedResult,
  { width, hasColor }: CheckTextOptions,
): string {
  const word = status.padEnd(STATUS_WIDTH);
  const mark = hasColor ? `\u001b[${COLORS[status]}m${word}\u001b[39m` : word;
  const parts = [cleanText(message), ...(hint === undefined ? [] : [`hint: ${cleanText(hint)}`])];
  const line = parts.join('; ');
  const isWide = TEXT_COLUMN + line.length > width;
  const text = isWide
    ? parts
        .map((part) => wrap(part, width, TEXT_COLUMN))
        .join('\n')
        .trimStart()
    : line;
  return `${mark}  ${check.padEnd(NAME_WIDTH)}  ${text}\n`;
}
