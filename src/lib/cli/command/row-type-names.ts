import { KINDS, type Kind } from '../../market/kinds.ts';
import { readList, UnusableValue } from '../program/flag-values.ts';

/** What `--type` calls the kinds of rows. */
export const KIND_OF_WORD = {
  symbols: 'symbol',
  index: 'index',
  depth: 'depth',
  lite: 'lite',
} as const satisfies Record<string, Kind>;
export type TypeWord = keyof typeof KIND_OF_WORD;
export const TYPE_WORDS = Object.keys(KIND_OF_WORD) as TypeWord[];

export function wordOfKind(kind: Kind): TypeWord {
  return TYPE_WORDS[KINDS.indexOf(kind)] as TypeWord;
}

/** The kinds that a list of words names, in the order of the contract. Throws `UnusableValue` for another word than these. */
export function readTypes(text: string, words: readonly TypeWord[]): readonly Kind[] {
  const kinds = readList(text).map((text) => {
    const word = words.find((known) => known === text);
    if (word) return KIND_OF_WORD[word];
    throw new UnusableValue(`expected some of ${words.join(', ')}, not ${JSON.stringify(text.slice(0, 40))}`);
  });
  return KINDS.filter((kind) => kinds.includes(kind));
}
