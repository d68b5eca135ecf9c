import { COLUMNS } from '../market/columns.ts';
import { KINDS, type Kind, ROW_TYPES } from '../market/kinds.ts';
import { normalizeSymbol } from '../market/symbols.ts';
import { RECORDS } from '../output/records/records.ts';
import type { ControlRow } from '../output/rows/control-rows.ts';

type Parsed = Readonly<Record<string, unknown>>;

/** A row of a type that is no tick, such as a `Bar`, as `JSON.parse` gives it. */
export type ReceivedRecord = Parsed & { readonly type: string };

/** A line that is not a row in the form of the contract: by its JSON. `bad` says in words why it is no row. */
export type ParsedLine =
  | { readonly is: 'tick'; readonly kind: Kind; readonly symbol: string; readonly row: Parsed }
  | { readonly is: 'control'; readonly row: ControlRow }
  | { readonly is: 'record'; readonly row: ReceivedRecord }
  | { readonly is: 'bad'; readonly why: string };

const KINDS_BY_TYPE: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [ROW_TYPES[kind], kind]));
const RECORD_NAMES: ReadonlySet<string> = new Set([...RECORDS.map(({ name }) => name), 'Alert', 'Scan', 'Chain']);
const MAX_SHOWN = 40;

/**
 * Reads a line as JSON: a row that jq made, with other keys or in another order, or a row that is no tick. Times may be texts, as
 * `--time iso` prints them.
 * @param needs the columns that are read of a tick: a row must have those that its kind has
 */
export function parseLine(text: string, needs: readonly string[]): ParsedLine {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return bad('it is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return bad('it is not an object');
  const row = parsed as Parsed;
  const { type } = row;
  if (typeof type !== 'string') return bad('it has no type');
  const kind = KINDS_BY_TYPE.get(type);
  if (kind) return readTick(kind, row, needs);
  if (type === 'Gap' || type === 'Status' || type === 'Skipped') return readControl(type, row);
  if (RECORD_NAMES.has(type)) return { is: 'record', row: { ...row, type } };
  return bad(`there is no row type ${JSON.stringify(type.slice(0, MAX_SHOWN))}`);
}

function readTick(kind: Kind, row: Parsed, needs: readonly string[]): ParsedLine {
  const type = ROW_TYPES[kind];
  const symbol = readSymbol(row['symbol']);
  if (symbol === undefined) return bad(`a ${type} without a symbol`);
  const times: Record<string, unknown> = {};
  for (const { name, from, place } of COLUMNS[kind]) {
    if (place === undefined && needs.includes(name) && !(name in row)) return bad(`a ${type} without ${name}`);
    if (from === 'seconds') times[name] = readTime(row[name], 1_000);
    if (from === 'receivedAt') times[name] = readTime(row[name], 1);
  }
  return { is: 'tick', kind, symbol, row: { ...row, ...times } };
}

function readControl(type: ControlRow['type'], row: Parsed): ParsedLine {
  const reason = typeof row['reason'] === 'string' ? row['reason'] : null;
  const at = readTime(row['at'], 1);
  if (type === 'Status') {
    const { state } = row;
    if (typeof state !== 'string' || at === null) return bad('a Status without its state or time');
    return { is: 'control', row: { type, state, at, reason } };
  }
  if (type === 'Skipped') {
    const { rows } = row;
    if (typeof rows !== 'number' || at === null) return bad('a Skipped without its rows or time');
    return { is: 'control', row: { type, rows, at } };
  }
  const [from, to] = [readTime(row['from'], 1), readTime(row['to'], 1)];
  const { symbols } = row;
  if (from === null || to === null || !isTexts(symbols)) return bad('a Gap without its times or symbols');
  return { is: 'control', row: { type, from, to, reason: reason ?? 'unknown', symbols } };
}

function readSymbol(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return normalizeSymbol(value);
  } catch {
    return undefined;
  }
}

/** A number, or ISO 8601 as a number of this unit; null for anything else. */
function readTime(value: unknown, unitMs: number): number | null {
  if (typeof value === 'number') return value;
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms / unitMs;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function bad(why: string): ParsedLine {
  return { is: 'bad', why };
}
