import { EXCHANGES, type SymbolMaster } from '../../symbols/master/symbol-master.ts';
import type { Candidate } from './complete.ts';

/** As many as a shell lists without asking: bash asks from 100 on. */
const MAX_CANDIDATES = 99;
const CONTROL = /\p{Cc}/gu;

/**
 * The symbols of the master that begin with a text in any case, with their exchange or without it; first the exchanges themselves.
 * @param withNames adds the names of the instruments
 */
export function completeSymbol(
  master: SymbolMaster,
  typed: string,
  nowMs: number,
  withNames: boolean,
): readonly Candidate[] {
  const text = typed.toUpperCase();
  const listed = listExchanges(master);
  const exchanges = listed.filter((exchange) => exchange.startsWith(text));
  const left = MAX_CANDIDATES - exchanges.length;
  const symbols =
    exchanges.length > 0 ? listNames(master, listed, text, left, nowMs) : master.startingWith(text, left, nowMs);
  return [
    ...exchanges.map((exchange): Candidate => ({ text: `${exchange}:`, isOpen: true })),
    ...symbols.map((text): Candidate => (withNames ? describe(master, text) : { text })),
  ];
}

function listExchanges({ files }: SymbolMaster): readonly string[] {
  return EXCHANGES.filter((exchange) => files.some(({ name }) => name.startsWith(exchange)));
}

/** What an exchange begins with, names begin with, too: M is for MCX as well as for MARUTI. */
function listNames(
  master: SymbolMaster,
  exchanges: readonly string[],
  text: string,
  limit: number,
  nowMs: number,
): readonly string[] {
  if (text === '') return [];
  const each = Math.floor(limit / exchanges.length);
  return exchanges.flatMap((exchange) => master.startingWith(`${exchange}:${text}`, each, nowMs));
}

/** The underlyings of the contracts that begin with a text, as NIFTY; behind an exchange symbols, which stand for them, too. */
export function completeUnderlying(
  master: SymbolMaster,
  typed: string,
  nowMs: number,
  withNames: boolean,
): readonly Candidate[] {
  if (typed.includes(':')) return completeSymbol(master, typed, nowMs, withNames);
  if (typed === '') return [];
  const names = master.underlyingsStartingWith(typed.toUpperCase()).sort();
  return names.slice(0, MAX_CANDIDATES).map((text) => ({ text }));
}

function describe(master: SymbolMaster, symbol: string): Candidate {
  const name = master.find(symbol)?.name.replace(CONTROL, ' ');
  return name ? { text: symbol, summary: name } : { text: symbol };
}
