import type { RowFormat } from '../../output/rows/encoder.ts';
import { describeDefault, describeFlag, listModelFlags, type TopicContext } from './command-facts.ts';
import type { Page } from './page.ts';

const FORMATS: Readonly<Record<RowFormat, readonly [flag: string, meaning: string]>> = {
  ndjson: [
    '`--format ndjson`',
    'one JSON object a line; what a pipe or a file gets unless a flag or a suffix says otherwise',
  ],
  csv: [
    '`--format csv`',
    'a header line, then one line for each row, quoted as RFC 4180 says; an empty cell stands for null',
  ],
  table: [
    '`--format table`',
    'on a terminal a table that is redrawn in place, at most ten times a second; elsewhere one table at the end',
  ],
  raw: ['`--raw`', 'the values alone, separated by tabs, in the order of --fields: for a variable of the shell'],
};

/** `tickpipe help formatting`. */
export function writeFormatting(context: TopicContext): Page {
  return [
    {
      kind: 'text',
      text: 'stdout carries rows and nothing else; messages go to stderr. `tickpipe help rows` explains every column.',
    },
    { kind: 'heading', text: 'Formats' },
    { kind: 'table', head: ['flag', 'what is printed'], rows: Object.values(FORMATS) },
    { kind: 'heading', text: 'Values' },
    {
      kind: 'bullets',
      items: [
        'Numbers are printed in their shortest exact form: `610.5`, never `610.50`. Tables pad prices to the decimals of the instrument.',
        'Times are epoch numbers; `--time iso` prints them as `2026-11-23T09:15:00.123+05:30`.',
        'Rows of the simulator end in `"simulated":true`; CSV has a last column `simulated`, a table a title. Only `--raw` has no mark.',
        'A table shows the main columns, or those of `--fields`. Its `age` is the time since `received_at`: `0.4s`, `12s`, `3m`, `5h`. An arrow shows how `ltp` moved.',
        'The main columns have short headings: `chg` and `chg%` are `change` and `change_percent`, `vol` is `volume`, `prev` is `prev_close`. On a narrow terminal `vol` is cut off to `104K` or `1.2M`, then columns are left out.',
        'A live table has the time of day in its title, says whether the market is open, and draws the prices since it began in the column `trend`: twelve parts of the time, all of the same length, of which the lowest price of the line is lowest.',
        'Without UTF-8 in the locale (LC_ALL, LC_CTYPE, LANG) tables are drawn in ASCII.',
        'Depth has five levels of each side: arrays in NDJSON, columns such as `bid_price_1` in CSV and in `--fields`.',
      ],
    },
    { kind: 'heading', text: 'Examples' },
    {
      kind: 'code',
      text: [
        'tickpipe quote NSE:SBIN-EQ --feed sim --fields help',
        'price=$(tickpipe quote NSE:SBIN-EQ --feed sim --fields ltp --raw)',
        'tickpipe quote NSE:SBIN-EQ NSE:INFY-EQ --feed sim --format csv --fields symbol,ltp,exchange_time --time iso',
        'tickpipe stream depth NSE:SBIN-EQ --feed sim --fields symbol,bid_price_1,ask_price_1 --changed bid_price_1,ask_price_1 --count 5',
        "tickpipe stream symbols NSE:SBIN-EQ --feed sim --count 3 | jq -c '[.symbol, .ltp, .change_percent]'",
        'tickpipe stream symbols NSE:SBIN-EQ --feed sim --count 100 -o day-%F.csv',
      ].join('\n'),
    },
    { kind: 'heading', text: 'Flags' },
    {
      kind: 'table',
      head: ['flag', 'meaning', 'default'],
      rows: listModelFlags(context, 'output').map((flag) => [
        `${flag.char ? `\`-${flag.char}\`, ` : ''}\`${describeFlag(flag)}\``,
        flag.summary ?? '',
        describeDefault(flag),
      ]),
    },
  ];
}
