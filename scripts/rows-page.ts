import { z } from 'zod';
import { type ColumnMeta, ROW_SCHEMAS, type RowSchemaName } from '../src/lib/market/rows.ts';
import { SAMPLE_ROWS } from '../src/lib/market/sample-rows.ts';
import { renderTable } from './errors-page.ts';

const COMMANDS: Readonly<Record<RowSchemaName, string>> = {
  SymbolUpdate: '`stream symbols`, `quote`, `record`',
  IndexUpdate: '`stream index`; `stream symbols`, `quote` and `record` for a symbol that ends in `-INDEX`',
  DepthUpdate: '`stream depth`, `record --type depth`',
  LiteUpdate: '`stream lite`, `record --type lite`',
  Gap: '`stream` and `replay` with `--events`, when data comes again after a break',
  Status: '`stream` and `replay` with `--events`, when the state of the feed changes',
  Skipped: '`stream` and `replay` with `--events`, when rows were left out because the reader was slow',
};

/** docs/rows.md: every row, column by column. */
export function renderRowsPage(): string {
  const names = Object.keys(ROW_SCHEMAS) as RowSchemaName[];
  return `# Rows

One row is one line: a JSON object without blanks, its keys always in the same order. A value that the feed has not given is \`null\`; no key
is left out. The tables below name each column in the order of its row.

This page is made from \`src/lib/market/rows.ts\` by \`npm run docs\`. \`tickpipe schema TYPE\` prints the same as JSON Schema.

## Numbers and times

- Prices are exact: they have the decimals that the exchange uses, without trailing zeros (\`610.5\`, not \`610.50\`). Nothing is rounded
  but \`change_percent\` (two decimals) and \`imbalance\` (four), half away from zero.
- \`last_trade_time\` and \`exchange_time\` are epoch **seconds**, as the exchange gives them. \`received_at\` and all times of control rows are
  epoch **milliseconds** of this machine's clock. With \`--time iso\` all of them are texts like \`2026-11-23T09:15:00.123+05:30\`.
- \`close\` equals \`ltp\`. The official closing price of a day is the next day's \`prev_close\`.
- A message in which nothing changed gives no row.

## Marks

- \`"simulated":true\` is the last key of every row whose prices come from the simulator, also under \`--fields\`; in CSV it is the last column.
  Only \`--raw\` leaves it out.
- Last values that the hub's API gives out while the feed is away carry \`"stale":true\` and \`"age_ms"\`.

## CSV and --fields

\`--format csv\` prints the same columns in the same order below a header line; an empty cell stands for \`null\`. The levels of the book
become columns: \`bid_price_1\`, \`bid_quantity_1\`, \`bid_orders_1\` to \`ask_orders_5\`, 1 being the best. These names work in \`--fields\`
of every format. An index among symbols leaves the columns empty that only symbols have. Control rows do not go into CSV.

## What may change

Types, names, units and the order of the columns stay as they are in all versions with the same first number. New columns may be added
in front of \`simulated\`, new types of rows under \`--events\`, and new reasons: readers should pass over what they do not know.

${names.map((name) => renderRow(name)).join('\n')}`;
}

function renderRow(name: RowSchemaName): string {
  const columns = Object.entries(ROW_SCHEMAS[name].shape) as [string, z.ZodType][];
  return `## ${name}

Printed by ${COMMANDS[name]}.

    ${SAMPLE_ROWS[name]}

${renderTable(
  ['column', 'meaning', 'unit', 'null when'],
  columns.flatMap(([column, schema]) => rowsOf(column, schema)),
)}`;
}

/** One line for a column; for a side of the book one more for each key of a level. */
function rowsOf(name: string, schema: z.ZodType): string[][] {
  const { description, 'x-unit': unit, 'x-null': nullWhen } = (schema.meta() ?? {}) as Partial<ColumnMeta>;
  const own = [`\`${name}\``, description ?? '', unit ?? '', nullWhen ?? ''];
  const level = schema instanceof z.ZodArray ? schema.element : undefined;
  if (!(level instanceof z.ZodObject)) return [own];
  const keys = Object.entries(level.shape) as [string, z.ZodType][];
  return [own, ...keys.flatMap(([key, value]) => rowsOf(`${name}[].${key}`, value))];
}
