import { type Section, writeContainer } from './container.ts';
import { type MasterFileFacts, ODD_TOKEN, RIGHT_NUMBERS, type STRING_TABLES } from './master-file.ts';
import { endingTextOf, type StemTexts, searchTextOf, squeezedTextOf } from './search-text.ts';
import { buildStringTable, StringNumbers } from './string-table.ts';
import { INSTRUMENT_TYPES, type ListedInstrument } from './symbol-master.ts';
import { SymbolSlots } from './symbol-slots.ts';

/** What the JSON file adds to an instrument. */
export interface ExtraFacts {
  readonly lotSize: number | null;
  readonly isActive: boolean | null;
}

/** What is known of a file besides its rows. */
export type SourceFacts = Omit<MasterFileFacts, 'rows' | 'skippedRows' | 'oddTokens'>;

interface Ending {
  readonly text: string;
  readonly strike: number | null;
  readonly right: ListedInstrument['right'];
}

interface Stem extends StemTexts {
  readonly instrument: ListedInstrument;
  /** Its rows, in the order in which they came. */
  readonly rows: number[];
}

const FYTOKEN_HEAD = 10;
/** Series of shares that trade in the normal way; other series are bonds, small companies, and shares under watch. */
const MAIN_SERIES = /-(?:EQ|A|B)$/;

/** Collects the instruments of one file and makes its binary form. Rows are numbers until then: a file has 100,000 of them. */
export class MasterFileBuilder {
  skippedRows = 0;
  readonly #stems = new Map<string, Stem>();
  readonly #endingNumbers = new StringNumbers();
  readonly #endings: Ending[] = [];
  /** By row, in the order in which they came. */
  readonly #rowStem: Stem[] = [];
  readonly #rowEnding: number[] = [];
  readonly #rowToken: number[] = [];
  readonly #oddTokens = new Map<number, string>();
  readonly #slots = new SymbolSlots((row) => this.#symbolOf(row));

  get rows(): number {
    return this.#rowStem.length;
  }

  /** Of two rows with one symbol the first counts. */
  add(instrument: ListedInstrument): void {
    const row = this.rows;
    if (!this.#slots.add(instrument.symbol, row)) {
      this.skippedRows++;
      return;
    }
    const ending = endingOf(instrument);
    const stem = this.#stemOf(instrument, ending);
    stem.rows.push(row);
    this.#rowStem.push(stem);
    this.#rowEnding.push(this.#numberOfEnding(instrument, ending));
    const token = instrument.fytoken.slice(FYTOKEN_HEAD);
    const number = Number(token);
    const isPlain = String(number) === token && number < ODD_TOKEN;
    this.#rowToken.push(isPlain ? number : ODD_TOKEN);
    if (!isPlain) this.#oddTokens.set(row, token);
  }

  #stemOf(instrument: ListedInstrument, ending: string): Stem {
    const { symbol, name } = instrument;
    const symbolHead = symbol.slice(0, symbol.length - ending.length);
    const nameEnding = ending === '' ? '' : ` ${ending.slice(0, -2)} ${ending.slice(-2)}`;
    const splitsName = ending !== '' && name.endsWith(nameEnding);
    const nameHead = splitsName ? name.slice(0, name.length - nameEnding.length) : name;
    const key = `${symbolHead}\n${nameHead}\n${describeStem(instrument)}\n${ending !== ''}`;
    const known = this.#stems.get(key);
    if (known !== undefined) return known;
    const stem = { symbolHead, nameHead, splitsName, hasEndings: ending !== '', instrument, rows: [] };
    this.#stems.set(key, stem);
    return stem;
  }

  #numberOfEnding({ strike, right }: ListedInstrument, text: string): number {
    const number = this.#endingNumbers.numberOf(`${text}\n${strike}\n${right}`);
    if (number === this.#endings.length) this.#endings.push({ text, strike, right });
    return number;
  }

  #symbolOf(row: number): string {
    const { text } = this.#endings[this.#rowEnding[row] as number] as Ending;
    return (this.#rowStem[row] as Stem).symbolHead + text;
  }

  /** The bytes of the cached file. */
  build(source: SourceFacts): Buffer {
    const stems = [...this.#stems.values()].sort(compareStems);
    const order: number[] = [];
    for (const stem of stems) {
      stem.rows.sort((one, other) => this.#compareRows(one, other));
      for (const row of stem.rows) order.push(row);
    }
    const sections = new Map<string, Section>([
      ...stringSections(
        'symbols',
        stems.map(({ symbolHead }) => symbolHead),
      ),
      ...stringSections(
        'names',
        stems.map(({ nameHead }) => nameHead),
      ),
      ...stringSections('searchText', stems.map(searchTextOf)),
      ...stringSections('squeezedText', stems.map(squeezedTextOf)),
      ...stringSections(
        'endings',
        this.#endings.map(({ text }) => text),
      ),
      ...stringSections(
        'endingText',
        this.#endings.map(({ text }) => endingTextOf(text)),
      ),
      ['endingStrike', Float64Array.from(this.#endings, ({ strike }) => strike ?? Number.NaN)],
      ['endingRight', Uint8Array.from(this.#endings, ({ right }) => (right === null ? 0 : RIGHT_NUMBERS[right]))],
      ...stemSections(stems),
      ['stemRows', countRows(stems)],
      ['rowStem', numberStems(stems, this.rows)],
      ['rowEnding', Uint32Array.from(order, (row) => this.#rowEnding[row] as number)],
      ['rowToken', Uint32Array.from(order, (row) => this.#rowToken[row] as number)],
      ['slots', this.#slots.renumber(order)],
    ]);
    const oddTokens: Record<string, string> = {};
    for (const [place, row] of this.#oddTokens.size === 0 ? [] : order.entries()) {
      const token = this.#oddTokens.get(row);
      if (token !== undefined) oddTokens[place] = token;
    }
    const facts: MasterFileFacts = { ...source, rows: this.rows, skippedRows: this.skippedRows, oddTokens };
    return writeContainer(facts, sections);
  }

  #compareRows(one: number, other: number): number {
    const [a, b] = [one, other].map((row) => this.#endings[this.#rowEnding[row] as number]) as [Ending, Ending];
    return (
      (a.strike ?? 0) - (b.strike ?? 0) || compareText(a.right ?? '', b.right ?? '') || compareText(a.text, b.text)
    );
  }
}

function stringSections(name: (typeof STRING_TABLES)[number], strings: readonly string[]): [string, Section][] {
  const { offsets, bytes } = buildStringTable(strings);
  return [
    [name, bytes],
    [`${name}.offsets`, offsets],
  ];
}

/** What the instruments of a stem have in common. */
function stemSections(stems: readonly Stem[]): [string, Section][] {
  const read = <T>(cell: (instrument: ListedInstrument) => T): T[] => stems.map(({ instrument }) => cell(instrument));
  const orNan = (value: number | null): number => value ?? Number.NaN;
  return [
    ...numberedSections(
      'stemIsin',
      'isins',
      read(({ isin }) => isin ?? ''),
    ),
    ...numberedSections(
      'stemUnderlying',
      'underlyings',
      read(({ underlying }) => underlying ?? ''),
    ),
    ...numberedSections(
      'stemSession',
      'sessions',
      read(({ session }) => session ?? ''),
    ),
    ...numberedSections(
      'stemFytokenHead',
      'fytokenHeads',
      read(({ fytoken }) => fytoken.slice(0, FYTOKEN_HEAD)),
    ),
    ['stemExpiry', Uint32Array.from(read(({ expiresAtMs }) => (expiresAtMs ?? 0) / 1000))],
    ['stemLot', Float64Array.from(read(({ lotSize }) => orNan(lotSize)))],
    ['stemTick', Float64Array.from(read(({ tickSize }) => orNan(tickSize)))],
    ['stemType', Uint8Array.from(read(({ type }) => INSTRUMENT_TYPES.indexOf(type)))],
    ['stemRank', Uint8Array.from(read(rankOf))],
    ['stemActivity', Uint8Array.from(read(({ isActive }) => numberOfActivity(isActive)))],
    ['stemSplitsName', Uint8Array.from(stems, ({ splitsName }) => Number(splitsName))],
  ];
}

/** A column of strings of which many are the same: each once, and its number by stem. */
function numberedSections(
  column: string,
  table: (typeof STRING_TABLES)[number],
  strings: readonly string[],
): [string, Section][] {
  const numbers = new StringNumbers();
  const places = Uint32Array.from(strings, (text) => numbers.numberOf(text));
  return [[column, places], ...stringSections(table, numbers.strings)];
}

function numberStems(stems: readonly Stem[], rows: number): Uint32Array {
  const column = new Uint32Array(rows);
  let row = 0;
  for (const [number, stem] of stems.entries()) {
    column.fill(number, row, row + stem.rows.length);
    row += stem.rows.length;
  }
  return column;
}

/** The strike and right at the end of an option's symbol, `29200CE`; empty where the symbol does not end so. */
function endingOf({ symbol, strike, right }: ListedInstrument): string {
  if (strike === null || right === null) return '';
  const ending = `${strike}${right}`;
  return symbol.endsWith(ending) ? ending : '';
}

/** All that rows of a stem have in common besides its texts. */
function describeStem(instrument: ListedInstrument): string {
  const { type, isin, underlying, expiresAtMs, lotSize, tickSize, session, fytoken, isActive } = instrument;
  const head = fytoken.slice(0, FYTOKEN_HEAD);
  return `${type}\n${isin}\n${underlying}\n${expiresAtMs}\n${lotSize}\n${tickSize}\n${session}\n${head}\n${isActive}`;
}

/**
 * The first key of the order: shares of the main series and indices, other instruments of the cash market, futures, options,
 * and at the end what may not be traded.
 */
export function rankOf({ symbol, type, isActive }: Pick<ListedInstrument, 'symbol' | 'type' | 'isActive'>): number {
  if (isActive === false) return 4;
  if (type === 'future') return 2;
  if (type === 'option') return 3;
  return type === 'index' || MAIN_SERIES.test(symbol) ? 0 : 1;
}

function compareStems({ instrument: one, symbolHead: a }: Stem, { instrument: other, symbolHead: b }: Stem): number {
  return (
    rankOf(one) - rankOf(other) ||
    (one.expiresAtMs ?? 0) - (other.expiresAtMs ?? 0) ||
    compareText(one.underlying ?? '', other.underlying ?? '') ||
    compareText(a, b)
  );
}

/** By the numbers of characters, the same on every machine. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function numberOfActivity(isActive: boolean | null): number {
  return isActive === null ? 0 : isActive ? 1 : 2;
}

function countRows(stems: readonly Stem[]): Uint32Array {
  const first = new Uint32Array(stems.length + 1);
  let rows = 0;
  for (const [index, stem] of stems.entries()) {
    rows += stem.rows.length;
    first[index + 1] = rows;
  }
  return first;
}
