import { z } from 'zod';
import { type ColumnMeta, ROW_SCHEMAS, type RowSchemaName } from '../src/lib/market/rows.ts';
import { renderTable } from './errors-page.ts';

/** A row of each type as the program printed it, from the simulator; with its fault `drop` and a slow reader for the control rows. */
export const SAMPLE_ROWS: Readonly<Record<RowSchemaName, string>> = {
  SymbolUpdate:
    '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":874.65,"open":877.75,"high":879.95,"low":869.35,"close":874.65,"prev_close":875.5,"change":-0.85,"change_percent":-0.1,"bid":874.55,"ask":874.75,"bid_size":45,"ask_size":377,"volume":103987,"last_qty":1,"avg_price":876.82,"total_buy_qty":6238,"total_sell_qty":44132,"oi":null,"year_high":1173.65,"year_low":629.1,"lower_circuit":700.4,"upper_circuit":1050.6,"last_trade_time":1796040790,"exchange_time":1796040790,"received_at":1796040790195,"simulated":true}',
  IndexUpdate:
    '{"type":"IndexUpdate","symbol":"NSE:NIFTY50-INDEX","ltp":26019.45,"open":25893.8,"high":26131.9,"low":25887.3,"close":26019.45,"prev_close":26068.15,"change":-48.7,"change_percent":-0.19,"year_high":28067.95,"year_low":21415.6,"exchange_time":1796040790,"received_at":1796040790195,"simulated":true}',
  DepthUpdate:
    '{"type":"DepthUpdate","symbol":"NSE:SBIN-EQ","bid":[{"price":874.55,"quantity":45,"orders":15},{"price":874.45,"quantity":143,"orders":13},{"price":874.35,"quantity":420,"orders":15},{"price":874.25,"quantity":848,"orders":16},{"price":874.15,"quantity":21,"orders":1}],"ask":[{"price":874.75,"quantity":377,"orders":29},{"price":874.85,"quantity":207,"orders":9},{"price":874.95,"quantity":279,"orders":9},{"price":875.05,"quantity":1060,"orders":20},{"price":875.15,"quantity":8,"orders":8}],"spread":0.2,"imbalance":-0.1332,"received_at":1796040837210,"simulated":true}',
  LiteUpdate: '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":874.65,"received_at":1796040790476,"simulated":true}',
  Gap: '{"type":"Gap","from":1796040888725,"to":1796040889071,"reason":"server_closed","symbols":["NSE:SBIN-EQ"]}',
  Status: '{"type":"Status","state":"disconnected","at":1796040888744,"reason":"server_closed"}',
  Skipped: '{"type":"Skipped","rows":40202,"at":1796040895738}',
};

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
