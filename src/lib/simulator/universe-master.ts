import { EXCHANGE_TOKEN_AT } from '../market/topics.ts';
import type { MasterFileName } from '../symbols/master/symbol-master.ts';
import type { Listed } from './listed.ts';
import { indexClose, type Listing } from './listings.ts';
import { type CompanyFacts, knownCompanies } from './master/company-names.ts';
import { contractName } from './master/contract-block.ts';
import { expiryMoment } from './master/expiries.ts';
import { madeUpIsin } from './master/made-up-companies.ts';
import type { MasterSource } from './master/master-files.ts';
import { fileOfFytoken, INSTRUMENT_TYPE, type MasterRow } from './master/master-row.ts';
import { underlyingOfIndex } from './master/underlyings.ts';
import type { Universe } from './universe.ts';

/** A contract's name as the lists of this folder write it: `NIFTY26NOV26000CE`, `GOLD26DECFUT`. */
const CONTRACT = /^(.+?)(\d\d[A-Z]{3})(?:FUT|(\d+(?:\.\d+)?)(CE|PE))$/;
const CASH_EXPIRY = '000000';
/** ISINs of shares that have no real one here are counted from a number that made-up companies do not reach. */
const FIRST_ISIN_NUMBER = 500_000;
/** What does not apply to most rows. */
const NOTHING = { isin: '', expiresAtMs: undefined, strike: undefined, right: undefined, series: '' } as const;

/** The symbol master of a universe: what it lists, and what is made up beside that. */
export class UniverseMaster implements MasterSource {
  readonly #universe: Universe;
  readonly #companies = knownCompanies();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  get version(): string {
    return this.#universe.version;
  }

  get indexTable(): Readonly<Record<string, string>> {
    return this.#universe.indexTable;
  }

  *masterRows(file: MasterFileName): Generator<MasterRow> {
    for (const listed of this.#universe.listedIn(file)) yield this.#rowOf(listed);
    yield* this.#universe.madeUp?.rowsOf(file) ?? [];
  }

  #rowOf(listed: Listed): MasterRow {
    if (listed.kind === 'index') return this.#indexRow(listed);
    return listed.listing.fytoken.slice(4, EXCHANGE_TOKEN_AT) === CASH_EXPIRY
      ? this.#shareRow(listed.listing)
      : this.#contractRow(listed);
  }

  #indexRow({ listing }: Listed & { kind: 'index' }): MasterRow {
    const { symbol, fytoken } = listing;
    const name = symbol.slice(symbol.indexOf(':') + 1);
    return {
      ...NOTHING,
      symbol,
      fytoken,
      name,
      instrumentType: INSTRUMENT_TYPE.index,
      lotSize: 0,
      tickSize: 0.05,
      underlying: underlyingOfIndex(symbol) ?? name.slice(0, name.lastIndexOf('-')),
      underlyingToken: fytoken.slice(EXCHANGE_TOKEN_AT),
      underlyingFytoken: fytoken,
      previousClose: indexClose(listing),
    };
  }

  #shareRow(listing: Listing): MasterRow {
    const { symbol, fytoken, lotSize, tickSize, previousClose } = listing;
    const name = symbol.slice(symbol.indexOf(':') + 1);
    const dash = name.lastIndexOf('-');
    const underlying = dash < 0 ? name : name.slice(0, dash);
    const company: CompanyFacts | undefined = this.#companies.get(underlying);
    const token = fytoken.slice(EXCHANGE_TOKEN_AT);
    return {
      ...NOTHING,
      symbol,
      fytoken,
      name: company?.name ?? `${underlying} LIMITED`,
      instrumentType: INSTRUMENT_TYPE.equity,
      lotSize,
      tickSize,
      isin: company?.isin || madeUpIsin(FIRST_ISIN_NUMBER + Number(token)),
      underlying,
      underlyingToken: token,
      underlyingFytoken: fytoken,
      series: dash < 0 ? '' : name.slice(dash + 1),
      previousClose,
    };
  }

  #contractRow({ listing, instrument }: Listed & { kind: 'instrument' }): MasterRow {
    const { symbol, fytoken, lotSize, tickSize, previousClose } = listing;
    const [, base = symbol.slice(4), , strike, right] = CONTRACT.exec(symbol.slice(4)) ?? [];
    const day = fytoken.slice(4, EXCHANGE_TOKEN_AT);
    const date = `20${day.slice(0, 2)}-${day.slice(2, 4)}-${day.slice(4)}`;
    const underlying = this.#universe.madeUp?.findUnderlying(fileOfFytoken(fytoken) ?? 'NSE_FO', base);
    const { futureType = INSTRUMENT_TYPE.stockFuture, optionType = INSTRUMENT_TYPE.stockOption } = underlying ?? {};
    return {
      ...NOTHING,
      symbol,
      fytoken,
      name: contractName(base, date, strike === undefined ? 'FUT' : `${strike} ${right}`),
      instrumentType: strike === undefined ? futureType : optionType,
      lotSize,
      tickSize,
      expiresAtMs: expiryMoment(instrument.segment, date),
      underlying: base,
      underlyingToken: underlying?.token ?? '0',
      underlyingFytoken: underlying?.fytoken ?? '',
      strike: strike === undefined ? undefined : Number(strike),
      right: right === 'CE' || right === 'PE' ? right : undefined,
      previousClose,
    };
  }
}
