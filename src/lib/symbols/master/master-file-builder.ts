import { type Section, writeContainer } from './container.ts';
import { readInitials } from './initials.ts';
import { baseOf, letterBits } from './letter-bits.ts';
import { type MasterFileFacts, ODD_TOKEN, RIGHT_NUMBERS, type STRING_TABLES } from './master-file.ts';
import { endingTextOf, type StemTexts, searchTextOf, squeezedTextOf } from './search-text.ts';
import { StringNumbers, StringTableBuilder } from './string-table.ts';
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

const FYTOKEN_HEAD = 10;
/** The sections of the letters and digits that begin words. */
const INITIAL_SECTIONS = {
  begins: 'stemInitials',
  isWord: 'stemWholeInitials',
  field: 'stemFieldInitials',
  digits: 'stemDigits',
} as const;
const INITIALS = ['begins', 'isWord', 'field', 'digits'] as const;
/** Series of shares that trade in the normal way; other series are bonds, small companies, and shares under watch. */
const MAIN_SERIES = /-(?:EQ|A|B)$/;

/**
 * Collects the instruments of one file and makes its binary form. All is kept in numbers and bytes from the start: objects for each of
 * 160,000 rows would take ten times the memory of the result.
 */
export class MasterFileBuilder {
  skippedRows = 0;
  readonly #symbols = new StringTableBuilder();
  readonly #names = new StringTableBuilder();
  /** By what the rows of a stem have in common. Only options share one. */
  readonly #stemNumbers = new Map<string, number>();
  readonly #isins = new StringTableBuilder();
  readonly #underlyings = new StringNumbers();
  readonly #sessions = new StringNumbers();
  readonly #fytokenHeads = new StringNumbers();
  /** Columns by stem, in the order in which they came. */
  readonly #stem = {
    underlying: [] as number[],
    session: [] as number[],
    fytokenHead: [] as number[],
    expiry: [] as number[],
    lot: [] as number[],
    tick: [] as number[],
    type: [] as number[],
    rank: [] as number[],
    activity: [] as number[],
    splitsName: [] as number[],
    hasEndings: [] as number[],
  };
  readonly #endingNumbers = new StringNumbers();
  readonly #endings: Ending[] = [];
  /** Columns by row, in the order in which they came. */
  readonly #rowStem: number[] = [];
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
    this.#rowStem.push(this.#stemOf(instrument, ending));
    this.#rowEnding.push(this.#numberOfEnding(instrument, ending));
    const token = instrument.fytoken.slice(FYTOKEN_HEAD);
    const number = Number(token);
    const isPlain = String(number) === token && number < ODD_TOKEN;
    this.#rowToken.push(isPlain ? number : ODD_TOKEN);
    if (!isPlain) this.#oddTokens.set(row, token);
  }

  #stemOf(instrument: ListedInstrument, ending: string): number {
    const { symbol, name } = instrument;
    if (ending === '')
      return this.#addStem(instrument, { symbolHead: symbol, nameHead: name, splitsName: false, hasEndings: false });
    const symbolHead = symbol.slice(0, symbol.length - ending.length);
    const nameEnding = ` ${ending.slice(0, -2)} ${ending.slice(-2)}`;
    const splitsName = name.endsWith(nameEnding);
    const nameHead = splitsName ? name.slice(0, name.length - nameEnding.length) : name;
    const key = `${symbolHead}\n${nameHead}\n${describeStem(instrument)}`;
    const known = this.#stemNumbers.get(key);
    if (known !== undefined) return known;
    const stem = this.#addStem(instrument, { symbolHead, nameHead, splitsName, hasEndings: true });
    this.#stemNumbers.set(key, stem);
    return stem;
  }

  #addStem(instrument: ListedInstrument, texts: Omit<StemTexts, 'instrument'>): number {
    const { underlying, session, fytoken, expiresAtMs, lotSize, tickSize, type, isActive, isin } = instrument;
    this.#symbols.add(texts.symbolHead);
    this.#names.add(texts.nameHead);
    this.#isins.add(isin ?? '');
    const columns = this.#stem;
    columns.underlying.push(this.#underlyings.numberOf(underlying ?? ''));
    columns.session.push(this.#sessions.numberOf(session ?? ''));
    columns.fytokenHead.push(this.#fytokenHeads.numberOf(fytoken.slice(0, FYTOKEN_HEAD)));
    columns.expiry.push((expiresAtMs ?? 0) / 1000);
    columns.lot.push(lotSize ?? Number.NaN);
    columns.tick.push(tickSize ?? Number.NaN);
    columns.type.push(INSTRUMENT_TYPES.indexOf(type));
    columns.rank.push(rankOf(instrument));
    columns.activity.push(isActive === null ? 0 : isActive ? 1 : 2);
    columns.splitsName.push(Number(texts.splitsName));
    return columns.hasEndings.push(Number(texts.hasEndings)) - 1;
  }

  #numberOfEnding({ strike, right }: ListedInstrument, text: string): number {
    const number = this.#endingNumbers.numberOf(`${text}\n${strike}\n${right}`);
    if (number === this.#endings.length) this.#endings.push({ text, strike, right });
    return number;
  }

  #symbolOf(row: number): string {
    const { text } = this.#endings[this.#rowEnding[row] as number] as Ending;
    return this.#symbols.read(this.#rowStem[row] as number) + text;
  }

  /** The bytes of the cached file. */
  build(source: SourceFacts): Buffer {
    const underlyings = this.#sortUnderlyings();
    const stems = this.#sortStems(underlyings.places);
    const rows = this.#sortRows(stems);
    const columns = this.#stem;
    const take = (column: readonly number[]): number[] => Array.from(stems, (stem) => column[stem] as number);
    const rowStem = new Uint32Array(rows.length);
    const stemRows = new Uint32Array(stems.length + 1);
    const places = invert(stems);
    for (const [place, row] of rows.entries()) {
      const stem = places[this.#rowStem[row] as number] as number;
      rowStem[place] = stem;
      stemRows[stem + 1] = place + 1;
    }
    const sections = new Map<string, Section>([
      ...this.#textSections(stems),
      ...tableSections(
        'endings',
        this.#endings.map(({ text }) => text),
      ),
      ...tableSections(
        'endingText',
        this.#endings.map(({ text }) => endingTextOf(text)),
      ),
      ...tableSections('underlyings', underlyings.names),
      ...tableSections('sessions', this.#sessions.strings),
      ...tableSections('fytokenHeads', this.#fytokenHeads.strings),
      ['stemUnderlying', Uint32Array.from(take(columns.underlying), (number) => underlyings.places[number] as number)],
      ['stemSession', Uint32Array.from(take(columns.session))],
      ['stemFytokenHead', Uint32Array.from(take(columns.fytokenHead))],
      ['stemExpiry', Uint32Array.from(take(columns.expiry))],
      ['stemLot', Float64Array.from(take(columns.lot))],
      ['stemTick', Float64Array.from(take(columns.tick))],
      ['stemType', Uint8Array.from(take(columns.type))],
      ['stemRank', Uint8Array.from(take(columns.rank))],
      ['stemActivity', Uint8Array.from(take(columns.activity))],
      ['stemSplitsName', Uint8Array.from(take(columns.splitsName))],
      ['stemRows', stemRows],
      ['endingStrike', Float64Array.from(this.#endings, ({ strike }) => strike ?? Number.NaN)],
      ['endingRight', Uint8Array.from(this.#endings, ({ right }) => (right === null ? 0 : RIGHT_NUMBERS[right]))],
      ['rowStem', rowStem],
      ['rowEnding', rows.map((row) => this.#rowEnding[row] as number)],
      ['rowToken', rows.map((row) => this.#rowToken[row] as number)],
      ['slots', this.#slots.renumber(rows)],
    ]);
    const oddTokens: Record<string, string> = {};
    for (const [place, row] of this.#oddTokens.size === 0 ? [] : rows.entries()) {
      const token = this.#oddTokens.get(row);
      if (token !== undefined) oddTokens[place] = token;
    }
    const facts: MasterFileFacts = { ...source, rows: this.rows, skippedRows: this.skippedRows, oddTokens };
    return writeContainer(facts, sections);
  }

  /** The texts of the stems, and what a search compares with. */
  #textSections(stems: Uint32Array): [string, Section][] {
    const names = ['symbols', 'names', 'isins', 'searchText', 'squeezedText'] as const;
    const tables = names.map(() => new StringTableBuilder());
    const underlyings = this.#underlyings.strings;
    const letters = new Uint32Array(stems.length);
    const lengths = new Uint8Array(stems.length);
    const makeColumn = (): Uint32Array => new Uint32Array(stems.length);
    const initials = { begins: makeColumn(), isWord: makeColumn(), field: makeColumn(), digits: makeColumn() };
    for (const [place, stem] of stems.entries()) {
      const [symbolHead, nameHead, isin] = [this.#symbols, this.#names, this.#isins].map((table) =>
        table.read(stem),
      ) as [string, string, string];
      const texts: StemTexts = {
        symbolHead,
        nameHead,
        splitsName: this.#stem.splitsName[stem] === 1,
        hasEndings: this.#stem.hasEndings[stem] === 1,
        instrument: {
          type: INSTRUMENT_TYPES[this.#stem.type[stem] as number] ?? 'equity',
          underlying: underlyings[this.#stem.underlying[stem] as number] || null,
          isin: isin || null,
        },
      };
      const searchText = searchTextOf(texts);
      const row = [symbolHead, nameHead, isin, searchText, squeezedTextOf(texts, searchText)];
      for (const [at, text] of row.entries()) tables[at]?.add(text);
      const base = baseOf(symbolHead);
      letters[place] = letterBits(base);
      lengths[place] = base.length;
      const its = readInitials(searchText);
      for (const name of INITIALS) initials[name][place] = its[name];
    }
    return [
      ...names.flatMap((name, at) => sectionsOf(name, tables[at] as StringTableBuilder)),
      ['stemLetters', letters],
      ['stemBaseLength', lengths],
      ...INITIALS.map((name): [string, Section] => [INITIAL_SECTIONS[name], initials[name]]),
    ];
  }

  /** The underlyings in order, and the place in it of each by its number here. */
  #sortUnderlyings(): { readonly names: readonly string[]; readonly places: Uint32Array } {
    const { strings } = this.#underlyings;
    const order = Uint32Array.from(strings.keys()).sort((one, other) =>
      compareText(strings[one] as string, strings[other] as string),
    );
    return { names: Array.from(order, (number) => strings[number] as string), places: invert(order) };
  }

  /** By rank, near expiries first, then by underlying and symbol. */
  #sortStems(underlyingPlaces: Uint32Array): Uint32Array {
    const { rank, expiry, underlying } = this.#stem;
    const at = (column: readonly number[] | Uint32Array, place: number): number => column[place] as number;
    return Uint32Array.from(rank.keys()).sort(
      (one, other) =>
        at(rank, one) - at(rank, other) ||
        at(expiry, one) - at(expiry, other) ||
        at(underlyingPlaces, at(underlying, one)) - at(underlyingPlaces, at(underlying, other)) ||
        compareText(this.#symbols.read(one), this.#symbols.read(other)),
    );
  }

  /** In the order of their stems, then by strike, call first. */
  #sortRows(stems: Uint32Array): Uint32Array {
    const places = invert(stems);
    const endingPlaces = invert(
      Uint32Array.from(this.#endings.keys()).sort((one, other) => {
        const [a, b] = [this.#endings[one], this.#endings[other]] as [Ending, Ending];
        return (
          (a.strike ?? 0) - (b.strike ?? 0) || compareText(a.right ?? '', b.right ?? '') || compareText(a.text, b.text)
        );
      }),
    );
    // One number for each row: sorting numbers needs no calls.
    const keys = new Float64Array(this.rows);
    for (let row = 0; row < keys.length; row++) {
      const stem = places[this.#rowStem[row] as number] as number;
      keys[row] = stem * this.#endings.length + (endingPlaces[this.#rowEnding[row] as number] as number);
    }
    return Uint32Array.from(keys.keys()).sort((one, other) => (keys[one] as number) - (keys[other] as number));
  }
}

function sectionsOf(name: (typeof STRING_TABLES)[number], table: StringTableBuilder): [string, Section][] {
  const { offsets, bytes } = table.finish();
  return [
    [name, bytes],
    [`${name}.offsets`, offsets],
  ];
}

function tableSections(name: (typeof STRING_TABLES)[number], strings: readonly string[]): [string, Section][] {
  const table = new StringTableBuilder();
  for (const text of strings) table.add(text);
  return sectionsOf(name, table);
}

/** The place of each number in an order. */
function invert(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (const [place, number] of order.entries()) places[number] = place;
  return places;
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

/** The ranks of stems: a part of the layout of a cached file. */
export const RANK = { main: 0, cash: 1, future: 2, option: 3, inactive: 4 } as const;

/**
 * The first key of the order: shares of the main series and indices, other instruments of the cash market, futures, options,
 * and at the end what may not be traded.
 */
export function rankOf({ symbol, type, isActive }: Pick<ListedInstrument, 'symbol' | 'type' | 'isActive'>): number {
  if (isActive === false) return RANK.inactive;
  if (type === 'future' || type === 'option') return RANK[type];
  return type === 'index' || MAIN_SERIES.test(symbol) ? RANK.main : RANK.cash;
}

/** By the numbers of characters, the same on every machine. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
