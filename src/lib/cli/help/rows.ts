import { z } from 'zod';
import type { BreakReason } from '../../feed/feed.ts';
import { type ColumnMeta, ROW_SCHEMAS, type RowSchemaName } from '../../market/rows.ts';
import { SAMPLE_ROWS } from '../../market/sample-rows.ts';
import type { RecordType } from '../../output/records/record-type.ts';
import { RECORDS } from '../../output/records/records.ts';
import type { Block, Page } from './page.ts';

const COMMANDS: Readonly<Record<RowSchemaName, string>> = {
  SymbolUpdate: '`stream symbols`, `quote`; written by `record`',
  IndexUpdate:
    '`stream index`; for a symbol that ends in `-INDEX` also by `stream symbols` and `quote`; written by `record`',
  DepthUpdate: '`stream depth`; written by `record --type depth`',
  LiteUpdate: '`stream lite`; written by `record --type lite`',
  Gap: '`stream` and `replay` with `--events`, when data comes again after a break',
  Status: '`stream` and `replay` with `--events`, when the state of the feed changes',
  Skipped: '`stream` and `replay` with `--events`, when rows were left out because the reader was slow',
};

const REASONS: Readonly<Record<BreakReason, string>> = {
  server_closed: 'the server closed the connection',
  network_error: 'the connection failed or could not be opened',
  answer_timeout: 'the server did not answer in time',
  dead_connection: 'the connection is open, but nothing at all comes',
  stalled: 'symbols that should trade had no data, see `--stall-timeout`',
  clock_jump: 'the machine slept, or its clock was set ahead',
  subscription_refused: 'the server refused the subscription',
  lookup_failed: 'the lookup of symbols failed',
  token: 'the token was missing, expired or refused',
  disconnected: 'a user of the hub disconnected the feed',
  hub_gone: 'the hub ended',
  hub_silent: 'the hub did not answer',
  program_stopped: 'this program was stopped, as by SIGSTOP',
};

/** `tickpipe help rows`, and docs/rows.md: every row, column by column. */
export function writeRows(): Page {
  return [
    {
      kind: 'text',
      text: 'One row is one line: a JSON object without blanks, its keys always in the same order. A value that the feed has not given is `null`; no key is left out. The tables below name each column in the order of its row. `tickpipe schema TYPE` prints the same as JSON Schema.',
    },
    { kind: 'heading', text: 'Numbers and times' },
    {
      kind: 'bullets',
      items: [
        'Prices are exact: they have the decimals that the exchange uses, without trailing zeros (`610.5`, not `610.50`). Only `change_percent` (two decimals) and `imbalance` (four) are rounded, half away from zero.',
        '`last_trade_time` and `exchange_time` are epoch seconds, as the exchange gives them. `received_at` and all times of control rows are epoch milliseconds of the clock of the machine that receives the feed. With `--time iso` all of them are texts like `2026-11-23T09:15:00.123+05:30`.',
        'Rupees and points are those of the symbol: a pair without the rupee, such as EURUSD, is priced in its second currency.',
        '`close` equals `ltp`. The official closing price of a day is the `prev_close` of the next day.',
        'A message in which nothing changed gives no row.',
      ],
    },
    { kind: 'heading', text: 'Marks' },
    {
      kind: 'bullets',
      items: [
        '`"simulated":true` is the last key of every row whose prices come from the simulator, also under `--fields`; in CSV it is the last column. Only `--raw` leaves it out.',
        'Last values that the hub\'s API gives out while the feed is away carry `"stale":true` and their age in milliseconds, `"age_ms"`.',
      ],
    },
    { kind: 'heading', text: 'CSV and `--fields`' },
    {
      kind: 'text',
      text: '`--format csv` prints the same columns in the same order below a header line; an empty cell stands for `null`. The levels of an order book become columns: `bid_price_1`, `bid_quantity_1`, `bid_orders_1` to `ask_orders_5`, 1 being the best. These names work in `--fields` of every format. An index among symbols leaves the columns empty that only symbols have. Control rows do not go into CSV.',
    },
    { kind: 'heading', text: 'What may change' },
    {
      kind: 'text',
      text: 'Types, names, units and the order of the columns stay as they are in all versions with the same first number. New columns may be added in front of `simulated`, new types of rows under `--events`, and new reasons: readers should ignore what they do not know.',
    },
    ...(Object.keys(ROW_SCHEMAS) as RowSchemaName[]).flatMap(describeRow),
    { kind: 'heading', text: 'Rows of other commands' },
    {
      kind: 'text',
      text: 'Commands that answer with a few rows print them with the same flags: `--format`, `--fields`, `--output`, `--raw`. In a table the columns stand that people look at; `--fields` shows the others. A file gets all rows or none.',
    },
    ...RECORDS.flatMap(describeRecord),
    { kind: 'heading', text: 'Reasons' },
    { kind: 'text', text: '`reason` of `Gap` and `Status`:' },
    {
      kind: 'table',
      head: ['reason', 'meaning'],
      rows: Object.entries(REASONS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
    },
  ];
}

function describeRow(name: RowSchemaName): Block[] {
  const columns = Object.entries(ROW_SCHEMAS[name].shape) as [string, z.ZodType][];
  return [
    { kind: 'heading', text: `\`${name}\`` },
    { kind: 'text', text: `Printed by ${COMMANDS[name]}.` },
    { kind: 'code', text: SAMPLE_ROWS[name] },
    {
      kind: 'table',
      head: ['column', 'meaning', 'unit', 'null when'],
      rows: columns.flatMap(([column, schema]) => rowsOf(column, schema)),
    },
  ];
}

function describeRecord({ name, printedBy, columns, sample }: RecordType): Block[] {
  const type = ['`type`', 'The type of the row.', '', ''];
  return [
    { kind: 'heading', text: `\`${name}\`` },
    { kind: 'text', text: `Printed by ${printedBy}.` },
    { kind: 'code', text: JSON.stringify({ type: name, ...sample }) },
    {
      kind: 'table',
      head: ['column', 'meaning', 'unit', 'null when'],
      rows: [
        type,
        ...Object.entries(columns).map(([column, { description, values, unit, nullWhen }]) => {
          const choice = values ? ` One of ${values.map((value) => `\`${value}\``).join(', ')}.` : '';
          return [`\`${column}\``, `${description}${choice}`, unit ?? '', nullWhen ?? ''];
        }),
      ],
    },
  ];
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
