import type { RecordWhere } from '../../filters/where/record-where.ts';
import type { TickWhere } from '../../filters/where/tick-where.ts';
import type { Kind } from '../../market/kinds.ts';
import type { RecordType } from '../../output/records/record-type.ts';
import type { Reporter } from '../program/reporter.ts';

/**
 * Reads the condition of `--where`. The language is loaded only when there is one. Throws `USAGE` for what is no condition,
 * `UNKNOWN_FIELD` for a column that no row of these kinds has.
 */
export async function openWhere(
  text: string | undefined,
  kinds: readonly Kind[],
  reporter: Reporter,
): Promise<TickWhere | undefined> {
  if (text === undefined) return undefined;
  const { TickWhere } = await import('../../filters/where/tick-where.ts');
  return new TickWhere(text, kinds, ({ symbol }) => reportFailure(symbol, reporter));
}

/** The same for rows that are made of ticks. */
export async function openRecordWhere<Row extends object>(
  text: string | undefined,
  type: RecordType,
  reporter: Reporter,
): Promise<RecordWhere<Row> | undefined> {
  if (text === undefined) return undefined;
  const { RecordWhere, whereColumns } = await import('../../filters/where/record-where.ts');
  return new RecordWhere<Row>(text, whereColumns(type), (row) => {
    const { symbol } = row as { readonly symbol?: unknown };
    reportFailure(typeof symbol === 'string' ? symbol : type.name, reporter);
  });
}

function reportFailure(symbol: string, reporter: Reporter): void {
  reporter.warn(`--where divides by zero in a row of ${symbol}: the result is unknown there`, {
    event: 'where',
    symbol,
  });
}

/** How many rows a condition has judged, and in how many it divided by zero. */
export type WhereCounts = Pick<TickWhere, 'judged' | 'failures'>;

/** Reports at the end how often a condition divided by zero, and that it was true for no row. @param rows how many were printed */
export function reportWhere({ judged, failures }: WhereCounts, rows: number, reporter: Reporter): void {
  if (failures > 1) {
    reporter.warn(`--where divided by zero in ${failures} rows`, { event: 'where', rows: failures });
  }
  if (rows === 0 && judged > 0) {
    reporter.info(`no row matches --where; ${judged === 1 ? '1 row was' : `${judged} rows were`} looked at`, {
      event: 'where',
      judged,
    });
  }
}
