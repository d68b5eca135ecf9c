import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { isFyersMaster } from '../../symbols/master/master-url.ts';
import {
  EXCHANGES,
  type Exchange,
  type ListedInstrument,
  type SymbolMaster,
} from '../../symbols/master/symbol-master.ts';
import { nameSome } from '../../text/join-words.ts';
import { describeSuggestions, knownToMaster, suggestSymbols } from '../command/suggest-symbols.ts';
import type { CommandContext } from '../program/program.ts';
import { openSymbolMaster } from './open-master.ts';
import { expiriesOf, optionsOf, selectExpiry, selectStrikes } from './option-chain.ts';
import { type SymbolRow, toSymbolRow } from './symbol-row.ts';

/** How many expiries a hint names. */
const MAX_NAMED = 5;
const MAX_SUGGESTED = 3;
/** How many symbols are looked at for the price of an underlying. */
const MAX_PRICED = 20;

export interface ChainRequest {
  /** As the user named it: `NIFTY`, `NSE:NIFTY50-INDEX`. */
  readonly underlying: string;
  /** `YYYY-MM-DD`, `nearest`, `weekly` or `monthly`. */
  readonly expiry: string;
  /** The price that the money is nearest to, if the user gave one. */
  readonly around: number | undefined;
  /** How many strikes on each side of the money; infinite for all. */
  readonly strikes: number;
  /** The user asked for that many: without a price they cannot be chosen. */
  readonly strikesAreAsked: boolean;
  /** The last price of the first of these symbols that has one now. */
  readonly findPrice: (symbols: readonly string[]) => Promise<Price | undefined>;
}

interface Price {
  readonly symbol: string;
  readonly price: number;
}

/** How the price of an underlying is found. @param isSimulated whether it is to be a simulated price */
type PriceFinder = (symbols: readonly string[], isSimulated: boolean) => Promise<Price | undefined>;

/**
 * The rows of a chain. Says on a terminal by which price the strikes were chosen. Throws as `findChain`.
 * @param request `findPrice` gets only what can have the price of the underlying
 */
export async function listChain(
  request: Omit<ChainRequest, 'findPrice'> & { readonly findPrice: PriceFinder },
  context: CommandContext,
): Promise<SymbolRow[]> {
  const { program, reporter } = context;
  // All files: the options on a share of BSE may trade at NSE.
  const master = await openSymbolMaster(undefined, context);
  // The prices of a simulator have nothing to do with FYERS' strikes.
  const isSimulated = !isFyersMaster(program.env);
  const findPrice: ChainRequest['findPrice'] = (symbols) => request.findPrice(symbols, isSimulated);
  const chain = await findChain(master, { ...request, findPrice }, program.clock.now());
  const { options, money, lacksPrice } = chain;
  if (money?.symbol) reporter.info(`around ${money.price}, the last price of ${money.symbol}`, { event: 'around' });
  if (lacksPrice) reporter.info('no price of the underlying is at hand: all strikes are listed', { event: 'around' });
  return options.map((listed) => toSymbolRow(listed, master.indexName(listed.symbol)));
}

/** A part of an option chain. */
export interface Chain {
  /** By strike, the call first. */
  readonly options: readonly ListedInstrument[];
  /** The price that the strikes were chosen by, and whose it is; `undefined` when all are listed. */
  readonly money: { readonly symbol: string | undefined; readonly price: number } | undefined;
  /** Whether strikes would have been left out if there had been a price. */
  readonly lacksPrice: boolean;
}

/** Throws `NO_MATCH` for an underlying without options or an expiry without them, `USAGE` for `--strikes` without a price. */
export async function findChain(master: SymbolMaster, request: ChainRequest, nowMs: number): Promise<Chain> {
  const underlying = master.underlyingOf(request.underlying);
  if (underlying === undefined) throw noUnderlying(master, request.underlying, nowMs);
  const contracts = master.contractsOf(underlying, nowMs);
  const options = optionsOf(contracts, exchangeOf(request.underlying));
  if (options.length === 0) throw new TickpipeError('NO_MATCH', `${underlying} has no options`, { hint: HINT_SEARCH });
  const chosen = selectExpiry(options, request.expiry);
  if (chosen === undefined) throw noExpiry(underlying, request.expiry, expiriesOf(options));
  const { strikes: each, around, findPrice } = request;
  if (each === Number.POSITIVE_INFINITY) return { options: chosen, money: undefined, lacksPrice: false };
  const money =
    around === undefined
      ? await findPrice(listPriced(master, underlying, contracts, nowMs))
      : { symbol: undefined, price: around };
  if (money !== undefined) {
    return { options: selectStrikes(chosen, { around: money.price, each }), money, lacksPrice: false };
  }
  if (request.strikesAreAsked) throw noPrice(underlying);
  return { options: chosen, money: undefined, lacksPrice: true };
}

const HINT_SEARCH = 'tickpipe symbols search finds what there is';

/** The exchange that stands before a symbol. */
function exchangeOf(text: string): Exchange | undefined {
  const upper = text.trim().toUpperCase();
  return EXCHANGES.find((exchange) => upper.startsWith(`${exchange}:`));
}

/** The symbols whose price is that of the underlying: the index or share itself, else its futures, the nearest first. */
function listPriced(
  master: SymbolMaster,
  underlying: string,
  contracts: readonly ListedInstrument[],
  nowMs: number,
): string[] {
  const itself = (['index', 'equity'] as const).flatMap((type) =>
    master.search({ text: '', underlying, type, limit: MAX_PRICED, nowMs }),
  );
  const futures = contracts.filter(({ type }) => type === 'future').slice(0, MAX_PRICED);
  return [...itself, ...futures].map(({ symbol }) => symbol);
}

function noUnderlying(master: SymbolMaster, text: string, nowMs: number): TickpipeError {
  const hint = describeSuggestions(suggestSymbols(text, [knownToMaster(master, nowMs)], MAX_SUGGESTED));
  const message = `unknown underlying ${JSON.stringify(text.slice(0, 100))}`;
  return new TickpipeError('NO_MATCH', message, { hint: hint ?? HINT_SEARCH });
}

function noExpiry(underlying: string, expiry: string, expiries: readonly string[]): TickpipeError {
  const what = /^\d/.test(expiry) ? `no options that end on ${expiry}` : `no ${expiry} options`;
  return new TickpipeError('NO_MATCH', `${underlying} has ${what}`, {
    hint: `its options end on ${nameSome(expiries, MAX_NAMED)}`,
  });
}

function noPrice(underlying: string): TickpipeError {
  return new TickpipeError('USAGE', `--strikes needs a price, and no shared session has one of ${underlying} now`, {
    hint: 'give the price with --around, or leave --strikes out',
  });
}
