import { type Kind, ROW_TYPES } from '../market/kinds.ts';
import { type RowShape, rowShape, type ValueForm, type ValuePath } from '../output/rows/row-shape.ts';

/*
 * Which columns the rows of a recording have: its header shows a row in which the form of each value stands in its place, as in
 * {"type":"LiteUpdate","symbol":"symbol","ltp":"price","received_at":"time"}. So a later version, whose rows have more columns, can
 * still check every byte of the older rows, and reads null where they have nothing.
 */

/** A row with the form of each value in its place. */
export type DeclaredRow = Readonly<Record<string, unknown>>;

/** Rows of other columns than those of this version. */
export interface OtherRows {
  readonly shape: RowShape;
  /** Columns that this version does not know: they are left out. */
  readonly unknownColumns: readonly string[];
}

const FORMS: ReadonlySet<string> = new Set<ValueForm>(['symbol', 'price', 'integer', 'seconds', 'time']);
/** Of a column. */
const NAME = /^[a-z][a-z0-9_]*$/;
/** A book of a hundred levels has 600. */
const MAX_VALUES = 1_000;
/** The scanner compares texts four bytes at a time. */
const MIN_TEXT_BYTES = 4;

/** The declaration of the rows that this version records. */
export function declareRow(kind: Kind): DeclaredRow {
  const { texts, values, end } = rowShape(kind);
  const parts = values.map(({ form }, place) => texts[place] + (form === 'symbol' ? form : JSON.stringify(form)));
  return JSON.parse(parts.join('') + end) as DeclaredRow;
}

const PRICES_OF_DAY = {
  ltp: 'price',
  open: 'price',
  high: 'price',
  low: 'price',
  close: 'price',
  prev_close: 'price',
  change: 'price',
  change_percent: 'price',
};
const LEVELS = Array.from({ length: 5 }, () => ({ price: 'price', quantity: 'integer', orders: 'integer' }));

/** The rows of recordings whose header does not declare them. They were made before headers did: this list never changes. */
export const UNDECLARED_ROWS: Readonly<Record<Kind, DeclaredRow>> = {
  symbol: {
    type: 'SymbolUpdate',
    symbol: 'symbol',
    ...PRICES_OF_DAY,
    bid: 'price',
    ask: 'price',
    bid_size: 'integer',
    ask_size: 'integer',
    volume: 'integer',
    last_qty: 'integer',
    avg_price: 'price',
    total_buy_qty: 'integer',
    total_sell_qty: 'integer',
    oi: 'integer',
    year_high: 'price',
    year_low: 'price',
    lower_circuit: 'price',
    upper_circuit: 'price',
    last_trade_time: 'seconds',
    exchange_time: 'seconds',
    received_at: 'time',
  },
  index: {
    type: 'IndexUpdate',
    symbol: 'symbol',
    ...PRICES_OF_DAY,
    year_high: 'price',
    year_low: 'price',
    exchange_time: 'seconds',
    received_at: 'time',
  },
  depth: {
    type: 'DepthUpdate',
    symbol: 'symbol',
    bid: LEVELS,
    ask: LEVELS,
    spread: 'price',
    imbalance: 'price',
    received_at: 'time',
  },
  lite: { type: 'LiteUpdate', symbol: 'symbol', ltp: 'price', received_at: 'time' },
};

/**
 * What is other about rows that were declared so; undefined when they are those of this version. A text says, in words, why this
 * version cannot read them.
 */
export function findOtherRows(
  kind: Kind,
  declared: DeclaredRow = UNDECLARED_ROWS[kind],
): OtherRows | undefined | string {
  const ours = rowShape(kind);
  const shape = new ShapeReader(kind).read(declared);
  if (typeof shape === 'string') return shape;
  const formsOf = new Map(ours.values.map(({ path, form }) => [path, form]));
  const unknown = new Set<string>();
  for (const { path, form } of shape.values) {
    const own = formsOf.get(path);
    if (own === undefined) unknown.add(path.split('/')[0] as string);
    else if (own !== form) return `the column ${path} has values of another form`;
  }
  if (shape.texts.join(' ') === ours.texts.join(' ') && shape.end === ours.end) return undefined;
  return { shape, unknownColumns: [...unknown] };
}

/** Makes the shape of rows out of their declaration. */
class ShapeReader {
  readonly #kind: Kind;
  readonly #texts: string[] = [];
  readonly #values: { readonly path: ValuePath; readonly form: ValueForm }[] = [];
  #text = '';
  #problem: string | undefined;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /** Or, in words, why this version cannot read such rows. */
  read(row: DeclaredRow): RowShape | string {
    if (Object.keys(row)[0] !== 'type' || row['type'] !== ROW_TYPES[this.#kind]) return 'its rows are of another type';
    this.#walk(row, '');
    const required = [
      ['symbol', 'symbol'],
      ['received_at', 'time'],
    ] as const;
    for (const [path, form] of required) {
      if (!this.#values.some((value) => value.path === path && value.form === form)) return `its rows have no ${path}`;
    }
    const end = `${this.#text}\n`;
    if (this.#values.length > MAX_VALUES) return 'its rows have too many columns';
    if (this.#problem) return this.#problem;
    const simulatedEnd = end.replace(/\}\n$/, ',"simulated":true}\n');
    return { kind: this.#kind, texts: this.#texts, values: this.#values, end, simulatedEnd };
  }

  #walk(value: unknown, path: ValuePath): void {
    if (typeof value === 'string') this.#add(value, path);
    else if (typeof value === 'object' && value !== null && this.#values.length <= MAX_VALUES) {
      const isList = Array.isArray(value);
      let open = isList ? '[' : '{';
      for (const [key, inner] of Object.entries(value)) {
        if (!isList && !NAME.test(key)) this.#problem = `${JSON.stringify(key)} is not the name of a column`;
        this.#text += isList ? open : `${open}"${key}":`;
        open = ',';
        this.#walk(inner, path === '' ? key : `${path}/${key}`);
      }
      this.#text += `${open === ',' ? '' : open}${isList ? ']' : '}'}`;
    } else this.#problem = `the column ${path} is not declared`;
  }

  #add(form: string, path: ValuePath): void {
    if (path === 'type') {
      this.#text += JSON.stringify(form);
      return;
    }
    if (!FORMS.has(form) || (form === 'symbol') !== (path === 'symbol')) {
      this.#problem = `the column ${path} has values of a form that this version does not know`;
    }
    const quote = form === 'symbol' ? '"' : '';
    this.#texts.push(this.#text + quote);
    this.#values.push({ path, form: form as ValueForm });
    if (this.#text.length < MIN_TEXT_BYTES) this.#problem = `the column ${path} has no name`;
    this.#text = quote;
  }
}
