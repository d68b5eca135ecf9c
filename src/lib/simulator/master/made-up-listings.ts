import { MASTER_FILES, type MasterFileName } from '../../symbols/master/symbol-master.ts';
import { ContractBlock } from './contract-block.ts';
import { MAX_COMPANIES, madeUpNumber, madeUpNumberOfToken, madeUpShare } from './made-up-companies.ts';
import type { MasterRow } from './master-row.ts';
import { listUnderlyings, type Underlying, type UnderlyingSources } from './underlyings.ts';

/** Exchange tokens of contracts begin here: above those of the well-known ones, below those of symbols that a user adds. */
const FIRST_TOKEN: Readonly<Partial<Record<MasterFileName, number>>> = {
  NSE_FO: 100_000,
  NSE_CD: 20_000,
  NSE_COM: 10_000,
  BSE_FO: 1_100_000,
  MCX_COM: 500_000,
};
/** Of the rows that are to be filled, so many are contracts; the rest are shares. */
const CONTRACT_PART = 0.75;
/** Shares of NSE among all shares that fill up. */
const NSE_PART = 0.45;

export interface MadeUpOptions extends UnderlyingSources {
  /** So many rows the master is to have, with the `listed` ones. It has more when the smallest chains need more. */
  readonly rows: number;
  /** The symbols that are listed anyway. A made-up contract of the same name is left out. */
  readonly listed: ReadonlySet<string>;
  /** How many there are beside those: made up on demand, with names that nothing here has. */
  readonly listedUnnamed: number;
}

/**
 * What fills the symbol master beside the universe: contracts of the coming months around today's prices, and shares. It is the
 * same at each start on a day. Nothing of it is kept: each row follows from its place.
 */
export class MadeUpListings {
  readonly #blocks: readonly ContractBlock[];
  readonly #listed: ReadonlySet<string>;
  readonly #shares: Readonly<Record<'NSE' | 'BSE', number>>;

  constructor(options: MadeUpOptions) {
    const { rows, listed, listedUnnamed } = options;
    this.#listed = listed;
    const rest = Math.max(0, rows - listed.size - listedUnnamed);
    this.#blocks = arrangeBlocks(listUnderlyings(options), rest * CONTRACT_PART, options.date);
    const contracts = this.#blocks.reduce((sum, { count }) => sum + count, 0);
    const doubles = [...listed].filter((symbol) => this.#findContract(symbol) !== undefined).length;
    const shares = Math.max(0, rest - contracts + doubles);
    const nse = Math.min(MAX_COMPANIES, Math.round(shares * NSE_PART));
    this.#shares = { NSE: nse, BSE: Math.min(MAX_COMPANIES, shares - nse) };
  }

  /** The made-up rows of a file, one after the other. */
  *rowsOf(file: MasterFileName): Generator<MasterRow> {
    if (file === 'NSE_CM' || file === 'BSE_CM') {
      const exchange = file === 'NSE_CM' ? 'NSE' : 'BSE';
      for (let number = 0; number < this.#shares[exchange]; number++) yield madeUpShare(exchange, number);
      return;
    }
    for (const block of this.#blocks) {
      if (block.underlying.file !== file) continue;
      for (let number = 0; number < block.count; number++) {
        const row = block.at(number);
        if (!this.#listed.has(row.symbol)) yield row;
      }
    }
  }

  findUnderlying(file: MasterFileName, name: string): Underlying | undefined {
    return this.#blocks.map(({ underlying }) => underlying).find((one) => one.file === file && one.name === name);
  }

  findBySymbol(symbol: string): MasterRow | undefined {
    if (this.#listed.has(symbol)) return undefined;
    const number = madeUpNumber(symbol);
    if (number === undefined) return this.#findContract(symbol);
    const exchange = symbol.startsWith('NSE:') ? 'NSE' : 'BSE';
    return number < this.#shares[exchange] ? madeUpShare(exchange, number) : undefined;
  }

  findByToken(file: MasterFileName, token: number): MasterRow | undefined {
    if (file === 'NSE_CM' || file === 'BSE_CM') {
      const exchange = file === 'NSE_CM' ? 'NSE' : 'BSE';
      const number = madeUpNumberOfToken(exchange, token);
      return number !== undefined && number < this.#shares[exchange] ? madeUpShare(exchange, number) : undefined;
    }
    for (const block of this.#blocks) {
      const row = block.underlying.file === file ? block.findByToken(token) : undefined;
      if (row !== undefined) return this.#listed.has(row.symbol) ? undefined : row;
    }
    return undefined;
  }

  #findContract(symbol: string): MasterRow | undefined {
    const exchange = symbol.slice(0, 3);
    const text = symbol.slice(symbol.indexOf(':') + 1);
    for (const block of this.#blocks) {
      const row = block.underlying.file.startsWith(exchange) ? block.findByName(text) : undefined;
      if (row?.symbol === symbol) return row;
    }
    return undefined;
  }
}

/** Blocks with strikes enough for so many rows, by the weight of each underlying; at least the fewest that each wants. */
function arrangeBlocks(underlyings: readonly Underlying[], rows: number, date: string): ContractBlock[] {
  const totalWeight = underlyings.reduce((sum, { weight }) => sum + weight, 0);
  const next = new Map<MasterFileName, number>(MASTER_FILES.map((file) => [file, FIRST_TOKEN[file] ?? 0]));
  return underlyings.map((underlying) => {
    const { file, weight, options, minSide } = underlying;
    const perSide = options.length * 4;
    const side = perSide === 0 ? 0 : Math.floor((rows * weight) / totalWeight / perSide);
    const block = new ContractBlock(underlying, Math.max(minSide, side), next.get(file) as number, date);
    next.set(file, block.firstToken + block.count);
    return block;
  });
}
