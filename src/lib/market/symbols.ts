import { TickpipeError } from '../errors/tickpipe-error.ts';

/**
 * `EXCHANGE:NAME`; currency contracts are under NSE and BSE too. Names hold letters, digits, `& - _ . ( ) ' / + *` and single
 * blanks inside (`NSE:NIFTY50 EQL WGT-INDEX`).
 */
const SYMBOL = /^(?:NSE|BSE|MCX):[A-Z0-9][A-Z0-9&_.()'/+* -]*$/;
export const MAX_SYMBOL_CHARACTERS = 100;
/** An equity or index symbol ends in `-SERIES`; a derivative's name has a digit. Else it looks cut at a shell's `&`. */
const LOOKS_CUT = /^[A-Z]+:[A-Z]*$/;

/** What stands before the "&" of symbols that have one, where it is longer than two letters. */
const BEFORE_AMPERSAND: ReadonlySet<string> = new Set(['ARE', 'COX', 'GET', 'GMRP', 'SURANAT']);
const MAX_SHORT_NAME = 2;

/** Whether a symbol was most likely cut at the "&" in it, which a shell takes for itself. */
export function looksCutAtAmpersand(symbol: string): boolean {
  const [, name = ''] = symbol.split(':');
  return LOOKS_CUT.test(symbol) && (name.length <= MAX_SHORT_NAME || BEFORE_AMPERSAND.has(name));
}

/** Nearly all symbols without an ending lack their series; those of a letter or two were mostly cut. */
function hintOfCut(symbol: string): string {
  const [exchange] = symbol.split(':');
  const ampersand = `quote a symbol that has "&" in it: 'NSE:M&M-EQ'`;
  if (looksCutAtAmpersand(symbol)) {
    return `${ampersand}; an equity ends in its series, as in NSE:SBIN-EQ`;
  }
  if (exchange === 'MCX') return `a contract ends in its month, as in MCX:CRUDEOIL26DECFUT; ${ampersand}`;
  const example = exchange === 'BSE' ? `${symbol}-A` : `${symbol}-EQ`;
  return `an equity ends in its series, as in ${example}; ${ampersand}`;
}

/** Control and direction characters, which would change how a terminal shows the line after them. */
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text that is no symbol: `MALFORMED_SYMBOL`. */
export class MalformedSymbol extends TickpipeError {
  /** As it was given. */
  readonly text: string;

  constructor(text: string, message: string, options: { readonly hint?: string } = {}) {
    super('MALFORMED_SYMBOL', message, options);
    this.text = text;
  }

  /** The same where it was found. @param place as `watchlist.txt:3` */
  at(place: string): MalformedSymbol {
    return new MalformedSymbol(this.text, `${place}: ${this.message}`, { hint: this.hint });
  }

  /** The same with another hint. */
  withHint(hint: string): MalformedSymbol {
    return new MalformedSymbol(this.text, this.message, { hint });
  }
}

/** A symbol in its one spelling: upper case, no blanks around. Throws `MALFORMED_SYMBOL`. */
export function normalizeSymbol(text: string): string {
  const bare = text.trim().replace(/\s+/g, ' ');
  const symbol = bare.toUpperCase();
  const looksCut = LOOKS_CUT.test(symbol);
  // Some letters beyond ASCII have an upper case within it: a long s would name another instrument.
  const plain = /^[ -~]*$/.test(bare);
  if (plain && symbol.length <= MAX_SYMBOL_CHARACTERS && SYMBOL.test(symbol) && !looksCut) return symbol;
  const strange = looksCut || text.length > MAX_SYMBOL_CHARACTERS ? undefined : findStrange(bare);
  const message = `malformed symbol ${quote(text)}${strange ? `: it contains ${nameCharacter(strange)}` : ''}`;
  if (looksCut) throw new MalformedSymbol(text, message, { hint: hintOfCut(symbol) });
  throw new MalformedSymbol(text, message, strange && DASH.test(strange) ? { hint: DASH_HINT } : {});
}

/** What word processors and web pages put in the place of a hyphen. */
const DASH = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/;
const DASH_HINT = 'type a plain hyphen, as in NSE:SBIN-EQ';

/** The first character beyond ASCII: no symbol contains one, but it may look like one that symbols contain. */
function findStrange(text: string): string | undefined {
  return [...text].find((character) => character > '\x7e');
}

/** A character with its number in Unicode, because characters may look alike. */
function nameCharacter(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  return `${quote(character)} (U+${code})`;
}

/** Whether this is a symbol in its one spelling. */
export function isSymbol(text: string): boolean {
  try {
    return normalizeSymbol(text) === text;
  } catch (error) {
    if (error instanceof TickpipeError) return false;
    throw error;
  }
}

function quote(text: string): string {
  const escaped = JSON.stringify(text.slice(0, MAX_SYMBOL_CHARACTERS)).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > MAX_SYMBOL_CHARACTERS ? `${escaped}...` : escaped;
}

export function isIndexSymbol(symbol: string): boolean {
  return symbol.endsWith('-INDEX');
}

/** Symbols in their one spelling, each once, in the order given. Throws `MALFORMED_SYMBOL` for the first bad one. */
export function normalizeSymbols(entries: readonly string[]): string[] {
  return [...new Set(entries.map(normalizeSymbol))];
}
