import type { Segment } from '../../market/topics.ts';
import {
  type Container,
  openContainer,
  readContainer,
  type Section,
  type Sections,
  writeContainer,
} from './container.ts';
import type { Initials } from './initials.ts';
import { SOURCE_FILES } from './source-files.ts';
import { findStrings, readString, type StringTable } from './string-table.ts';
import {
  type CachedMasterFile,
  type Exchange,
  INSTRUMENT_TYPES,
  type InstrumentType,
  type ListedInstrument,
  MASTER_FILES,
  type OptionRight,
} from './symbol-master.ts';
import { findSlot } from './symbol-slots.ts';

/*
 * One file of the master in memory, as its bytes are in the cache. Contracts of one underlying and expiry differ only in strike
 * and right, so a row is a stem, which has everything else, and an ending: NSE:NIFTY26SEP and 29200CE. An instrument that is no option is a stem
 * with one row and an empty ending. Stems are sorted by rank: shares and indices, futures, options; near expiries first.
 */

/** Sections that are tables of strings: `NAME` are the bytes, `NAME.offsets` where each string begins. */
export const STRING_TABLES = [
  'symbols',
  'names',
  'isins',
  /** In order. */
  'underlyings',
  'sessions',
  'fytokenHeads',
  'endings',
  /** Of each stem and each ending, what a search compares with: see search-text.ts. */
  'searchText',
  'squeezedText',
  'endingText',
] as const;
type StringTableName = (typeof STRING_TABLES)[number];
type SharedTableName = 'underlyings' | 'sessions' | 'fytokenHeads';

/** By the numbers of the section `endingRight`. */
const RIGHTS: readonly (OptionRight | null)[] = [null, 'CE', 'PE'];
const ACTIVITY: readonly (boolean | null)[] = [null, true, false];
/** The exchange token is a text in the description. */
export const ODD_TOKEN = 0xffff_ffff;

/** What the description of a cached file says. */
export interface MasterFileFacts extends CachedMasterFile {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Whether lots and activity of the JSON file are in it. */
  readonly hasExtras: boolean;
  /** Exchange tokens that are no plain number below 2^32, by row. */
  readonly oddTokens: Readonly<Record<string, string>>;
}

export const RIGHT_NUMBERS: Readonly<Record<OptionRight, number>> = { CE: 1, PE: 2 };

/** Stems from a number up to another, without that. */
export interface StemRange {
  readonly from: number;
  readonly to: number;
}

/** Sections of numbers, which are properties of the same name: each is read when it is first asked for. */
const COLUMNS = {
  stemRows: Uint32Array,
  stemType: Uint8Array,
  stemRank: Uint8Array,
  stemUnderlying: Uint32Array,
  stemExpiry: Uint32Array,
  stemLetters: Uint32Array,
  stemBaseLength: Uint8Array,
  stemInitials: Uint32Array,
  stemWholeInitials: Uint32Array,
  stemFieldInitials: Uint32Array,
  stemDigits: Uint32Array,
  rowEnding: Uint32Array,
  endingStrike: Float64Array,
  endingRight: Uint8Array,
  stemSession: Uint32Array,
  stemFytokenHead: Uint32Array,
  stemLot: Float64Array,
  stemTick: Float64Array,
  stemActivity: Uint8Array,
  stemSplitsName: Uint8Array,
  rowStem: Uint32Array,
  rowToken: Uint32Array,
  slots: Uint32Array,
} as const;

export class MasterFile {
  readonly facts: MasterFileFacts;
  readonly exchange: Exchange;
  readonly segment: Segment;
  readonly rows: number;
  readonly stems: number;
  /** The first row of each stem, and where the last one ends. */
  declare readonly stemRows: Uint32Array;
  declare readonly stemType: Uint8Array;
  /** Where a stem ranks before its expiry: see `rankOf` in master-file-builder.ts. */
  declare readonly stemRank: Uint8Array;
  declare readonly stemUnderlying: Uint32Array;
  /** Epoch seconds, 0 for none. */
  declare readonly stemExpiry: Uint32Array;
  /** The letters and the length of the part of a symbol that names it: see letter-bits.ts. */
  declare readonly stemLetters: Uint32Array;
  declare readonly stemBaseLength: Uint8Array;
  declare private readonly stemInitials: Uint32Array;
  declare private readonly stemWholeInitials: Uint32Array;
  declare private readonly stemFieldInitials: Uint32Array;
  declare private readonly stemDigits: Uint32Array;
  declare readonly rowEnding: Uint32Array;
  /** NaN for none. */
  declare readonly endingStrike: Float64Array;
  declare readonly endingRight: Uint8Array;
  declare private readonly stemSession: Uint32Array;
  declare private readonly stemFytokenHead: Uint32Array;
  declare private readonly stemLot: Float64Array;
  declare private readonly stemTick: Float64Array;
  declare private readonly stemActivity: Uint8Array;
  declare private readonly stemSplitsName: Uint8Array;
  declare private readonly rowStem: Uint32Array;
  declare private readonly rowToken: Uint32Array;
  /** A hash table: see symbol-slots.ts. */
  declare private readonly slots: Uint32Array;
  readonly #symbolAt = (row: number): string => this.symbolAt(row);
  readonly #sections: Sections;
  /** Those that have been read. */
  readonly #tables: Partial<Record<StringTableName, StringTable>> = {};
  /** Strings that many rows share, once they were read. */
  readonly #shared: Readonly<Record<SharedTableName, (string | undefined)[]>> = {
    underlyings: [],
    sessions: [],
    fytokenHeads: [],
  };

  private constructor(facts: MasterFileFacts, { sections }: Container) {
    const { exchange, segment } = SOURCE_FILES[facts.name];
    this.facts = facts;
    this.exchange = exchange;
    this.segment = segment;
    this.rows = facts.rows;
    this.#sections = sections;
    this.stems = this.stemRows.length - 1;
  }

  static {
    for (const [name, type] of Object.entries(COLUMNS)) {
      Object.defineProperty(MasterFile.prototype, name, {
        // A property of the file from then on, so that loops read it as fast as any.
        get(this: MasterFile) {
          const value = this.#section<Section>(name, type);
          Object.defineProperty(this, name, { value });
          return value;
        },
      });
    }
  }

  /** Reads the bytes of a cached file; `undefined` for damaged ones and for those of another version. */
  static read(bytes: Buffer): MasterFile | undefined {
    try {
      const container = readContainer(bytes);
      if (container === undefined) return undefined;
      const file = MasterFile.#of(container);
      for (const name of Object.keys(COLUMNS)) Reflect.get(file ?? {}, name);
      for (const name of STRING_TABLES) file?.table(name);
      return file;
    } catch {
      // Nothing that this program wrote: whatever is wrong with it, it is to be made anew.
      return undefined;
    }
  }

  /**
   * The same of a cached file that is open, and stays open while this object is used: what is needed is read when it is first needed.
   * Then reading throws for what is damaged.
   */
  static open(fd: number, fileBytes: number): MasterFile | undefined {
    const container = openContainer(fd, fileBytes);
    return container && MasterFile.#of(container);
  }

  static #of(container: Container): MasterFile | undefined {
    const facts = container.description as MasterFileFacts;
    return MASTER_FILES.includes(facts.name) ? new MasterFile(facts, container) : undefined;
  }

  /** The bytes of the same content, confirmed at another time. */
  confirm(checkedAtMs: number): Buffer {
    return writeContainer({ ...this.facts, checkedAtMs }, this.#sections);
  }

  table(name: StringTableName): StringTable {
    const table = this.#tables[name] ?? this.#readTable(name);
    this.#tables[name] = table;
    return table;
  }

  #readTable(name: StringTableName): StringTable {
    const { buffer, byteOffset, byteLength } = this.#section(name, Uint8Array);
    return {
      offsets: this.#section(`${name}.offsets`, Uint32Array),
      bytes: Buffer.from(buffer, byteOffset, byteLength),
    };
  }

  /** The letters and digits that begin words of the search texts. */
  get initials(): Initials<Uint32Array> {
    const { stemInitials, stemWholeInitials, stemFieldInitials, stemDigits } = this;
    return { begins: stemInitials, isWord: stemWholeInitials, field: stemFieldInitials, digits: stemDigits };
  }

  /** Whether it has options, whose symbols are a stem and an ending. */
  get hasEndings(): boolean {
    return this.#section('endingRight', Uint8Array).length > 1;
  }

  /** The row of a symbol; -1 when there is none. */
  findRow(symbol: string): number {
    const entry = this.slots[findSlot(this.slots, symbol, this.#symbolAt)] as number;
    return entry - 1;
  }

  stemOf(row: number): number {
    return this.rowStem[row] as number;
  }

  symbolAt(row: number): string {
    const head = readString(this.table('symbols'), this.stemOf(row));
    return head + readString(this.table('endings'), this.rowEnding[row] as number);
  }

  underlyingAt(stem: number): string | null {
    return this.#readShared('underlyings', this.stemUnderlying[stem] as number) || null;
  }

  typeAt(stem: number): InstrumentType {
    return INSTRUMENT_TYPES[this.stemType[stem] as number] as InstrumentType;
  }

  /** The exchange token of a row, as in a fytoken behind its tenth digit. */
  tokenAt(row: number): string {
    const token = this.rowToken[row] as number;
    return token === ODD_TOKEN ? (this.facts.oddTokens[row] as string) : String(token);
  }

  /** Rows whose exchange token this is. */
  rowsOfToken(token: string): number[] {
    const rows: number[] = [];
    for (const [row, odd] of Object.entries(this.facts.oddTokens)) if (odd === token) rows.push(Number(row));
    const number = Number(token);
    if (String(number) !== token || number >= ODD_TOKEN) return rows;
    return rows.concat(placesOf(this.rowToken, number));
  }

  /** The stems of one rank, which stand together. */
  stemsOfRank(rank: number): StemRange {
    const from = this.stemRank.indexOf(rank);
    return from < 0 ? { from: 0, to: 0 } : { from, to: this.stemRank.lastIndexOf(rank) + 1 };
  }

  /** Stems with this ISIN. */
  stemsOfIsin(isin: string): number[] {
    return findStrings(this.table('isins'), isin);
  }

  instrumentAt(row: number): ListedInstrument {
    const stem = this.stemOf(row);
    const ending = this.rowEnding[row] as number;
    const endingText = readString(this.table('endings'), ending);
    const right = RIGHTS[this.endingRight[ending] as number] ?? null;
    const expiry = this.stemExpiry[stem] as number;
    const head = readString(this.table('names'), stem);
    const splitsName = this.stemSplitsName[stem] === 1;
    return {
      symbol: readString(this.table('symbols'), stem) + endingText,
      name: splitsName ? `${head} ${endingText.slice(0, -2)} ${endingText.slice(-2)}` : head,
      exchange: this.exchange,
      segment: this.segment,
      type: this.typeAt(stem),
      isin: readString(this.table('isins'), stem) || null,
      underlying: this.underlyingAt(stem),
      expiresAtMs: expiry === 0 ? null : expiry * 1000,
      strike: orNull(this.endingStrike[ending] as number),
      right,
      lotSize: orNull(this.stemLot[stem] as number),
      tickSize: orNull(this.stemTick[stem] as number),
      session: this.#readShared('sessions', this.stemSession[stem] as number) || null,
      fytoken: this.#readShared('fytokenHeads', this.stemFytokenHead[stem] as number) + this.tokenAt(row),
      isActive: ACTIVITY[this.stemActivity[stem] as number] ?? null,
    };
  }

  #readShared(table: SharedTableName, number: number): string {
    const known = this.#shared[table][number];
    if (known !== undefined) return known;
    const text = readString(this.table(table), number);
    this.#shared[table][number] = text;
    return text;
  }

  #section<T extends Section>(name: string, type: new (length: number) => T): T {
    const section = this.#sections.get(name);
    if (section instanceof type) return section;
    throw new Error(`the cached file has no section ${name}`);
  }
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

function placesOf(column: Uint32Array, value: number): number[] {
  const places: number[] = [];
  for (let at = column.indexOf(value); at >= 0; at = column.indexOf(value, at + 1)) places.push(at);
  return places;
}
