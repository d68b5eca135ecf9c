/*
 * The field dictionary as the live server sends it in the auth response: which field id means what, and in which order
 * topics of each kind carry them. A section's ids are its prefix and consecutive numbers.
 */

type DataType = 'timestamp' | 'Number' | 'ConvNumber';
/** Place in the client's own array, short name, how it is printed (`ConvNumber` is a scaled price), meaning. */
type Field = readonly [index: number, fld: string, dataType: DataType, details: string];

const SYMBOL_FIELDS: readonly Field[] = [
  [0, 'ftm0', 'timestamp', 'Feeder feed time [Time in seconds]'],
  [1, 'dtm1', 'timestamp', 'DDS feed time [Time in seconds]'],
  [2, 'fdtm', 'timestamp', 'Exchange feed time [Time in seconds]'],
  [3, 'ltt', 'timestamp', 'Last Trade Time [Time in seconds]'],
  [4, 'v', 'Number', 'Trade Volume'],
  [5, 'ltp', 'ConvNumber', 'Last Trade Price'],
  [6, 'ltq', 'Number', 'Last Trade Quantity'],
  [7, 'tbq', 'Number', 'Total Buy Quantity'],
  [8, 'tsq', 'Number', 'Total Sell Quantity'],
  [9, 'bp', 'ConvNumber', 'Best Bid Price'],
  [10, 'sp', 'ConvNumber', 'Best Offer Price'],
  [11, 'bq', 'Number', 'Best Bid Size'],
  [12, 'bs', 'Number', 'Best Offer Size'],
  [13, 'ap', 'ConvNumber', 'VWAP/Average Price'],
  [14, 'lo', 'ConvNumber', 'Low Price'],
  [15, 'h', 'ConvNumber', 'High Price'],
  [16, 'lcl', 'ConvNumber', 'Lower Circuit Limit'],
  [17, 'ucl', 'ConvNumber', 'upper Circuit Limit'],
  [18, 'yh', 'ConvNumber', 'Fifty Two Week High/Yearly High'],
  [19, 'yl', 'ConvNumber', 'Fifty Two Week Low/Yearly Low'],
  [20, 'op', 'ConvNumber', 'Open Price'],
  [21, 'c', 'ConvNumber', 'Close Price'],
  [22, 'oi', 'Number', 'Open Interest'],
];

const INDEX_FIELDS: readonly Field[] = [
  [0, 'ftm0', 'timestamp', 'Feeder feed time'],
  [1, 'dtm1', 'timestamp', 'DDS feed time'],
  [2, 'iv', 'ConvNumber', 'Last Trade Price'],
  [3, 'ic', 'ConvNumber', 'Close Price'],
  [4, 'tvalue', 'timestamp', 'Exchange feed time'],
  [5, 'highPrice', 'ConvNumber', 'High Price'],
  [6, 'lowPrice', 'ConvNumber', 'Low Price'],
  [7, 'openingPrice', 'ConvNumber', 'Open Price'],
  [12, 'yh', 'ConvNumber', 'Yearly High'],
  [13, 'yl', 'ConvNumber', 'Yearly Low'],
];

/** What clients derive: change, change percent, turnover, multiplier and precision of each kind. */
const DERIVED_FIELDS: readonly Field[] = [
  [25, 'cng', 'ConvNumber', 'cng'],
  [26, 'nc', 'Number', 'nc'],
  [27, 'to', 'Number', 'to'],
  [10, 'cng', 'ConvNumber', 'cng'],
  [11, 'nc', 'Number', 'nc'],
  [23, 'mul', 'Number', 'mul'],
  [24, 'prec', 'Number', 'prec'],
  [8, 'mul', 'Number', 'mul'],
  [9, 'prec', 'Number', 'prec'],
  [32, 'mul', 'Number', 'mul'],
  [33, 'prec', 'Number', 'prec'],
];

const LEVEL_NAMES = ['', '1', '2', '3', '4'];
const ORDER_NAMES = ['1', '2', '3', '4', '5'];

const DEPTH_FIELDS: readonly Field[] = [
  ['ftm0', 'timestamp'] as const,
  ['dtm1', 'timestamp'] as const,
  ...LEVEL_NAMES.map((level) => [`bp${level}`, 'ConvNumber'] as const),
  ...LEVEL_NAMES.map((level) => [`sp${level}`, 'ConvNumber'] as const),
  ...LEVEL_NAMES.map((level) => [`bq${level}`, 'Number'] as const),
  ...LEVEL_NAMES.map((level) => [`bs${level}`, 'Number'] as const),
  ...ORDER_NAMES.map((level) => [`bno${level}`, 'Number'] as const),
  ...ORDER_NAMES.map((level) => [`sno${level}`, 'Number'] as const),
].map(([name, dataType], index) => [index, name, dataType, name] as const);

function describe(prefix: string, first: number, fields: readonly Field[]): object[] {
  return fields.map(([index, fld, dataType, details], position) => ({
    fid: `${prefix}${first + position}`,
    type: 'Number',
    details,
    index,
    fld,
    dataType,
  }));
}

/** Wire order of a full quote: not the order of the ids. */
const SYMBOL_ORDER = [
  105, 104, 103, 102, 111, 112, 109, 110, 106, 107, 108, 113, 122, 114, 115, 118, 119, 116, 117, 120, 121,
];

function idsFrom(prefix: string, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, position) => `${prefix}${first + position}`);
}

/** Values in a lite packet. */
export const LITE_COUNT = 1;

/** The dictionary as JSON text. */
export function fieldDictionaryJson(): string {
  return JSON.stringify({
    version: '1.0.0',
    protocol: '1.0.0',
    fields: [
      ...describe('s', 100, SYMBOL_FIELDS),
      ...describe('i', 100, INDEX_FIELDS),
      ...describe('d', 100, DEPTH_FIELDS),
      ...describe('f', 101, DERIVED_FIELDS),
    ],
    scrip: SYMBOL_ORDER.map((number) => `s${number}`),
    index: idsFrom('i', 102, 8),
    depth: idsFrom('d', 102, 30),
    scrip_lite: { hfid: LITE_COUNT },
    index_lite: { hfid: LITE_COUNT },
  });
}
