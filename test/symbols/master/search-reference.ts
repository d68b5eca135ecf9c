import type { ListedInstrument } from '../../../src/lib/symbols/master/symbol-master.ts';

/*
 * The search once more, in the plainest way: each instrument by itself, with strings. What it says of the words' places is
 * what search-text.ts and word-scan.ts say, without their tables and scans.
 */

const NO_MATCH = 5;
const IN_WORD = /[A-Z0-9&.\u0080-\uffff]/;

/** A text in which words are looked for. The ending of an option begins at `joint`, when it has one. */
interface Field {
  readonly text: string;
  readonly joint?: number;
  /** Places before the joint are those of another field. */
  readonly isCrossingOnly?: boolean;
}

interface Place {
  readonly begins: boolean;
  readonly isWord: boolean;
  readonly isField: boolean;
}

interface Texts {
  readonly words: readonly Field[];
  readonly squeezed: readonly Field[];
  readonly ending: string;
}

function textsOf({ symbol, name, underlying, isin, type, strike, right }: ListedInstrument): Texts {
  const bare = symbol.slice(symbol.indexOf(':') + 1);
  const end = strike === null || right === null ? '' : `${strike}${right}`;
  const ending = end !== '' && bare.endsWith(end) ? end : '';
  const splitEnd = ` ${strike} ${right}`;
  const isSplit = ending !== '' && name.endsWith(splitEnd);
  const nameHead = isSplit ? name.slice(0, -splitEnd.length) : name;
  const symbolField: Field = ending === '' ? { text: bare } : { text: bare, joint: bare.length - ending.length };
  const others: Field[] = [];
  if (underlying !== null) others.push({ text: underlying });
  if (underlying !== null && ending !== '') {
    others.push({ text: underlying + ending, joint: underlying.length, isCrossingOnly: true });
  }
  if (underlying !== null && type === 'future') others.push({ text: `${underlying}FUT` });
  if (isin !== null) others.push({ text: isin });
  const squeeze = (text: string): string => text.toUpperCase().replaceAll(' ', '');
  const squeezedName = squeeze(nameHead);
  return {
    words: [symbolField, { text: nameHead.toUpperCase() }, ...others],
    squeezed: [
      symbolField.joint === undefined
        ? { text: squeeze(bare) }
        : { text: squeeze(bare), joint: squeeze(bare).length - ending.length },
      isSplit ? { text: squeezedName + ending, joint: squeezedName.length } : { text: squeezedName },
      ...others.map((field) => ({ ...field, text: squeeze(field.text) })),
    ],
    ending,
  };
}

/** Every place of a word in a field, without those that are all in the ending. */
function placesIn({ text, joint, isCrossingOnly = false }: Field, word: string): Place[] {
  const places: Place[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const begins = at === 0 || !IN_WORD.test(text[at - 1] as string);
    const isField = at === 0;
    if (joint === undefined) {
      places.push({ begins, isField, isWord: begins && (end === text.length || !IN_WORD.test(text[end] as string)) });
    } else if (end <= joint) {
      const isWord = begins && end < joint && !IN_WORD.test(text[end] as string);
      if (!isCrossingOnly) places.push({ begins, isField, isWord });
    } else if (at < joint && /[A-Z]/.test(text.slice(at, joint))) {
      places.push({ begins, isField, isWord: begins && end === text.length });
    }
  }
  return places;
}

function placesInEnding(ending: string, word: string): Place[] {
  const places: Place[] = [];
  if (ending === '' || !/^[\d.]*(?:C|P|E|CE|PE)?$/.test(word)) return places;
  for (let at = ending.indexOf(word); at >= 0; at = ending.indexOf(word, at + 1)) {
    const after = ending[at + word.length] ?? '';
    const isStrike = at === 0 && (after === '' || (/\d$/.test(word) && /[A-Z]/.test(after)));
    const isRight = word === 'CE' || word === 'PE';
    places.push({ begins: at === 0 || /^[CP]/.test(word), isField: false, isWord: isRight || isStrike });
  }
  return places;
}

/** Twice the quality, and 1 when the underlying is none of the words; as a matcher rates a row. */
export function rate(instrument: ListedInstrument, words: readonly string[]): number {
  if (words.length === 0) return 8;
  const { words: fields, squeezed, ending } = textsOf(instrument);
  const joins = words.map((_, at) => words.slice(0, at + 1).join(''));
  const whole = joins.at(-1) as string;
  const everywhere: Place = { begins: true, isWord: true, isField: false };
  const places = words.map((word) => {
    const all = [...fields.flatMap((field) => placesIn(field, word)), ...placesInEnding(ending, word)];
    const counting = [...word].length === 1 ? all.filter(({ begins }) => begins) : all;
    return words.length > 1 && word === instrument.exchange ? [...counting, everywhere] : counting;
  });
  const joined = joins.map((text) => squeezed.flatMap((field) => placesIn(field, text)));
  const isEvery = places.every((some) => some.length > 0);
  const inWhole = joined.at(-1) as Place[];
  const hasWhole = [...whole].length === 1 ? inWhole.some(({ isField }) => isField) : inWhole.length > 0;
  if (!isEvery && !hasWhole) return NO_MATCH * 2;
  const isOther = [...words, ...joins].includes(instrument.underlying ?? '') ? 0 : 1;
  const isWord = places.map((some) => some.some((place) => place.isWord));
  if (isOther === 0 && isWord.every(Boolean)) return 4;
  for (let at = words.length - 1; at >= 0; at--) {
    if (joined[at]?.some(({ isField }) => isField)) return 4 + isOther;
    if (!isWord[at]) break;
  }
  const begin = isEvery && places.every((some) => some.some(({ begins }) => begins));
  return (begin ? 6 : 8) + isOther;
}

function rankOf({ symbol, type, isActive }: ListedInstrument): number {
  if (isActive === false) return 4;
  if (type === 'future' || type === 'option') return type === 'future' ? 2 : 3;
  return type === 'index' || /-(?:EQ|A|B)$/.test(symbol) ? 0 : 1;
}

/** What the order of results depends on, before the places in a file. */
export type SortKey = readonly [number, number, number, number, number, number, number, string];

export interface ReferenceResult {
  readonly symbol: string;
  readonly key: SortKey;
}

/** Everything that matches, best first. @param instruments each symbol once */
export function searchPlainly(
  instruments: readonly ListedInstrument[],
  text: string,
  nowMs: number,
): ReferenceResult[] {
  const given = text.toUpperCase().split(/[\s,]+/);
  const exchange = given.map((word) => /^(NSE|BSE|MCX):/.exec(word)?.[1]).findLast((one) => one !== undefined);
  const words = given.map((word) => word.replace(/^(NSE|BSE|MCX):/, '')).filter((word) => word !== '');
  const whole = words.join('');
  const withContracts = new Set(instruments.filter((one) => one.expiresAtMs !== null).map((one) => one.underlying));
  const search = (some: readonly string[]): ReferenceResult[] =>
    instruments.flatMap((instrument) => {
      if (exchange !== undefined && instrument.exchange !== exchange) return [];
      const bare = instrument.symbol.slice(4);
      const isSymbol = words.length > 0 && (bare === whole || bare === words.join(' '));
      const isNumber = whole !== '' && (instrument.isin === whole || instrument.fytoken.slice(10) === whole);
      const rating = isSymbol ? 0 : isNumber ? 2 : rate(instrument, some);
      if (rating >= NO_MATCH * 2) return [];
      const { expiresAtMs, underlying, exchange: its } = instrument;
      const rank = rankOf(instrument);
      const isQuiet = rank < 2 && !withContracts.has(underlying);
      const key: SortKey = [
        Number(expiresAtMs !== null && expiresAtMs <= nowMs),
        rating >> 1,
        rank,
        rating & 1,
        Number(isQuiet),
        expiresAtMs ?? 0,
        ['NSE', 'BSE', 'MCX'].indexOf(its),
        underlying ?? '',
      ];
      return [{ symbol: instrument.symbol, key }];
    });
  const found = search(words);
  const cut = words.flatMap((word) => word.split(/(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])/));
  const results = found.length > 0 || cut.length === words.length ? found : search(cut);
  return results.sort(({ key: one }, { key: other }) => compareKeys(one, other));
}

function compareKeys(one: SortKey, other: SortKey): number {
  for (const [at, value] of one.entries()) {
    const its = other[at] as typeof value;
    if (value !== its) return value < its ? -1 : 1;
  }
  return 0;
}
