import { describe, expect, it } from 'vitest';
import { NO_VALUE } from '../../../src/lib/hsm/wire.ts';
import type { Kind } from '../../../src/lib/market/kinds.ts';
import { type Message, rowsOf, updatePacket } from './decoded-rows.ts';

/*
 * Messages of the wire, made by hand, against the rows they give, written out by hand.
 */

/** In the wire's default order: ltp, volume, trade time, exchange time, sizes, bid, ask, ... open, previous close. */
const QUOTE = [
  61_050, 1_234_567, 1_795_410_681, 1_795_410_682, 100, 250, 61_045, 61_055, 7, 500_000, 600_001, 60_999, 42, 60_500,
  61_200, 91_200, 54_320, 54_945, 67_155, 60_800, 60_550,
];
const QUOTE_ROW =
  '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":610.5,"open":608,"high":612,"low":605,"close":610.5,"prev_close":605.5,"change":5,"change_percent":0.83,"bid":610.45,"ask":610.55,"bid_size":100,"ask_size":250,"volume":1234567,"last_qty":7,"avg_price":609.99,"total_buy_qty":500000,"total_sell_qty":600001,"oi":42,"year_high":912,"year_low":543.2,"lower_circuit":549.45,"upper_circuit":671.55,"last_trade_time":1795410681,"exchange_time":1795410682,"received_at":1795410683755}\n';
const QUOTE_HEADER =
  'type,symbol,ltp,open,high,low,close,prev_close,change,change_percent,bid,ask,bid_size,ask_size,volume,last_qty,avg_price,total_buy_qty,total_sell_qty,oi,year_high,year_low,lower_circuit,upper_circuit,last_trade_time,exchange_time,received_at';
const QUOTE_CSV =
  'SymbolUpdate,NSE:SBIN-EQ,610.5,608,612,605,610.5,605.5,5,0.83,610.45,610.55,100,250,1234567,7,609.99,500000,600001,42,912,543.2,549.45,671.55,1795410681,1795410682,1795410683755';

/** ltp, previous close, exchange time, high, low, open, year high, year low. */
const INDEX = [2_513_570, 2_520_015, 1_795_410_682, 2_525_500, 2_508_005, 2_519_990, 2_627_735, 2_174_365];
const INDEX_ROW =
  '{"type":"IndexUpdate","symbol":"NSE:NIFTY50-INDEX","ltp":25135.7,"open":25199.9,"high":25255,"low":25080.05,"close":25135.7,"prev_close":25200.15,"change":-64.45,"change_percent":-0.26,"year_high":26277.35,"year_low":21743.65,"exchange_time":1795410682,"received_at":1795410683755}\n';
const INDEX_HEADER =
  'type,symbol,ltp,open,high,low,close,prev_close,change,change_percent,year_high,year_low,exchange_time,received_at';

/** Prices, quantities and orders, five of each side. */
const BOOK = [
  [61_045, 61_040, 61_035, 61_030, 61_025],
  [61_055, 61_060, 61_065, 61_070, 61_075],
  [100, 200, 300, 400, 500],
  [250, 150, 50, 25, 5],
  [3, 4, 5, 6, 7],
  [9, 8, 2, 1, 1],
].flat();
const BOOK_ROW =
  '{"type":"DepthUpdate","symbol":"NSE:SBIN-EQ","bid":[{"price":610.45,"quantity":100,"orders":3},{"price":610.4,"quantity":200,"orders":4},{"price":610.35,"quantity":300,"orders":5},{"price":610.3,"quantity":400,"orders":6},{"price":610.25,"quantity":500,"orders":7}],"ask":[{"price":610.55,"quantity":250,"orders":9},{"price":610.6,"quantity":150,"orders":8},{"price":610.65,"quantity":50,"orders":2},{"price":610.7,"quantity":25,"orders":1},{"price":610.75,"quantity":5,"orders":1}],"spread":0.1,"imbalance":0.5152,"received_at":1795410683755}\n';
const BOOK_HEADER =
  'type,symbol,bid_price_1,bid_quantity_1,bid_orders_1,bid_price_2,bid_quantity_2,bid_orders_2,bid_price_3,bid_quantity_3,bid_orders_3,bid_price_4,bid_quantity_4,bid_orders_4,bid_price_5,bid_quantity_5,bid_orders_5,ask_price_1,ask_quantity_1,ask_orders_1,ask_price_2,ask_quantity_2,ask_orders_2,ask_price_3,ask_quantity_3,ask_orders_3,ask_price_4,ask_quantity_4,ask_orders_4,ask_price_5,ask_quantity_5,ask_orders_5,spread,imbalance,received_at';
const BOOK_CSV =
  'DepthUpdate,NSE:SBIN-EQ,610.45,100,3,610.4,200,4,610.35,300,5,610.3,400,6,610.25,500,7,610.55,250,9,610.6,150,8,610.65,50,2,610.7,25,1,610.75,5,1,0.1,0.5152,1795410683755';

const LITE_ROW = '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":610.5,"received_at":1795410683755}\n';

const KINDS: readonly (readonly [kind: Kind, values: readonly number[], row: string])[] = [
  ['symbol', QUOTE, QUOTE_ROW],
  ['index', INDEX, INDEX_ROW],
  ['depth', BOOK, BOOK_ROW],
  ['lite', QUOTE, LITE_ROW],
];

describe('a snapshot', () => {
  it.each(KINDS)('of kind %s as NDJSON', (kind, snapshot, row) => {
    expect(rowsOf([{ snapshot }], { kinds: [kind] })).toBe(row);
  });

  it('as CSV', () => {
    const csv = (kind: Kind, snapshot: readonly number[]): string =>
      rowsOf([{ snapshot }], { kinds: [kind], format: 'csv' });
    expect(csv('symbol', QUOTE)).toBe(`${QUOTE_HEADER}\n${QUOTE_CSV}\n`);
    expect(csv('index', INDEX)).toBe(
      `${INDEX_HEADER}\nIndexUpdate,NSE:NIFTY50-INDEX,25135.7,25199.9,25255,25080.05,25135.7,25200.15,-64.45,-0.26,26277.35,21743.65,1795410682,1795410683755\n`,
    );
    expect(csv('depth', BOOK)).toBe(`${BOOK_HEADER}\n${BOOK_CSV}\n`);
    expect(csv('lite', QUOTE)).toBe('type,symbol,ltp,received_at\nLiteUpdate,NSE:SBIN-EQ,610.5,1795410683755\n');
    expect(rowsOf([{ snapshot: QUOTE }], { kinds: ['symbol'], format: 'csv', noHeader: true })).toBe(`${QUOTE_CSV}\n`);
  });

  it('with multiplier 100 and precision 4, to all six decimals', () => {
    const snapshot = [83_452_550, 1, 0, 0, 1, 1, 83_450_049, -83_450_050, 1, 1, 1, 50, -50, 49, -49, 0];
    const values = [...snapshot, NO_VALUE, NO_VALUE, NO_VALUE, 83_400_000, 83_500_000];
    expect(rowsOf([{ snapshot: values, multiplier: 100, precision: 4 }], { kinds: ['symbol'] })).toBe(
      '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":83.45255,"open":83.4,"high":-0.000049,"low":0.000049,"close":83.45255,"prev_close":83.5,"change":-0.04745,"change_percent":-0.06,"bid":83.450049,"ask":-83.45005,"bid_size":1,"ask_size":1,"volume":1,"last_qty":1,"avg_price":0.00005,"total_buy_qty":1,"total_sell_qty":1,"oi":4294967246,"year_high":0,"year_low":null,"lower_circuit":null,"upper_circuit":null,"last_trade_time":null,"exchange_time":null,"received_at":1795410683755}\n',
    );
  });

  it('with multiplier 100 and precision 2, of an index and a book', () => {
    const scale = { multiplier: 100, precision: 2 };
    const fields = ['ltp', 'open', 'change', 'change_percent'];
    expect(
      rowsOf([{ snapshot: [5_000_050, 5_000_100, 0, 0, 0, 4_999_949], ...scale }], { kinds: ['index'], fields }),
    ).toBe('{"ltp":500.005,"open":499.9949,"change":-0.005,"change_percent":0}\n');
    const book = BOOK.map((value, slot) => (slot < 10 ? value * 100 + slot : value));
    expect(
      rowsOf([{ snapshot: book, ...scale }], { kinds: ['depth'], fields: ['bid_price_1', 'ask_price_1', 'spread'] }),
    ).toBe('{"bid_price_1":610.45,"ask_price_1":610.5505,"spread":0.1005}\n');
  });

  it('of a currency future, whose every tick is another price', () => {
    const future = { multiplier: 100, precision: 2 };
    const fields = ['ltp', 'change', 'change_percent'];
    const printed = [965_450, 965_475, 965_500].map((ltp) =>
      rowsOf([{ snapshot: [ltp, ...Array(19).fill(0), 964_825], ...future }], { kinds: ['symbol'], fields }),
    );
    expect(printed.join('')).toBe(
      '{"ltp":96.545,"change":0.0625,"change_percent":0.06}\n' +
        '{"ltp":96.5475,"change":0.065,"change_percent":0.07}\n' +
        '{"ltp":96.55,"change":0.0675,"change_percent":0.07}\n',
    );
  });

  it.each([
    [10, 0, '{"ltp":100.5,"prev_close":100.4,"spread":null}'],
    [1_000, 2, '{"ltp":0.01005,"prev_close":0.01004,"spread":null}'],
    [10_000, 9, '{"ltp":1.005e-10,"prev_close":1.004e-10,"spread":null}'],
    // Other multipliers: the quotient at two decimals more, halves away from zero.
    [8, 0, '{"ltp":125.63,"prev_close":125.5,"spread":null}'],
    [3, 1, '{"ltp":33.5,"prev_close":33.467,"spread":null}'],
    [65_535, 9, '{"ltp":2e-11,"prev_close":2e-11,"spread":null}'],
  ])('with multiplier %d and precision %d', (multiplier, precision, row) => {
    const snapshot = [1_005, ...Array(19).fill(0), 1_004];
    const fields = ['ltp', 'prev_close', 'spread'];
    expect(rowsOf([{ snapshot, multiplier, precision }], { kinds: ['symbol', 'depth'], fields })).toBe(`${row}\n`);
  });

  it('with multiplier 0, which counts as 1', () => {
    expect(rowsOf([{ snapshot: QUOTE, multiplier: 0 }], { kinds: ['symbol'] })).toBe(QUOTE_ROW);
  });

  it('of counts beyond 2^31, in quotes and in books', () => {
    // The message of the case: volume 2,255,255,333, total quantity 3,000,000,000, open interest 2,500,000,000.
    const quote = [1_000, -2_039_711_963, ...Array(7).fill(NO_VALUE), -1_294_967_296, 5, NO_VALUE, -1_794_967_296];
    const fields = ['ltp', 'volume', 'total_buy_qty', 'total_sell_qty', 'oi', 'bid_size'];
    expect(rowsOf([{ snapshot: quote }], { kinds: ['symbol'], fields })).toBe(
      '{"ltp":10,"volume":2255255333,"total_buy_qty":3000000000,"total_sell_qty":5,"oi":2500000000,"bid_size":null}\n',
    );
    expect(rowsOf([{ snapshot: quote }], { kinds: ['symbol'], fields, format: 'csv', noHeader: true })).toBe(
      '10,2255255333,3000000000,5,2500000000,\n',
    );
    const book = BOOK.with(10, -2_094_967_296).with(15, -1).with(20, -2).with(25, -2_147_483_647);
    const level = ['bid_quantity_1', 'ask_quantity_1', 'bid_orders_1', 'ask_orders_1', 'spread', 'imbalance'];
    expect(rowsOf([{ snapshot: book }], { kinds: ['depth'], fields: level })).toBe(
      '{"bid_quantity_1":2200000000,"ask_quantity_1":4294967295,"bid_orders_1":4294967294,"ask_orders_1":2147483649,"spread":0.1,"imbalance":-0.3226}\n',
    );
  });

  it('of a price that rises from below zero has a change and a percentage above it', () => {
    const fields = ['change', 'change_percent'];
    const printed = (ltp: number, previous: number): string =>
      rowsOf([{ snapshot: [ltp, ...Array(19).fill(0), previous] }], { kinds: ['symbol'], fields });
    expect(printed(-5_00, -10_00)).toBe('{"change":5,"change_percent":50}\n');
    expect(printed(-37_63, -10_00)).toBe('{"change":-27.63,"change_percent":-276.3}\n');
    expect(printed(-37_63, 18_27)).toBe('{"change":-55.9,"change_percent":-305.97}\n');
    // Less than half of a hundredth of a percent is none.
    expect(printed(999_999, 1_000_000)).toBe('{"change":-0.01,"change_percent":0}\n');
  });

  it('with the greatest and the least numbers there are', () => {
    const [greatest, least] = [2_147_483_647, -2_147_483_647];
    const snapshot = [greatest, least, greatest, least, 0, 0, least, greatest];
    const fields = ['ltp', 'volume', 'last_trade_time', 'exchange_time', 'bid', 'ask'];
    expect(rowsOf([{ snapshot, precision: 9 }], { kinds: ['symbol'], fields, time: 'iso' })).toBe(
      '{"ltp":2.147483647,"volume":2147483649,"last_trade_time":"2038-01-19T08:44:07.000+05:30","exchange_time":"1901-12-14T02:15:53.000+05:30","bid":-2.147483647,"ask":2.147483647}\n',
    );
    expect(rowsOf([{ snapshot: [1], precision: 9 }], { kinds: ['symbol'], fields: ['ltp'] })).toBe('{"ltp":1e-9}\n');
    expect(rowsOf([{ snapshot: [greatest], precision: 0 }], { kinds: ['lite'], fields: ['ltp'] })).toBe(
      '{"ltp":2147483647}\n',
    );
  });
});

describe('--fields', () => {
  it('gives these columns in this order, in both formats', () => {
    const fields = ['exchange_time', 'symbol', 'change', 'ltp', 'type'];
    expect(rowsOf([{ snapshot: QUOTE }], { kinds: ['symbol'], fields })).toBe(
      '{"exchange_time":1795410682,"symbol":"NSE:SBIN-EQ","change":5,"ltp":610.5,"type":"SymbolUpdate"}\n',
    );
    expect(rowsOf([{ snapshot: QUOTE }], { kinds: ['symbol'], fields, format: 'csv' })).toBe(
      'exchange_time,symbol,change,ltp,type\n1795410682,NSE:SBIN-EQ,5,610.5,SymbolUpdate\n',
    );
  });

  it('of a book takes flattened names, and whole sides', () => {
    const fields = ['ask_price_1', 'bid', 'imbalance'];
    expect(rowsOf([{ snapshot: BOOK }], { kinds: ['depth'], fields })).toBe(
      '{"ask_price_1":610.55,"bid":[{"price":610.45,"quantity":100,"orders":3},{"price":610.4,"quantity":200,"orders":4},{"price":610.35,"quantity":300,"orders":5},{"price":610.3,"quantity":400,"orders":6},{"price":610.25,"quantity":500,"orders":7}],"imbalance":0.5152}\n',
    );
    expect(rowsOf([{ snapshot: BOOK }], { kinds: ['depth'], fields, format: 'csv' })).toBe(
      'ask_price_1,bid_price_1,bid_quantity_1,bid_orders_1,bid_price_2,bid_quantity_2,bid_orders_2,bid_price_3,bid_quantity_3,bid_orders_3,bid_price_4,bid_quantity_4,bid_orders_4,bid_price_5,bid_quantity_5,bid_orders_5,imbalance\n610.55,610.45,100,3,610.4,200,4,610.35,300,5,610.3,400,6,610.25,500,7,0.5152\n',
    );
  });

  it('gives a column named twice once', () => {
    const request = { kinds: ['lite'], fields: ['ltp', 'symbol', 'ltp'] } as const;
    expect(rowsOf([{ snapshot: QUOTE }], request)).toBe('{"ltp":610.5,"symbol":"NSE:SBIN-EQ"}\n');
    expect(rowsOf([{ snapshot: QUOTE }], { ...request, format: 'csv' })).toBe('ltp,symbol\n610.5,NSE:SBIN-EQ\n');
  });
});

describe('simulated rows', () => {
  const simulated = true;

  it.each(KINDS)('of kind %s say so last, whatever is selected', (kind, snapshot, row) => {
    expect(rowsOf([{ snapshot }], { kinds: [kind], simulated })).toBe(row.replace(/\}\n$/, ',"simulated":true}\n'));
    expect(rowsOf([{ snapshot }], { kinds: [kind], simulated, fields: ['symbol'] })).toMatch(
      /^\{"symbol":"NSE:[^"]+","simulated":true\}\n$/,
    );
  });

  it('have a last column in CSV', () => {
    expect(rowsOf([{ snapshot: QUOTE }], { kinds: ['symbol'], simulated, format: 'csv' })).toBe(
      `${QUOTE_HEADER},simulated\n${QUOTE_CSV},true\n`,
    );
    expect(rowsOf([{ snapshot: BOOK }], { kinds: ['depth'], simulated, format: 'csv' })).toBe(
      `${BOOK_HEADER},simulated\n${BOOK_CSV},true\n`,
    );
    expect(rowsOf([{ snapshot: QUOTE }], { kinds: ['lite'], simulated, format: 'csv', fields: ['ltp'] })).toBe(
      'ltp,simulated\n610.5,true\n',
    );
  });

  it('say it once and last when it is selected too; other rows cannot say it', () => {
    const request = { kinds: ['lite'], fields: ['simulated', 'ltp'] } as const;
    expect(rowsOf([{ snapshot: QUOTE }], { ...request, simulated })).toBe('{"ltp":610.5,"simulated":true}\n');
    expect(rowsOf([{ snapshot: QUOTE }], request)).toBe('{"ltp":610.5}\n');
    expect(rowsOf([{ snapshot: QUOTE }], { ...request, format: 'csv' })).toBe('ltp\n610.5\n');
  });
});

describe('--time iso', () => {
  it('prints all times in India', () => {
    const fields = ['last_trade_time', 'exchange_time', 'received_at'];
    const request = { kinds: ['symbol'], fields, time: 'iso' } as const;
    expect(rowsOf([{ snapshot: QUOTE }], request)).toBe(
      '{"last_trade_time":"2026-11-23T10:41:21.000+05:30","exchange_time":"2026-11-23T10:41:22.000+05:30","received_at":"2026-11-23T10:41:23.755+05:30"}\n',
    );
    expect(rowsOf([{ snapshot: QUOTE }], { ...request, format: 'csv' })).toBe(
      'last_trade_time,exchange_time,received_at\n2026-11-23T10:41:21.000+05:30,2026-11-23T10:41:22.000+05:30,2026-11-23T10:41:23.755+05:30\n',
    );
    expect(rowsOf([{ snapshot: QUOTE.with(2, 0).with(3, NO_VALUE) }], request)).toBe(
      '{"last_trade_time":null,"exchange_time":null,"received_at":"2026-11-23T10:41:23.755+05:30"}\n',
    );
  });
});

/** For each field of the wire, the columns that say nothing without it. */
const COLUMNS_BY_SLOT: Record<'symbol' | 'index', readonly (readonly string[])[]> = {
  symbol: [
    ['ltp', 'close', 'change', 'change_percent'],
    ['volume'],
    ['last_trade_time'],
    ['exchange_time'],
    ['bid_size'],
    ['ask_size'],
    ['bid'],
    ['ask'],
    ['last_qty'],
    ['total_buy_qty'],
    ['total_sell_qty'],
    ['avg_price'],
    ['oi'],
    ['low'],
    ['high'],
    ['year_high'],
    ['year_low'],
    ['lower_circuit'],
    ['upper_circuit'],
    ['open'],
    ['prev_close', 'change', 'change_percent'],
  ],
  index: [
    ['ltp', 'close', 'change', 'change_percent'],
    ['prev_close', 'change', 'change_percent'],
    ['exchange_time'],
    ['high'],
    ['low'],
    ['open'],
    ['year_high'],
    ['year_low'],
  ],
};

function withNulls(row: string, names: readonly string[]): string {
  return names.reduce((text, name) => text.replace(new RegExp(`"${name}":[^,}]+`), `"${name}":null`), row);
}

const BOOK_RUNS = ['bid_price', 'ask_price', 'bid_quantity', 'ask_quantity', 'bid_orders', 'ask_orders'];
/** 1,500 are bid and 480 asked: the quotients when one level's quantity is not known, by hand. */
const IMBALANCES_WITHOUT: Readonly<Record<string, readonly string[]>> = {
  bid_quantity: ['0.4894', '0.4607', '0.4286', '0.3924', '0.3514'],
  ask_quantity: ['0.7341', '0.6393', '0.5544', '0.5345', '0.519'],
};

describe('a field without a value', () => {
  it.each([
    ['symbol', QUOTE, QUOTE_ROW],
    ['index', INDEX, INDEX_ROW],
  ] as const)('of kind %s is null in the columns that need it, and only there', (kind, values, row) => {
    expect(COLUMNS_BY_SLOT[kind]).toHaveLength(values.length);
    for (const [slot, names] of COLUMNS_BY_SLOT[kind].entries()) {
      expect(rowsOf([{ snapshot: values.with(slot, NO_VALUE) }], { kinds: [kind] })).toBe(withNulls(row, names));
    }
  });

  it('of a book is null in its level; the spread needs both best prices and quantities, the imbalance the rest', () => {
    const csvOf = (snapshot: readonly number[]): string[] =>
      rowsOf([{ snapshot }], { kinds: ['depth'], format: 'csv', noHeader: true }).split(',');
    const names = BOOK_HEADER.split(',');
    for (const [run, name] of BOOK_RUNS.entries()) {
      for (let level = 0; level < 5; level++) {
        const expected = csvOf(BOOK).with(names.indexOf(`${name}_${level + 1}`), '');
        if (level === 0 && !name.endsWith('orders')) expected[names.indexOf('spread')] = '';
        expected[names.indexOf('imbalance')] = IMBALANCES_WITHOUT[name]?.[level] ?? '0.5152';
        expect(csvOf(BOOK.with(run * 5 + level, NO_VALUE))).toEqual(expected);
      }
    }
  });

  it('in all of them leaves names and times', () => {
    const none = (kind: Kind, count: number): string =>
      rowsOf([{ snapshot: Array(count).fill(NO_VALUE) }], { kinds: [kind] });
    expect(none('symbol', 21)).toBe(
      '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":null,"open":null,"high":null,"low":null,"close":null,"prev_close":null,"change":null,"change_percent":null,"bid":null,"ask":null,"bid_size":null,"ask_size":null,"volume":null,"last_qty":null,"avg_price":null,"total_buy_qty":null,"total_sell_qty":null,"oi":null,"year_high":null,"year_low":null,"lower_circuit":null,"upper_circuit":null,"last_trade_time":null,"exchange_time":null,"received_at":1795410683755}\n',
    );
    expect(none('index', 8)).toBe(
      '{"type":"IndexUpdate","symbol":"NSE:NIFTY50-INDEX","ltp":null,"open":null,"high":null,"low":null,"close":null,"prev_close":null,"change":null,"change_percent":null,"year_high":null,"year_low":null,"exchange_time":null,"received_at":1795410683755}\n',
    );
    const level = '{"price":null,"quantity":null,"orders":null}';
    const side = `[${level},${level},${level},${level},${level}]`;
    expect(none('depth', 30)).toBe(
      `{"type":"DepthUpdate","symbol":"NSE:SBIN-EQ","bid":${side},"ask":${side},"spread":null,"imbalance":null,"received_at":1795410683755}\n`,
    );
    expect(none('lite', 21)).toBe(
      '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":null,"received_at":1795410683755}\n',
    );
    expect(rowsOf([{ snapshot: [] }], { kinds: ['symbol'], format: 'csv', noHeader: true })).toBe(
      'SymbolUpdate,NSE:SBIN-EQ,,,,,,,,,,,,,,,,,,,,,,,,,1795410683755\n',
    );
  });

  it('in an update leaves what was known', () => {
    const messages: Message[] = [
      { snapshot: QUOTE },
      { update: updatePacket([NO_VALUE, 1_234_600, NO_VALUE, NO_VALUE]) },
      { update: updatePacket([60_550]) },
    ];
    const changed = QUOTE_ROW.replace('"volume":1234567', '"volume":1234600');
    const flat = changed
      .replaceAll('610.5,', '605.5,')
      .replace('"change":5,"change_percent":0.83', '"change":0,"change_percent":0');
    expect(rowsOf(messages, { kinds: ['symbol'] })).toBe(QUOTE_ROW + changed + flat);
  });
});

describe('zeros', () => {
  it('of a price give no change, of a time no time', () => {
    const row = (slot: number, names: string[]): string =>
      withNulls(QUOTE_ROW, names).replace(/"(ltp|close|prev_close)":[\d.]+/g, (text, name) =>
        (slot === 0) === (name !== 'prev_close') ? `"${name}":0` : text,
      );
    const rowsWithZero = (slot: number): string => rowsOf([{ snapshot: QUOTE.with(slot, 0) }], { kinds: ['symbol'] });
    expect(rowsWithZero(0)).toBe(row(0, ['change', 'change_percent']));
    expect(rowsWithZero(20)).toBe(row(20, ['change', 'change_percent']));
    expect(rowsWithZero(2)).toBe(withNulls(QUOTE_ROW, ['last_trade_time']));
    expect(rowsWithZero(3)).toBe(withNulls(QUOTE_ROW, ['exchange_time']));
  });

  it('of a price that rounds to zero count as zero', () => {
    const snapshot = [1, ...Array(19).fill(0), 83_450_000];
    const fields = ['ltp', 'change', 'change_percent'];
    expect(rowsOf([{ snapshot, multiplier: 201 }], { kinds: ['symbol'], fields })).toBe(
      '{"ltp":0,"change":null,"change_percent":null}\n',
    );
    const book = Array(30).fill(1);
    expect(rowsOf([{ snapshot: book, multiplier: 201 }], { kinds: ['depth'], fields: ['spread'] })).toBe(
      '{"spread":null}\n',
    );
  });

  it('on one side of a book, a locked circuit, give no spread', () => {
    const fields = ['bid_price_1', 'ask_price_1', 'ask_quantity_1', 'spread', 'imbalance'];
    const upper = BOOK.map((value, slot) => ((slot >= 5 && slot < 10) || (slot >= 15 && slot < 20) ? 0 : value));
    expect(rowsOf([{ snapshot: upper }], { kinds: ['depth'], fields })).toBe(
      '{"bid_price_1":610.45,"ask_price_1":0,"ask_quantity_1":0,"spread":null,"imbalance":1}\n',
    );
    const lower = BOOK.map((value, slot) => (slot < 5 || (slot >= 10 && slot < 15) ? 0 : value));
    expect(rowsOf([{ snapshot: lower }], { kinds: ['depth'], fields })).toBe(
      '{"bid_price_1":0,"ask_price_1":610.55,"ask_quantity_1":250,"spread":null,"imbalance":-1}\n',
    );
    for (const slot of [0, 5, 10, 15]) {
      expect(rowsOf([{ snapshot: BOOK.with(slot, 0) }], { kinds: ['depth'], fields: ['spread'] })).toBe(
        '{"spread":null}\n',
      );
    }
  });

  it('all over, an empty book, give neither spread nor imbalance', () => {
    const level = '{"price":0,"quantity":0,"orders":0}';
    const side = `[${level},${level},${level},${level},${level}]`;
    expect(rowsOf([{ snapshot: Array(30).fill(0) }], { kinds: ['depth'] })).toBe(
      `{"type":"DepthUpdate","symbol":"NSE:SBIN-EQ","bid":${side},"ask":${side},"spread":null,"imbalance":null,"received_at":1795410683755}\n`,
    );
  });
});

describe('the order of the wire', () => {
  const QUOTE_IDS = [
    105, 104, 103, 102, 111, 112, 109, 110, 106, 107, 108, 113, 122, 114, 115, 118, 119, 116, 117, 120, 121,
  ];

  it('may be another one, with fields we do not know between', () => {
    const scrip = ['s100', 's101', ...QUOTE_IDS.map((id) => `s${id}`).reverse(), 's140', 's141'];
    const snapshot = [1, 2, ...QUOTE.toReversed(), 3, 4];
    expect(rowsOf([{ snapshot }], { kinds: ['symbol'], dictionary: { scrip } })).toBe(QUOTE_ROW);
    const index = ['i200', 'i109', 'i108', 'i107', 'i106', 'i105', 'i104', 'i103', 'i102', 'i101'];
    expect(rowsOf([{ snapshot: [9, ...INDEX.toReversed(), 9] }], { kinds: ['index'], dictionary: { index } })).toBe(
      INDEX_ROW,
    );
    const depth = Array.from({ length: 30 }, (_, position) => `d${131 - position}`);
    expect(rowsOf([{ snapshot: BOOK.toReversed() }], { kinds: ['depth'], dictionary: { depth } })).toBe(BOOK_ROW);
  });

  it('may leave fields out', () => {
    expect(
      rowsOf([{ snapshot: [60_550, 61_050] }], {
        kinds: ['symbol'],
        fields: ['ltp', 'prev_close', 'change', 'volume'],
        dictionary: { scrip: ['s121', 's105'] },
      }),
    ).toBe('{"ltp":610.5,"prev_close":605.5,"change":5,"volume":null}\n');
  });
});

describe('the count of fields', () => {
  it('may be less than expected: the rest has no value', () => {
    const fields = ['ltp', 'volume', 'last_trade_time', 'bid', 'prev_close', 'change'];
    expect(rowsOf([{ snapshot: QUOTE.slice(0, 3) }], { kinds: ['symbol'], fields })).toBe(
      '{"ltp":610.5,"volume":1234567,"last_trade_time":1795410681,"bid":null,"prev_close":null,"change":null}\n',
    );
    const book = { kinds: ['depth'], fields: ['bid_price_1', 'ask_price_1', 'spread', 'imbalance'] } as const;
    expect(rowsOf([{ snapshot: BOOK.slice(0, 12) }], book)).toBe(
      '{"bid_price_1":610.45,"ask_price_1":610.55,"spread":null,"imbalance":1}\n',
    );
  });

  it.each(KINDS)('may be more than expected, kind %s: the rest counts for nothing', (kind, values, row) => {
    expect(rowsOf([{ snapshot: [...values, 1, 2, 3] }], { kinds: [kind] })).toBe(row);
    const longest = [...values, ...Array(255 - values.length).fill(7)];
    expect(rowsOf([{ snapshot: longest }], { kinds: [kind] })).toBe(row);
  });
});

describe('an index among symbols', () => {
  const messages: Message[] = [{ snapshot: QUOTE }, { snapshot: INDEX, kind: 'index' }];
  const kinds = ['symbol', 'index'] as const;

  it('has rows of its own type', () => {
    expect(rowsOf(messages, { kinds })).toBe(QUOTE_ROW + INDEX_ROW);
  });

  it('leaves the columns it does not have empty in CSV', () => {
    expect(rowsOf(messages, { kinds, format: 'csv', simulated: true })).toBe(
      `${QUOTE_HEADER},simulated\n${QUOTE_CSV},true\nIndexUpdate,NSE:NIFTY50-INDEX,25135.7,25199.9,25255,25080.05,25135.7,25200.15,-64.45,-0.26,,,,,,,,,,,26277.35,21743.65,,,,1795410682,1795410683755,true\n`,
    );
  });

  it('has null in selected fields it does not have', () => {
    expect(rowsOf(messages, { kinds, fields: ['symbol', 'bid', 'ltp'] })).toBe(
      '{"symbol":"NSE:SBIN-EQ","bid":610.45,"ltp":610.5}\n{"symbol":"NSE:NIFTY50-INDEX","bid":null,"ltp":25135.7}\n',
    );
  });
});
