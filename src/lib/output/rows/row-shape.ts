import type { Column, ColumnSource } from '../../market/columns.ts';
import { type Kind, ROW_TYPES } from '../../market/kinds.ts';
import { SIMULATED } from './field-selection.ts';
import { ndjsonTemplate } from './row-encoder.ts';

/** The form in which a value is printed. All but a symbol and a time may be null. */
export type ValueForm = 'symbol' | 'price' | 'integer' | 'seconds' | 'time';

/** Where a value stands in its row: `ltp`, or `bid/0/price` in the book. */
export type ValuePath = string;

/**
 * The rows of one kind as lines: fixed text in front of each value, which is another in every row, and fixed text behind the
 * last. The type is part of the text, and so are the quotes around the symbol.
 */
export interface RowShape {
  readonly kind: Kind;
  readonly texts: readonly string[];
  readonly values: readonly { readonly path: ValuePath; readonly form: ValueForm }[];
  /** Behind the last value, with the line end; of a row with simulated prices. */
  readonly end: string;
  readonly simulatedEnd: string;
}

const FORMS: Record<Exclude<ColumnSource['from'], 'type'>, ValueForm> = {
  symbol: 'symbol',
  receivedAt: 'time',
  integer: 'integer',
  seconds: 'seconds',
  price: 'price',
  change: 'price',
  changePercent: 'price',
  spread: 'price',
  imbalance: 'price',
};

export function pathOf({ name, place }: Pick<Column, 'name' | 'place'>): ValuePath {
  return place === undefined ? name : `${place.side}/${place.level}/${place.key}`;
}

/** The shape of the rows that this version prints: the encoder's own template. */
export function rowShape(kind: Kind): RowShape {
  const { cells, after } = ndjsonTemplate(kind, { simulated: false });
  const texts: string[] = [];
  const values: RowShape['values'][number][] = [];
  let text = '';
  for (const { before, column } of cells) {
    text += before;
    if (column.from === 'type') {
      text += JSON.stringify(ROW_TYPES[kind]);
      continue;
    }
    const isText = column.from === 'symbol';
    texts.push(isText ? `${text}"` : text);
    values.push({ path: pathOf(column), form: FORMS[column.from] });
    text = isText ? '"' : '';
  }
  const end = text + after;
  return { kind, texts, values, end, simulatedEnd: end.replace('}\n', `,"${SIMULATED}":true}\n`) };
}
