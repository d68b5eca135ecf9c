import type { Page } from './page.ts';

/** `tickpipe help where`. */
export function writeWhere(): Page {
  return [
    {
      kind: 'text',
      text: '`--where CONDITION` prints only the rows for which a condition is true. It is read before anything is opened: a wrong column or a typing error ends the command with 2 and is shown with its place. The condition is one argument, so put it in single quotes; texts inside it are in double quotes.',
    },
    {
      kind: 'code',
      text: [
        "tickpipe stream symbols NSE:SBIN-EQ NSE:INFY-EQ --feed sim --where 'change_percent > -5 and volume > 100000' --count 4",
        'tickpipe quote NSE:SBIN-EQ NSE:INFY-EQ NSE:NIFTY50-INDEX --feed sim --where \'day_position > 0.1 or type == "IndexUpdate"\'',
        "tickpipe stream depth NSE:SBIN-EQ --feed sim --where 'bid_quantity_1 > ask_quantity_1' --fields symbol,bid_price_1,ask_price_1 --count 2",
        "tickpipe stream symbols NSE:SBIN-EQ --feed sim --where 'spread_bps < 10' --timeout 1m --count 1",
        "tickpipe bars 1s NSE:SBIN-EQ --feed sim --all-hours --where 'close != open and not partial' --count 2",
      ].join('\n'),
    },
    { kind: 'heading', text: 'The language' },
    {
      kind: 'table',
      head: ['written', 'meaning'],
      rows: [
        ['`==` `!=` `<` `<=` `>` `>=`', 'compare two numbers or two texts'],
        ['`in (A, B)`, `not in (A, B)`', 'equal to one of them, or to none'],
        ['`and` `or` `not`', 'join conditions; `not` binds before `and`, and `and` before `or`'],
        ['`+` `-` `*` `/` `%`', 'compute; `%` is the rest of a division, with the sign of the dividend'],
        ['`( )`', 'first what is in parentheses'],
        ['`1500000`, `0.05`, `1.5e6`', 'numbers'],
        ['`"NSE:SBIN-EQ"`', 'a text; inside it `\\"` is a double quote and `\\\\` a backslash'],
        ['`ltp`, `bid_price_1`', 'a column by its name; `--fields help` lists them'],
        ['`abs(x)`, `round(x)`', 'the magnitude; the nearest whole number, halves away from zero'],
        ['`min(x, y)`, `max(x, y)`', 'the smallest and the largest of two numbers or more'],
        [
          '`mid`',
          'the middle between the best bid and the best ask; null when a side is empty, as in a locked circuit',
        ],
        ['`spread_bps`', 'best ask minus best bid, in hundredths of a percent of `mid`'],
        ['`day_position`', "where `ltp` stands between the day's low (0) and high (1); null while they are equal"],
      ],
    },
    { kind: 'heading', text: 'Null' },
    {
      kind: 'bullets',
      items: [
        'Null never matches, whatever the operator: `oi > 0`, `oi == 0`, `oi != 0` and `not oi == 0` all leave out a row without open interest.',
        'Null is unknown: `null or true` is true, `null and false` is false, `not null` is null. What is computed from null is null.',
        'A column that only other types of rows have is null: `volume > 0` leaves out the rows of indices.',
        'A division by zero gives null. The first is reported on stderr; how many rows had one is reported at the end.',
      ],
    },
    { kind: 'heading', text: 'With other flags' },
    {
      kind: 'bullets',
      items: [
        'A row that does not match has come all the same: its symbol is not missing. `quote`, and `--snapshot`, print the matching rows and end with 0 when all symbols have answered, even when no row matches: `... | grep -q .` is true when one does.',
        '`--count` counts printed rows, `--changed` compares with the row printed last, and `--timeout` and `--idle-timeout` wait for a row that matches.',
        '`--conflate` comes after the condition, and so does a slow reader: a row that waited is printed only if its symbol still matches.',
        'A live table shows only the symbols that match now.',
        '`bars` and `history` judge bars, not ticks: by their columns and those of indicators. A column that is true or false, such as `final`, is a condition by itself.',
        '`record` records only the rows that match; the header of each recording has the condition.',
        'Gaps and other rows of `--events` are always printed.',
        'The condition is no setting: there is no variable for it and no key of a profile.',
      ],
    },
  ];
}
