import { booleanColumn, defineRecord, numberColumn, optional, textColumn } from './record-type.ts';

const NO_VOLUME = 'the bar is of an index or of last prices, which have no volume';

/** Open, high, low and close of an interval (market/bar.ts); keys in the order of the contract. */
export const BAR = defineRecord({
  name: 'Bar',
  printedBy: '`bars`, `history`; columns of indicators stand behind these when they are asked for',
  columns: {
    symbol: textColumn('The symbol as FYERS writes it.'),
    interval: textColumn(
      'How long the bar is: `1m`, `1h`, `1d` for the session, `500t` for so many trades, `100000v` for so much volume.',
    ),
    start: numberColumn('When the interval begins. Of a tick or volume bar: its first trade.', {
      unit: 'epoch seconds',
      time: 'seconds',
    }),
    end: numberColumn(
      'When the interval ends; a trade at that time is in the next bar. Of a tick or volume bar: its last trade.',
      {
        unit: 'epoch seconds',
        time: 'seconds',
        rank: 6,
      },
    ),
    open: numberColumn('Price of the first trade.', { unit: 'rupees or points', decimals: 2, rank: 1 }),
    high: numberColumn('Highest price.', { unit: 'rupees or points', decimals: 2, rank: 1 }),
    low: numberColumn('Lowest price.', { unit: 'rupees or points', decimals: 2, rank: 1 }),
    close: numberColumn('Price of the last trade.', { unit: 'rupees or points', decimals: 2 }),
    volume: numberColumn('Quantity traded in the bar.', { nullWhen: NO_VOLUME, unit: 'units' }),
    vwap: numberColumn('Average price, weighted by quantity.', {
      nullWhen: 'nothing was traded in the bar, or there is no volume',
      unit: 'rupees',
      decimals: 2,
      rank: 3,
    }),
    ticks: numberColumn('How many rows showed a trade.', { unit: 'rows', rank: 4 }),
    oi: numberColumn('Open interest at the last row of the bar.', {
      nullWhen: 'the symbol has none',
      unit: 'units',
      rank: 5,
    }),
    final: booleanColumn('Whether the bar has ended; false while it is forming.', { rank: 2 }),
    partial: booleanColumn('Whether a part of the interval was not seen.', { rank: 2 }),
    gap_ms: numberColumn('How long the feed gave nothing within the bar.', { unit: 'milliseconds', rank: 7 }),
    received_at: numberColumn('When the last row of the bar was received.', {
      unit: 'epoch milliseconds',
      time: 'milliseconds',
      rank: 8,
    }),
    clock: optional(
      textColumn('Set where the rows have no exchange time: the bar is by the time at which they were received.', {
        values: ['received'],
        isHidden: true,
      }),
    ),
    gap_volume: optional(
      numberColumn(
        'Quantity traded during or before a gap, of which nobody knows the interval. It is not in `volume`.',
        {
          unit: 'units',
          isHidden: true,
        },
      ),
    ),
    extreme_unplaced: optional(
      booleanColumn("Set where the day's high or low changed at a time that is not known.", {
        values: [true],
        isHidden: true,
      }),
    ),
    revision: optional(
      numberColumn('Set where the bar was printed before: 1 and up, each a better version.', {
        unit: 'versions',
        isHidden: true,
      }),
    ),
    source: optional(
      textColumn("Set where the bar is the broker's own candle.", { values: ['history'], isHidden: true }),
    ),
    simulated: optional(booleanColumn('Set where the prices are simulated.', { values: [true], isHidden: true })),
  },
  sample: {
    symbol: 'NSE:SBIN-EQ',
    interval: '1m',
    start: 1795413780,
    end: 1795413840,
    open: 812.4,
    high: 813.05,
    low: 812.2,
    close: 812.95,
    volume: 48215,
    vwap: 812.6315,
    ticks: 57,
    oi: null,
    final: true,
    partial: false,
    gap_ms: 0,
    received_at: 1795413839871,
  },
});
