import { InvalidValue } from '../../errors/invalid-value.ts';
import { KINDS, type Kind } from '../../market/kinds.ts';
import { readList } from '../program/flag-values.ts';

/** The kinds of rows by their names for `--type`. */
export const KIND_OF_TYPE_NAME = {
  symbols: 'symbol',
  index: 'index',
  depth: 'depth',
  lite: 'lite',
} as const satisfies Record<string, Kind>;
export type RowTypeName = keyof typeof KIND_OF_TYPE_NAME;
export const ROW_TYPE_NAMES = Object.keys(KIND_OF_TYPE_NAME) as RowTypeName[];

export function typeNameOf(kind: Kind): RowTypeName {
  return ROW_TYPE_NAMES[KINDS.indexOf(kind)] as RowTypeName;
}

/** The kinds of a list of names, in the fixed order of `KINDS`. Throws `InvalidValue` for a name that is not one of `words`. */
export function readTypes(text: string, words: readonly RowTypeName[]): readonly Kind[] {
  const kinds = readList(text).map((text) => {
    const word = words.find((known) => known === text);
    if (word) return KIND_OF_TYPE_NAME[word];
    throw new InvalidValue(`expected some of ${words.join(', ')}, not ${JSON.stringify(text.slice(0, 40))}`);
  });
  return KINDS.filter((kind) => kinds.includes(kind));
}
