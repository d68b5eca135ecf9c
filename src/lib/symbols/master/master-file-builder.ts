import { type Section, writeContainer } from './container.ts';
import { type MasterFileFacts, ODD_TOKEN, RIGHT_NUMBERS, STRING_TABLES } from './master-file.ts';
import { endingTextOf, type StemTexts, searchTextOf, squeezedTextOf } from './search-text.ts';
import { buildStringTable, StringNumbers } from './string-table.ts';
import { hashText } from './symbol-hash.ts';
import { INSTRUMENT_TYPES, type ListedInstrument } from './symbol-master.ts';

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

interface Row {
  readonly ending: number;
  readonly token: string;
}

interface Stem extends StemTexts {
  readonly instrument: ListedInstrument;
  readonly rows: Row[];
}

const FYTOKEN_HEAD = 10;
/** Series of shares that trade in the normal way; other series are bonds, small companies, and shares under watch. */
const MAIN_SERIES = /-(?:EQ|A|B)$/;

/** Collects the instruments of one file and makes its binary form. */
export class MasterFileBuilder {
  skippedRows = 0;
  readonly #stems = new Map<string, Stem>();
  readonly #endingNumbers = new StringNumbers();
  readonly #endings: Ending[] = [];
  readonly #symbols = new Set<string>();

  get rows(): number {
    return this.#symbols.size;
  }

  /** Of two rows with one symbol the first counts. */
  add(instrument: ListedInstrument): void {
    const { symbol, name, strike, right, fytoken } = instrument;
    if (this.#symbols.has(symbol)) {
      this.skippedRows++;
      return;
    }
    this.#symbols.add(symbol);
    const ending = endingOf(instrument);
    const symbolHead = symbol.slice(0, symbol.length - ending.length);
    const nameEnding = ending === '' ? '' : ` ${ending.slice(0, -2)} ${ending.slice(-2)}`;
    const splitsName = ending !== '' && name.endsWith(nameEnding);
    const nameHead = splitsName ? name.slice(0, name.length - nameEnding.length) : name;
    const key = `${symbolHead}\n${nameHead}\n${describeStem(instrument)}\n${ending !== ''}`;
    let stem = this.#stems.get(key);
    if (stem === undefined) {
      stem = { symbolHead, nameHead, splitsName, hasEndings: ending !== '', instrument, rows: [] };
      this.#stems.set(key, stem);
    }
    const number = this.#endingNumbers.numberOf(`${ending}\n${strike}\n${right}`);
    if (number === this.#endings.length) this.#endings.push({ text: ending, strike, right });
    stem.rows.push({ ending: number, token: fytoken.slice(FYTOKEN_HEAD) });
  }

  /** The bytes of the cached file. */
  build(source: SourceFacts): Buffer {
    const stems = [...this.#stems.values()].sort(compareStems);
    const rows = stems.flatMap((stem) => stem.rows.sort((one, other) => this.#compareRows(one, other)));
    const sections = new Map<string, Section>();
    const strings = new Map<string, readonly string[]>();
    const number = (table: string, texts: readonly string[]): Uint32Array => {
      const numbers = new StringNumbers();
      const column = Uint32Array.from(texts, (text) => numbers.numberOf(text));
      strings.set(table, numbers.strings);
      return column;
    };
    const of = (read: (instrument: ListedInstrument) => string): string[] => stems.map((stem) => read(stem.instrument));
    strings.set(
      'symbols',
      stems.map((stem) => stem.symbolHead),
    );
    strings.set(
      'names',
      stems.map((stem) => stem.nameHead),
    );
    strings.set(
      'endings',
      this.#endings.map((ending) => ending.text),
    );
    strings.set('searchText', stems.map(searchTextOf));
    strings.set('squeezedText', stems.map(squeezedTextOf));
    strings.set(
      'endingText',
      this.#endings.map((ending) => endingTextOf(ending.text)),
    );
    sections.set(
      'stemIsin',
      number(
        'isins',
        of(({ isin }) => isin ?? ''),
      ),
    );
    sections.set(
      'stemUnderlying',
      number(
        'underlyings',
        of(({ underlying }) => underlying ?? ''),
      ),
    );
    sections.set(
      'stemSession',
      number(
        'sessions',
        of(({ session }) => session ?? ''),
      ),
    );
    sections.set(
      'stemFytokenHead',
      number(
        'fytokenHeads',
        of(({ fytoken }) => fytoken.slice(0, FYTOKEN_HEAD)),
      ),
    );
    sections.set(
      'stemExpiry',
      Uint32Array.from(stems, ({ instrument }) => (instrument.expiresAtMs ?? 0) / 1000),
    );
    sections.set(
      'stemLot',
      Float64Array.from(stems, ({ instrument }) => instrument.lotSize ?? Number.NaN),
    );
    sections.set(
      'stemTick',
      Float64Array.from(stems, ({ instrument }) => instrument.tickSize ?? Number.NaN),
    );
    sections.set(
      'stemType',
      Uint8Array.from(stems, ({ instrument }) => INSTRUMENT_TYPES.indexOf(instrument.type)),
    );
    sections.set(
      'stemRank',
      Uint8Array.from(stems, ({ instrument }) => rankOf(instrument)),
    );
    sections.set(
      'stemActivity',
      Uint8Array.from(stems, ({ instrument }) => numberOfActivity(instrument.isActive)),
    );
    sections.set(
      'stemSplitsName',
      Uint8Array.from(stems, ({ splitsName }) => Number(splitsName)),
    );
    sections.set('stemRows', countRows(stems));
    sections.set('rowStem', Uint32Array.from(stems.flatMap((stem, index) => stem.rows.map(() => index))));
    sections.set(
      'rowEnding',
      Uint32Array.from(rows, (row) => row.ending),
    );
    sections.set(
      'endingStrike',
      Float64Array.from(this.#endings, ({ strike }) => strike ?? Number.NaN),
    );
    sections.set(
      'endingRight',
      Uint8Array.from(this.#endings, ({ right }) => (right === null ? 0 : RIGHT_NUMBERS[right])),
    );
    const oddTokens: Record<string, string> = {};
    sections.set(
      'rowToken',
      Uint32Array.from(rows, ({ token }, row) => {
        const value = Number(token);
        if (String(value) === token && value < ODD_TOKEN) return value;
        oddTokens[row] = token;
        return ODD_TOKEN;
      }),
    );
    sections.set('slots', this.#hashSymbols(stems));
    for (const name of STRING_TABLES) {
      const { offsets, bytes } = buildStringTable(strings.get(name) ?? []);
      sections.set(name, bytes);
      sections.set(`${name}.offsets`, offsets);
    }
    const facts: MasterFileFacts = { ...source, rows: this.rows, skippedRows: this.skippedRows, oddTokens };
    return writeContainer(facts, sections);
  }

  #compareRows(one: Row, other: Row): number {
    const [a, b] = [this.#endings[one.ending] as Ending, this.#endings[other.ending] as Ending];
    return (
      (a.strike ?? 0) - (b.strike ?? 0) || compareText(a.right ?? '', b.right ?? '') || compareText(a.text, b.text)
    );
  }

  /** At most half of the slots are taken: most look-ups end at the first. */
  #hashSymbols(stems: readonly Stem[]): Uint32Array {
    const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * this.rows + 2)));
    const mask = slots.length - 1;
    let row = 0;
    for (const { symbolHead, rows } of stems) {
      for (const { ending } of rows) {
        let slot = hashText(symbolHead + (this.#endings[ending] as Ending).text) & mask;
        while (slots[slot] !== 0) slot = (slot + 1) & mask;
        slots[slot] = ++row;
      }
    }
    return slots;
  }
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
